"""Put a text into every place of an investigation where a text of a log, or one about it, may stand."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec

from checkvalve.investigation import Destination, Investigation, TreeNode

T = TypeVar("T")
CHOICES = frozenset({"verdict", "answer", "decision", "status", "kind", "stage", "level", "schema"})
"""Fields that hold one of a few words of ours; anything else is refused when a result is read."""


def planted(investigation: Investigation, change: Callable[[str], str], *, names: bool = True) -> Investigation:
    """The same result with every free text changed; ranges become single numbers, so that their prefix counts too.

    Without ``names`` those of input files stay.
    """
    made = _changed(investigation, change)
    if not names:
        for one, before in zip(made.inputs, investigation.inputs, strict=True):
            one.path = before.path
    return made


def _changed(value: T, change: Callable[[str], str]) -> T:
    if isinstance(value, str):
        return cast(T, change(value))
    if isinstance(value, list):
        return cast(T, [_changed(item, change) for item in value])
    if not isinstance(value, msgspec.Struct):
        return value
    fields: dict[str, Any] = {
        name: _changed(getattr(value, name), change) for name in value.__struct_fields__ if name not in CHOICES
    }
    if isinstance(value, Destination):
        fields["distinct_numbers"] = 1
    if isinstance(value, TreeNode):
        fields["level"] = "number"
    return cast(T, msgspec.structs.replace(value, **fields))


def texts(value: object) -> list[str]:
    """Every free text of a result."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    if isinstance(value, msgspec.Struct):
        return [
            text for name in value.__struct_fields__ if name not in CHOICES for text in texts(getattr(value, name))
        ]
    return []
