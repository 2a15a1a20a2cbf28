from pathlib import Path

import pytest

from keras_colorize.errors import SettingError
from keras_colorize.serving.aws_lambda import settings
from keras_colorize.serving.aws_lambda.settings import settings_from

FOLDER = Path("models")


@pytest.mark.parametrize(
    ("memory_mb", "cores", "threads", "max_pixels"),
    [
        (128, 2, 1, 100_000),
        (1024, 2, 1, 14_480_000),  # (1024 - 300) * 20,000
        (1769, 2, 1, 29_380_000),
        (1770, 2, 2, 29_400_000),
        (3008, 2, 2, 54_160_000),
        (10240, 6, 6, 100_000_000),  # 5.8 of them
        (10240, 2, 2, 100_000_000),
    ],
)
def test_threads_follow_vcpus_and_pixels_the_memory(
    memory_mb, cores, threads, max_pixels, monkeypatch
):
    monkeypatch.setattr(settings, "num_cores", lambda: cores)
    environment = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb)}
    found = settings_from(environment, FOLDER)
    assert (found.num_threads, found.max_pixels) == (threads, max_pixels)


def test_environment_decides_before_all(monkeypatch):
    monkeypatch.setattr(settings, "num_cores", lambda: 4)
    found = settings_from(
        {
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "KERAS_COLORIZE_MODEL": "lite",
            "KERAS_COLORIZE_THREADS": "3",
            "KERAS_COLORIZE_MAX_PIXELS": "1000",
            "KERAS_COLORIZE_MAX_BODY_BYTES": "2000",
            "KERAS_COLORIZE_OUTPUT_BUCKET": "out",
        },
        FOLDER,
    )
    assert found == settings.FunctionSettings(
        FOLDER, "lite", 3, 2000, 1000, "out"
    )
    bare = settings_from({"KERAS_COLORIZE_MODEL": ""}, FOLDER)
    assert (bare.model, bare.num_threads) == (None, 4)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many"])
def test_numbers_that_are_none_are_refused(text):
    with pytest.raises(SettingError, match=f"MAX_PIXELS.*'{text}'"):
        settings_from({"KERAS_COLORIZE_MAX_PIXELS": text}, FOLDER)
