"""What an exported model file says about itself.

`exporters.onnx` writes these facts into the file's `metadata_props`; they are
read here, so that no runner has to guess ranges or layouts.
"""

import json
import math
import re
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

from keras_colorize.errors import ModelError

# Head -> (input, output) by name.
_HEADS = {"photo": ("image", "colorized"), "ab": ("L", "ab")}
_REQUIRED = ("model", "head")
# Of photo heads, what gives the ab of a photo that was shrunk outside: a
# second output and an input; another input where there are hints.
_SMALL_OUTPUT = "ab"
_SMALL_INPUT = "L_offset"
_SMALL_HINTS_INPUT = "photo_size"
_USUAL_NETWORK_SIZE = "256"
_NETWORK_SIZES = range(8, 4097)
_LONGEST_NAME = 100
NATURAL = "natural"  # the look that every model has by itself
# Inputs that people set through a look alone.
LOOK_ONLY = frozenset({"vividness", "focus"})
# How the text of a contract introduces optional inputs.
_INTRODUCTIONS = {
    "strength": "scalar strength:",
    "temperature": "scalar temperature:",
    "hints": "float32 hints (",
}


@dataclass(frozen=True)
class Tensor:
    """An input or an output, as onnxruntime describes it.

    Attributes:
        type: Such as "tensor(uint8)".
        shape: Length of each axis; a name, or None, for any.
    """

    type: str
    shape: Sequence[int | str | None]

    def __str__(self) -> str:
        return f"{self.type} {list(self.shape)}"


_PHOTO = Tensor("tensor(uint8)", ("batch", "height", "width", 3))
_SCALAR = Tensor("tensor(float)", ())
_TENSORS = {
    "image": _PHOTO,
    "colorized": _PHOTO,
    "L": Tensor("tensor(float)", ("batch", "height", "width", 1)),
    "ab": Tensor("tensor(float)", ("batch", "height", "width", 2)),
    "strength": _SCALAR,
    "temperature": _SCALAR,
    "vividness": _SCALAR,
    "focus": _SCALAR,
    "hints": Tensor("tensor(float)", ("batch", "hints", 5)),
    "L_offset": Tensor("tensor(float)", ("batch", "height", "width", 1)),
    "photo_size": Tensor("tensor(float)", (2,)),
}


@dataclass(frozen=True)
class Contract:
    """Inputs, outputs and origin of a model file.

    Attributes:
        model: Name of the architecture, such as "eccv16_small".
        weights: Tag of the weights; empty if the file does not say.
        head: "photo" for uint8 photo -> uint8 photo, "ab" for L -> ab.
        optional_inputs: What may be given beside: "strength", "temperature",
            "vividness", "focus", "hints".
        fixed_size: (height, width) of the only photos the file takes, or
            None if it takes any.
        network_size: Short side, in pixels, at which the network sees a
            photo.
        facts: All that the file says about itself, as text by key: also
            where its weights are from and under which terms.
        looks: Values of optional inputs by the name of a look; "natural" is
            what the model does by itself.
        network_shape: (height, width) of what the network sees of any photo,
            or None if it keeps the aspect.
        gives_small_ab: Whether a photo head gives ab at the network's size
            too, for a lightness that was shrunk outside.
    """

    model: str
    weights: str
    head: str
    optional_inputs: frozenset[str]
    fixed_size: tuple[int, int] | None
    network_size: int
    facts: Mapping[str, str] = field(repr=False, compare=False)
    looks: Mapping[str, Mapping[str, float]] = field(
        default_factory=lambda: {NATURAL: {}}, hash=False
    )
    network_shape: tuple[int, int] | None = None
    gives_small_ab: bool = False

    @property
    def name(self) -> str:
        """What results say they were made with: "lite.photos"."""
        return ".".join(filter(None, (self.model, self.weights)))

    @property
    def predicts_small_ab(self) -> bool:
        """Whether work at the full size of a photo is left to the caller."""
        return self.head == "ab" or self.gives_small_ab

    @property
    def lost_inputs(self) -> frozenset[str]:
        """Optional inputs that the file was exported with, and has no more.

        Tools that simplify ONNX files take the defaults for constants.
        """
        text = self.facts.get("contract", "")
        return frozenset(
            name
            for name, words in _INTRODUCTIONS.items()
            if words in text and name not in self.optional_inputs
        )

    @property
    def input_name(self) -> str:
        """Name of the main input."""
        return _HEADS[self.head][0]

    @property
    def output_name(self) -> str:
        """Name of the output."""
        return _HEADS[self.head][1]


def read_contract(
    label: str,
    metadata: Mapping[str, str],
    inputs: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    optional_inputs: Mapping[str, Tensor],
) -> Contract:
    """Checks that a loaded file is one of our exports.

    Args:
        label: What to call the file in errors.
        metadata: The file's `metadata_props`.
        inputs: The required inputs, by name.
        outputs: The outputs, by name.
        optional_inputs: The inputs that have a default, by name.

    Raises:
        ModelError: If metadata is missing or means nothing, or the inputs
            and outputs are not the ones of its head.
    """
    missing = [key for key in _REQUIRED if not metadata.get(key)]
    if missing:
        raise ModelError(
            f"{label} is an ONNX model, but not a colorizer made by "
            "export/export_onnx.py: expected the metadata "
            f"{', '.join(_REQUIRED)}. Missing: {', '.join(missing)}. Export "
            "the model again with that script."
        )
    head = metadata["head"]
    if head not in _HEADS:
        raise ModelError(
            f"{label} has an unknown head; this version reads "
            f"{', '.join(_HEADS)}. Received: head={head!r:.80}. Install a "
            "newer keras-colorize, or export the model again."
        )
    expected = _HEADS[head]
    more = [_SMALL_OUTPUT] if head == "photo" else []
    if [*inputs] != [expected[0]] or [*outputs] not in (
        [expected[1]],
        [expected[1], *more],
    ):
        raise ModelError(
            f"{label} has the head {head!r}, so it must take {expected[0]!r} "
            f"and give {expected[1]!r}. Received: inputs {[*inputs]}, outputs "
            f"{[*outputs]}. Export the model again."
        )
    optional = {n: t for n, t in optional_inputs.items() if n in _TENSORS}
    for name, tensor in {**inputs, **outputs, **optional}.items():
        _check_tensor(label, name, tensor)
    size = _fixed_size(label, inputs[expected[0]], outputs[expected[1]])
    gives_small_ab = (
        _SMALL_OUTPUT in outputs
        and _SMALL_INPUT in optional
        and ("hints" not in optional or _SMALL_HINTS_INPUT in optional)
    )
    return Contract(
        model=_name(label, metadata, "model"),
        weights=_name(label, metadata, "weights"),
        head=head,
        optional_inputs=frozenset(optional)
        - {_SMALL_INPUT, _SMALL_HINTS_INPUT},
        looks=_looks(label, metadata, frozenset(optional)),
        fixed_size=size,
        network_size=_network_size(label, metadata),
        facts=dict(metadata),
        network_shape=_network_shape(label, metadata),
        gives_small_ab=head == "photo" and size is None and gives_small_ab,
    )


def _check_tensor(label: str, name: str, tensor: Tensor) -> None:
    expected = _TENSORS[name]
    fits = len(tensor.shape) == len(expected.shape) and all(
        not isinstance(length, int)
        or (length == wanted if isinstance(wanted, int) else length > 0)
        for length, wanted in zip(tensor.shape, expected.shape, strict=True)
    )
    if tensor.type != expected.type or not fits:
        raise ModelError(
            f"{label} must have {name!r} as {expected}. Received: {tensor}. "
            "Export the model again."
        )


def _fixed_size(
    label: str, source: Tensor, result: Tensor
) -> tuple[int, int] | None:
    height, width = source.shape[1:3]
    differs = any(
        isinstance(wanted, int) and isinstance(given, int) and wanted != given
        for wanted, given in zip(
            source.shape[:3], result.shape[:3], strict=True
        )
    )
    if differs or isinstance(height, int) != isinstance(width, int):
        raise ModelError(
            f"{label} must take photos of any size, or of one, and give them "
            f"back in that size. Received: {source} and {result}. Export the "
            "model again."
        )
    if isinstance(height, int) and isinstance(width, int):
        return height, width
    return None


def _name(label: str, metadata: Mapping[str, str], key: str) -> str:
    name = metadata.get(key, "")
    if not name.isprintable() or len(name) > _LONGEST_NAME:
        raise ModelError(
            f"{label} must name {key!r} in at most {_LONGEST_NAME} printable "
            f"characters. Received: {name!a:.80}. Export the model again."
        )
    return name


def _looks(
    label: str, metadata: Mapping[str, str], optional: frozenset[str]
) -> Mapping[str, Mapping[str, float]]:
    text = metadata.get("looks")
    if text is None:
        return {NATURAL: {}}
    try:
        looks = json.loads(text)
        numbers = [v for look in looks.values() for v in look.values()]
        names = {name for look in looks.values() for name in look}
        is_right = NATURAL in looks and names <= {"temperature"} | LOOK_ONLY
        is_right = is_right and all(
            isinstance(v, (int, float)) and 0.0 <= v < math.inf for v in numbers
        )
    except (ValueError, AttributeError, RecursionError):
        is_right = False
    if not is_right:
        raise ModelError(
            f"{label} must say its looks as JSON of numbers for its inputs, "
            f'"natural" among them. Received: looks={text!r:.80}. Export the '
            "model again."
        )
    lost = sorted({name for look in looks.values() for name in look} - optional)
    if lost:
        raise ModelError(
            f"{label} has looks that set {', '.join(lost)}, and no such input "
            "(any more: tools that simplify ONNX files make constants of "
            f"optional inputs). Received: looks={text!r:.80}. Use the file as "
            "it was exported."
        )
    return looks


def _network_size(label: str, metadata: Mapping[str, str]) -> int:
    text = metadata.get("network_size", _USUAL_NETWORK_SIZE)
    is_number = text.isascii() and text.isdigit() and len(text) < 9
    if not is_number or int(text) not in _NETWORK_SIZES:
        raise ModelError(
            f"{label} must have a network_size from {_NETWORK_SIZES.start} to "
            f"{_NETWORK_SIZES.stop - 1} pixels. Received: network_size="
            f"{text!r:.80}. Export the model again."
        )
    return int(text)


def _network_shape(
    label: str, metadata: Mapping[str, str]
) -> tuple[int, int] | None:
    text = metadata.get("network_shape", "")
    if not text:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,3})x([1-9][0-9]{0,3})", text)
    shape = tuple(int(side) for side in found.groups()) if found else ()
    if not all(side in _NETWORK_SIZES for side in shape) or len(shape) != 2:
        raise ModelError(
            f"{label} must have a network_shape of height x width, each from "
            f"{_NETWORK_SIZES.start} to {_NETWORK_SIZES.stop - 1} pixels. "
            f"Received: network_shape={text!r:.80}. Export the model again."
        )
    return shape
