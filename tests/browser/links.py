"""Follows all links from the first page, and loads pages of all kinds in Chromium: links.py BASE [PREFIX]

Every link leads to something, and to nothing elsewhere; a page loads what is ours alone, and Chromium complains of
nothing. PREFIX is the path under which a proxy publishes the pages.
"""

import json
import sys

from browser import REFUSED, Browser, Report, crawl, fetch, sample

KINDS = ("text/html", "text/css", "text/javascript", "image/svg+xml", "application/json", "text/plain")

# About how many pages of one kind are loaded.
MOST_ALIKE = 25


def complaints(browser):
    """What Chromium says of the pages since the last call: its console, and requests to anywhere else."""
    said = [entry["message"] for entry in browser.driver.get_log("browser")]
    for entry in browser.driver.get_log("performance"):
        event = json.loads(entry["message"])["message"]
        if event["method"] == "Network.requestWillBeSent":
            url = event["params"]["request"]["url"]
            if not url.startswith(browser.base + "/"):
                said.append(f"a request to {url}")
    return said


def main():
    base, prefix = sys.argv[1], "".join(sys.argv[2:])
    report = Report()
    found = crawl(base, f"{prefix}/")
    for path, (status, kind, _, source) in found.items():
        report.expect(not path.startswith("!"), f"{source}: links to {path[1:]}")
        report.expect(path.startswith(("!", f"{prefix}/")), f"{source}: links to {path}, not below {prefix}")
        report.expect(status == 200 or path.startswith("!"), f"{path}: status {status}, linked by {source}")
        report.expect(not kind or kind.startswith(KINDS), f"{path}: {kind}, linked by {source}")
    for path in REFUSED:
        status, kind, text = fetch(base + prefix + path)
        is_page = kind.startswith("text/html") and "<main" in text
        report.expect(status in (400, 404) and is_page, f"{path}: no page that refuses it: {status} {text[:200]}")
    loaded = sample(found, MOST_ALIKE)
    with Browser(base) as browser:
        complaints(browser)
        for path in loaded:
            browser.open(path)
            said = complaints(browser)
            report.expect(not said, f"{path}: {said}")
    report.end(f"{len(found)} links, {len(loaded)} pages loaded")


main()
