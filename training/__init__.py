"""Training scripts: thin code around `model.fit` for the library's models.

Commands, each `python -m training.NAME`: `train`, `prior` and `pack` before
it, `evaluate`, `quality`, `hint_curve` and `loss_curves` after it.

`configs` holds the recipes, `config` the dataclasses that they fill in,
`overrides` what the command line changes of them (`flat_config` knows the
names of former runs). `run` carries a configuration out, `measure` scores what
came of it. README.md explains how to use them.
"""
