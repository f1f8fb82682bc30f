"""Clicks through a page that 75-the-comparison-in-a-browser.sh made.

usage: compare_page.py PAGE
EC21_PICTURES: a folder for pictures of it
"""
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from page import check_media, check_quiet, click_through


def check_table(p):
    """Counts by lane, and only columns that are used."""
    assert p.find("#verdict").text == "2 of 3 are not the same"
    heads = [e.text for e in p.driver.find_elements(
        By.CSS_SELECTOR, "#table thead th")]
    assert heads == ["rows", "same", "differs", "only B"], heads
    assert [e.text for e in p.driver.find_elements(
        By.CSS_SELECTOR, "#table tbody td b")] == ["1", "1"]
    assert p.find("#meta").text.startswith(
        "A is recorded, B is recorded, "), p.find("#meta").text


def check_filters(p):
    assert p.names() == ["10-many.at", "20-urc.at", "30-same.at"], p.names()
    p.find("button[data-verdict=same]").click()
    assert p.names() == ["30-same.at"], p.names()
    p.find("button[data-verdict=same]").click()
    p.find("#q").send_keys("SEEN")
    assert p.names() == ["20-urc.at"], p.names()
    p.find("#q").clear()
    p.find("#q").send_keys(" " + Keys.BACKSPACE)
    assert len(p.names()) == 3


def check_jumps(p):
    """To the first difference, over 10,000 rows, and on to the next."""
    p.js("scrollTo(0, 0)")
    p.quick("jump over 10,000 rows", lambda: p.find("#jump").click())
    assert p.in_view("#diff-1-0")
    diff = p.find("#diff-1-0")
    marks = [m.text for m in diff.find_elements(By.TAG_NAME, "mark")]
    assert marks == ["3", "4"], marks
    sides = [c.text for c in diff.find_elements(By.CSS_SELECTOR, "code.c")]
    assert len(sides) == 2 and "+CMEE: 3" in sides[0] and \
        "+CMEE: 4" in sides[1], sides
    assert "differs" in diff.find_element(By.CSS_SELECTOR, ".note").text
    p.picture("compare-many")
    p.find("body").send_keys("n")
    assert p.in_view("#diff-2-0")
    assert p.js("return document.activeElement.id") == "diff-2-0"
    only = p.find("#diff-2-0")
    assert "not there" in only.text and "+QIND: SEEN" in only.text
    p.picture("compare-light")


def hidden(p):
    return p.js("return runs[0].index.filter(([e]) => e.hidden).length")


def check_rows(p):
    """Differences only; lanes; words."""
    p.js("scrollTo(0, 0)")
    rows = p.js("return runs[0].index.length")
    assert rows >= 10000, rows
    tools = p.find("#run-1 .body .tools")
    only = tools.find_element(By.CSS_SELECTOR, "button.only")
    p.quick("differences only", only.click)
    assert hidden(p) == rows - 1, hidden(p)
    only.click()
    tools.find_element(By.CSS_SELECTOR, "button.urc").click()
    assert hidden(p) == 1, hidden(p)
    tools.find_element(By.CSS_SELECTOR, "button.urc").click()
    p.quick("filter 10,000 rows", lambda: tools.find_element(
        By.TAG_NAME, "input").send_keys("differs"))
    assert hidden(p) == rows - 1, hidden(p)


def check_looks(p):
    check_media(p, "compare-")


click_through(check_table, check_filters, check_jumps, check_rows, check_looks,
              check_quiet)
