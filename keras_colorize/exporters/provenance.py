"""Describes an exported file for those who get it.

Its contract, for runners (`describe`), and where its weights are from, for
people who must know what they run and may do (`provenance`). Both end up in
the `metadata_props` of an ONNX file and the `metadata.json` of a SavedModel.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras_colorize
from keras_colorize.models.registry import ModelSpec

# Value of the key "weights" for a model that nobody has trained.
UNTRAINED = "untrained"
# Value of what whoever trained the weights has not said.
NOT_STATED = "not stated"

# The texts are in files that people have: change them for a reason only.
_CONTRACTS = {
    "photo": (
        "image: uint8 (batch, height, width, 3), sRGB, 0..255. "
        "colorized: uint8 (batch, height, width, 3), sRGB, 0..255, same size. "
        "Optional float32 scalar strength: factor on the predicted ab, 0 "
        "gives gray, default 1."
    ),
    "ab": (
        "L: float32 (batch, height, width, 1), CIE lightness, 0..100, D65. "
        "ab: float32 (batch, height, width, 2), CIE a* and b*, not clipped, "
        "same size."
    ),
}
_TEMPERATURE_CONTRACT = (
    " Optional float32 scalar temperature: of the annealed mean, in (0, 1], "
    "near 0 the most likely color, 1 the mean, default {:g}."
)
_LOOK_CONTRACT = (
    " Optional float32 scalars vividness (default {vividness:g}) and focus "
    "(default {focus:g}): where the network predicts the chroma c, it is "
    "multiplied by vividness * (min(c, 18) / 12) ^ focus. Named looks: the "
    "property looks, as JSON."
)
_HINTS_CONTRACT = (
    " Optional float32 hints (hint_batch, hint_points, 5), hint_batch 1 or "
    "that of the {input}, at least one row (x, y, radius, a, b): x to the "
    "right, y down and radius in pixels of the {input}, whose first pixel "
    "spans 0..1; CIE a* and b* of the color there; a negative radius is no "
    "hint, which is the default."
)
_FIXED_SIZE_CONTRACT = (
    " The network sees every {input} at {height} x {width} pixels, whatever "
    "its aspect ratio."
)
_PARTS_CONTRACT = (
    "For large photos, whose color is merged outside: the second output ab, "
    "float32 (batch, ab_height, ab_width, 2), CIE a* and b* at the size at "
    "which the network sees the image, before strength. Optional float32 "
    "L_offset, which broadcasts to (batch, height, width, 1), CIE units: "
    "added to the lightness of the image, 0 by default. An image of that size "
    "is not resized: it may be black, with the lightness in L_offset; or the "
    "image is one black pixel, so that little is spent on colorized."
)
_PHOTO_SIZE_CONTRACT = (
    " Optional float32 photo_size (height, width): hints are in pixels of a "
    "photo of this size; 0 0, the default, for that of the image."
)


def describe(model, graph) -> dict[str, str]:
    """Describes the contract of a serving graph as text by key.

    Args:
        model: `Colorizer`.
        graph: The `ServingGraph` of it.

    Returns:
        dict of str: model, version, head, output_kind, network_size (short
        side of the network's input in pixels), size_multiple, contract,
        temperature where the graph has one, and looks (JSON: temperature,
        vividness and focus by the name of each look) where the model has any.
    """
    contract = _CONTRACTS[graph.head]
    temperature = {}
    if "temperature" in graph.defaults:
        default = graph.defaults["temperature"]
        contract += _TEMPERATURE_CONTRACT.format(default)
        temperature["temperature"] = str(default)
    looks = {}
    if model.looks:
        contract += _LOOK_CONTRACT.format_map(graph.defaults)
        looks["looks"] = json.dumps(
            {name: model.settings_of_look(name) for name in model.looks}
        )
    image = graph.input_names[0]
    if "hints" in graph.defaults:
        contract += _HINTS_CONTRACT.format(input=image)
    if model.fixed_size is not None:
        height, width = model.fixed_size
        contract += _FIXED_SIZE_CONTRACT.format(
            input=image, height=height, width=width
        )
    return {
        "model": model.name,
        "version": keras_colorize.__version__,
        "head": graph.head,
        "output_kind": model.output_kind,
        "network_size": str(graph.network_size),
        "size_multiple": str(model.size_multiple),
        "contract": contract,
        **temperature,
        **looks,
    }


def describe_parts(model, graph) -> dict[str, str]:
    """Describes what an exported photo head can do beside: see `describe`.

    Args:
        model: `Colorizer`.
        graph: The `ServingGraph` of it.

    Returns:
        dict of str: parts (a contract) and, of a network that sees every
        image at one size, network_shape (height x width); empty for another
        head.
    """
    if not graph.part_defaults:
        return {}
    parts = _PARTS_CONTRACT
    if "photo_size" in graph.part_defaults:
        parts += _PHOTO_SIZE_CONTRACT
    if model.fixed_size is None:
        return {"parts": parts}
    height, width = model.fixed_size
    return {"parts": parts, "network_shape": f"{height}x{width}"}


def provenance(
    spec: ModelSpec,
    weights: str = UNTRAINED,
    sha256: str | None = None,
    facts: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, str]:
    """Describes where the weights of a file are from, as text by key.

    Args:
        spec: Row of the model in the registry.
        weights: Tag or file name of the weights.
        sha256: Checksum of the weights file; None for an untrained model.
        facts: What the weights say about themselves: entries of the
            `metadata.json` of a preset. "architecture" says what the network
            is, where its settings are others than those of `spec`.

    Returns:
        dict of str: model, weights, license and source; of trained weights
        also weights_version, weights_sha256 and training_data (which photos,
        under which terms).
    """
    source = str(facts.get("architecture") or spec.source)
    described = {"model": spec.name, "weights": weights, "source": source}
    if weights == UNTRAINED:
        return {**described, "license": spec.license}
    version = NOT_STATED
    if "step" in facts:
        version = f"step {facts['step']}"
    # Of weights that bring no license, only that of the code is known.
    code_license = f"code {spec.license}; weights: {NOT_STATED}"
    data = facts.get("training_data") or facts.get("dataset") or NOT_STATED
    return {
        **described,
        "license": str(facts.get("license") or code_license),
        "training_data": str(data),
        "weights_version": str(facts.get("weights_version") or version),
        "weights_sha256": sha256 or NOT_STATED,
    }
