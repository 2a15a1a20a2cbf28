"""The function: an event in, its answer out."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from PIL import Image

from keras_colorize.errors import SettingError
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.serving.aws_lambda import http_events
from keras_colorize.serving.aws_lambda import s3_events
from keras_colorize.serving.aws_lambda.models import FunctionModels
from keras_colorize.serving.aws_lambda.options import OPTION_NAMES
from keras_colorize.serving.aws_lambda.options import read_options
from keras_colorize.serving.aws_lambda.s3_events import StoredPhoto
from keras_colorize.serving.aws_lambda.settings import FunctionSettings
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.web_api.refusals import USER_MISTAKES
from keras_colorize.serving.web_api.refusals import Refused
from keras_colorize.serving.web_api.refusals import refusal_of
from keras_colorize.serving.web_api.requests import Colorized
from keras_colorize.serving.web_api.requests import colorize_upload
from keras_colorize.serving.web_api.requests import decode_image
from keras_colorize.serving.web_api.requests import image_object
from keras_colorize.serving.web_api.requests import read_image_object

# Lambda's own limit of an answer; above it, callers would see a 502.
MAX_ANSWER_BYTES = 6_291_556
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
    Anything else is raised, over HTTP answered with 500.

    Args:
        settings: Its limits.
    """

    def __init__(self, settings: FunctionSettings):
        self._settings = settings
        self._models = FunctionModels(settings)

    @property
    def models(self) -> list[str]:
        """Names of the models that events may ask for."""
        return self._models.names

    def __call__(self, event: Any, context: Any = None) -> dict[str, Any]:
        """Answers one event."""
        if isinstance(event, Mapping) and http_events.is_http(event):
            return self._answer_http(event)
        try:
            return _within_limit(self._answer(event))
        except (Refused, *USER_MISTAKES) as error:
            return _told(error)

    def _answer_http(self, event):
        try:
            return _within_limit(self._colorize_request(event))
        except (Refused, *USER_MISTAKES) as error:
            return http_events.refusal_answer(refusal_of(error))
        except Exception:  # logged; who waits over HTTP needs an answer
            _log.exception("A request could not be answered")
            reason = "The function failed on this request. Its log says why."
            return http_events.refusal_answer(Refused(500, reason))

    def _answer(self, event):
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
        colorized, session = self._colorize(request.body, request.query)
        return http_events.photo_answer(colorized, session.contract.name)

    def _colorize_object(self, body, query):
        content = read_image_object(body, OPTION_NAMES)
        options = {k: v for k, v in content.items() if k != "image"}
        data = decode_image(content["image"])
        return image_object(self._colorize(data, {**query, **options})[0])

    def _colorize(self, data, options) -> tuple[Colorized, ColorizeSession]:
        options = read_options(options, self._settings.max_pixels)
        session = self._models.find(options.model)
        return colorize_upload(data, session, options.upload), session

    def _colorize_stored(self, event):
        options = dict(event)
        place = {k: options.pop(k, None) for k in s3_events.OBJECT_KEYS}
        wrong = [k for k, v in place.items() if v and not isinstance(v, str)]
        if wrong or not place["bucket"] or not place["key"]:
            raise SettingError(
                "`bucket` and `key` must name a photo, and `output_bucket` "
                f"and `output_key` the result, as texts. Received: {place}."
            )
        output_key = place["output_key"]
        suffix = "." + (output_key or "").rpartition(".")[2].lower()
        if "format" not in options and suffix in FORMAT_OF_SUFFIX:
            options["format"] = FORMAT_OF_SUFFIX[suffix]
        return self._colorize_in_bucket(
            StoredPhoto(place["bucket"], place["key"]),
            place["output_bucket"] or place["bucket"],
            output_key,
            options,
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
            except (Refused, *USER_MISTAKES) as error:
                result = {**photo._asdict(), **_told(error)}
                _log.warning("%s", result)  # nobody reads the answer
            results.append(result)
        return results

    def _colorize_in_bucket(self, photo, bucket, key, options):
        if (bucket, key) == photo:
            raise SettingError(
                "The result would replace the photo. Give another "
                f"`output_key` or `output_bucket`. Received: {bucket}/{key}."
            )
        data = s3_events.fetch(photo, self._settings.max_body_bytes)
        colorized, session = self._colorize(data, options)
        key = key or s3_events.beside(
            photo.key, colorized.format, "format" in options
        )
        s3_events.put(
            StoredPhoto(bucket, key),
            colorized.data,
            Image.MIME[colorized.format],
        )
        return {
            "bucket": bucket,
            "key": key,
            "model": session.contract.name,
            "notes": list(colorized.notes),
        }


def _told(error):
    refused = refusal_of(error)
    return {"statusCode": refused.status, "reason": refused.reason}


def _within_limit(answer):
    size = len(json.dumps(answer))
    if size > MAX_ANSWER_BYTES:
        raise Refused(
            413,
            f"Lambda returns at most {MAX_ANSWER_BYTES} bytes. Received: an "
            f"answer of {size}. Ask for format=jpeg, shrink the photo, or let "
            "the function read and write it in a bucket.",
        )
    return answer
