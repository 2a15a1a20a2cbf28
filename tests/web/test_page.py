"""The page of web/ in headless Chromium: colors without a server.

The page is built by Vite from web/node_modules, which `make web` fills.
"""

import io
import shutil

import numpy as np
import pytest
from PIL import Image
from PIL import ImageCms

from keras_colorize import ColorizeSession
from keras_colorize import colorize
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
from tests.web.conftest import HEADERS
from tests.web.conftest import serving

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright, of the dev extra, is missing"
)
data = pytest.importorskip(
    "skimage.data", reason="scikit-image, of the demo extra, is missing"
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
LONGEST_WAIT_S = 90
LONGEST_WEBGPU_WAIT_S = 500
# A graphics card in software: slow, and not on every machine.
WEBGPU = [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--ignore-gpu-blocklist",
]
# What browsers do that protect against fingerprinting.
CANVAS_NOISE = """
const real = OffscreenCanvasRenderingContext2D.prototype;
const read = real.getImageData;
real.getImageData = function (...area) {
  const image = read.apply(this, area);
  image.data[8] ^= 1;
  return image;
};
"""


@pytest.fixture(scope="module")
def playwright():
    with sync_api.sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright):
    with launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def session():
    return ColorizeSession("lite")


@pytest.fixture
def open_page(browser):
    """Opens an address in a page; the test fails if its scripts do."""
    contexts, errors = [], []

    def opened(address, script="", browser=browser, **options):
        context = browser.new_context(accept_downloads=True, **options)
        context.set_default_timeout(1000 * LONGEST_WAIT_S)
        context.add_init_script(script)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page, site):
    return open_page(site[0])


@pytest.fixture
def photo_file(tmp_path):
    return write_photo(tmp_path / "old.png", crop("astronaut"))


def crop(name):
    """A real photo, uint8 (150, 210, 3)."""
    return np.ascontiguousarray(getattr(data, name)()[20:170, 60:270, :3])


def wait_for_color(page, before=None):
    """Waits for a result other than `before`; returns its address."""
    shown = page.locator("#color")
    wait_until(page, lambda: shown.get_attribute("src") not in (None, before))
    return shown.get_attribute("src")


def result_of(page):
    """The downloaded photo, uint8 (H, W, 3 or 4)."""
    return np.asarray(Image.open(io.BytesIO(content_of(download(page)))))


def share_alike(result, expected):
    """Share of pixels that differ by two gray levels or less."""
    difference = np.abs(result[..., :3].astype(int) - expected.astype(int))
    return (difference.max(axis=-1) <= 2).mean()


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_colors_are_those_of_the_python_session(page, session, tmp_path, name):
    image = crop(name)
    choose(page, write_photo(tmp_path / f"{name}.png", image))
    shown = wait_for_color(page)
    file = download(page)
    assert file.suggested_filename == f"{name}.colorized.png"
    result = np.asarray(Image.open(io.BytesIO(content_of(file))))
    assert result.shape[:2] == image.shape[:2]
    expected = colorize(image, session=session)
    assert share_alike(result, expected) >= 0.99
    assert share_alike(result, image) < 0.9
    # Vivid: many colors leave sRGB.
    page.get_by_label("Strength").fill("1.7")
    shown = wait_for_color(page, shown)
    open_more(page)
    page.get_by_label("Temperature").select_option("1")
    wait_for_color(page, shown)
    settings = {"strength": 1.7, "temperature": 1.0}
    vivid = colorize(image, session=session, **settings)
    assert share_alike(result_of(page), vivid) >= 0.99
    assert share_alike(result, vivid) < 0.9


@pytest.mark.parametrize("is_isolated", [True, False])
def test_threads_come_with_isolation_and_colors_without_it(
    open_page, built_page, photo_file, session, is_isolated
):
    with serving(built_page, HEADERS if is_isolated else {}) as (address, _):
        page = open_page(address)
        assert page.evaluate("crossOriginIsolated") == is_isolated
        choose(page, photo_file)
        wait_for_color(page)
        cores = page.evaluate("navigator.hardwareConcurrency")
        has_threads = is_isolated and cores > 1
        device = page.locator("#device").inner_text()
        assert ("one thread" in device) == (not has_threads)
        expected = colorize(crop("astronaut"), session=session)
        assert share_alike(result_of(page), expected) >= 0.99


def test_nothing_leaves_the_device(open_page, site, photo_file):
    address, requests = site
    page = open_page("about:blank")
    asked = []
    page.context.on("request", lambda r: asked.append((r.method, r.url)))
    page.goto(address)
    choose(page, photo_file)
    wait_for_color(page)
    assert len(asked) > 5
    for method, url in asked:
        assert method == "GET"
        assert url.startswith((address, f"blob:{address}")), url
    assert {method for method, _ in requests} == {"GET"}


def test_strength_changes_the_colors_and_zero_gives_gray(page, photo_file):
    choose(page, photo_file)
    shown = wait_for_color(page)
    usual = result_of(page)
    page.get_by_label("Strength").fill("1.6")
    shown = wait_for_color(page, shown)
    assert share_alike(result_of(page), usual[..., :3]) < 0.9
    page.get_by_label("Strength").fill("0")
    wait_for_color(page, shown)
    gray = result_of(page)[..., :3].astype(int)
    assert np.ptp(gray, axis=-1).max() <= 1


def test_boundary_moves_what_is_seen(page, photo_file):
    choose(page, photo_file)
    wait_for_color(page)
    figure = page.locator("#compare")

    def colorfulness():
        page.locator("#busy").wait_for(state="hidden")
        seen = Image.open(io.BytesIO(figure.screenshot())).convert("RGB")
        return np.ptp(np.asarray(seen).astype(int), axis=-1).mean()

    boundary = page.get_by_label("Boundary between gray and color")
    seen = []
    for value in ("100", "50", "0"):
        boundary.fill(value)
        seen.append(colorfulness())
    assert seen[0] < 1 < seen[1] < seen[2]


def test_jpeg_and_transparency(page, tmp_path):
    image = np.dstack([crop("coffee"), np.full((150, 210), 255, np.uint8)])
    image[:50, :, 3] = 0
    choose(page, write_photo(tmp_path / "cut out.png", image))
    shown = wait_for_color(page)
    result = result_of(page)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    page.get_by_label("Save as").select_option("jpeg")
    wait_for_color(page, shown)
    page.get_by_text("Transparency is on white now").wait_for()
    file = download(page)
    assert file.suggested_filename == "cut out.colorized.jpg"
    flat = Image.open(io.BytesIO(content_of(file)))
    assert (flat.format, flat.size) == ("JPEG", (210, 150))
    assert np.asarray(flat)[:40].min() > 250


def test_photo_lying_on_its_side_comes_upright(page, session, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    image = crop("astronaut")
    path = write_photo(tmp_path / "side.jpg", image, exif=exif.tobytes())
    choose(page, path)
    wait_for_color(page)
    with Image.open(path) as opened:
        upright = np.rot90(np.asarray(opened), -1)
    upright = np.ascontiguousarray(upright)
    expected = colorize(upright, session=session)
    result = result_of(page)
    assert result.shape[:2] == (210, 150)
    assert share_alike(result, expected) >= 0.99


def test_page_stays_responsive(page, tmp_path):
    choose(page, write_photo(tmp_path / "a.png", textured_photo(1500, 2000)))
    page.get_by_text("Colorizing …").wait_for()
    page.evaluate("window.ticks = 0; setInterval(() => { ticks += 1; }, 20)")
    page.evaluate("window.ticks = 0")
    wait_for_status(page, "1 of 1 in color")
    assert page.evaluate("ticks") >= 10


def test_several_photos_one_after_another(page, photo_file, tmp_path):
    second = write_photo(tmp_path / "b.png", crop("chelsea"))
    choose(page, photo_file, second)
    wait_for_status(page, "2 of 2 in color")
    with page.expect_download() as info:
        page.get_by_role("button", name="Download all").click()
    assert info.value.suggested_filename == "colorized.zip"


# === TIFF and HEIC ===


def write_decoded(path, image, **options):
    """Writes a TIFF or HEIC without loss."""
    if path.suffix == ".heic":
        pillow_heif = pytest.importorskip(
            "pillow_heif", reason="needs the extra heic"
        )
        pillow_heif.register_heif_opener()
        lossless = {"quality": -1, "chroma": 444, "matrix_coefficients": 0}
        Image.fromarray(image).save(path, **lossless, **options)
    else:
        Image.fromarray(image).save(path, compression="tiff_lzw", **options)
    return path


@pytest.mark.parametrize("name", ["scan.tif", "phone.heic"])
def test_tiff_and_heic_are_shown_and_colorized(page, session, tmp_path, name):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    image = crop("coffee")
    said = {
        "scan.tif": {"tiffinfo": {0x0112: 6}},
        "phone.heic": {"exif": exif.tobytes()},
    }
    choose(page, write_decoded(tmp_path / name, image, **said[name]))
    wait_for_color(page)
    file = download(page)
    assert file.suggested_filename == f"{name.split('.')[0]}.colorized.png"
    result = np.asarray(Image.open(io.BytesIO(content_of(file))))
    assert result.shape[:2] == (210, 150)
    upright = np.ascontiguousarray(np.rot90(image, -1))
    expected = colorize(upright, session=session)
    assert share_alike(result, expected) >= 0.99
    # What is shown beside it is the photo, too.
    wait_until(page, "document.getElementById('gray').naturalWidth === 150")
    assert page.locator("#compare.is-broken").count() == 0
    wait_until(page, lambda: page.locator("#thumbnails img").count() == 1)


def test_gray_tiff_of_16_bits_and_two_pages_is_noted(page, session, tmp_path):
    tifffile = pytest.importorskip("tifffile", reason="tifffile is missing")
    gray = crop("astronaut").mean(axis=2).round().astype(np.uint8)
    path = tmp_path / "scan.tif"
    with tifffile.TiffWriter(path) as writer:
        for page_of_file in (gray, gray[::-1]):
            deep = page_of_file.astype(np.uint16) * 257
            writer.write(deep, photometric="minisblack", metadata=None)
    choose(page, path)
    wait_for_color(page)
    caption = page.locator("#caption")
    caption.get_by_text("The first of 2 pages.").wait_for()
    caption.get_by_text("8 of its 16 bits are kept.").wait_for()
    expected = colorize(np.dstack([gray] * 3), session=session)
    assert share_alike(result_of(page), expected) >= 0.99


@pytest.mark.parametrize("name", ["scan.tif", "phone.heic"])
def test_color_profiles_are_heeded(page, session, tmp_path, name):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    # Its red is blue, and its blue red: that of a camera that is out of mind.
    icc = profile.tobytes().replace(b"rXYZ", b"????")
    icc = icc.replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    image = crop("astronaut")
    choose(page, write_decoded(tmp_path / name, image, icc_profile=icc))
    wait_for_color(page)
    result = result_of(page)
    swapped = np.ascontiguousarray(image[..., ::-1])
    assert share_alike(result, colorize(swapped, session=session)) >= 0.99
    assert share_alike(result, colorize(image, session=session)) < 0.9


def test_decoders_are_loaded_by_those_who_need_them(
    open_page, site, photo_file, tmp_path
):
    page = open_page("about:blank", service_workers="block")
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto(site[0])
    choose(page, photo_file)
    shown = wait_for_color(page)
    assert not [url for url in asked if "libheif" in url or "/tiff" in url]
    page.get_by_role("button", name="Remove old.png").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    choose(page, write_decoded(tmp_path / "scan.tif", crop("coffee")))
    wait_for_color(page, shown)
    assert [url for url in asked if "/tiff" in url]
    assert not [url for url in asked if "libheif" in url]


# === What does not go ===


def test_files_that_are_no_photos_are_refused(page, photo_file, tmp_path):
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear grandmother,\n")
    choose(page, letter, photo_file)
    wait_for_status(page, "1 of 2 in color, 1 failed")
    alert = page.locator("#photo-alert").inner_text()
    assert "letter.jpg is not a photo that this browser can read" in alert
    assert page.get_by_role("button", name="Try again").is_hidden()
    assert page.get_by_role("button", name="Download photo").is_disabled()


@pytest.mark.parametrize("name", ["scan.tif", "phone.heic"])
def test_damaged_files_are_refused_in_words(page, tmp_path, name):
    path = write_decoded(tmp_path / name, crop("coffee"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    choose(page, path)
    wait_for_status(page, "0 of 1 in color, 1 failed")
    alert = page.locator("#photo-alert").inner_text()
    assert f"{name} is damaged" in alert
    assert page.get_by_role("button", name="Try again").is_hidden()


def test_kinds_of_tiff_that_are_not_read_are_named(page, tmp_path):
    path = tmp_path / "print.tif"
    Image.fromarray(crop("coffee")).convert("CMYK").save(path)
    choose(page, path)
    wait_for_status(page, "0 of 1 in color, 1 failed")
    alert = page.locator("#photo-alert").inner_text()
    assert "print.tif is a TIFF with colors for print (CMYK)" in alert


@pytest.mark.parametrize(
    "size, reason",
    [((11000, 9200), "101.2 megapixels"), ((20000, 8), "at most 16384")],
)
def test_photos_that_are_too_large_are_refused(page, tmp_path, size, reason):
    path = tmp_path / "large.png"
    Image.new("1", size).save(path)
    choose(page, path)
    wait_for_status(page, "0 of 1 in color, 1 failed")
    alert = page.locator("#photo-alert").inner_text()
    assert f"{size[0]} × {size[1]}" in alert
    assert reason in alert and "command line" in alert


def test_another_model_is_refused(open_page, built_page, photo_file):
    with serving(built_page, HEADERS, tamper=".onnx") as (address, _):
        page = open_page(address)
        alert = page.locator("#page-alert")
        alert.wait_for()
        assert "not the one this page was built with" in alert.inner_text()
        choose(page, photo_file)
        wait_for_status(page, "0 of 1 in color, 1 failed")
        reason = page.locator("#photo-reason").inner_text()
        assert "not the one this page was built with" in reason
        assert page.get_by_role("button", name="Download photo").is_disabled()


@pytest.mark.parametrize(
    "script, reason",
    [
        ("delete self.WebAssembly", "no WebAssembly"),
        ("delete self.OffscreenCanvas", "too old"),
        (CANVAS_NOISE, "fingerprinting"),
    ],
)
def test_missing_abilities_are_told(open_page, site, script, reason):
    page = open_page(site[0], script)
    alert = page.locator("#page-alert")
    alert.wait_for()
    assert reason in alert.inner_text()
    assert page.get_by_label("photos").first.is_disabled()


# === WebGPU ===


def test_without_webgpu_the_page_does_not_offer_it(page):
    page.get_by_text("Works on the processor").wait_for()
    page.get_by_role("button", name="Try a sample photo").click()
    open_more(page)
    assert page.get_by_label("graphics card").is_hidden()


def test_webgpu_that_fails_is_not_used(open_page, site, photo_file):
    adapter = "{ value: { requestAdapter: async () => ({}) } }"
    page = open_page(
        site[0], f"Object.defineProperty(navigator, 'gpu', {adapter})"
    )
    choose(page, photo_file)
    wait_for_color(page)
    open_more(page)
    box = page.get_by_label("graphics card")
    box.press("Space")
    page.get_by_text("Not changed").wait_for()
    assert not box.is_checked()
    assert page.evaluate("document.activeElement.id") == "webgpu"
    assert "processor" in page.locator("#device").inner_text()
    page.get_by_label("Strength").fill("0.5")
    wait_for_color(page, page.locator("#color").get_attribute("src"))


def test_webgpu_is_used_after_a_check(playwright, open_page, site, photo_file):
    with launched(playwright, *WEBGPU) as browser:
        page = open_page(site[0], browser=browser)
        choose(page, photo_file)
        wait_for_color(page)
        if page.evaluate("navigator.gpu?.requestAdapter()") is None:
            pytest.skip("this Chromium has no WebGPU in software")
        open_more(page)
        page.get_by_label("graphics card").check()
        checked = page.get_by_text("Checked: gives the colors")
        checked.wait_for(timeout=1000 * LONGEST_WEBGPU_WAIT_S)
        assert "WebGPU" in page.locator("#device").inner_text()
        page.context.close()


# === Keyboard and phone ===


def test_everything_works_by_keyboard(page, photo_file):
    page.get_by_text("Works on the processor").wait_for()
    focused = "document.activeElement.id"
    for name in ("dark", "files"):
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == name
    press_for_files(page).set_files([str(photo_file)])
    shown = wait_for_color(page)
    visited = []
    page.locator("#files").focus()
    while len(visited) < 30 and "download" not in visited:
        page.keyboard.press("Tab")
        visited.append(page.evaluate(focused))
    order = ["split", "zoom-in", "full-screen", "strength", "format"]
    order += ["download"]
    assert [name for name in visited if name in order] == order
    page.get_by_label("Boundary between gray and color").focus()
    page.keyboard.press("End")
    assert page.locator("#split").input_value() == "100"
    page.get_by_label("Strength").focus()
    page.keyboard.press("Home")
    wait_for_color(page, shown)
    with page.expect_download():
        page.get_by_role("button", name="Download photo").press("Enter")


def test_phone_shows_all_of_it_without_scrolling_sideways(
    open_page, site, photo_file
):
    page = open_page(site[0], **DARK_PHONE)
    page.get_by_text("Photos stay on this device").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    choose(page, photo_file)
    wait_for_color(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert small_controls(page) == []
    box = page.locator("#compare").bounding_box()
    page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + 40)
    assert abs(float(page.locator("#split").input_value()) - 80) <= 1
    assert page.get_by_role("button", name="Download photo").is_visible()


@pytest.mark.parametrize("options", [{}, DARK_PHONE])
def test_axe_finds_no_faults(open_page, site, photo_file, options):
    page = open_page(site[0], **options)
    page.get_by_text("Works offline").wait_for()
    assert accessibility_faults(page) == []
    choose(page, photo_file)
    wait_for_color(page)
    open_more(page)
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Full screen").click()
    assert accessibility_faults(page) == []


# === Offline ===


def test_page_works_without_its_server(
    open_page, built_page, photo_file, tmp_path
):
    with serving(built_page, HEADERS) as (address, _):
        page = open_page(address)
        page.get_by_text("Works offline").wait_for()
    page.reload()
    choose(page, photo_file)
    wait_for_color(page)
    assert page.evaluate("crossOriginIsolated")
    others = ["scan.tif", "phone.heic"]
    choose(page, *(write_decoded(tmp_path / n, crop("coffee")) for n in others))
    wait_for_status(page, "3 of 3 in color")


def test_new_version_waits_until_it_is_asked_for(
    open_page, built_page, photo_file, tmp_path
):
    folder = tmp_path / "dist"
    shutil.copytree(built_page, folder)
    with serving(folder, HEADERS) as (address, _):
        page = open_page(address)
        page.get_by_text("Works offline").wait_for()
        index, script = folder / "index.html", folder / "sw.js"
        text = index.read_text("utf-8")
        index.write_text(text.replace("<h1>Color", "<h1>New Color"), "utf-8")
        text = script.read_text("utf-8")
        script.write_text(text.replace('"version":"', '"version":"x'), "utf-8")
        page.reload()
        button = page.get_by_role("button", name="Use the new version")
        button.wait_for()
        assert page.locator("h1").inner_text() == "Colorize photos"
        choose(page, photo_file)
        wait_for_color(page)
        button.click()
        page.get_by_role("button", name="Load again").click()
        page.get_by_role("heading", name="New Colorize photos").wait_for()
        kept = page.evaluate("caches.keys()")
        assert len(kept) == 1
        assert kept[0].startswith(f"keras-colorize {address} x")


def test_pages_in_two_folders_keep_their_own_files(
    open_page, built_page, tmp_path
):
    for name in ("a", "b"):
        shutil.copytree(built_page, tmp_path / name)
    keep = """async ([name, address]) => {
      const cache = await caches.open(name);
      await cache.put(address, new Response("a page"));
    }"""
    with serving(tmp_path, HEADERS) as (address, _):
        page = open_page(f"{address}nothing")
        # As former versions named them, alike in all folders.
        for name in ("a", "b"):
            former = [f"keras-colorize-0{name}", f"{address}{name}/"]
            page.evaluate(keep, former)
        page.goto(f"{address}a/")
        page.get_by_text("Works offline").wait_for()
        wait_until(page, "caches.has('keras-colorize-0a').then((has) => !has)")
        assert page.evaluate("caches.has('keras-colorize-0b')")
        page.goto(f"{address}b/")
        page.get_by_text("Works offline").wait_for()
        wait_until(page, "caches.has('keras-colorize-0b').then((has) => !has)")
        assert len(page.evaluate("caches.keys()")) == 2
    for name in ("a", "b"):
        page.goto(f"{address}{name}/")
        page.get_by_role("heading", name="Colorize photos").wait_for()


# === Large photos ===


def test_photo_of_50_megapixels_gets_the_colors_of_the_small_one(
    page, session, tmp_path
):
    small = crop("coffee")
    enlarged = Image.fromarray(small).resize((8400, 6000), Image.BICUBIC)
    path = tmp_path / "large.jpg"
    enlarged.save(path, quality=90)
    choose(page, path)
    page.get_by_label("Save as").select_option("jpeg")
    wait_for_status(page, "1 of 1 in color")
    page.get_by_text("8400 × 6000").wait_for()
    width = "document.getElementById('color').naturalWidth"
    wait_until(page, f"{width} === 4096")
    Image.MAX_IMAGE_PIXELS, limit = None, Image.MAX_IMAGE_PIXELS
    result = Image.open(io.BytesIO(content_of(download(page))))
    Image.MAX_IMAGE_PIXELS = limit
    assert result.size == (8400, 6000)
    shrunk = np.asarray(result.resize((210, 150), Image.BOX)).astype(int)
    expected = colorize(small, session=session)
    assert np.abs(shrunk - expected).mean() < 4
    assert np.abs(shrunk - small).mean() > 10
    page.get_by_role("button", name="100 %").click()
    wait_until(page, f"{width} === 8400")
    assert page.locator("#gray").bounding_box()["width"] == 8400
