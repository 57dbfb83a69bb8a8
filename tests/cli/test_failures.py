"""What a failure is for the person at the terminal."""

import errno
import os
import re
import stat
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.cli.failures import CAUSES, as_checkvalve_error, internal_error, located, masked
from checkvalve.errors import Surroundings, Usage


@pytest.mark.parametrize("code", CAUSES)
def test_the_systems_complaints_are_surroundings(code: int) -> None:
    """Each error number of the table names the file and what to do."""
    known = as_checkvalve_error(OSError(code, os.strerror(code), "out/x"))
    assert isinstance(known, Surroundings)
    assert str(known).startswith(f"out/x: {CAUSES[code][0]}. What to do: ")


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (duckdb.IOException('IO Error: Could not write file "x": No space left on device'), "the disk is full"),
        (
            duckdb.OutOfMemoryException("failed to offload: the 'max_temp_directory_size' setting"),
            "the disk is full",
        ),
        (duckdb.OutOfMemoryException("could not allocate block of size 256.0 KiB"), "not enough memory"),
        (duckdb.IOException('IO Error: Cannot open file "x": Permission denied'), "permission denied"),
        (
            duckdb.IOException('IO Error: Cannot open file "x": Read-only file system'),
            "the file system is read-only",
        ),
        (MemoryError(), "not enough memory"),
    ],
)
def test_the_databases_complaints_are_surroundings(error: Exception, what: str) -> None:
    """The database says in words what the system said to it, and that is understood."""
    known = as_checkvalve_error(error)
    assert isinstance(known, Surroundings)
    assert known.what == what
    assert known.todo


@pytest.mark.parametrize(
    "error", [KeyError("x"), duckdb.BinderException("no such column"), OSError("odd"), ValueError()]
)
def test_our_own_mistakes_stay_our_own(error: Exception) -> None:
    """What nobody outside is to blame for is not blamed on the surroundings."""
    assert as_checkvalve_error(error) is None


@pytest.mark.parametrize(
    "error", [ValueError("odd"), Usage("bad"), MemoryError(), OSError(errno.EIO, "", "out/x"), Surroundings("no")]
)
def test_only_a_missing_place_is_added(error: Exception) -> None:
    """Only what the machine denied gets a place; an error of ours or of the user, or with a place, keeps its words."""
    assert str(located(error, Path("out"))).startswith("out: ") is (str(error) == "no")


def test_a_known_error_is_itself() -> None:
    """An error that already speaks to people is passed on as it is."""
    error = Usage("no such file", where="x")
    assert as_checkvalve_error(error) is error


@given(st.text(alphabet="0123456789+ -().ab\n", max_size=60))
def test_no_number_survives(text: str) -> None:
    """In a masked text no seven digits stand together, however they are grouped."""
    assert not re.search(r"\d(?:(?:[ ().+_/-]|%20){0,2}\d){6}", masked(text))


@given(st.text(max_size=60).filter(lambda text: sum(map(str.isdigit, text)) < 7))
def test_what_is_no_number_stays(text: str) -> None:
    """A text with fewer than seven digits is kept as it is."""
    assert masked(text) == text


def crashed(text: str) -> Exception:
    """An error with a traceback."""
    try:
        raise KeyError(text)
    except KeyError as error:
        return error


def test_a_crash_is_kept_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names a file that its owner alone can read, with the traceback and without the number."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    message = internal_error(crashed("+998 99 394 12 34"))
    (file,) = tmp_path.iterdir()
    assert str(file) in message
    assert "internal error (KeyError)" in message
    assert "Traceback" not in message
    kept = file.read_text(encoding="utf-8")
    assert "Traceback" in kept
    assert "in crashed" in kept
    assert "+998…" in kept
    assert "394" not in kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_crash_without_a_temporary_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing can be written, the kind of the error is still said."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    assert internal_error(crashed("x")).startswith("internal error (KeyError); its details could not be kept")
