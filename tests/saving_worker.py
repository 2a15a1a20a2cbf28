"""Loads saved models in a new process, and says what came of them.

`python -m tests.saving_worker FOLDER ORDER`: for each `NAME.keras` of the
folder it writes `NAME.npz` with every variable and the colors of `L.npy`, and
`NAME.json` with what is no number. ORDER says which of the two is imported
first: "keras", "ours", or "ours alone" for `keras_colorize.load_model`.
"""

import json
import sys
from pathlib import Path

import numpy as np


def main(folder, order):
    """Loads everything in a folder."""
    if order == "keras":
        import keras

        import keras_colorize

        load = keras.models.load_model
    else:
        import keras_colorize

        load = keras_colorize.load_model
        if order == "ours":
            import keras

            load = keras.models.load_model
    L = np.load(folder / "L.npy")
    for path in sorted(folder.glob("*.keras")):
        write_facts(load(path), L, path.with_suffix(""))


def write_facts(model, L, path):
    """Writes what a model is, for the process that has saved it."""
    ab = to_numpy(model.predict_ab(L))
    np.savez(f"{path}.npz", ab=ab, **arrays_of(model))
    Path(f"{path}.json").write_text(json.dumps(facts_of(model)))


def optimizers_of(model):
    """Returns the optimizers of a compiled model."""
    if model.optimizer is not None:
        return [model.optimizer]
    return [model.generator_optimizer, model.discriminator_optimizer]


def arrays_of(model):
    """Returns every variable of a compiled model, and how it is numbered."""
    parts = [model, *optimizers_of(model)]
    return {
        f"{i}/{j}/{variable.path}": to_numpy(variable)
        for i, part in enumerate(parts)
        for j, variable in enumerate(part.variables)
        # Keras draws the seeds of dropout anew in every model that it makes.
        if "seed_generator" not in variable.path
    }


def to_numpy(x):
    """Returns a tensor or variable of any backend as an array."""
    import keras

    return keras.ops.convert_to_numpy(x)


def facts_of(model):
    """Returns what a model is besides its numbers, as JSON knows it."""
    facts = {
        "class": type(model).__name__,
        "config": model.get_config(),
        "compile": model.get_compile_config(),
        "trained": [v.path for v in model.trainable_variables],
        "optimizers": [x.get_config() for x in optimizers_of(model)],
    }
    return json.loads(json.dumps(facts, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
