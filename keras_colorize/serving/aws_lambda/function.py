"""The function: an event in, its answer out."""

import functools
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_colorize.errors import SettingError
from keras_colorize.files import ONNX_FILE
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.presets import list_shipped
from keras_colorize.serving.aws_lambda import http_events
from keras_colorize.serving.aws_lambda import s3_events
from keras_colorize.serving.aws_lambda.s3_events import StorageFailure
from keras_colorize.serving.aws_lambda.s3_events import StoredPhoto
from keras_colorize.serving.aws_lambda.settings import FunctionSettings
from keras_colorize.serving.colorize import Written
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.web_api.models import Catalog
from keras_colorize.serving.web_api.models import ServedModel
from keras_colorize.serving.web_api.models import label_of
from keras_colorize.serving.web_api.refusals import MISTAKES
from keras_colorize.serving.web_api.refusals import Refused
from keras_colorize.serving.web_api.refusals import failure_of
from keras_colorize.serving.web_api.refusals import refusal_of
from keras_colorize.serving.web_api.requests import OPTION_NAMES
from keras_colorize.serving.web_api.requests import RequestOptions
from keras_colorize.serving.web_api.requests import decode_image
from keras_colorize.serving.web_api.requests import encode_image
from keras_colorize.serving.web_api.requests import read_image_object
from keras_colorize.serving.web_api.requests import read_options

# Lambda's own limit of an answer; above it, callers would see a 502.
MAX_ANSWER_BYTES = 6_291_556
_TOO_DEEP = Refused(400, "Expected an event of few levels. Received: too many.")
# The role may not, or boto3 is missing: whoever put the photo cannot mend it.
_OF_STORAGE = (403, 500)
_log = logging.getLogger(__name__)


class ColorizeFunction:
    """What Lambda calls with each event; loads its model when it is made.

    | event | answer |
    | --- | --- |
    | `{"image": "<base64>", …options}` | `{"image": "<base64>"}` |
    | HTTP, JSON as above; options also in the address | the same, as JSON |
    | HTTP, a photo file; options in the address | the photo file |
    | `{"bucket": …, "key": …, …options}` | `{"bucket": …, "key": …}` |
    | notification of S3 | `{"results": [{"bucket": …, "key": …}, …]}` |

    What a user can mend is answered with `{"reason": "one sentence"}` and a
    status of 4xx (`statusCode` beside the reason, where it is not HTTP).
    Anything else is raised, over HTTP answered with 500. So is a notification
    whose photo the role may not read or write, or for which boto3 is missing:
    S3 tries again then, and the queue for what failed gets it.

    Args:
        settings: What whoever deploys it decided.

    Raises:
        SettingError: If there is no model, or not the default one.
        ModelError: If the file of the default one is damaged.
    """

    def __init__(self, settings: FunctionSettings):
        self._settings = settings
        self._models = _packaged_models(settings)
        # Each is loaded once; under two names it is one.
        self._load = functools.cache(
            functools.partial(ColorizeSession, num_threads=settings.num_threads)
        )
        self._load(self._models.default.source)

    @property
    def models(self) -> list[str]:
        """Names of the models that events may ask for, sorted."""
        return [model.name for model in self._models]

    def __call__(self, event: Any, context: Any = None) -> dict[str, Any]:
        """Answers one event."""
        if isinstance(event, Mapping) and http_events.is_http(event):
            return self._answer_http(event)
        try:
            return _within_limit(self._answer(event))
        except MISTAKES as error:
            return _told(error)
        except RecursionError:
            return _told(_TOO_DEEP)

    def _answer_http(self, event) -> dict[str, Any]:
        try:
            return _within_limit(self._colorize_request(event))
        except MISTAKES as error:
            return http_events.refusal_answer(refusal_of(error))
        except RecursionError:
            return http_events.refusal_answer(_TOO_DEEP)
        except Exception:  # logged; who waits over HTTP needs an answer
            _log.exception("A request could not be answered")
            return http_events.refusal_answer(failure_of("function"))

    def _answer(self, event) -> dict[str, Any]:
        if isinstance(event, Mapping):
            if "Records" in event:
                return {"results": self._colorize_notified(event)}
            if "bucket" in event:
                return self._colorize_stored(event)
            if "image" in event:
                return self._colorize_object(json.dumps(event), {})
        received = sorted(event) if isinstance(event, Mapping) else event
        raise Refused(
            400,
            'Expected {"image": "<base64>"}, {"bucket": …, "key": …}, a '
            "request of API Gateway or a function URL, or a notification of "
            f"S3. Received: {str(received)[:200]}.",
        )

    def _colorize_request(self, event):
        request = http_events.read_request(event, self._settings.max_body_bytes)
        if request.is_json:
            answer = self._colorize_object(request.body, request.query)
            return http_events.json_answer(answer)
        options = read_options(request.query)
        written = self._colorize(request.body, options)
        contract = self._session_of(options).contract
        label = label_of(contract.name, contract)
        return http_events.photo_answer(written, label)

    def _colorize_object(self, body, query):
        content = read_image_object(body, OPTION_NAMES)
        data = decode_image(content.pop("image"))
        options = read_options({**query, **content})
        return {"image": encode_image(self._colorize(data, options))}

    def _colorize(self, data: bytes, options: RequestOptions) -> Written:
        session = self._session_of(options)
        return colorize_bytes(
            data,
            session,
            options.checked_for(session.contract, self._settings.max_pixels),
            options.format,
        )

    def _session_of(self, options: RequestOptions) -> ColorizeSession:
        return self._load(self._models.find(options.model).source)

    def _name_of(self, options: RequestOptions) -> str:
        return self._session_of(options).contract.name

    def _colorize_stored(self, event):
        values = dict(event)
        place = {k: values.pop(k, None) for k in s3_events.OBJECT_KEYS}
        wrong = [k for k, v in place.items() if v and not isinstance(v, str)]
        if wrong or not place["bucket"] or not place["key"]:
            raise SettingError(
                "`bucket` and `key` must name a photo, and `output_bucket` "
                f"and `output_key` the result, as texts. Received: {place}."
            )
        output_key = place["output_key"]
        suffix = "." + (output_key or "").rpartition(".")[2].lower()
        if "format" not in values and suffix in FORMAT_OF_SUFFIX:
            values["format"] = FORMAT_OF_SUFFIX[suffix]
        return self._colorize_in_bucket(
            StoredPhoto(place["bucket"], place["key"]),
            place["output_bucket"] or place["bucket"],
            output_key,
            values,
        )

    def _colorize_notified(self, event):
        results = []
        for photo in s3_events.notified_photos(event):
            bucket = self._settings.output_bucket or photo.bucket
            # Its own results would call it again, without end.
            if bucket == photo.bucket and s3_events.is_result(photo):
                continue
            key = None if bucket == photo.bucket else photo.key
            try:
                result = self._colorize_in_bucket(photo, bucket, key, {})
            except MISTAKES as error:
                refused = refusal_of(error)
                if refused.status in _OF_STORAGE:
                    raise StorageFailure(refused.reason) from error
                result = {**photo._asdict(), **_told(error)}
                _log.warning("%s", result)  # nobody reads the answer
            results.append(result)
        return results

    def _colorize_in_bucket(self, photo, bucket, key, values):
        if StoredPhoto(bucket, key) == photo:
            raise SettingError(
                "The result would replace the photo. Give another "
                f"`output_key` or `output_bucket`. Received: {bucket}/{key}."
            )
        data = s3_events.fetch(photo, self._settings.max_body_bytes)
        options = read_options(values)
        written = self._colorize(data, options)
        key = key or s3_events.beside(
            photo.key, written.format, "format" in values
        )
        s3_events.put(StoredPhoto(bucket, key), written)
        return {
            "bucket": bucket,
            "key": key,
            "model": self._name_of(options),
            "notes": list(written.notes),
        }


def _packaged_models(settings: FunctionSettings) -> Catalog:
    """Lists the models in the package, each under all of its names."""
    sources: dict[str, str | Path] = {}
    for weights in list_shipped():
        if (weights.folder / ONNX_FILE).is_file():
            sources[weights.name] = weights.name
            if weights.is_default:
                sources[weights.model] = weights.name
    for path in settings.models_dir.glob("*.onnx"):
        sources[path.stem] = path
    if not sources:
        raise SettingError(
            "There is no model in the package of this function. Pack it "
            "again with export/aws_lambda/build.py --model NAME."
        )
    usual = DEFAULT_MODEL if DEFAULT_MODEL in sources else None
    return Catalog(
        [ServedModel(name, source) for name, source in sorted(sources.items())],
        default=settings.model or usual,
        door="function",
    )


def _told(error: Exception) -> dict[str, Any]:
    refused = refusal_of(error)
    return {"statusCode": refused.status, **refused.content}


def _within_limit(answer: dict[str, Any]) -> dict[str, Any]:
    size = len(json.dumps(answer))
    if size > MAX_ANSWER_BYTES:
        raise Refused(
            413,
            f"Lambda returns at most {MAX_ANSWER_BYTES} bytes. Received: an "
            f"answer of {size}. Ask for format=jpeg, shrink the photo, or let "
            "the function read and write it in a bucket.",
        )
    return answer
