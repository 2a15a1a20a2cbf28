"""Frozen dataclasses that check themselves: a field's type is its rule.

@dataclasses.dataclass(frozen=True)
class Blur:
    kind: Literal["box", "gaussian"] = "box"
    share: Annotated[float, Within("[0, 1]")] = 0.5

    def __post_init__(self) -> None:
        check_fields(self)
"""

import dataclasses
import types
import typing
from typing import Any
from typing import Literal


@dataclasses.dataclass(frozen=True)
class Within:
    """The numbers that a field may hold.

    Attributes:
        interval: Written as in mathematics: "(0, 1]" means above 0 and at
            most 1, "[1, inf)" means 1 or more.
    """

    interval: str

    def __contains__(self, value: Any) -> bool:
        """Tells whether a value is a number of the interval."""
        if not isinstance(value, int | float):
            return False
        low, high = (float(end) for end in self.interval[1:-1].split(","))
        is_above = low < value or (self.interval[0] == "[" and low == value)
        is_below = value < high or (self.interval[-1] == "]" and high == value)
        return is_above and is_below

    def __str__(self) -> str:
        """Says what is allowed, for an error."""
        return f"in {self.interval}"


@dataclasses.dataclass(frozen=True)
class RangeWithin(Within):
    """The ranges (smallest, largest) that a field may hold.

    Attributes:
        interval: That of both ends, see `Within`.
    """

    def __contains__(self, value: Any) -> bool:
        """Tells whether a value is a range within the interval."""
        if not (isinstance(value, tuple) and len(value) == 2):
            return False
        ends = [Within.__contains__(self, end) for end in value]
        return all(ends) and value[0] <= value[1]

    def __str__(self) -> str:
        """Says what is allowed, for an error."""
        return f"(smallest, largest), both in {self.interval}"


def check_fields(config: Any) -> None:
    """Checks all fields of a dataclass whose types have a rule.

    Rules are `Literal[...]`, `Annotated[..., Within(...)]` and
    `Annotated[..., RangeWithin(...)]`; None is fine where the type allows it.

    Raises:
        ValueError: If a value is outside; names class, field and rule.
    """
    hints = typing.get_type_hints(type(config), include_extras=True)
    for field, hint in hints.items():
        value = getattr(config, field)
        name = f"{type(config).__name__}.{field}"
        plain = getattr(hint, "__origin__", hint)  # without `Annotated`
        is_optional = types.NoneType in typing.get_args(plain)
        if is_optional and value is None:
            continue
        for rule in getattr(hint, "__metadata__", ()):
            wanted = f"{rule}" + " or none" * is_optional
            require(value in rule, name, value, wanted)
        if plain is Literal:
            choices = typing.get_args(hint)
            wanted = "one of " + ", ".join(choices)
            require(value in choices, name, value, wanted)


def require(is_fine: bool, name: str, value: Any, rule: str) -> None:
    """Refuses a value, unless it is fine.

    Raises:
        ValueError: If it is not; says the field, its rule and the value.
    """
    if not is_fine:
        raise ValueError(
            f"`{name}` must be {rule}. Received: {name}={value!r}."
        )
