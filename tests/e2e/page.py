"""What the tests of ec21hil's pages share: a browser, a page in it."""
import json
import os
import sys
import time

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from urllib3.exceptions import HTTPError

# Seconds for one thing the user does. Beside eight other busy processes on two
# cores it took 0.6 to 0.9, opening 1.4 to 3; beside thirty, 5 and 9. A page whose
# work grows with the square of its records takes minutes.
PATIENCE = 30.0
OPENING = 90.0


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
    def __init__(self, driver):
        self.driver = driver
        self.opened = []
        self.pictures = os.environ.get("EC21_PICTURES")

    def open(self, path):
        url = "file://" + os.path.abspath(path)
        self.opened.append(url)
        self.quick("open " + path, lambda: self.driver.get(url), OPENING)

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


def overflows(p):
    return p.js("return document.documentElement.scrollWidth > innerWidth")


def check_media(p, name):
    """Dark, print and a phone; NAME of the pictures."""
    def media(*features, kind=""):
        p.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": kind,
            "features": [{"name": n, "value": v} for n, v in features]})

    def background():
        return p.js("return getComputedStyle(document.body).backgroundColor")

    light = background()
    media(("prefers-color-scheme", "dark"))
    assert background() != light
    p.picture(name + "dark")
    media(kind="print")
    assert background() == "rgb(255, 255, 255)", background()
    assert not p.find("#tools").is_displayed()
    media()
    assert not overflows(p)
    p.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 390, "height": 800, "deviceScaleFactor": 2, "mobile": True})
    p.js("jumpNext()")
    assert not overflows(p)
    p.picture(name + "phone")
    p.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def click_through(*checks):
    """The page of sys.argv, check by check."""
    driver = start()
    try:
        p = Page(driver)
        p.open(sys.argv[1])
        for check in checks:
            check(p)
            print("ok", check.__name__)
    except WebDriverException as e:
        e.stacktrace = None  # the driver's addresses say nothing
        raise
    finally:
        driver.quit()


def check_quiet(p):
    """No error on its console, and no request but for the pages themselves."""
    errors = [e for e in p.driver.get_log("browser")
              if e["level"] == "SEVERE"]
    assert not errors, errors
    asked = [json.loads(e["message"])["message"]
             for e in p.driver.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in asked
             if m["method"] == "Network.requestWillBeSent"]
    assert asked == p.opened, asked
