"""Clicks through a page that 66-the-report-in-a-browser.sh made.

usage: report_page.py PAGE [FOLDER]    FOLDER: pictures of it go there
"""
import os
import sys
import time

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from urllib3.exceptions import HTTPError

# Seconds for one thing the user does. Beside eight other busy processes on two
# cores it took 0.6 to 0.9, opening 1.4 to 3; beside thirty, 5 and 9. A page whose
# work grows with the square of its records takes minutes.
PATIENCE = 30.0
OPENING = 90.0


def run(main):
    """Runs it; what the driver says comes without its addresses."""
    try:
        main()
    except WebDriverException as e:
        e.stacktrace = None
        raise


def start():
    options = Options()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu",
                 "--disable-dev-shm-usage", "--hide-scrollbars",
                 "--window-size=1300,900"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs",
                           {"browser": "ALL", "performance": "ALL"})
    # On a busy machine Chromium may not come up in its driver's time. What
    # it shows is tested, not that.
    tries = 3
    while True:
        try:
            driver = webdriver.Chrome(options=options,
                                      service=Service("/usr/bin/chromedriver"))
            break
        except (WebDriverException, HTTPError) as e:
            tries -= 1
            if not tries:
                raise
            print(f"Chromium once more: {getattr(e, 'msg', e)}")
    driver.set_page_load_timeout(OPENING)
    driver.set_script_timeout(OPENING)
    return driver


class Page:
    def __init__(self, driver, path, pictures):
        self.driver = driver
        self.url = "file://" + os.path.abspath(path)
        self.pictures = pictures

    def js(self, script):
        return self.driver.execute_script(script)

    def picture(self, name):
        if self.pictures:
            self.driver.save_screenshot(
                os.path.join(self.pictures, name + ".png"))

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def run(self, name):
        """The details element of a run."""
        return self.driver.find_element(
            By.XPATH, f"//details[summary/span[text()='{name}']]")

    def names(self):
        return self.js("return [...document.querySelectorAll("
                       "'#runs > details:not([hidden]) .name')]"
                       ".map((e) => e.textContent)")

    def in_view(self, selector):
        return self.js(
            "const r = document.querySelector('%s').getBoundingClientRect();"
            "return r.bottom > 0 && r.top < innerHeight" % selector)

    def quick(self, what, act, limit=PATIENCE):
        """Do it, wait until it is drawn, and look at the clock."""
        begin = time.monotonic()
        act()
        self.driver.execute_async_script(
            "const done = arguments[0];"
            "requestAnimationFrame(() => setTimeout(done))")
        took = time.monotonic() - begin
        print(f"{what}: {took:.2f} s")
        assert took < limit, f"{what} took {took:.2f} s"


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


def overflows(p):
    return p.js("return document.documentElement.scrollWidth > innerWidth")


def check_media(p):
    def media(*features, kind=""):
        p.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": kind,
            "features": [{"name": n, "value": v} for n, v in features]})

    def background():
        return p.js("return getComputedStyle(document.body).backgroundColor")

    light = background()
    media(("prefers-color-scheme", "dark"))
    assert background() != light
    p.picture("dark")
    media(kind="print")
    assert background() == "rgb(255, 255, 255)", background()
    assert not p.find("#tools").is_displayed()
    media()
    assert not overflows(p)
    p.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 390, "height": 800, "deviceScaleFactor": 2, "mobile": True})
    p.js("jump(runs[1], 0)")
    assert not overflows(p)
    p.picture("phone")
    p.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def check_quiet(p):
    """No error on its console, and no request but for the page itself."""
    errors = [e for e in p.driver.get_log("browser")
              if e["level"] == "SEVERE"]
    assert not errors, errors
    asked = [e["message"] for e in p.driver.get_log("performance")
             if '"Network.requestWillBeSent"' in e["message"]]
    assert len(asked) == 1 and "report.html" in asked[0], asked


def main():
    driver = start()
    try:
        p = Page(driver, sys.argv[1],
                 sys.argv[2] if len(sys.argv) > 2 else None)
        p.quick("open the page", lambda: driver.get(p.url), OPENING)
        for check in (check_table, check_run, check_many, check_jumps,
                      check_reason, check_media, check_quiet):
            check(p)
            print("ok", check.__name__)
    finally:
        driver.quit()


if __name__ == "__main__":
    run(main)
