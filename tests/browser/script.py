"""Uses what the script of the pages does: script.py BASE

It refreshes a page that is looked at, says since when it cannot, and copies commands.
"""

import sys

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.support.wait import WebDriverWait

from browser import Browser, Report, crawl, sample

# Thirty seconds are one, for the timers of the page and for its clock.
HASTE = """
const [start, now, later, often] = [Date.now(), Date.now, setTimeout, setInterval];
Date.now = () => start + 30 * (now() - start);
window.setTimeout = (task, time, ...more) => later(task, time / 30, ...more);
window.setInterval = (task, time, ...more) => often(task, time / 30, ...more);
"""

# Marks the content, whose mark is gone when it is replaced.
MARK = "document.querySelector('main').firstElementChild.dataset.marked = 'yes';"
IS_MARKED = "return document.querySelector('main [data-marked]') !== null;"

# About how many pages of one kind are refreshed: each takes three seconds.
MOST_ALIKE = 2

# What happens within three seconds, or not at all.
LONG = 3


class Page:
    """A page that is marked, to see when it is refreshed."""

    def __init__(self, browser, path):
        self.browser = browser
        browser.open(path)
        browser.run(MARK)

    def is_refreshed(self):
        """Whether its content is replaced while one waits."""
        try:
            WebDriverWait(self.browser.driver, LONG, 0.05).until(lambda _: not self.browser.run(IS_MARKED))
        except TimeoutException:
            return False
        self.browser.run(MARK)
        return True

    def status(self):
        """What it tells screen readers."""
        return self.browser.run("return document.querySelector('[role=status]').textContent")

    def says(self, text):
        """Whether it tells them something while one waits."""
        try:
            WebDriverWait(self.browser.driver, LONG, 0.05).until(lambda _: text in self.status())
        except TimeoutException:
            return False
        return True


def refresh(browser, report, path):
    """What is open, in focus and in view stays so."""
    page = Page(browser, path)
    report.expect(page.is_refreshed(), f"{path}: it is not refreshed")
    # A part of a page without a name may not be found again.
    browser.run("document.querySelectorAll('main details[id]').forEach((details) => { details.open = !details.open; });")
    opened = "return [...document.querySelectorAll('main details[id]')].map((details) => details.open)"
    place = "return [scrollX, scrollY, document.activeElement.outerHTML.slice(0, 120)]"
    links = browser.run("return document.querySelectorAll('main a[href]').length")
    browser.run(f"document.querySelectorAll('main a[href]')[{links // 2}].focus(); scrollBy(0, 30);")
    before = browser.run(opened), browser.run(place)
    report.expect(page.is_refreshed(), f"{path}: it is not refreshed again")
    after = browser.run(opened), browser.run(place)
    report.expect(before == after, f"{path}: refreshed from {before} to {after}")


def pause(browser, report, path):
    """It is left alone while text is selected, or while nobody looks."""
    page = Page(browser, path)
    browser.run("document.getSelection().selectAllChildren(document.querySelector('main h1, main h2'))")
    report.expect(not page.is_refreshed(), f"{path}: it is refreshed while text is selected")
    browser.run("document.getSelection().removeAllRanges()")
    report.expect(page.is_refreshed(), f"{path}: it is not refreshed once nothing is selected")
    browser.driver.minimize_window()
    report.expect(browser.run("return document.hidden"), "Chromium does not hide the page")
    report.expect(not page.is_refreshed(), f"{path}: it is refreshed while it is hidden")
    browser.driver.set_window_rect(0, 0, 1280, 900)
    report.expect(page.is_refreshed(), f"{path}: it is not refreshed when it is seen again")


def lose(browser, report, path):
    """Without the service it says so, and keeps what it has."""
    page = Page(browser, path)
    before = browser.run("return document.querySelector('main').innerText.length")
    conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.command("Network.enable")
    browser.command("Network.emulateNetworkConditions", offline=True, **conditions)
    report.expect(page.says("annot reach zoneprobe since"), f"{path}: offline, it says {page.status()!r}")
    kept = browser.run("return document.querySelector('main').innerText.length")
    report.expect(kept > before // 2, f"{path}: of {before} characters it keeps {kept}")
    browser.command("Network.emulateNetworkConditions", offline=False, **conditions)
    report.expect(page.is_refreshed(), f"{path}: it is not refreshed when the service is back")
    report.expect("annot reach" not in page.status(), f"{path}: it still says {page.status()!r}")


def copy(browser, report, path):
    """A button copies the whole command beside it, and says so."""
    page = Page(browser, path)
    button = browser.driver.find_element("css selector", "main [data-copy]")
    command = browser.run("return arguments[0].parentElement.querySelector('code').textContent", button)
    button.click()
    report.expect(page.says("Copied"), f"{path}: after copying, it says {page.status()!r}")
    copied = browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    report.expect(copied == command, f"{path}: it copies {copied!r} and not {command!r}")


def main():
    report = Report()
    with Browser(sys.argv[1]) as browser:
        found = crawl(browser.base)
        browser.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        browser.command("Page.addScriptToEvaluateOnNewDocument", source=HASTE)
        paths = sample(found, MOST_ALIKE)
        refreshed = [path for path in paths if "data-refresh" in found[path][2]]
        for path in refreshed:
            refresh(browser, report, path)
        for check in (pause, lose):
            check(browser, report, "/")
        with_commands = [path for path in paths if "data-copy" in found[path][2]]
        report.expect(with_commands, "no page has a command to copy")
        for path in with_commands:
            copy(browser, report, path)
    report.end(f"{len(refreshed)} pages that refresh, {len(with_commands)} with commands")


main()
