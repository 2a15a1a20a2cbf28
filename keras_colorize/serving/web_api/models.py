"""The models that a server offers: named at its start, and no others."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from keras_colorize.errors import SettingError
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.presets import list_shipped
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.onnx_file import model_source
from keras_colorize.serving.session import ColorizeSession


@dataclasses.dataclass(frozen=True)
class ServedModel:
    """A model that clients may ask for.

    Attributes:
        name: What they call it.
        path: Of its .onnx file.
        contract: What the file says about itself.
    """

    name: str
    path: str
    contract: Contract

    @property
    def takes(self) -> list[str]:
        """The options that mean something to it, sorted."""
        # Next to the network's ab, the strength is applied here.
        extra = {"strength"} if self.contract.head == "ab" else set()
        return sorted(self.contract.optional_inputs | extra)


class Catalog:
    """Models by name; the first one is the default.

    Args:
        models: At least one.

    Raises:
        SettingError: If there is none, or two have one name.
    """

    def __init__(self, models: Sequence[ServedModel]):
        self._models = {model.name: model for model in models}
        if not models or len(self._models) < len(models):
            names = ", ".join(model.name for model in models) or "none"
            raise SettingError(
                "A server needs at least one model, each under a name of its "
                f"own (a file is called by its stem). Received: {names}."
            )

    def __iter__(self):
        return iter(self._models.values())

    @property
    def default(self) -> ServedModel:
        """The model of requests that name none."""
        return next(iter(self))

    def find(self, name: str | None) -> ServedModel:
        """The model of that name, the default one for None.

        Raises:
            SettingError: If the server does not offer it.
        """
        if name is None:
            return self.default
        if name not in self._models:
            raise SettingError(
                "`model` must be one of this server's: "
                f"{', '.join(self._models)}. Received: model={name[:80]!r}."
            )
        return self._models[name]


def open_catalog(names: Sequence[str | os.PathLike] = ()) -> Catalog:
    """Loads each model once, to know that it works and what it takes.

    Args:
        names: Names of shipped weights and paths of .onnx files, the default
            model first. None given: all shipped weights.

    Raises:
        SettingError: If a model is unknown, or two have one name.
        ModelError: If a file is damaged.
    """
    return Catalog([_open_model(name) for name in names or _shipped_names()])


def _shipped_names() -> list[str]:
    shipped = sorted(
        list_shipped(), key=lambda w: (w.model != DEFAULT_MODEL, w.name)
    )
    return [w.model if w.is_default else w.name for w in shipped]


def _open_model(name: str | os.PathLike) -> ServedModel:
    source, _ = model_source(name)
    path = str(Path(str(source)).absolute())
    is_file = Path(name).suffix.lower() == ".onnx"
    return ServedModel(
        name=Path(name).stem if is_file else str(name),
        path=path,
        contract=ColorizeSession(Path(path), num_threads=1).contract,
    )
