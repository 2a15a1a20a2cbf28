"""The models with the weights that are in the box, for people to choose."""

from dataclasses import dataclass

from keras_colorize.models import registry  # imports no Keras
from keras_colorize.serving.weights import list_shipped


@dataclass(frozen=True)
class ZooRow:
    """One registered model.

    Attributes:
        model: Its name.
        weights: Names of its shipped weights.
        params: Number of trainable parameters.
        output_kind: What the network predicts.
        license: License of its code.
    """

    model: str
    weights: tuple[str, ...]
    params: int
    output_kind: str
    license: str


def list_zoo() -> list[ZooRow]:
    """All registered models, sorted by name."""
    shipped = list_shipped()
    rows = []
    for name in registry.list_models():
        spec = registry.get_spec(name)
        rows.append(
            ZooRow(
                model=name,
                weights=tuple(w.name for w in shipped if w.model == name),
                params=spec.params,
                output_kind=spec.output_kind,
                license=spec.license,
            )
        )
    return rows
