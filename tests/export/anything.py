"""Any result that its types allow, however unlikely: for tests that nothing makes an export stumble."""

import types
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from checkvalve.investigation import SCHEMA, Investigation, TreeNode

TEXTS = st.text(max_size=12) | st.sampled_from(("", " ", "+99899394", "<b>", "\u202e", "a" * 400))
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- naive bounds
LEAVES: dict[object, SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(0, 10**7),
    float: st.floats(-30, 10**6),
    bool: st.booleans(),
    datetime: TIMES,
    type(None): st.none(),
}


def investigations() -> SearchStrategy[Investigation]:
    """Any investigation."""
    made: SearchStrategy[Investigation] = _of(Investigation)
    return made


@cache
def _of(kind: Any) -> SearchStrategy[Any]:
    if kind in LEAVES:
        return LEAVES[kind]
    origin = get_origin(kind)
    if origin is Literal:
        return st.sampled_from(get_args(kind))
    if origin is list:
        return st.lists(_of(get_args(kind)[0]), max_size=3)
    if origin in (Union, types.UnionType):
        return st.one_of([_of(choice) for choice in get_args(kind)])
    if kind is TreeNode:
        return st.recursive(_struct(kind, children=st.just([])), _with_children, max_leaves=6)
    assert issubclass(kind, msgspec.Struct), kind
    return _struct(kind, **({"schema": st.just(SCHEMA)} if kind is Investigation else {}))


def _struct(kind: Any, **given: SearchStrategy[Any]) -> SearchStrategy[Any]:
    hints = get_type_hints(kind)
    fields = {name: given[name] if name in given else _of(hints[name]) for name in kind.__struct_fields__}
    return st.builds(kind, **fields)


def _with_children(children: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return _struct(TreeNode, children=st.lists(children, max_size=3))
