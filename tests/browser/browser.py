"""A Chromium without a window, and the pages of a service. Programs beside this file use it."""

import sys
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

PHONE, DESK = 400, 1280
SCHEMES = ("light", "dark")
HEIGHT = 900

# What is asked for in vain, to which a page is the answer as well.
REFUSED = ("/explain/stuk", "/zones/nowhere.example", "/servers/nowhere", "/?sort=colour", "/?nothing=1")

# About how many pages of one kind are looked at.
MOST_ALIKE = 4

# The most parameters of a query that is followed: all of them together make too many.
MOST_PARAMETERS = 2


class Browser:
    """A window of Chromium, and what it says of the pages in it."""

    def __init__(self, base):
        self.base = base
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        # Chromium refuses to run as root with its sandbox; shared memory is small in containers.
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(30)
        self.resize(DESK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, path):
        """Loads a page; its script has run when this returns."""
        self.driver.get(self.base + path)

    def run(self, script, *arguments):
        """Runs a function body in the page."""
        return self.driver.execute_script(script, *arguments)

    def command(self, name, **arguments):
        """Sends a command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, arguments)

    def resize(self, width, height=HEIGHT):
        """Gives the page so much room, in CSS pixels."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def show(self, scheme="light", media=""):
        """Shows pages as a person wants them, who likes it dark or reads from paper."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", media=media, features=features)

    def allow_script(self, is_allowed):
        """Whether the pages that are loaded from now on may run scripts."""
        self.command("Emulation.setScriptExecutionDisabled", value=not is_allowed)


class Links(HTMLParser):
    """All that a page names by an address: what it links to, and what it loads."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src", "action"):
                self.found.append(value or "")


def fetch(url):
    """The status, the content type and the text of what is at a URL."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status, response.headers.get("Content-Type", ""), response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Content-Type", ""), error.read().decode()


def crawl(base, first="/"):
    """All that can be reached by links from a page: for each path with its query, what `fetch` gives and who links."""
    found, waiting = {}, [(first, "the crawl")]
    while waiting:
        path, source = waiting.pop(0)
        if path in found or path.count("&") >= MOST_PARAMETERS:
            continue
        status, kind, text = fetch(base + path)
        found[path] = (status, kind, text, source)
        if not kind.startswith("text/html"):
            continue
        links = Links()
        links.feed(text)
        for link in links.found:
            target = urllib.parse.urldefrag(urllib.parse.urljoin(base + path, link)).url
            # A link that leads elsewhere is followed nowhere, and found by `links.py`.
            waiting.append((target.removeprefix(base), path) if target.startswith(base) else (f"!{target}", path))
            if waiting[-1][0].startswith("!"):
                found.setdefault(waiting.pop()[0], (0, "", "", path))
    return found


def pages(found):
    """The paths of all pages that a crawl has found."""
    return [path for path, (status, kind, *_) in found.items() if status == 200 and kind.startswith("text/html")]


def sample(found, most_alike=MOST_ALIKE):
    """Pages of each kind: of those that are made alike, the shortest, the longest, and some between them."""
    kinds = {}
    for path in pages(found):
        parts = urllib.parse.urlsplit(path)
        parameters = tuple(name for name, _ in urllib.parse.parse_qsl(parts.query))
        kinds.setdefault((parts.path.split("/")[1], parts.path.count("/"), parameters), []).append(path)
    chosen = []
    for alike in kinds.values():
        alike.sort(key=lambda path: len(found[path][2]))
        step = max(1, (len(alike) - 1) // (most_alike - 1))
        chosen += alike[::step] + ([] if (len(alike) - 1) % step == 0 else alike[-1:])
    return chosen


class Report:
    """What was found wrong; a program says all of it at its end."""

    def __init__(self):
        self.wrong = []
        self.looked = 0

    def expect(self, is_so, text):
        """Notes a text unless something is so."""
        self.looked += 1
        if not is_so:
            self.wrong.append(text)

    def end(self, what):
        """Prints what is wrong, and ends the program."""
        for text in self.wrong:
            print(text)
        print(f"{what}: {self.looked} looked at, {len(self.wrong)} wrong")
        sys.exit(1 if self.wrong else 0)
