"""A compiled module is used if it was built from the source that is there."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from checkvalve import native


def test_a_module_that_was_built_before_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of another layout is not asked, and whoever has it is told what to do."""
    old = ModuleType("checkvalve.native.walks")
    monkeypatch.setitem(sys.modules, old.__name__, old)
    with pytest.warns(RuntimeWarning, match="install checkvalve again"):
        assert native._built("walks") is None
    old.__dict__["LAYOUT"] = native._LAYOUT
    assert native._built("walks") is old


def test_source_and_package_speak_of_one_layout() -> None:
    """The number in the header is the one that the package asks for."""
    header = (Path(native.__file__).parent / "module.h").read_text(encoding="utf-8")
    assert re.findall(r"#define LAYOUT (\d+)", header) == [str(native._LAYOUT)]
