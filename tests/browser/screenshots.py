"""Takes a picture of pages, in each width and scheme: screenshots.py BASE FOLDER"""

import base64
import re
import sys
import urllib.parse
from pathlib import Path

from browser import DESK, PHONE, REFUSED, SCHEMES, Browser, crawl, sample

# Enough to see how a long page goes on.
MOST_PIXELS = 4000


def file_name(path):
    """A name that says which page it is."""
    words = re.sub(r"[^a-z0-9]+", "-", urllib.parse.unquote(path).lower()).strip("-")
    return words[:80] or "zones"


def main():
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with Browser(sys.argv[1]) as browser:
        paths = [*sample(crawl(browser.base)), *REFUSED]
        for scheme in SCHEMES:
            browser.show(scheme)
            for width in (PHONE, DESK):
                browser.resize(width)
                for path in paths:
                    browser.open(path)
                    height = browser.run("return document.documentElement.scrollHeight")
                    clip = {"x": 0, "y": 0, "width": width, "height": min(height, MOST_PIXELS), "scale": 1}
                    picture = browser.command("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
                    file = folder / f"{file_name(path)}-{width}-{scheme}.png"
                    file.write_bytes(base64.b64decode(picture["data"]))
    print(f"pictures of {len(paths)} pages are in {folder}")


main()
