"""The web page of the installed wheel, in Chromium, with a real photo."""

import re
import subprocess

import numpy as np
import pytest
from PIL import Image

from keras_colorize import colorize
from keras_colorize.serving.images.read import read_photo
from tests.serving import tiny_models

pytest.importorskip("playwright.sync_api", reason="playwright is missing")
from tests.serving.http import test_page as pages  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        pages.CHROMIUM is None, reason="Chromium is not installed"
    ),
]
browser = pages.browser


@pytest.fixture(scope="module")
def url(install, tmp_path_factory):
    """Of a server with the default model and one that takes hints."""
    hinted = tmp_path_factory.mktemp("model") / "hinted.onnx"
    metadata = {"model": "hinted"}
    hinted.write_bytes(tiny_models.ab_model(metadata, hint_columns=(3, 4)))
    command = install("[serve]").with_name("keras-colorize")
    process = subprocess.Popen(
        [command, "serve", "--port=0", "--model=lite", f"--model={hinted}"],
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield re.search(r"http://\S+", process.stdout.readline()).group()
        process.terminate()


def test_upload_slider_hint_download_and_error(url, browser, tmp_path):
    data = pytest.importorskip("skimage.data", reason="has the photo")
    photo = tmp_path / "coffee.png"
    Image.fromarray(data.coffee()[:300]).convert("L").save(photo)
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear grandmother,\n")
    page = browser.new_page(accept_downloads=True)
    page.goto(url)
    pages.choose(page, photo)
    pages.wait_for_status(page, "1 of 1 in color")
    boundary = page.get_by_label("Boundary between gray and color")
    boundary.focus()
    page.keyboard.press("Home")
    assert boundary.input_value() == "0"
    content = pages.content_of(pages.download(page, "Download photo"))
    assert content == colorize(photo.read_bytes())
    assert np.ptp(read_photo(content).rgb.astype(int), axis=-1).mean() > 4

    pages.open_more(page)
    page.get_by_label("Model", exact=True).select_option("hinted")
    pages.wait_for_status(page, "1 of 1 in color")
    page.get_by_role("button", name="Place colors").click()
    page.get_by_label("red").check()
    with page.expect_response("**/v1/colorize") as info:
        page.get_by_role("application").click()
    assert info.value.ok
    rows = page.get_by_label("Placed colors").get_by_role("listitem")
    assert rows.count() == 1

    pages.choose(page, letter)
    pages.wait_for_status(page, "1 of 2 in color, 1 failed")
    page.get_by_role("button", name="letter.jpg, failed").click()
    alert = page.locator("#photo-alert").inner_text()
    assert "not a photo that can be read" in alert
    page.close()
