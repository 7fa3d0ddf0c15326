"""Looks for what keeps people from using the pages, by axe-core: accessibility.py BASE"""

import importlib.util
import sys
from pathlib import Path

from browser import DESK, PHONE, REFUSED, SCHEMES, Browser, Report, crawl, sample

# All rules, and one that axe-core does not apply on its own.
ALL_RULES = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}

# Those of colours: all that differs in the dark.
RULES_OF_COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}

# Runs axe-core over the page.
RUN = "axe.run(document, arguments[0]).then(arguments[1])"


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
            rules = RULES_OF_COLOURS if scheme == "dark" else ALL_RULES
            for width in (PHONE, DESK):
                browser.resize(width)
                for path in paths:
                    browser.open(path)
                    browser.run(script)
                    violations = browser.driver.execute_async_script(RUN, rules)["violations"]
                    where = f"{path} at {width} px, {scheme}"
                    report.expect(not violations, f"{where}: {describe(violations)}")
    report.end(f"axe-core on {len(paths)} pages")


def describe(violations):
    """What axe-core found, with the first places of each."""
    texts = []
    for violation in violations:
        places = [f"{node['html'][:160]} ({node['failureSummary']})" for node in violation["nodes"][:3]]
        texts.append(f"\n  {violation['impact']} {violation['id']} in {len(violation['nodes'])} places: {places}")
    return "".join(texts)


main()
