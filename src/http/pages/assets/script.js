// Refreshes the page while it is looked at, and copies commands. Pages are whole without it.
"use strict";

const main = document.getElementById("main");
const updated = document.getElementById("updated");
const status = document.getElementById("status");
const period = Number(document.body.dataset.refresh) * 1000;
let refreshedAt = Date.now();
let unreachableSince = null;
let isRefreshing = false;

/** Says how old the page is; screen readers are not told again and again. */
function showAge() {
  const seconds = Math.round((Date.now() - refreshedAt) / 1000);
  const age = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
  updated.textContent = seconds < 2 ? "Updated just now" : `Updated ${age} ago`;
}

/** Says something that screen readers are told once. */
function announce(text) {
  if (status.textContent !== text) {
    status.textContent = text;
  }
}

/** Whether a person is in the middle of something that new content would break. */
function isInUse() {
  const selection = document.getSelection();
  const isSelecting = selection !== null && !selection.isCollapsed && main.contains(selection.anchorNode);
  const focused = document.activeElement;
  return isSelecting || (main.contains(focused) && focused.matches("input, select, textarea"));
}

/** How to find the element in focus again, in the new content: by its id, or as the nth link to its target. */
function focusedPlace() {
  const focused = document.activeElement;
  if (focused === main || !main.contains(focused)) {
    return () => null;
  }
  if (focused.id !== "") {
    return () => document.getElementById(focused.id);
  }
  const alike = () => [...main.querySelectorAll(focused.tagName)]
    .filter((other) => other.getAttribute("href") === focused.getAttribute("href"));
  const place = alike().indexOf(focused);
  return () => alike()[place] ?? null;
}

/** Replaces the content, and keeps what is open, in focus and in view. */
function replaceContent(page) {
  const open = new Map([...main.querySelectorAll("details[id]")].map(({ id, open }) => [id, open]));
  const scrolled = [...main.querySelectorAll(".scroll")].map((region) => region.scrollLeft);
  const [left, top] = [window.scrollX, window.scrollY];
  const findFocused = focusedPlace();
  main.replaceChildren(...page.getElementById("main").childNodes);
  document.title = page.title;
  for (const details of main.querySelectorAll("details[id]")) {
    details.open = open.get(details.id) ?? details.open;
  }
  main.querySelectorAll(".scroll").forEach((region, index) => {
    region.scrollLeft = scrolled[index] ?? 0;
  });
  showCopyButtons();
  findFocused()?.focus({ preventScroll: true });
  window.scrollTo(left, top);
}

async function refresh() {
  if (isRefreshing || document.hidden || isInUse()) {
    return;
  }
  isRefreshing = true;
  try {
    const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(20_000) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (response.status >= 500 || page.getElementById("main") === null) {
      throw new Error(`no page: status ${response.status}`);
    }
    if (!isInUse()) {
      replaceContent(page);
      refreshedAt = Date.now();
    }
    if (unreachableSince !== null) {
      unreachableSince = null;
      announce("zoneprobe answers again");
    }
  } catch {
    unreachableSince ??= new Date();
    announce(`Cannot reach zoneprobe since ${unreachableSince.toLocaleTimeString()}`);
  } finally {
    isRefreshing = false;
    showAge();
  }
}

function showCopyButtons() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
  }
}

/** Copies by selecting, where the clipboard is closed to pages that did not come over TLS. */
function copySelected(source) {
  const selection = document.getSelection();
  selection.selectAllChildren(source);
  const isCopied = document.execCommand("copy");
  if (isCopied) {
    selection.removeAllRanges();
  }
  return isCopied;
}

async function copy(button) {
  const source = button.parentElement.querySelector("code");
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    isCopied = copySelected(source);
  }
  announce("");
  announce(isCopied ? "Copied" : "Selected: copy it by hand");
  button.textContent = isCopied ? "Copied" : "Selected";
  setTimeout(() => {
    button.textContent = "Copy";
  }, 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button !== null) {
    copy(button);
  }
});

showCopyButtons();
if (period > 0) {
  showAge();
  setInterval(showAge, 5000);
  setInterval(refresh, period);
  document.addEventListener("visibilitychange", () => {
    if (Date.now() - refreshedAt >= period) {
      refresh();
    }
  });
}
