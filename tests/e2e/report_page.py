"""Clicks through a page that 66-the-report-in-a-browser.sh made.

usage: report_page.py PAGE SMALL    SMALL: one without the many records
EC21_PICTURES: a folder for pictures of them
"""
import sys

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from page import check_media, check_quiet, click_through


def check_table(p):
    assert p.find("#verdict").text == "2 of 5 not passed"
    assert p.names() == ["10-many.at", "20-reason.at", "30-good.at",
                         "31-good.at", "32-good.at"], p.names()
    p.find("button[data-verdict=fail]").click()
    assert p.names() == ["10-many.at", "20-reason.at"], p.names()
    p.find("button[data-verdict=fail]").click()
    assert len(p.names()) == 5
    p.find("#q").send_keys("31-")
    assert p.names() == ["31-good.at"], p.names()
    p.find("#q").clear()
    p.find("#q").send_keys(" " + Keys.BACKSPACE)
    assert len(p.names()) == 5


def check_run(p):
    good = p.run("30-good.at")
    assert good.get_attribute("open") is None
    good.find_element(By.TAG_NAME, "summary").click()
    cells = [c.text for c in good.find_elements(By.CSS_SELECTOR, ".c")
             if c.text]
    assert cells[0] == r"ATE0\r", cells
    assert cells[1] == r"ATE0\r\r\nOK\r\n", cells
    good.find_element(By.TAG_NAME, "summary").click()


def check_many(p):
    """Ten thousand records are all there, and are filtered at once."""
    many = p.run("10-many.at")
    rows = p.js("return runs[0].index.length")
    assert rows >= 10000, rows
    q = many.find_element(By.CSS_SELECTOR, ".body input")
    p.quick("filter 10,000 records", lambda: q.send_keys("ate0"))
    left = p.js("return runs[0].index.filter(([e]) => !e.hidden).length")
    assert left == 2, left
    p.quick("and clear it",
            lambda: q.send_keys(Keys.BACKSPACE * len("ate0")))
    left = p.js("return runs[0].index.filter(([e]) => !e.hidden).length")
    assert left == rows, left


def check_jumps(p):
    p.js("scrollTo(0, 0)")
    p.quick("jump over 10,000 records", lambda: p.find("#jump").click())
    assert p.in_view("#diff-1-0")
    diff = p.find("#diff-1-0")
    assert "the modem sent other bytes" in diff.text
    assert r"\r\n+CSQ: none\r\n" in diff.find_element(
        By.CSS_SELECTOR, ".exp").text
    assert "bad" in p.js("return document.getElementById('diff-1-0')"
                         ".previousElementSibling.className")
    p.picture("many")
    p.find("body").send_keys("n")
    assert p.in_view("#diff-2-0")
    assert p.js("return document.activeElement.id") == "diff-2-0"


def check_reason(p):
    """It stands in the row of the bytes that it explains."""
    row = p.find("#run-2 .row.bad")
    assert "+CME ERROR" in row.find_element(By.CSS_SELECTOR, ".modem").text
    assert row.find_element(By.CSS_SELECTOR, ".why").text
    p.picture("light")


def check_looks(p):
    p.open(sys.argv[2])
    check_media(p, "")


click_through(check_table, check_run, check_many, check_jumps, check_reason,
              check_looks, check_quiet)
