"""Photos in buckets: events that name them, and the way there and back."""

import contextlib
import functools
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple
from urllib.parse import unquote_plus

from PIL import Image

from keras_colorize.photo_formats import GRAY_SUFFIXES
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.colorize import Written
from keras_colorize.serving.images.naming import BESIDE_SUFFIX
from keras_colorize.serving.web_api.refusals import Refused

OBJECT_KEYS = ("bucket", "key", "output_bucket", "output_key")


class StoredPhoto(NamedTuple):
    """A photo in a bucket.

    Attributes:
        bucket: Name of the bucket.
        key: Path of the photo in it.
    """

    bucket: str
    key: str


class StorageFailure(Exception):
    """Why a photo of a notification could not be read or stored.

    No mistake of whoever put it there: S3 shall try again, and the queue for
    what failed shall get it.
    """


def notified_photos(event: Mapping[str, Any]) -> list[StoredPhoto]:
    """Lists the photos of a notification by S3 that objects were created.

    Raises:
        Refused: 400, if it is no such notification.
    """
    try:
        return [
            StoredPhoto(
                _text(record["s3"]["bucket"]["name"]),
                unquote_plus(_text(record["s3"]["object"]["key"])),
            )
            for record in event["Records"]
            if "s3" in record
            and _text(record["eventName"]).startswith("ObjectCreated")
        ]
    except (TypeError, LookupError) as error:
        raise Refused(
            400,
            "Expected a notification of S3, with eventName, bucket and key of "
            f"each object. Received: {str(event)[:200]}.",
        ) from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def is_result(photo: StoredPhoto) -> bool:
    """Tells whether a photo has the name of a result."""
    stem, _ = _split(photo.key)
    return stem.endswith(BESIDE_SUFFIX)


def beside(key: str, format: str, suffix_follows_format: bool) -> str:
    """Names the result in the folder of its photo.

    Args:
        key: Of the photo.
        format: Pillow's name of the format of the result.
        suffix_follows_format: Whether that is another one than the photo's.
    """
    stem, suffix = _split(key)
    is_gray = suffix.lower() in GRAY_SUFFIXES  # which holds no color
    if suffix_follows_format or is_gray or not suffix:
        suffix = PHOTO_FORMATS[format].suffixes[0]
    return f"{stem}{BESIDE_SUFFIX}{suffix}"


def fetch(photo: StoredPhoto, max_bytes: int) -> bytes:
    """Reads a stored photo.

    Raises:
        Refused: If it is not there, may not be read or is too large.
    """
    client = _client()
    with _refused_if_unusable(photo):
        answer = client.get_object(Bucket=photo.bucket, Key=photo.key)
    if answer["ContentLength"] > max_bytes:
        raise Refused(
            413,
            f"A photo may have at most {max_bytes} bytes. Received: "
            f"{answer['ContentLength']} in {photo.bucket}/{photo.key}.",
        )
    return answer["Body"].read()


def put(photo: StoredPhoto, written: Written) -> None:
    """Stores a colorized photo.

    Raises:
        Refused: If the function may not write there.
    """
    client = _client()
    with _refused_if_unusable(photo):
        client.put_object(
            Bucket=photo.bucket,
            Key=photo.key,
            Body=written.data,
            ContentType=Image.MIME[written.format],
        )


@functools.cache  # one connection for all photos of a process
def _client() -> Any:
    try:
        import boto3  # pyright: ignore[reportMissingImports]: Lambda has it
    except ImportError as error:
        raise Refused(
            500,
            "Photos in buckets need boto3, which the Lambda runtime for "
            "Python has, but this environment has not. Install boto3 beside "
            "the function.",
        ) from error
    return boto3.client("s3")


@contextlib.contextmanager
def _refused_if_unusable(photo: StoredPhoto) -> Iterator[None]:
    """Refuses what S3 refuses; its failures are raised: Lambda tries again."""
    try:
        yield
    except Exception as error:  # of botocore, a ClientError
        answer = getattr(error, "response", None) or {}
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        if not 400 <= status < 500:
            raise
        raise Refused(
            status,
            f"{photo.bucket}/{photo.key} could not be used: "
            f"{str(error).rstrip('.')}. Check its name, and that the role of "
            "the function has s3:GetObject and s3:PutObject there.",
        ) from error


def _split(key: str) -> tuple[str, str]:
    """Splits a key before its suffix, which keeps its dot."""
    folder, slash, name = key.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        return key, ""
    return f"{folder}{slash}{stem}", dot + suffix
