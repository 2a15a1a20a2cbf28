"""What goes over the wire, for validation and for /openapi.json."""

import enum
from typing import Annotated
from typing import Any

from fastapi import UploadFile
from pydantic import BaseModel
from pydantic import BeforeValidator
from pydantic import ConfigDict
from pydantic import Field

from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.options import MAX_STRENGTH
from keras_colorize.serving.web_api.requests import writable_formats


def _format_names() -> dict[str, str]:
    return {name: name.lower() for name in writable_formats()}


def _lower(value: Any) -> Any:
    """Takes PNG for png, as an address does."""
    return value.lower() if isinstance(value, str) else value


PhotoFormat = enum.StrEnum("PhotoFormat", _format_names())


class Reason(BaseModel):
    """Why a request was refused."""

    reason: str


class ImageString(BaseModel):
    """A photo file as a string."""

    model_config = ConfigDict(extra="forbid")

    image: Annotated[
        str,
        Field(
            description="Base64 of a photo file; in requests `data:…;base64,` "
            "may stand before it."
        ),
    ]


class ColorizeForm(BaseModel):
    """A photo and how to colorize it."""

    model_config = ConfigDict(extra="forbid")

    photo: Annotated[UploadFile, Field(description="The photo file.")]
    strength: Annotated[
        float,
        Field(
            ge=0,
            le=MAX_STRENGTH,
            allow_inf_nan=False,
            description="Factor on the predicted chroma: 0 is gray, 1 as "
            "predicted.",
        ),
    ] = 1.0
    temperature: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            allow_inf_nan=False,
            description="Lower goes nearer to the most likely color, which is "
            "less even; for models that take it. By default that of the look.",
        ),
    ] = None
    look: Annotated[
        str, Field(description="One of the model's looks, see GET /v1/models.")
    ] = NATURAL
    model: Annotated[
        str | None, Field(description="One of GET /v1/models.")
    ] = None
    format: Annotated[
        PhotoFormat | None,
        BeforeValidator(_lower),
        Field(description="Of the result; by default that of the photo."),
    ] = None
    hints: Annotated[
        str | None,
        Field(
            description="JSON of colors at places of the upright photo, in "
            'pixels: [{"x": 120, "y": 80, "radius": 12, "color": "#3366cc"}]; '
            "for models that take them."
        ),
    ] = None


def parameters_of_address() -> list[dict[str, Any]]:
    """Describes the options of a form as OpenAPI's parameters of an address."""
    form = ColorizeForm.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    parameters = []
    for name, field in form["properties"].items():
        if name == "photo":
            continue
        description = field.pop("description")
        # An address cannot say null: who means the default leaves it out, or
        # empty.
        kinds = [
            kind
            for kind in field.get("anyOf", [field])
            if kind.get("type") != "null"
        ]
        parameters.append(
            {
                "name": name,
                "in": "query",
                "description": description,
                "schema": kinds[0],
            }
        )
    return parameters


class ModelRow(BaseModel):
    """A model that requests may name."""

    name: str
    is_default: bool
    takes: Annotated[
        list[str],
        Field(description="Among strength, temperature and hints."),
    ]
    looks: Annotated[
        dict[str, dict[str, float]],
        Field(
            description="Names for `look`, the default first, and what they "
            "set in the model."
        ),
    ]
    license: Annotated[
        str, Field(description="Terms of its weights; empty if unknown.")
    ]
    fixed_size: Annotated[
        tuple[int, int] | None,
        Field(description="(height, width) of the only photos it takes."),
    ]


class Models(BaseModel):
    """What this server offers, and its limits."""

    models: list[ModelRow]
    formats: list[PhotoFormat]
    max_body_bytes: int
    max_pixels: int


class Health(BaseModel):
    """How busy the server is."""

    status: str
    version: str
    workers: int
    accepted: Annotated[int, Field(description="In work or waiting.")]
    capacity: Annotated[int, Field(description="One more gets 429.")]


class Ready(BaseModel):
    """Whether the server takes a photo now."""

    status: str
