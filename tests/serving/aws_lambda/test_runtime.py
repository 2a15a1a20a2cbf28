"""The handler under Lambda's own runtime client, in a process of its own."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import textured_photo
from tests.serving.aws_lambda import runtime_api
from tests.serving.aws_lambda.conftest import as_text
from tests.serving.photo_bytes import encode

pytest.importorskip(
    "awslambdaric", reason="Lambda's client has wheels for Linux on x86_64 only"
)
ROOT = Path(__file__).parents[3]
HANDLER_DIR = ROOT / "export" / "aws_lambda"
GRAY = encode(textured_photo(48, 80)[..., 1], "JPEG")


@contextlib.contextmanager
def lambda_function(**variables):
    """Runs the handler as Lambda does; gives the API that it asks."""
    with runtime_api.running() as api:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "handler.handler"],
            cwd=HANDLER_DIR,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
                "PYTHONDONTWRITEBYTECODE": "1",
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "AWS_LAMBDA_FUNCTION_NAME": "colorize",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
                "KERAS_COLORIZE_MODEL": "eccv16_small",
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield api, process
        finally:
            process.kill()
            process.communicate()


def test_two_photos_and_two_mistakes_on_one_warm_process():
    session = ColorizeSession("eccv16_small", num_threads=1)
    expected = colorize_bytes(GRAY, session, PhotoOptions()).data
    with lambda_function() as (api, process):
        for _ in range(2):
            answer = api.invoke({"image": as_text(GRAY)})
            assert answer == ("response", {"image": as_text(expected)})
        # A mistake is an answer; what is none leaves the function usable.
        kind, answer = api.invoke({"image": "%"})
        assert (kind, answer["statusCode"]) == ("response", 422)
        request = {
            "version": "2.0",
            "requestContext": {"http": {"method": "POST"}},
            "headers": {"content-type": "image/jpeg"},
            "body": as_text(GRAY),
            "isBase64Encoded": True,
        }
        kind, answer = api.invoke(request)
        assert (kind, answer["statusCode"]) == ("response", 200)
        assert answer["body"] == as_text(expected)
        assert process.poll() is None


def test_failure_is_posted_as_an_error_and_the_process_goes_on(tmp_path):
    # A boto3 whose every call fails, as without a network.
    (tmp_path / "boto3.py").write_text(
        "class Client:\n"
        "    def get_object(self, **_):\n"
        "        raise ConnectionError('no way to S3')\n"
        "def client(name):\n"
        "    return Client()\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT), *sys.path])
    with lambda_function(PYTHONPATH=path) as (api, _):
        kind, error = api.invoke({"bucket": "b", "key": "a.jpg"})
        assert kind == "error"
        assert error["errorType"] == "ConnectionError"
        assert error["errorMessage"] == "no way to S3"
        kind, answer = api.invoke({})
        assert (kind, answer["statusCode"]) == ("response", 400)


def test_model_that_is_not_there_is_an_error_of_the_start():
    with lambda_function(KERAS_COLORIZE_MODEL="eccv17") as (api, process):
        kind, error = api.answers.get(timeout=30)
        assert kind == "init error"
        assert error["errorType"].endswith("SettingError")
        assert "`model` must be one of this function's" in error["errorMessage"]
        assert process.wait(timeout=30) != 0
