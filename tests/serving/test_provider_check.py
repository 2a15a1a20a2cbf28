"""Other execution providers: other colors than those of the CPU are refused."""

import pickle

import numpy as np
import onnxruntime
import pytest

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.serving import session as session_module
from keras_colorize.serving.onnx_file import open_model
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.provider_check import MAX_MEAN_DIFFERENCE
from keras_colorize.serving.provider_check import check_provider
from keras_colorize.serving.provider_check import make_picture
from keras_colorize.serving.session import ColorizeSession
from tests.serving import tiny_models

# In each package of PyPI; computes nothing of these models itself.
OTHER = "AzureExecutionProvider"
needs_other = pytest.mark.skipif(
    OTHER not in onnxruntime.get_available_providers(),
    reason=f"this onnxruntime has no {OTHER}",
)


@pytest.fixture(params=["photo", "ab", "fixed", "hints"])
def on_cpu(request):
    """Sessions of each kind of model."""
    make = {
        "photo": tiny_models.photo_model,
        "ab": tiny_models.ab_model,
        "fixed": lambda: tiny_models.photo_model(size=(24, 40)),
        "hints": lambda: tiny_models.ab_model(hint_columns=(0, 1)),
    }
    return ColorizeSession(make[request.param]())


def check(session, colorize):
    check_provider(
        "Other", session.contract, colorize, session.colorize_checked
    )


def test_equal_colors_pass(on_cpu):
    check(on_cpu, on_cpu.colorize_checked)


def test_other_colors_are_refused(on_cpu):
    def colorize(picture, options):
        return on_cpu.colorize_checked(picture, options)[..., ::-1]

    with pytest.raises(SettingError, match=r"Other must.*Received: \d+\.\d\d"):
        check(on_cpu, colorize)


@pytest.mark.parametrize(
    "model",
    [
        tiny_models.photo_model(),  # a strength, a temperature, a look
        tiny_models.ab_model(hint_columns=(0, 1)),
    ],
    ids=["temperature", "hints"],
)
def test_optional_inputs_that_are_not_seen_are_refused(model):
    session = ColorizeSession(model)

    def colorize(picture, _options):
        return session.colorize_checked(picture, ColorizeOptions())

    with pytest.raises(SettingError, match="Received: .*ColorizeOptions"):
        check(session, colorize)


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_the_bound_is_on_the_mean_of_ciede2000(on_cpu, share):
    # Two grays of the lightnesses 50 and 50 + d: CIEDE2000 is d / S_L, and
    # S_L is 1.0 there.
    gray = np.full((20, 30, 3), 119, np.uint8)  # L* 50.03
    other = np.full((20, 30, 3), 120, np.uint8)  # L* 50.43: 0.40 away
    mixed = np.where(np.arange(30)[:, None] % 2, gray, other)
    results = {0.5: (gray, mixed), 2.0: (gray, gray + np.uint8(3))}
    expected, result = results[share]

    def run():
        check_provider(
            "Other",
            on_cpu.contract,
            lambda *_: result,
            lambda *_: expected,
        )

    if share < 1.0:  # 0.20
        run()
    else:  # 1.20
        with pytest.raises(SettingError, match=r"Received: 1\.[12]"):
            run()
    assert 0.2 < MAX_MEAN_DIFFERENCE < 1.2


def test_a_provider_that_fails_is_refused_in_its_words(on_cpu):
    def colorize(picture, options):
        raise ModelError("must give ab of another size.")

    with pytest.raises(
        SettingError, match="Received: ModelError: must give ab .*leave"
    ):
        check(on_cpu, colorize)


def test_the_picture_is_gray_and_has_dark_and_bright_places():
    picture = make_picture(48, 80)
    assert (picture.shape, picture.dtype) == ((48, 80, 3), np.uint8)
    assert (picture == picture[..., :1]).all()
    assert picture.min() < 60 and picture.max() > 200


# === Sessions ===


@needs_other
def test_a_session_takes_a_provider_with_equal_colors():
    data = tiny_models.photo_model()
    for provider in (OTHER, (OTHER, {})):
        session = ColorizeSession(data, [provider], time_limit_s=60.0)
        assert session.time_limit_s == 60.0
        picture = make_picture(20, 30)
        np.testing.assert_array_equal(
            session.colorize_array(picture),
            ColorizeSession(data).colorize_array(picture),
        )


@needs_other
def test_a_session_refuses_a_provider_with_other_colors(monkeypatch):
    data = tiny_models.photo_model()
    wrong = tiny_models.photo_model(shift=(-40.0, 0.0, 40.0))

    def open_otherwise(model, providers, num_threads):
        return open_model(wrong if providers else model, providers, num_threads)

    session = ColorizeSession(data, [OTHER])
    monkeypatch.setattr(session_module, "open_model", open_otherwise)
    with pytest.raises(SettingError, match=f"{OTHER} must give the colors"):
        ColorizeSession(data, [OTHER])
    # Where a session arrives, the provider may be another.
    with pytest.raises(SettingError, match=f"{OTHER} must give the colors"):
        pickle.loads(pickle.dumps(session))


@pytest.mark.parametrize(
    ("model", "times_opened"),
    [(tiny_models.ab_model, 1), (tiny_models.photo_model, 2)],
)
def test_options_of_a_provider_reach_onnxruntime(
    model, times_opened, monkeypatch
):
    given = []
    make = onnxruntime.InferenceSession

    def recorded(*arguments, providers):
        given.append(providers)
        return make(*arguments, providers=providers)

    monkeypatch.setattr(onnxruntime, "InferenceSession", recorded)
    chosen = [("CPUExecutionProvider", {"key": "word"})]
    opened = open_model(model(), chosen)
    assert given == [chosen] * times_opened
    assert opened.provider == "CPUExecutionProvider"


@pytest.mark.parametrize(
    "providers",
    [
        [("WarpDriveExecutionProvider", {})],
        [None],
        [()],
        [("CPUExecutionProvider",)],
        [("CPUExecutionProvider", "fast")],
        [("CPUExecutionProvider", {}, {})],
        [["CPUExecutionProvider", {}]],  # as JSON has it
        ("CPUExecutionProvider", {}),
        {"CPUExecutionProvider": {}},
        5,
    ],
    ids=repr,
)
def test_what_is_no_list_of_providers_is_refused(providers):
    # onnxruntime would go on without the options.
    with pytest.raises(SettingError, match=r"\(name, options\).* Received: "):
        ColorizeSession(tiny_models.photo_model(), providers)
