"""Losses without a network: `python -m training.baselines --run R --data D`.

What the loss of a run would be on its validation photos if they stayed gray,
or all got the mean color of its training photos. Writes baselines.json into
the work directory; `training.loss_curves` draws them beside the curves, but for
adversarial runs, of which `l1` is measured.
"""

from pathlib import Path
from typing import Annotated
from typing import Any

import typer
from rich.console import Console

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow
from keras_colorize.files import write_json

BASELINES_FILE = "baselines.json"  # in a work directory
_MEAN_COLOR_PHOTOS = 4000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def baselines(
    run: Annotated[Path, typer.Option(help="Work directory.")],
    data: Annotated[
        Path | None, typer.Option(help="As in the training.")
    ] = None,
) -> None:
    """Measures and writes the losses of gray and of the mean color."""
    start_tensorflow()
    from training.overrides import config_from_json

    text = (run / "config.json").read_text(encoding="utf-8")
    report = measure_baselines(config_from_json(text), data, Console())
    write_json(run / BASELINES_FILE, report)
    for name in ("gray", "mean_color"):
        values = (f"{key} {value:.5g}" for key, value in report[name].items())
        Console().print(f"{name.replace('_', ' ')}: {', '.join(values)}")


def measure_baselines(config, data: Path | None, console: Console) -> dict:
    """Computes the losses of two colorizers that see nothing.

    Args:
        config: the `TrainConfig` of the run.
        data: its folder of photos or data sets.
        console: where messages go.

    Returns:
        dict with "photos" (how many were validated on), "mean_ab" (of the
        training photos, CIE units), "gray" and "mean_color": for each the
        losses and metrics by their names in log.csv, without "val_".

    Raises:
        ValueError: If the loss compares distributions, of which gray has
            none, or there are no validation photos.
        OSError: If the photos are not there.
    """
    from keras_colorize.models.registry import create_model
    from training.run import inputs

    if config.loss.output_kind not in ("ab", "rgb", "uv"):
        raise ValueError(
            "Expected a run whose loss compares colors. Received: loss "
            f'"{config.loss.name}", which compares distributions; gray has '
            "none. `python -m training.evaluate` scores gray beside it."
        )
    network = create_model(config.model.name, **config.model.overrides)
    photos = inputs.prepare_inputs(config.data, data, None, console)
    if photos.validation is None:
        raise ValueError(
            "Expected a run with validation photos. Received: "
            "data.validation_limit=0."
        )
    pipeline = inputs.config_for_network(config.data, network)
    some = inputs.pick_evenly(photos.train, _MEAN_COLOR_PHOTOS)
    color = mean_ab_of(some, pipeline)
    batches = inputs.evaluation_batches(photos.validation, pipeline)
    return {
        "photos": len(photos.validation),
        "mean_ab": color,
        "gray": losses_of_color(batches, config.loss, pipeline, (0.0, 0.0)),
        "mean_color": losses_of_color(batches, config.loss, pipeline, color),
    }


def mean_ab_of(photos, pipeline) -> tuple[float, float]:
    """Returns the mean a* and b* over all pixels of central crops.

    Args:
        photos: a photo source.
        pipeline: `PipelineConfig`; says how large the crops are.
    """
    import dataclasses

    import numpy as np

    from training.run.inputs import evaluation_batches

    in_lab = dataclasses.replace(
        pipeline, output_kind="ab", output_stride=1, hints=None
    )
    total, count = np.zeros(2), 0
    for _, ab in evaluation_batches(photos, in_lab):
        pixels = np.asarray(ab, np.float64).reshape(-1, 2)
        total += pixels.sum(axis=0)
        count += len(pixels)
    a, b = total / count
    return float(a), float(b)


def losses_of_color(batches, loss, pipeline, ab) -> dict[str, float]:
    """Computes the losses of one color everywhere, at the true lightness.

    Args:
        batches: (L, truth) in batches, as the run validates.
        loss: the `LossConfig`.
        pipeline: `PipelineConfig` of the batches.
        ab: CIE a* and b*.

    Returns:
        Means over the photos by their names in log.csv, without "val_". Those
        there have the penalties of `coupled_decay` in them, if there are any.
    """
    import keras

    from training.run.optimization import build_losses

    if loss.name == "adversarial":
        # What log.csv has of the generator that needs no discriminator.
        functions, metrics = {"l1": keras.losses.MeanAbsoluteError()}, []
    else:
        built = build_losses(loss, None)
        functions, metrics = {"loss": built["loss"]}, built.get("metrics", [])
    means = {name: keras.metrics.Mean() for name in functions}
    for inputs, truth in batches:
        L = inputs["L"] if isinstance(inputs, dict) else inputs
        predicted = _one_color(L, truth, pipeline, ab)
        for name, function in functions.items():
            means[name].update_state(
                function(truth, predicted), sample_weight=len(truth)
            )
        for metric in metrics:
            metric.update_state(truth, predicted)
    means |= {metric.name: metric for metric in metrics}
    return {name: float(mean.result()) for name, mean in means.items()}


def _one_color(L, truth, pipeline, ab) -> Any:
    from keras import ops

    from keras_colorize.color.cielab import lab_to_rgb
    from keras_colorize.color.yuv import rgb_to_yuv
    from keras_colorize.data.targets import sample_truth

    L = sample_truth(L, pipeline.output_stride)
    plane = ops.ones_like(L)
    chroma = ops.concatenate([ab[0] * plane, ab[1] * plane], axis=-1)
    if pipeline.output_kind == "ab":
        return chroma
    rgb = lab_to_rgb(ops.concatenate([L, chroma], axis=-1))
    return rgb if pipeline.output_kind == "rgb" else rgb_to_yuv(rgb)[..., 1:]


if __name__ == "__main__":
    app()
