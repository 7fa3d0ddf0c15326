"""Looks for what keeps people from using the pages, by axe-core: accessibility.py BASE"""

import importlib.util
import sys
from pathlib import Path

from browser import DESK, PHONE, REFUSED, SCHEMES, Browser, Report, crawl, sample

# Rules that axe-core has, and does not apply on its own.
MORE_RULES = {"target-size": {"enabled": True}}


def axe():
    """The script of axe-core, out of a package that has it."""
    package = importlib.util.find_spec("axe_playwright_python")
    return Path(package.origin).with_name("axe.min.js").read_text()


def main():
    report, script = Report(), axe()
    with Browser(sys.argv[1]) as browser:
        paths = [*sample(crawl(browser.base)), *REFUSED]
        for scheme in SCHEMES:
            browser.show(scheme)
            for width in (PHONE, DESK):
                browser.resize(width)
                for path in paths:
                    browser.open(path)
                    browser.run(script)
                    result = browser.driver.execute_async_script(
                        "axe.run(document, {rules: arguments[0], resultTypes: ['violations']}).then(arguments[1])",
                        MORE_RULES,
                    )
                    where = f"{path} at {width} px, {scheme}"
                    report.expect(not result["violations"], f"{where}: {describe(result['violations'])}")
    report.end(f"axe-core on {len(paths)} pages")


def describe(violations):
    """What axe-core found, with the first places of each."""
    texts = []
    for violation in violations:
        places = [f"{node['html'][:160]} ({node['failureSummary']})" for node in violation["nodes"][:3]]
        texts.append(f"\n  {violation['impact']} {violation['id']} in {len(violation['nodes'])} places: {places}")
    return "".join(texts)


main()
