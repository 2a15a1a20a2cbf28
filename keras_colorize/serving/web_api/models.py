"""The models that clients may ask for by name, and no others."""

import functools
import os
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from keras_colorize.errors import SettingError
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.presets import list_shipped
from keras_colorize.serving.contract import LOOK_ONLY
from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.onnx_file import model_source
from keras_colorize.serving.session import ColorizeSession


@dataclass(frozen=True)
class ServedModel:
    """A model that clients may ask for.

    Attributes:
        name: What they call it.
        source: Name of shipped weights, or path of an .onnx file.
    """

    name: str
    source: str | Path

    @functools.cached_property
    def contract(self) -> Contract:
        """What the file says about itself; loads it for a moment.

        Raises:
            ModelError: If it is damaged.
        """
        return ColorizeSession(self.source, num_threads=1).contract

    @property
    def label(self) -> str:
        """What answers say they were made with; ASCII, for a header."""
        return label_of(self.name, self.contract)

    @property
    def takes(self) -> list[str]:
        """Names of the options that mean something to it, sorted."""
        # Next to the network's ab, the strength is applied here.
        extra = {"strength"} if self.contract.head == "ab" else set()
        inputs = self.contract.optional_inputs | extra
        return sorted(inputs - LOOK_ONLY)

    @property
    def looks(self) -> dict[str, dict[str, float]]:
        """The looks that it has, the natural one first; see `Contract`."""
        looks = self.contract.looks
        names = sorted(looks, key=lambda name: name != NATURAL)
        return {name: dict(looks[name]) for name in names}


class Catalog:
    """Models by name.

    Args:
        models: At least one.
        default: Name of the model for clients that name none; None for the
            first.
        door: What clients talk to, in errors: "server" or "function".

    Raises:
        SettingError: If there is none, two have one name, or the default one
            is not among them.
    """

    def __init__(
        self,
        models: Sequence[ServedModel],
        default: str | None = None,
        door: str = "server",
    ):
        self._models = {model.name: model for model in models}
        self._door = door
        if not models or len(self._models) < len(models):
            names = ", ".join(model.name for model in models) or "none"
            raise SettingError(
                f"A {door} needs at least one model, each under a name of its "
                f"own (a file is called by its stem). Received: {names}."
            )
        self.default = self.find(default or models[0].name)

    def __iter__(self) -> Iterator[ServedModel]:
        return iter(self._models.values())

    def find(self, name: str | None) -> ServedModel:
        """Returns the model of a name, the default one for None.

        Raises:
            SettingError: If there is no such model here.
        """
        if name is None:
            return self.default
        if name not in self._models:
            raise SettingError(
                f"`model` must be one of this {self._door}'s: "
                f"{', '.join(self._models)}. Received: model={name[:80]!r}."
            )
        return self._models[name]


def open_catalog(names: Sequence[str | os.PathLike] = ()) -> Catalog:
    """Lists the models of a server, loading each to know that it works.

    Args:
        names: Names of shipped weights and paths of .onnx files, the default
            model first. None given: all shipped weights.

    Raises:
        SettingError: If a model is unknown, or two have one name.
        ModelError: If a file is damaged.
    """
    catalog = Catalog([_open_model(name) for name in names or _shipped_names()])
    for model in catalog:
        _ = model.contract  # refuses a damaged file
    return catalog


def label_of(name: str, contract: Contract) -> str:
    """Names a model and its weights: "lite; weights=lite.photos; version=1".

    What a model file does not say is left out; whatever is no ASCII is
    percent-encoded.

    Args:
        name: What clients call it.
        contract: Of its file.
    """
    facts = {
        "weights": contract.name if contract.name != name else "",
        "version": contract.facts.get("weights_version", ""),
    }
    parts = [quote(name)]
    parts += [f"{key}={quote(fact)}" for key, fact in facts.items() if fact]
    return "; ".join(parts)


def _shipped_names() -> list[str]:
    shipped = sorted(
        list_shipped(),
        key=lambda w: (w.model != DEFAULT_MODEL, not w.is_default, w.name),
    )
    return [w.model if w.is_default else w.name for w in shipped]


def _open_model(name: str | os.PathLike) -> ServedModel:
    source = model_source(name)
    is_file = Path(name).suffix.lower() == ".onnx"
    name = Path(name).stem if is_file else str(name)
    if not name.isprintable():  # nor is what is no UTF-8
        raise SettingError(
            "Clients call a model by the name of its file, which must be of "
            f"printable characters. Received: {name!a}. Rename the file."
        )
    return ServedModel(
        name=name,
        source=Path(str(source)).absolute(),
    )
