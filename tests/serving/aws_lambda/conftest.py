"""A function with models of a few nodes, and a bucket in memory."""

import base64
import io
import types

import pytest

from keras_colorize import presets
from keras_colorize.serving.aws_lambda import s3_events
from keras_colorize.serving.aws_lambda.function import ColorizeFunction
from keras_colorize.serving.aws_lambda.settings import FunctionSettings
from tests.helpers import mid_tone_photo
from tests.serving import tiny_models
from tests.serving.photo_bytes import encode

PNG = encode(mid_tone_photo(20, 30), "PNG")


def as_text(data):
    return base64.b64encode(data).decode("ascii")


@pytest.fixture
def models_dir(tmp_path, monkeypatch):
    """Folder of the models `tiny` and `hinted`; nothing is in the box."""
    monkeypatch.setattr(presets, "WEIGHTS_DIR", tmp_path / "empty")
    (tmp_path / "tiny.onnx").write_bytes(tiny_models.photo_model())
    hinted = tiny_models.ab_model({"model": "hinted"}, hint_columns=(3, 4))
    (tmp_path / "hinted.onnx").write_bytes(hinted)
    return tmp_path


@pytest.fixture
def make_function(models_dir):
    """Function that makes a function with other settings."""

    def make(**settings):
        settings = {"model": "tiny", **settings}
        return ColorizeFunction(FunctionSettings(models_dir, **settings))

    return make


@pytest.fixture
def function(make_function):
    return make_function()


class ClientError(Exception):
    """What botocore raises, as far as it is looked at."""

    def __init__(self, status):
        super().__init__(f"status {status}")
        self.response = {"ResponseMetadata": {"HTTPStatusCode": status}}


class Bucket:
    """The two calls of an S3 client, over a dict by (bucket, key)."""

    def __init__(self):
        self.objects = {}
        self.types = {}
        self.fails_with = None

    def get_object(self, Bucket, Key):
        if self.fails_with:
            raise ClientError(self.fails_with)
        if (Bucket, Key) not in self.objects:
            raise ClientError(404)
        data = self.objects[Bucket, Key]
        return {"ContentLength": len(data), "Body": io.BytesIO(data)}

    def put_object(self, Bucket, Key, Body, ContentType):
        self.objects[Bucket, Key] = Body
        self.types[Bucket, Key] = ContentType


@pytest.fixture
def s3(monkeypatch):
    """The bucket behind a `boto3` that is not installed."""
    bucket = Bucket()
    boto3 = types.SimpleNamespace(client=lambda name: {"s3": bucket}[name])
    monkeypatch.setitem(__import__("sys").modules, "boto3", boto3)
    s3_events._client.cache_clear()
    yield bucket
    s3_events._client.cache_clear()
