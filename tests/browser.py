"""Chromium for the tests of both pages."""

import shutil
from pathlib import Path

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None
)
# `make web` installs it.
AXE = Path(__file__).parents[1] / "web/node_modules/axe-core/axe.min.js"
DARK_PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "color_scheme": "dark",
}


def launched(playwright, *arguments):
    """Starts the installed Chromium; playwright downloads none."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", *arguments]
    )


def choose(page, *paths):
    """Gives photo files to a page."""
    page.get_by_label("photos").first.set_input_files([str(p) for p in paths])


def press_for_files(page):
    """Presses Space on the focused button; Chromium may miss one at start."""
    choosers = []
    page.once("filechooser", lambda chooser: choosers.append(chooser))
    for patience_s in (5, 10, 30):
        page.keyboard.press("Space")
        for _ in range(20 * patience_s):
            if choosers:
                return choosers[0]
            page.wait_for_timeout(50)
    return pytest.fail("no file chooser came")


def wait_for_status(page, text):
    page.get_by_role("status").get_by_text(text, exact=True).wait_for()


def wait_until(page, is_true, seconds=90):
    """Waits for a function, or an expression in the page, to be true."""
    # Playwright's own needs eval, which the pages forbid.
    for _ in range(20 * seconds):
        if page.evaluate(is_true) if isinstance(is_true, str) else is_true():
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {is_true}")


def open_more(page):
    """Shows the settings behind "More"."""
    if not page.get_by_label("Temperature").is_visible():
        page.get_by_text("More", exact=True).click()


def download(page, button="Download photo"):
    with page.expect_download() as info:
        page.get_by_role("button", name=button).click()
    return info.value


def content_of(file):
    with open(file.path(), "rb") as opened:
        return opened.read()


def small_controls(page):
    """HTML of controls that a finger may miss: lower than 44 pixels."""
    return page.evaluate(
        "[...document.querySelectorAll('button, select, summary, .drop label,"
        " .switch')].filter((e) => e.offsetParent && !e.matches('.remove'))"
        ".filter((e) => e.offsetHeight < 44).map((e) => e.outerHTML)"
    )


def accessibility_faults(page):
    """What axe-core finds in the page as it is: "rule: element" each."""
    if not AXE.is_file():
        pytest.skip("web/node_modules is absent: `make web` installs it")
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert len(found["passes"]) > 10  # it looked
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
