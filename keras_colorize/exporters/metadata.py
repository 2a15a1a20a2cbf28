"""What an exported file says about itself: its contract, for runners."""

import keras_colorize

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
    "near 0 the most likely colour, 1 the mean, default {:g}."
)
_HINTS_CONTRACT = (
    " Optional float32 hints (hint_batch, hint_points, 5), hint_batch 1 or "
    "that of the {input}, at least one row (x, y, radius, a, b): x to the "
    "right, y down and radius in pixels of the {input}, whose first pixel "
    "spans 0..1; CIE a* and b* of the colour there; a negative radius is no "
    "hint, which is the default."
)
_FIXED_SIZE_CONTRACT = (
    " The network sees every {input} at {height} x {width} pixels, whatever "
    "its aspect ratio."
)


def describe(model, graph) -> dict[str, str]:
    """The contract of a serving graph as text by key.

    Args:
        model: `Colorizer`.
        graph: its `ServingGraph`.

    Returns:
        dict of str: model, version, head, output_kind, network_size (short
        side of the network's input in pixels), size_multiple, contract, and
        temperature where the graph has one.
    """
    contract = _CONTRACTS[graph.head]
    temperature = {}
    if "temperature" in graph.defaults:
        default = graph.defaults["temperature"]
        contract += _TEMPERATURE_CONTRACT.format(default)
        temperature["temperature"] = str(default)
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
    }
