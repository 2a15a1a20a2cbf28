"""The web page in headless Chromium, as people use it."""

import io
import json
import re
import zipfile

import numpy as np
import pytest

from keras_colorize import colorize
from keras_colorize.hints import Hint
from keras_colorize.serving.images.read import read_photo
from tests.browser import CHROMIUM
from tests.browser import DARK_PHONE
from tests.browser import accessibility_faults
from tests.browser import choose
from tests.browser import content_of
from tests.browser import download
from tests.browser import launched
from tests.browser import open_more
from tests.browser import press_for_files
from tests.browser import small_controls
from tests.browser import wait_for_status
from tests.browser import wait_until
from tests.helpers import textured_photo
from tests.helpers import write_photo
from tests.serving.http.conftest import serving

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
        with launched(playwright) as browser:
            yield browser


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
    page.get_by_label("Model", exact=True).locator("option").first.wait_for(
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


def test_photo_is_shown_in_gray_and_color_with_a_boundary_to_move(
    page, photos, model_paths
):
    choose(page, photos[0])
    wait_for_status(page, "1 of 1 in color")
    page.get_by_alt_text("old.png, in color").wait_for()
    box = page.locator("#compare").bounding_box()
    page.locator("#compare").click(position={"x": 0.25 * box["width"], "y": 20})
    boundary = page.get_by_label("Boundary between gray and color")
    assert abs(float(boundary.input_value()) - 25) <= 1
    boundary.focus()
    page.keyboard.press("End")
    assert boundary.input_value() == "100"
    clip = "getComputedStyle(document.querySelector('.layer-color')).clipPath"
    assert page.evaluate(clip) == "inset(0px 0px 0px 100%)"
    file = download(page)
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
    assert content_of(download(page)) == expected
    open_more(page)
    with page.expect_response("**/v1/colorize"):
        page.get_by_label("Model", exact=True).select_option("hinted")
    assert page.get_by_label("Temperature").is_hidden()
    wait_for_status(page, "1 of 1 in color")
    expected = colorize(photo, model=model_paths[1], strength=0.5)
    assert content_of(download(page)) == expected
    with page.expect_response("**/v1/colorize"):
        page.get_by_label("Save as").select_option("jpeg")
    wait_for_status(page, "1 of 1 in color")
    file = download(page)
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
    open_more(page)
    page.get_by_label("Model", exact=True).select_option("hinted")
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
    assert content_of(download(page)) == expected != plain
    with page.expect_response("**/v1/colorize"):
        page.get_by_role("button", name="Remove #c22f2f").click()
    wait_for_status(page, "1 of 1 in color")
    assert content_of(download(page)) == plain


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


@pytest.mark.parametrize("name", ["scan.tif", "phone.heic"])
def test_file_that_a_browser_cannot_show_is_shown_by_the_server(
    page, tmp_path, model_paths, name
):
    if name == "phone.heic":
        pytest.importorskip("pillow_heif", reason="needs the extra heic")
    # As a file of the command: Pillow alone writes no HEIC.
    path = tmp_path / name
    source = write_photo(tmp_path / "source.png", textured_photo(*SIZE))
    colorize(source, output=path, model=model_paths[0])
    choose(page, path)
    wait_for_status(page, "1 of 1 in color")
    page.get_by_text(f"{SIZE[1]} × {SIZE[0]}").wait_for()
    for plane in ("gray", "color"):
        width = f"document.getElementById('{plane}').naturalWidth"
        wait_until(page, f"{width} === {SIZE[1]}")
    file = download(page)
    assert file.suggested_filename == f"{path.stem}.colorized{path.suffix}"
    expected = colorize(path.read_bytes(), model=model_paths[0])
    if name == "scan.tif":  # encoders of HEIC need not repeat themselves
        assert content_of(file) == expected
    shown = read_photo(io.BytesIO(content_of(file))).rgb.astype(int)
    expected = read_photo(io.BytesIO(expected)).rgb
    assert np.abs(shown - expected).mean() < 1


def test_everything_works_by_keyboard(page, photos):
    focused = "document.activeElement.id"
    for name in ("dark", "files"):
        page.keyboard.press("Tab")
        wait_until(page, f"{focused} === '{name}'")
    press_for_files(page).set_files([str(path) for path in photos])
    wait_for_status(page, "2 of 2 in color")
    open_more(page)
    visited = []
    page.locator("#files").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        visited.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement"
                ".getAttribute('aria-label') || ''"
            )
        )
    order = ["split", "zoom-in", "full-screen", "strength", "format"]
    order += ["model", "temperature", "for-all", "download", "download-all"]
    order += ["old.png, in color"]
    indices = [visited.index(name) for name in order]
    assert indices == sorted(indices)
    page.get_by_label("Model", exact=True).select_option("hinted")
    wait_for_status(page, "2 of 2 in color")
    place = page.get_by_role("button", name="Place colors")
    sync_api.expect(place).to_be_enabled()
    place.press("Enter")
    for key in ("ArrowRight", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    rows = page.get_by_label("Placed colors").get_by_role("listitem")
    sync_api.expect(rows).to_have_text(re.compile("^46, 24"))
    page.keyboard.press("Backspace")
    sync_api.expect(rows).to_have_count(0)
    page.keyboard.press("Escape")
    wait_until(page, f"{focused} === 'hint-mode'")


def test_a_button_that_goes_off_hands_its_focus_on(page, photos):
    choose(page, *photos)
    wait_for_status(page, "2 of 2 in color")
    focused = "document.activeElement.id"
    page.locator("#full-screen").press("Enter")
    for pressed, heir in (
        ("next", "previous"),
        ("previous", "next"),
        ("zoom-in", "zoom-in"),
        ("zoom-fit", "zoom-in"),
    ):
        page.locator(f"#{pressed}").press("Enter")
        wait_until(page, f"{focused} === '{heir}'")
        assert page.locator(f"#{heir}").is_enabled()
    while page.locator("#zoom-out").is_enabled():
        page.locator("#zoom-out").press("Enter")
    wait_until(page, f"{focused} === 'zoom-in'")


def test_list_of_placed_colors_keeps_the_focus(page, photos):
    place_colors(page, photos[0], ["Enter", *["ArrowRight", "Enter"] * 2])
    removes = page.get_by_label("Placed colors").get_by_role("button")
    sync_api.expect(removes).to_have_count(3)
    focused = "document.activeElement.getAttribute('aria-label')"
    labels = [removes.nth(i).get_attribute("aria-label") for i in range(3)]
    assert len(set(labels)) == 3
    removes.nth(1).focus()
    page.evaluate(  # draws the page again
        "document.getElementById('gray').dispatchEvent(new Event('load'))"
    )
    assert page.evaluate(focused) == labels[1]
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == labels[2]
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == labels[0]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "hint-mode"
    sync_api.expect(removes).to_have_count(0)


def test_a_control_that_goes_out_of_sight_hands_its_focus_on(page, photos):
    focused = "document.activeElement.id"
    page.locator("#sample").press("Enter")
    page.get_by_role("button", name="Tetons.jpg, in color").wait_for()
    assert page.evaluate(focused) == "files"
    place_colors(page, photos[0], ["Enter", "ArrowRight", "Enter"])
    page.get_by_role("button", name="Remove all colors").press("Enter")
    assert page.evaluate(focused) == "hint-mode"
    page.locator("#full-screen").press("Enter")
    page.locator("#next").focus()
    page.keyboard.press("f")
    assert page.evaluate(focused) == "split"
    wait_for_status(page, "2 of 2 in color")
    page.locator("#download").focus()
    page.route("**/v1/colorize", lambda route: route.abort())
    page.evaluate(
        "() => { const strength = document.getElementById('strength');"
        " strength.value = 0.5; strength.dispatchEvent(new Event('input')); }"
    )
    wait_until(page, f"{focused} === 'format'")
    page.get_by_text("The server cannot be reached").wait_for()
    page.unroute("**/v1/colorize")
    page.get_by_role("button", name="Try again").press("Enter")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("Tetons.jpg, ")


def place_colors(page, photo, keys):
    """Adds a photo and places colors on the selected one by the keyboard."""
    choose(page, photo)
    open_more(page)
    page.get_by_label("Model", exact=True).select_option("hinted")
    place = page.get_by_role("button", name="Place colors")
    sync_api.expect(place).to_be_enabled()
    place.press("Enter")
    for key in (*keys, "Escape"):
        page.keyboard.press(key)


def test_colors_can_be_placed_while_a_result_loads(page, photos):
    choose(page, photos[0])
    open_more(page)
    page.get_by_label("Model", exact=True).select_option("hinted")
    wait_for_status(page, "1 of 1 in color")
    place = page.get_by_role("button", name="Place colors")
    sync_api.expect(place).to_be_enabled()
    place.press("Enter")
    page.evaluate(
        """() => {
          window.wereDisabled = [];
          const [gray, color, button] = ["gray", "color", "hint-mode"]
            .map((id) => document.getElementById(id));
          new MutationObserver(async () => {
            for (let turn = 0; turn < 9; turn += 1) {
              await null;
              gray.dispatchEvent(new Event("load"));  // draws the page again
              window.wereDisabled.push(button.disabled);
            }
          }).observe(color, { attributeFilter: ["src"] });
        }"""
    )
    page.keyboard.press("Enter")
    wait_until(page, "window.wereDisabled.length > 0")
    wait_for_status(page, "1 of 1 in color")
    assert not any(page.evaluate("window.wereDisabled"))
    page.keyboard.press("Escape")
    wait_until(page, "document.activeElement.id === 'hint-mode'")


@pytest.mark.parametrize("page", [DARK_PHONE], indirect=True)
def test_phone_shows_all_of_it_without_scrolling_sideways(page, photos):
    choose(page, *photos)
    wait_for_status(page, "2 of 2 in color")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    open_more(page)
    assert small_controls(page) == []
    page.locator("#compare").scroll_into_view_if_needed()
    box = page.locator("#compare").bounding_box()
    page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + 40)
    boundary = page.get_by_label("Boundary between gray and color")
    assert abs(float(boundary.input_value()) - 80) <= 1
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


def test_limits_and_formats_are_told(page):
    text = page.locator("#formats").inner_text()
    assert "TIFF" in text and "megapixels" in text and "MB each" in text


def test_sample_is_there_with_its_credit(page):
    sample = page.get_by_role("button", name="Try a sample photo")
    assert "Ansel Adams" in sample.inner_text()
    assert "Public domain" in sample.inner_text()
    sample.click()
    wait_for_status(page, "1 of 1 in color")
    page.get_by_role("button", name="Remove Tetons.jpg").click()
    sample.wait_for()  # without a question: it is there again


# === Zoom and full screen ===


def test_zoom_shows_pixels_and_a_pull_moves_the_photo(page, tmp_path):
    path = write_photo(tmp_path / "wide.png", textured_photo(900, 1600))
    choose(page, path)
    wait_for_status(page, "1 of 1 in color")
    page.get_by_role("button", name="100 %").click()
    assert page.locator("#zoom-text").inner_text() == "100 %"
    gray = page.locator("#gray")
    before = gray.bounding_box()
    assert (before["width"], before["height"]) == (1600, 900)
    stage = page.locator("#compare").bounding_box()
    page.mouse.move(stage["x"] + 100, stage["y"] + 100)
    page.mouse.down()
    page.mouse.move(stage["x"] + 150, stage["y"] + 130, steps=4)
    page.mouse.up()
    after = gray.bounding_box()
    assert after["x"] - before["x"] == pytest.approx(50, abs=1)
    assert after["y"] - before["y"] == pytest.approx(30, abs=1)
    boundary = page.get_by_label("Boundary between gray and color")
    assert boundary.input_value() == "50"
    boundary.press("Shift+ArrowRight")
    assert gray.bounding_box()["x"] < after["x"]
    page.keyboard.press("0")
    assert gray.bounding_box()["width"] == pytest.approx(stage["width"], abs=1)


def test_wheel_with_ctrl_zooms_at_the_pointer(page, tmp_path):
    choose(page, write_photo(tmp_path / "a.png", textured_photo(900, 1600)))
    wait_for_status(page, "1 of 1 in color")
    stage = page.locator("#compare").bounding_box()
    page.mouse.move(stage["x"] + 0.25 * stage["width"], stage["y"] + 60)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    wait_until(page, "document.querySelector('.is-zoomed') !== null")
    photo = page.locator("#gray").bounding_box()
    share = 0.25 * stage["width"] + stage["x"] - photo["x"]
    assert share / photo["width"] == pytest.approx(0.25, abs=0.01)


def test_full_screen_shows_the_photo_and_nothing_else(page, photos):
    choose(page, *photos)
    wait_for_status(page, "2 of 2 in color")
    page.get_by_role("button", name="Full screen").click()
    wait_until(page, "document.fullscreenElement !== null")
    stage = page.locator("#compare").bounding_box()
    assert stage["width"] == page.evaluate("innerWidth")
    assert stage["height"] > 0.85 * page.evaluate("innerHeight")
    page.get_by_role("button", name="Next photo").click()
    assert page.locator("#next").is_disabled()
    page.get_by_label("Boundary between gray and color").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || document.activeElement.closest('#viewer') !== null"
        )
    page.keyboard.press("f")
    wait_until(page, "document.fullscreenElement === null")
    page.get_by_role("button", name="Download photo").click()


# === Settings ===


def test_each_photo_has_its_own_settings(page, photos, model_paths):
    choose(page, *photos)
    wait_for_status(page, "2 of 2 in color")
    strength = page.get_by_label("Strength")
    strength.fill("0.5")
    thumbnails = page.get_by_role("button", name="old.png, in color")
    wait_until(page, lambda: thumbnails.count() == 2)
    thumbnails.nth(1).click()
    assert strength.input_value() == "1"
    expected = colorize(photos[1].read_bytes(), model=model_paths[0])
    assert content_of(download(page)) == expected
    thumbnails.nth(0).click()
    assert strength.input_value() == "0.5"
    with page.expect_response("**/v1/colorize"):
        page.get_by_role("button", name="Use for all photos").click()
    wait_for_status(page, "2 of 2 in color")
    thumbnails.nth(1).click()
    assert strength.input_value() == "0.5"
    photo = photos[1].read_bytes()
    expected = colorize(photo, model=model_paths[0], strength=0.5)
    assert content_of(download(page)) == expected


def test_looks_are_chosen_by_name(page, photos, model_paths):
    choose(page, photos[0])
    wait_for_status(page, "1 of 1 in color")
    radios = page.get_by_role("group", name="Look").get_by_role("radio")
    assert radios.count() == 2
    assert page.get_by_label("Natural").is_checked()
    with page.expect_response("**/v1/colorize"):
        page.get_by_label("Calm").check()
    wait_for_status(page, "1 of 1 in color")
    photo = photos[0].read_bytes()
    expected = colorize(photo, model=model_paths[0], look="calm")
    assert content_of(download(page)) == expected
    open_more(page)
    with page.expect_response("**/v1/colorize"):
        page.get_by_label("Model", exact=True).select_option("hinted")
    assert radios.count() == 0
    wait_for_status(page, "1 of 1 in color")
    expected = colorize(photo, model=model_paths[1])
    assert content_of(download(page)) == expected


def test_dark_is_a_switch_that_lasts(page):
    def brightness():
        back = "getComputedStyle(document.body).backgroundColor"
        return np.mean(json.loads(f"[{page.evaluate(back)[4:-1]}]"))

    assert brightness() > 200
    switch = page.get_by_role("button", name="Dark")
    switch.click()
    assert brightness() < 60
    page.reload()
    assert brightness() < 60
    assert switch.get_attribute("aria-pressed") == "true"
    switch.click()
    assert brightness() > 200


# === Before something is lost ===


def test_unsaved_results_are_not_removed_without_a_question(page, photos):
    choose(page, *photos)
    wait_for_status(page, "2 of 2 in color")
    crosses = page.get_by_role("button", name="Remove old.png")
    crosses.first.click()
    page.get_by_text("Its colors were not saved").wait_for()
    page.get_by_role("button", name="Keep").click()
    assert crosses.count() == 2
    download(page)
    crosses.first.click()
    wait_for_status(page, "1 of 1 in color")
    choose(page, photos[0])
    wait_for_status(page, "2 of 2 in color")
    page.get_by_role("button", name="Remove all").click()
    page.get_by_text("2 results were not saved").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Remove all").click()
    page.get_by_role("button", name="Try a sample photo").wait_for()


def test_leaving_with_unsaved_results_is_asked_about(page, photos):
    asked = []
    page.on("dialog", lambda d: (asked.append(d.type), d.accept()))
    choose(page, photos[0])
    wait_for_status(page, "1 of 1 in color")
    page.reload()
    assert asked == ["beforeunload"]
    page.reload()
    assert asked == ["beforeunload"]


# === Words of a person ===


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (413, "This photo is too large for this server: it takes up to"),
        (500, "Something went wrong on the server with this photo"),
        (503, "This photo takes longer than the server allows"),
    ],
)
def test_refusals_are_told_in_words(page, photos, status, words):
    body = json.dumps({"reason": "`max_pixels` is 5. Received: 9."})
    page.route(
        "**/v1/colorize",
        lambda route: route.fulfill(
            status=status, body=body, content_type="application/json"
        ),
    )
    choose(page, photos[0])
    page.get_by_text(words).wait_for()
    details = page.get_by_text("`max_pixels` is 5")
    assert details.is_hidden()
    page.get_by_text("What the server said").click()
    assert details.is_visible()


# === Accessibility ===


@pytest.mark.parametrize("page", [{}, DARK_PHONE], indirect=True)
def test_axe_finds_no_faults(page, photos, tmp_path):
    assert accessibility_faults(page) == []
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear grandmother,\n")
    choose(page, letter, *photos)
    wait_for_status(page, "2 of 3 in color, 1 failed")
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="old.png, in color").first.click()
    open_more(page)
    page.get_by_label("Model", exact=True).select_option("hinted")
    page.get_by_role("button", name="Place colors").click()
    page.get_by_role("application").click(position={"x": 20, "y": 20})
    page.get_by_label("Placed colors").get_by_role("listitem").wait_for()
    wait_for_status(page, "2 of 3 in color, 1 failed")
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Full screen").click()
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Full screen").click()
    page.get_by_role("button", name="Remove all", exact=True).click()
    page.get_by_role("dialog").wait_for()
    assert accessibility_faults(page) == []
