"""Looks for pages that are wider than the window, and for what is cut on paper: widths.py BASE"""

import sys

from browser import DESK, REFUSED, Browser, Report, crawl, sample

WIDTHS = (360, 400, 600, 800, DESK, 1920)

# An A4 page without its margins.
PAPER = 718

# The elements that stick out of the window, but those that scroll inside of another.
STICKING_OUT = """
const scrolls = (element) => element && (["auto", "scroll"].includes(getComputedStyle(element).overflowX)
  || scrolls(element.parentElement));
const wide = document.scrollingElement.scrollWidth > innerWidth;
return wide ? [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element))
  .map((element) => element.outerHTML.slice(0, 160)).slice(0, 4).concat("the page") : [];
"""

# The elements whose text is wider than they are, where paper does not scroll.
CUT = """
return [...document.querySelectorAll("main *")]
  .filter((element) => element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1
    && getComputedStyle(element).overflowX !== "visible" && element.getClientRects().length > 0)
  .map((element) => element.outerHTML.slice(0, 160)).slice(0, 4);
"""

# What is of no use on paper.
USELESS = """
return [...document.querySelectorAll("nav, form, button, .skip")]
  .filter((element) => element.checkVisibility()).map((element) => element.outerHTML.slice(0, 160));
"""


def main():
    report = Report()
    with Browser(sys.argv[1]) as browser:
        paths = [*sample(crawl(browser.base)), *REFUSED]
        for path in paths:
            browser.open(path)
            for width in WIDTHS:
                browser.resize(width)
                out = browser.run(STICKING_OUT)
                report.expect(not out, f"{path} at {width} px sticks out: {out}")
            browser.resize(PAPER)
            browser.show(media="print")
            for what, script in (("cut", CUT), ("of no use", USELESS), ("sticking out", STICKING_OUT)):
                found = browser.run(script)
                report.expect(not found, f"{path} on paper has what is {what}: {found}")
            browser.show()
    report.end(f"{len(paths)} pages at {len(WIDTHS)} widths and on paper")


main()
