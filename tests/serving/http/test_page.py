"""The web page in headless Chromium, as people use it."""

import io
import json
import shutil
import zipfile

import numpy as np
import pytest

from keras_colorize import colorize
from keras_colorize.serving.hints import Hint
from keras_colorize.serving.images.read import read_photo
from tests.helpers import textured_photo
from tests.helpers import write_photo
from tests.serving.http.conftest import serving

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None
)
sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright, of the dev extra, is missing"
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed"
)
SIZE = (60, 90)  # height, width


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, client, request):
    """The page, opened; the test fails if its scripts do."""
    options = getattr(request, "param", {})
    context = browser.new_context(accept_downloads=True, **options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(str(client.base_url))
    page.get_by_label("Model").locator("option").first.wait_for(
        state="attached"
    )
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def photos(tmp_path):
    """Two photo files of one name in two folders."""
    return [
        write_photo(tmp_path / folder / "old.png", textured_photo(*SIZE, seed))
        for seed, folder in enumerate(("a", "b"))
    ]


def choose(page, *paths):
    page.get_by_label("photos").first.set_input_files([str(p) for p in paths])


def wait_for_status(page, text):
    page.get_by_role("status").get_by_text(text, exact=True).wait_for()


def wait_until(page, expression):
    # Playwright's own needs eval, which the page forbids.
    for _ in range(300):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {expression}")


def download(page, button):
    with page.expect_download() as info:
        page.get_by_role("button", name=button).click()
    return info.value


def content_of(file):
    with open(file.path(), "rb") as opened:
        return opened.read()


def test_photo_is_shown_in_gray_and_color_with_a_boundary_to_move(
    page, photos, model_paths
):
    choose(page, photos[0])
    wait_for_status(page, "1 of 1 in color")
    page.get_by_alt_text("old.png, in color").wait_for()
    box = page.locator("#compare").bounding_box()
    page.locator("#compare").click(position={"x": 0.25 * box["width"], "y": 20})
    boundary = page.get_by_label("Boundary between gray and color")
    assert abs(int(boundary.input_value()) - 25) <= 1
    boundary.focus()
    page.keyboard.press("End")
    assert boundary.input_value() == "100"
    clip = "getComputedStyle(document.getElementById('color')).clipPath"
    assert page.evaluate(clip) == "inset(0px 0px 0px 100%)"
    file = download(page, "Download photo")
    assert file.suggested_filename == "old.colorized.png"
    expected = colorize(photos[0].read_bytes(), model=model_paths[0])
    assert content_of(file) == expected


def test_new_settings_colorize_again(page, photos, model_paths):
    choose(page, photos[0])
    wait_for_status(page, "1 of 1 in color")
    with page.expect_response("**/v1/colorize") as info:
        page.get_by_label("Strength").fill("0.5")
    assert info.value.ok
    wait_for_status(page, "1 of 1 in color")
    photo = photos[0].read_bytes()
    expected = colorize(photo, model=model_paths[0], strength=0.5)
    assert content_of(download(page, "Download photo")) == expected
    with page.expect_response("**/v1/colorize"):
        page.get_by_label("Model").select_option("hinted")
    assert page.get_by_label("Temperature").is_hidden()
    wait_for_status(page, "1 of 1 in color")
    expected = colorize(photo, model=model_paths[1], strength=0.5)
    assert content_of(download(page, "Download photo")) == expected
    with page.expect_response("**/v1/colorize"):
        page.get_by_label("Save as").select_option("jpeg")
    wait_for_status(page, "1 of 1 in color")
    file = download(page, "Download photo")
    assert file.suggested_filename == "old.colorized.jpg"
    assert read_photo(content_of(file)).format == "JPEG"


def test_several_photos_come_in_one_zip(page, photos, model_paths):
    choose(page, *photos)
    wait_for_status(page, "2 of 2 in color")
    file = download(page, "Download all")
    assert file.suggested_filename == "colorized.zip"
    with zipfile.ZipFile(io.BytesIO(content_of(file))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["old.colorized.png", "old.colorized (2).png"]
        for name, path in zip(names, photos, strict=True):
            expected = colorize(path.read_bytes(), model=model_paths[0])
            assert archive.read(name) == expected


def test_clicks_place_color_hints(page, photos, model_paths):
    choose(page, photos[0])
    page.get_by_label("Model").select_option("hinted")
    wait_for_status(page, "1 of 1 in color")
    page.get_by_role("button", name="Place colors").click()
    page.get_by_label("red").check()
    layer = page.get_by_role("application")
    box = layer.bounding_box()
    # Chromium does not tell what a form with files holds.
    page.evaluate(
        "() => { const append = FormData.prototype.append;"
        " FormData.prototype.append = function (name, ...rest) {"
        " window.sent = { ...window.sent, [name]: rest[0] };"
        " append.call(this, name, ...rest); }; }"
    )
    with page.expect_response("**/v1/colorize"):
        layer.click(
            position={"x": 0.5 * box["width"], "y": 0.25 * box["height"]}
        )
    (hint,) = json.loads(page.evaluate("window.sent.hints"))
    assert abs(hint["x"] - 45) < 1 and abs(hint["y"] - 15) < 1
    assert hint["color"] == "#c22f2f" and 1 <= hint["radius"] <= 6
    wait_for_status(page, "1 of 1 in color")
    photo = photos[0].read_bytes()
    expected = colorize(photo, model=model_paths[1], hints=[Hint(**hint)])
    plain = colorize(photo, model=model_paths[1])
    assert content_of(download(page, "Download photo")) == expected != plain
    with page.expect_response("**/v1/colorize"):
        page.get_by_role("button", name="Remove #c22f2f").click()
    wait_for_status(page, "1 of 1 in color")
    assert content_of(download(page, "Download photo")) == plain


def test_reason_of_a_failure_is_shown_and_the_rest_is_done(
    page, photos, tmp_path
):
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear grandmother,\n")
    choose(page, letter, photos[0])
    wait_for_status(page, "1 of 2 in color, 1 failed")
    alert = page.locator("#photo-alert")
    assert "not a photo that can be read" in alert.inner_text()
    assert page.get_by_role("button", name="Download photo").is_disabled()
    page.get_by_role("button", name="old.png, in color").click()
    assert alert.is_hidden()
    page.get_by_role("button", name="Remove letter.jpg").click()
    wait_for_status(page, "1 of 1 in color")


def test_file_that_a_browser_cannot_show_is_shown_by_the_server(page, tmp_path):
    path = write_photo(tmp_path / "scan.tif", textured_photo(*SIZE))
    choose(page, path)
    wait_for_status(page, "1 of 1 in color")
    page.get_by_text(f"{SIZE[1]} × {SIZE[0]}").wait_for()
    for name in ("gray", "color"):
        width = f"document.getElementById('{name}').naturalWidth"
        wait_until(page, f"{width} === {SIZE[1]}")


def test_everything_works_by_keyboard(page, photos):
    page.keyboard.press("Tab")
    focused = "document.activeElement.id"
    assert page.evaluate(focused) == "files"
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files([str(path) for path in photos])
    wait_for_status(page, "2 of 2 in color")
    visited = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(14):
        page.keyboard.press("Tab")
        visited.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement"
                ".getAttribute('aria-label') || ''"
            )
        )
    order = ["split", "model", "strength", "temperature", "format"]
    order += ["download", "download-all", "old.png, in color"]
    indices = [visited.index(name) for name in order]
    assert indices == sorted(indices)
    page.get_by_label("Model").select_option("hinted")
    wait_for_status(page, "2 of 2 in color")
    page.get_by_role("button", name="Place colors").press("Enter")
    for key in ("ArrowRight", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    rows = page.get_by_label("Placed colors").get_by_role("listitem")
    (text,) = rows.all_inner_texts()
    assert text.startswith("46, 24")
    page.keyboard.press("Backspace")
    assert rows.count() == 0
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "hint-mode"


@pytest.mark.parametrize(
    "page",
    [
        {
            "viewport": {"width": 360, "height": 740},
            "has_touch": True,
            "is_mobile": True,
            "color_scheme": "dark",
        }
    ],
    indirect=True,
)
def test_phone_shows_all_of_it_without_scrolling_sideways(page, photos):
    choose(page, *photos)
    wait_for_status(page, "2 of 2 in color")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, .drop label')]"
        ".filter((e) => e.offsetParent && !e.matches('.remove'))"
        ".filter((e) => e.offsetHeight < 44).map((e) => e.outerHTML)"
    )
    assert small == []
    box = page.locator("#compare").bounding_box()
    page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + 40)
    boundary = page.get_by_label("Boundary between gray and color")
    assert abs(int(boundary.input_value()) - 80) <= 1
    assert page.get_by_role("button", name="Download photo").is_visible()
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert np.mean(json.loads(f"[{back[4:-1]}]")) < 60  # dark


def test_key_is_asked_for(browser, catalog, photos):
    with serving(catalog, api_key="open sesame") as locked:
        page = browser.new_page()
        page.goto(str(locked.base_url))
        page.get_by_label("API key").fill("nix")
        page.keyboard.press("Enter")
        page.get_by_text("not the right one").wait_for()
        page.get_by_label("API key").fill("open sesame")
        page.keyboard.press("Enter")
        choose(page, photos[0])
        wait_for_status(page, "1 of 1 in color")
        page.close()


def test_busy_and_absent_servers_are_told(page, photos, client):
    attempts = []

    def busy_once(route):
        attempts.append(1)
        if len(attempts) > 1:
            return route.continue_()
        headers = {"Retry-After": "1", "Content-Type": "application/json"}
        return route.fulfill(status=429, headers=headers, body="{}")

    page.route("**/v1/colorize", busy_once)
    choose(page, photos[0])
    page.get_by_text("The server is busy").wait_for()
    wait_for_status(page, "1 of 1 in color")
    assert len(attempts) == 2
    page.unroute("**/v1/colorize")
    page.route("**/v1/colorize", lambda route: route.abort())
    page.get_by_label("Strength").fill("0.5")
    page.get_by_text("The server cannot be reached").wait_for()
    page.unroute("**/v1/colorize")
    page.get_by_role("button", name="Try again").click()
    wait_for_status(page, "1 of 1 in color")
