"""The zoo: one folder a family, one registry, one contract.

| to | see |
| --- | --- |
| list or build models | `registry`, which imports no Keras |
| know what every model takes, returns and saves | `colorizer` |
| read or add a family | its folder: the graph, and `specs`, its rows |
| find what families share | `stacks`, `norms`, `discriminators` |

Weights are loaded by `keras_colorize.presets`.
"""
