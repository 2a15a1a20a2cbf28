"""What an exported model file says about itself.

`exporters.onnx` writes these facts into the file's `metadata_props`; they are
read here, so that no runner has to guess ranges or layouts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

from keras_colorize.errors import ModelError

# Head -> (input, output) by name.
_HEADS = {"photo": ("image", "colorized"), "ab": ("L", "ab")}
_REQUIRED = ("model", "head")
_USUAL_NETWORK_SIZE = "256"


@dataclass(frozen=True)
class Contract:
    """Inputs, outputs and origin of a model file.

    Attributes:
        model: Name of the architecture, such as "eccv16_small".
        weights: Tag of the weights; empty if the file does not say.
        head: "photo" for uint8 photo -> uint8 photo, "ab" for L -> ab.
        optional_inputs: What may be given beside: "strength", "temperature",
            "hints".
        fixed_size: (height, width) of the only photos the file takes, or
            None if it takes any.
        network_size: Short side, in pixels, at which the network sees a
            photo.
        facts: All that the file says about itself, as text by key: also
            where its weights are from and under which terms.
    """

    model: str
    weights: str
    head: str
    optional_inputs: frozenset[str]
    fixed_size: tuple[int, int] | None
    network_size: int
    facts: Mapping[str, str] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """What results say they were made with: "lite.photos"."""
        return ".".join(filter(None, (self.model, self.weights)))

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
    inputs: Mapping[str, list],
    outputs: Mapping[str, list],
    optional_inputs: frozenset[str],
) -> Contract:
    """Checks that a loaded file is one of our exports.

    Args:
        label: What to call the file in errors.
        metadata: The file's `metadata_props`.
        inputs: Shape of each required input, by name; symbols for any size.
        outputs: Shape of each output, by name.
        optional_inputs: Names of the inputs that have a default.

    Raises:
        ModelError: If metadata is missing or the inputs and outputs are not
            the ones of its head.
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
            f"{', '.join(_HEADS)}. Received: head={head!r}. Install a newer "
            "keras-colorize, or export the model again."
        )
    expected = _HEADS[head]
    if ([expected[0]], [expected[1]]) != ([*inputs], [*outputs]):
        raise ModelError(
            f"{label} has the head {head!r}, so it must take {expected[0]!r} "
            f"and give {expected[1]!r}. Received: inputs {[*inputs]}, outputs "
            f"{[*outputs]}. Export the model again."
        )
    shape = inputs[expected[0]]
    if len(shape) != 4:
        raise ModelError(
            f"{label} must take {expected[0]!r} as (batch, height, width, "
            f"channels). Received: shape={shape}. Export the model again."
        )
    height, width = shape[1:3]
    is_fixed = isinstance(height, int) and isinstance(width, int)
    return Contract(
        model=metadata["model"],
        weights=metadata.get("weights", ""),
        head=head,
        optional_inputs=optional_inputs,
        fixed_size=(height, width) if is_fixed else None,
        network_size=int(metadata.get("network_size", _USUAL_NETWORK_SIZE)),
        facts=dict(metadata),
    )
