"""A run's model seen alike, whether one network learns or two."""

import keras


def generator_of(model: keras.Model) -> keras.Model:
    """Returns the network that colorizes: what is saved and shown."""
    return getattr(model, "generator", model)


def optimizers_of(model: keras.Model) -> dict[str, keras.optimizers.Optimizer]:
    """Returns the optimizers of a compiled model by name, its own first."""
    if model.optimizer is not None:
        return {"optimizer": model.optimizer}
    return {
        "generator_optimizer": model.generator_optimizer,
        "discriminator_optimizer": model.discriminator_optimizer,
    }


def steps_of(model: keras.Model) -> int:
    """Returns the number of optimizer steps that a model has taken."""
    optimizer, *_ = optimizers_of(model).values()
    return int(optimizer.iterations)
