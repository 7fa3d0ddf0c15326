"""Reads pages without their script: without_script.py BASE

They have the same content, and what only a script makes work is not there.
"""

import sys

from browser import Browser, Report, crawl, sample

# The words of the content, but times, which go on, and what the script adds.
WORDS = """
document.querySelectorAll("main time, main [data-copy]").forEach((element) => element.remove());
return document.querySelector("main").innerText.split(/\\s+/).length;
"""


def main():
    report = Report()
    with Browser(sys.argv[1]) as browser:
        paths = sample(crawl(browser.base))
        for path in paths:
            browser.allow_script(True)
            browser.open(path)
            words = browser.run(WORDS)
            browser.allow_script(False)
            browser.open(path)
            copy = browser.run("return [...document.querySelectorAll('[data-copy]')].filter((it) => it.checkVisibility())")
            report.expect(not copy, f"{path}: {len(copy)} buttons do nothing")
            said = browser.run("return document.querySelector('[role=status]').innerText")
            report.expect(not said, f"{path}: the status says {said!r}")
            without = browser.run(WORDS)
            # A check may have ended meanwhile, which says more or less; without content, nearly nothing is left.
            report.expect(without >= words // 2, f"{path}: {without} words, and {words} with the script")
        browser.open("/")
        field = browser.driver.find_element("css selector", "[type=search]")
        field.send_keys("stuck")
        field.submit()
        text = browser.driver.find_element("css selector", "main").text
        report.expect("stuck.example" in text and "ahead.example" not in text, f"the search finds {text}")
    report.end(f"{len(paths)} pages without their script")


main()
