import pickle
import threading
import time

import numpy as np
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from keras_colorize.color.luminance import image_to_L
from keras_colorize.errors import ModelError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.hints import Hint
from keras_colorize.presets import find_onnx
from keras_colorize.serving.colorize import colorize
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.resize import resize_antialiased
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import mid_tone_photo
from tests.serving import tiny_models

IMAGE = mid_tone_photo(20, 30)


def shifted(image, strength=1.0, temperature=0.38):
    """What the tiny photo model gives, by the formula in its docstring."""
    return tiny_models.colorized(image, strength * temperature / 0.38)


# === Photo head ===


def test_photo_head_gets_photo_strength_and_temperature(session):
    colorized = session.colorize_array(IMAGE)
    assert colorized.dtype == np.uint8
    np.testing.assert_array_equal(colorized, shifted(IMAGE))
    colorized = session.colorize_array(IMAGE, strength=0.5, temperature=0.19)
    np.testing.assert_array_equal(colorized, shifted(IMAGE, 0.5, 0.19))


@pytest.mark.parametrize("head", ["photo", "ab"])
def test_session_and_colorize_color_a_faded_photo_alike(head):
    session = ColorizeSession(getattr(tiny_models, f"{head}_model")())
    faded = IMAGE // 3 + np.uint8(60)  # levels 76 to 119
    before = faded.copy()
    colorized = session.colorize_array(faded)
    np.testing.assert_array_equal(colorized, colorize(faded, session=session))
    np.testing.assert_array_equal(faded, before)
    if head == "photo":  # what the ab model gives depends on no photo
        alone = session.colorize_checked(faded, ColorizeOptions())
        assert np.abs(alone.astype(int) - colorized).mean() > 2
        shift = np.array(tiny_models.SHIFT)
        np.testing.assert_array_equal(alone, faded + shift)


def test_a_look_is_what_the_file_says_it_is(session):
    calm = session.colorize_array(IMAGE, look="calm")
    np.testing.assert_array_equal(calm, shifted(IMAGE, 1.0, 0.19))
    # What is asked for by name counts more than the look.
    both = session.colorize_array(IMAGE, temperature=0.1, look="calm")
    np.testing.assert_array_equal(both, shifted(IMAGE, 1.0, 0.1))
    images = np.stack([IMAGE, IMAGE[::-1]])
    ab = session.predict_ab(images, look="calm")
    np.testing.assert_array_equal(ab, session.predict_ab(images, 0.19))
    assert np.abs(ab - session.predict_ab(images)).max() > 1.0


def test_session_takes_any_size_and_memory_layout(session):
    for image in (IMAGE[:1, :1], IMAGE[:1], IMAGE[::-1, 5:17], IMAGE[:, ::2]):
        np.testing.assert_array_equal(
            session.colorize_array(image), shifted(image)
        )


def test_session_works_from_several_threads(session):
    results = {}

    def work(i):
        results[i] = session.colorize_array(IMAGE[i:])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, result in results.items():
        np.testing.assert_array_equal(result, shifted(IMAGE[i:]))
    assert len(results) == 8


def test_fixed_size_photo_file_says_its_size():
    session = ColorizeSession(tiny_models.photo_model(size=(20, 30)))
    session.colorize_array(IMAGE)
    with pytest.raises(ModelError, match=r"30x20 pixels only. Received: 20x30"):
        session.colorize_array(IMAGE.swapaxes(0, 1))


# === ab head ===


def test_ab_head_keeps_lightness_and_sets_ab():
    session = ColorizeSession(tiny_models.ab_model())
    image = np.full((20, 30, 3), 128, np.uint8)
    colorized = session.colorize_array(image)
    # L = 53.585 with (20, -30): inside the gamut, so L survives rounding.
    np.testing.assert_allclose(
        image_to_L(colorized), image_to_L(image), atol=0.3
    )
    red, green, blue = colorized[0, 0].astype(int)
    assert blue > red > green
    assert len(np.unique(colorized.reshape(-1, 3), axis=0)) == 1


def test_ab_head_is_scaled_by_strength():
    session = ColorizeSession(tiny_models.ab_model())
    gray = np.repeat(IMAGE[..., :1], 3, axis=2)
    np.testing.assert_array_equal(session.colorize_array(gray, 0.0), gray)
    assert (session.colorize_array(gray, 1.0) != gray).any()


def test_fixed_size_ab_file_colorizes_any_photo():
    dynamic = ColorizeSession(tiny_models.ab_model())
    fixed = ColorizeSession(tiny_models.ab_model(size=(16, 24)))
    for image in (IMAGE, IMAGE[:1], np.tile(IMAGE, (3, 2, 1))):
        np.testing.assert_array_equal(
            fixed.colorize_array(image), dynamic.colorize_array(image)
        )


# === Hints ===


def test_hints_reach_the_model_in_pixels_of_the_photo():
    session = ColorizeSession(tiny_models.ab_model(hint_columns=(0, 1)))
    L = image_to_L(IMAGE)
    hints = (Hint(3.5, 7, 2, "red"), Hint(2, 9.5, 1, "red"))
    options = ColorizeOptions(hints=hints)
    ab = session._run_small(L[None], IMAGE.shape[:2], options)[0]
    a, b = tiny_models.AB
    np.testing.assert_allclose(ab[..., 0], a + 3.5)
    np.testing.assert_allclose(ab[..., 1], b + 9.5)


def test_hints_are_scaled_with_the_lightness_of_a_fixed_size_file():
    # 20x30 becomes 10x60: x doubles, y halves, the disc keeps its area.
    for columns, expected in (((0, 1), (7.0, 3.5)), ((2, 2), (2.0, 2.0))):
        model = tiny_models.ab_model(size=(10, 60), hint_columns=columns)
        session = ColorizeSession(model)
        options = ColorizeOptions(hints=(Hint(3.5, 7, 2, "red"),))
        L = resize_antialiased(image_to_L(IMAGE), 10, 60)
        ab = session._run_small(L[None], IMAGE.shape[:2], options)[0]
        np.testing.assert_allclose(
            ab, np.broadcast_to(np.add(tiny_models.AB, expected), ab.shape)
        )


def test_no_hints_are_the_default_of_the_model():
    session = ColorizeSession(tiny_models.ab_model(hint_columns=(3, 4)))
    plain = ColorizeSession(tiny_models.ab_model()).colorize_array(IMAGE)
    for hints in (None, (), []):
        colorized = session.colorize_array(IMAGE, hints=hints)
        np.testing.assert_array_equal(colorized, plain)
    hinted = session.colorize_array(IMAGE, hints=[Hint(1, 1, 2, "#f00")])
    assert (hinted != plain).any()


def test_hints_are_refused_by_a_model_without_them(session):
    refusal = "tiny.test takes no color hints; lite.photos and"
    with pytest.raises(SettingError, match=refusal):
        session.colorize_array(IMAGE, hints=[Hint(1, 1, 2, "red")])


def test_hint_outside_the_photo_is_refused():
    session = ColorizeSession(tiny_models.ab_model(hint_columns=(0, 1)))
    hints = [Hint(1, 1, 2, "red"), Hint(25, 22, 2, "red")]
    with pytest.raises(
        SettingError, match="Hint 2 lies outside .* 30x20 .*x=25, y=22"
    ):
        session.colorize_array(IMAGE, hints=hints)
    with pytest.raises(TypeError, match="Received: tuple as number 1"):
        session.colorize_array(IMAGE, hints=[(1, 1, 2, "red")])


# === Settings ===


@pytest.mark.parametrize("strength", [-0.1, float("nan"), float("inf")])
def test_senseless_strength_is_refused(session, strength):
    with pytest.raises(SettingError, match="`strength` must be from 0 to 10"):
        session.colorize_array(IMAGE, strength=strength)


@pytest.mark.parametrize("temperature", [0.0, -1.0, 1.01, float("nan")])
def test_senseless_temperature_is_refused(session, temperature):
    with pytest.raises(SettingError, match="`temperature` must be above 0"):
        session.colorize_array(IMAGE, temperature=temperature)


def test_temperature_is_refused_by_a_model_without_it():
    for model in (
        tiny_models.ab_model(),
        tiny_models.photo_model(temperature=False),
    ):
        session = ColorizeSession(model)
        refusal = "tiny.test takes no temperature"
        with pytest.raises(SettingError, match=refusal):
            session.colorize_array(IMAGE, temperature=0.38)


@pytest.mark.parametrize(
    ("image", "error", "received"),
    [
        (IMAGE / 255.0, TypeError, "float64"),
        (IMAGE.tolist(), TypeError, "list"),
        (IMAGE[..., 0], ValueError, r"\(20, 30\)"),
        (np.zeros((20, 30, 4), np.uint8), ValueError, r"\(20, 30, 4\)"),
        (np.zeros((0, 30, 3), np.uint8), ValueError, r"\(0, 30, 3\)"),
    ],
)
def test_other_arrays_are_refused(session, image, error, received):
    with pytest.raises(
        error, match=f"`image` must be .*Received: .*{received}"
    ):
        session.colorize_array(image)


def test_unknown_provider_is_refused_not_replaced():
    data = tiny_models.photo_model()
    with pytest.raises(SettingError, match="CPUExecutionProvider.*Received"):
        ColorizeSession(data, providers=["WarpDriveExecutionProvider"])
    with pytest.raises(SettingError, match="must be a list"):
        ColorizeSession(data, providers="CPUExecutionProvider")


def test_thread_count_is_checked():
    with pytest.raises(SettingError, match="num_threads=0"):
        ColorizeSession(tiny_models.photo_model(), num_threads=0)


# === Model files ===


def test_model_may_be_a_path(tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    for model in (path, str(path)):
        session = ColorizeSession(model)
        assert (session.contract.model, session.contract.head) == (
            "tiny",
            "photo",
        )


def test_model_may_be_a_shipped_name(ship):
    ship("eccv16_small", "photos")
    for name in ("eccv16_small", "eccv16_small.photos"):
        session = ColorizeSession(name)
        assert session.contract.weights == "photos"


def test_missing_model_file_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for model in ("none.onnx", "some/folder/none", tmp_path / "none"):
        with pytest.raises(SettingError, match="There is no model file"):
            ColorizeSession(model)


@pytest.mark.parametrize("data", [b"", b"no model", None])
def test_damaged_model_file_is_said(data, tmp_path):
    path = tmp_path / "bad.onnx"
    whole = tiny_models.photo_model()
    path.write_bytes(whole[: len(whole) // 2] if data is None else data)
    with pytest.raises(ModelError, match=r"bad\.onnx cannot be loaded"):
        ColorizeSession(path)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
def test_model_file_that_is_cut_off_is_refused(share, tmp_path):
    path = tmp_path / "cut.onnx"
    whole = find_onnx("eccv16_small").read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match="Expected an ONNX model.*again"):
        ColorizeSession(path)
    path.write_bytes(whole[:-1])
    with pytest.raises(ModelError, match="Expected an ONNX model.*again"):
        ColorizeSession(path)


@pytest.mark.parametrize("key", ["model", "head"])
def test_model_without_our_metadata_is_refused(key):
    with pytest.raises(ModelError, match=f"not a colorizer.*Missing: {key}"):
        ColorizeSession(tiny_models.photo_model({key: None}))


def test_model_of_another_head_is_refused():
    with pytest.raises(ModelError, match="unknown head.*head='hints'"):
        ColorizeSession(tiny_models.photo_model({"head": "hints"}))
    with pytest.raises(ModelError, match="must take 'L' and give 'ab'"):
        ColorizeSession(tiny_models.photo_model({"head": "ab"}))


def test_model_must_be_name_path_or_bytes():
    with pytest.raises(TypeError, match="Received: int"):
        ColorizeSession(7)


# === Failures while running ===


class FailingRuntime:
    def __init__(self, message):
        self.message = message

    def run(self, *_, **__):
        raise ort_errors.RuntimeException(self.message)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("std::bad_alloc", MemoryError),
        ("Failed to allocate memory for requested buffer", MemoryError),
        ("a node failed", ort_errors.RuntimeException),
    ],
)
def test_failures_of_the_runtime_are_raised(message, error, monkeypatch):
    session = ColorizeSession(tiny_models.photo_model())
    monkeypatch.setattr(session, "_session", FailingRuntime(message))
    with pytest.raises(error, match=message):
        session.colorize_array(IMAGE)


@pytest.mark.parametrize("kind", ["nan", "nan photo"])
def test_values_that_are_no_numbers_are_no_colors(kind):
    session = ColorizeSession(tiny_models.failing_model(kind))
    with pytest.raises(ModelError, match="tiny.test computed no colors.*NaN"):
        session.colorize_array(IMAGE)
    with pytest.raises(ModelError, match="NaN"):
        session.predict_ab(IMAGE[None])


def test_black_and_white_photos_are_no_lack_of_numbers():
    session = ColorizeSession(tiny_models.photo_model(shift=(0.0, 0.0, 0.0)))
    for value in (0, 255):
        image = np.full((8, 12, 3), value, np.uint8)
        np.testing.assert_array_equal(session.colorize_array(image), image)


def test_result_of_another_size_is_refused():
    session = ColorizeSession(tiny_models.failing_model("size"))
    with pytest.raises(ModelError, match=r"must give ab of \(1, 256, 384, 2\)"):
        session.colorize_array(IMAGE)


def test_model_that_takes_too_long_is_ended():
    model = tiny_models.failing_model("long")
    session = pickle.loads(
        pickle.dumps(ColorizeSession(model, time_limit_s=0.2))
    )
    begin = time.monotonic()
    with pytest.raises(PhotoError, match="longer than 0.2 s .* 30x20 pixels"):
        session.colorize_array(IMAGE)
    assert time.monotonic() - begin < 5


def test_time_limit_is_above_0():
    with pytest.raises(SettingError, match="time_limit_s=0"):
        ColorizeSession(tiny_models.photo_model(), time_limit_s=0)


# === Pickling ===


def test_session_can_be_pickled(session):
    data = pickle.dumps(session)
    copy = pickle.loads(data)
    np.testing.assert_array_equal(
        copy.colorize_array(IMAGE), session.colorize_array(IMAGE)
    )
    assert copy.num_threads == session.num_threads == 1


def test_pickled_session_of_a_file_holds_only_its_path(tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    data = pickle.dumps(ColorizeSession(path))
    assert len(data) < 1000
    path.unlink()
    with pytest.raises(SettingError, match="There is no model file"):
        pickle.loads(data)
