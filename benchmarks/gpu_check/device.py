"""What the backend computes on, as a line of JSON."""

import importlib.metadata
import json


def describe() -> dict:
    """Returns backend, platform ("cpu" or "gpu"), name and versions."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        first, *_ = jax.devices()
        facts = {"platform": first.platform, "name": first.device_kind}
    else:
        import torch

        has_gpu = torch.cuda.is_available()
        name = torch.cuda.get_device_name() if has_gpu else "cpu"
        facts = {"platform": "gpu" if has_gpu else "cpu", "name": name}
    packages = ("keras", backend)
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {"backend": backend, **facts, "versions": versions}


if __name__ == "__main__":
    print(json.dumps(describe()))
