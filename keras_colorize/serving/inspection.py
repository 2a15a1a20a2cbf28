"""What a photo or a model file is, as plain data."""

import os
from pathlib import Path
from typing import Any

from PIL import ExifTags

from keras_colorize.files import sha256_of
from keras_colorize.photo_formats import READABLE_SUFFIXES
from keras_colorize.presets import name_of_shipped
from keras_colorize.serving.images.exif import software_of
from keras_colorize.serving.images.exif import text_of
from keras_colorize.serving.images.read import MAX_PIXELS
from keras_colorize.serving.images.read import Photo
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.tint import color_spread
from keras_colorize.serving.images.tint import is_in_color
from keras_colorize.serving.onnx_file import model_source
from keras_colorize.serving.session import ColorizeSession

_UNKNOWN = "not stated in the file"
_EXIF_FACTS = ("Make", "Model", "DateTime", "Artist", "Copyright")


def describe(
    thing: str | os.PathLike, max_pixels: int = MAX_PIXELS
) -> dict[str, Any]:
    """Describes a photo file, an .onnx file, or the weights of a name.

    Args:
        thing: Path, or name of shipped weights.
        max_pixels: Photos with more pixels are refused before decoding.

    Raises:
        PhotoError: If the photo cannot be read.
        ModelError: If the model file is damaged.
        SettingError: If there is neither a file nor a model of that name.
    """
    path = Path(thing)
    is_file_name = path.exists() or path.suffix.lower() in READABLE_SUFFIXES
    if path.suffix.lower() == ".onnx" or not is_file_name:
        return _describe_model(str(thing))
    return _describe_photo(read_photo(path, max_pixels), path)


def _describe_photo(photo: Photo, path: Path) -> dict[str, Any]:
    height, width = photo.rgb.shape[:2]
    return {
        "file": str(path),
        "kind": "photo",
        "format": photo.format,
        "width_pixels": width,
        "height_pixels": height,
        "bits": photo.bits,
        "pages": photo.num_pages,
        "content": "color" if is_in_color(photo) else "gray",
        "color_spread_ab": round(color_spread(photo.rgb), 2),
        "alpha": photo.alpha is not None,
        "profile_applied": photo.icc is not None,
        "dots_per_inch": photo.dpi,
        "exif": _exif_facts(photo.exif),
        "captions": _captions(photo),
        "software": software_of(photo.exif),
        "notes": list(photo.notes),
    }


def _captions(photo: Photo) -> list[str]:
    """Names the kinds of captions that a photo has."""
    captions = photo.captions
    kinds = {
        "XMP": captions.xmp,
        "IPTC": captions.iptc,
        "comment": captions.comment,
        "PNG texts": captions.texts,
    }
    return [name for name, content in kinds.items() if content]


def _exif_facts(block: bytes | None) -> dict[str, str]:
    facts = {n: text_of(block, ExifTags.Base[n]) for n in _EXIF_FACTS}
    return {name: text for name, text in facts.items() if text}


def _describe_model(model: str) -> dict[str, Any]:
    source = model_source(model)
    contract = ColorizeSession(Path(str(source)), num_threads=1).contract
    facts = contract.facts
    sha256 = sha256_of(str(source))
    return {
        "file": model,
        "kind": "model",
        "name": contract.name,
        "model": contract.model,
        "weights": contract.weights,
        "weights_version": facts.get("weights_version", _UNKNOWN),
        "weights_sha256": facts.get("weights_sha256", _UNKNOWN),
        "license": facts.get("license", _UNKNOWN),
        "training_data": facts.get("training_data", _UNKNOWN),
        "source": facts.get("source", _UNKNOWN),
        "made_by": f"keras-colorize {facts.get('version', '')}".strip(),
        "head": contract.head,
        "precision": facts.get("precision", _UNKNOWN),
        "takes": sorted(contract.optional_inputs),
        "looks": list(contract.looks),
        "fixed_size_pixels": contract.fixed_size,
        "network_size_pixels": contract.network_size,
        "contract": facts.get("contract", _UNKNOWN),
        "file_sha256": sha256,
        "same_as_shipped": name_of_shipped(sha256),
    }
