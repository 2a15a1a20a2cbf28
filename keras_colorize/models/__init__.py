"""The zoo: one folder a family, one registry, one contract.

`registry` names the models and imports no Keras; `colorizer` holds the
contract that every model keeps.
"""
