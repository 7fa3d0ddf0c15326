"""Goes through pages by the keyboard: keyboard.py BASE

Tab reaches all that a mouse can click, in the order of the page, each in view and with an outline.
"""

import sys

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import url_contains
from selenium.webdriver.support.wait import WebDriverWait

from browser import REFUSED, Browser, Report, crawl, sample

# Notes all that can have the focus, numbered in the order of the page.
NUMBER = """
const all = "a[href], button, input, select, textarea, summary, [tabindex='0']";
const usable = [...document.querySelectorAll(all)].filter((element) => !element.disabled && element.checkVisibility());
usable.forEach((element, number) => { element.dataset.number = number; });
return usable.map((element) => element.outerHTML.slice(0, 120));
"""

# What has the focus, and how a person sees that.
FOCUSED = """
const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
return {
  number: element.dataset.number === undefined ? null : Number(element.dataset.number),
  isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  isInView: box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0 && box.top < innerHeight
    && box.left < innerWidth,
};
"""


def press(browser, *keys):
    for key in keys:
        ActionChains(browser.driver, duration=0).send_keys(key).perform()


def walk(browser, report, path):
    """Presses Tab from the beginning of a page to its end."""
    browser.open(path)
    usable = browser.run(NUMBER)
    reached = []
    while len(reached) <= len(usable):
        press(browser, Keys.TAB)
        focused = browser.run(FOCUSED)
        if focused["number"] is None or focused["number"] in reached:
            break
        reached.append(focused["number"])
        html = usable[focused["number"]]
        report.expect(focused["isOutlined"], f"{path}: no outline shows the focus of {html}")
        report.expect(focused["isInView"], f"{path}: out of view with the focus: {html}")
    missed = [html for number, html in enumerate(usable) if number not in reached]
    report.expect(not missed, f"{path}: Tab does not reach {missed[:4]}")
    report.expect(reached == sorted(reached), f"{path}: another order than on the page: {reached}")
    return usable


def main():
    report = Report()
    with Browser(sys.argv[1]) as browser:
        paths = [*sample(crawl(browser.base)), *REFUSED]
        for path in paths:
            usable = walk(browser, report, path)
            report.expect(usable and "Skip to content" in usable[0], f"{path}: nothing skips to the content: {usable[:1]}")
        browser.open("/")
        press(browser, Keys.TAB, Keys.ENTER)
        focused = browser.run("return document.activeElement.id")
        report.expect(focused == "main", f"the link that skips to the content leads to {focused!r}")
        browser.open("/")
        for _ in range(20):
            press(browser, Keys.TAB)
            if browser.run("return document.activeElement.type") == "search":
                break
        press(browser, "stuck", Keys.ENTER)
        WebDriverWait(browser.driver, 10).until(url_contains("q=stuck"))
        text = browser.run("return document.querySelector('main').innerText")
        report.expect("stuck.example" in text and "ahead.example" not in text, f"the search finds {text}")
    report.end(f"{len(paths)} pages by the keyboard")


main()
