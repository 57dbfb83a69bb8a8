"""The scripts' own work: finding a Python, and keeping the virtual environment current."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the repository, from somewhere else."""
    return subprocess.run(
        [str(ROOT / "scripts" / name), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={**os.environ, **environment},
    )


def fake_python(folder: Path, name: str, version: str) -> None:
    """Something that answers like a Python of that version."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {version} {path}\n", encoding="utf-8")
    path.chmod(0o755)


def test_a_python_is_found() -> None:
    """The path that is printed is a Python of a supported version."""
    found = script("find-python").stdout.strip()
    answer = subprocess.run(
        [found, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True, text=True
    )
    assert answer.stdout.strip() == "True"


def test_the_newest_wanted_python_is_taken(tmp_path: Path) -> None:
    """Names are tried in the order of preference, before the plain name `python3`."""
    fake_python(tmp_path, "python3", "3.11")
    fake_python(tmp_path, "python3.12", "3.12")
    path = f"{tmp_path}:/usr/bin:/bin"
    assert script("find-python", "3.12", "3.11", PATH=path).stdout.strip() == str(tmp_path / "python3.12")


def test_a_name_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    """A version manager's shim that only complains is no Python, and `python3` of the right version is."""
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho not chosen >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    fake_python(tmp_path, "python3", "3.12")
    assert script("find-python", "3.12", PATH=f"{tmp_path}:/bin").stdout.strip() == str(tmp_path / "python3")


def test_no_python_is_said_in_one_line() -> None:
    """Without a wanted version the script fails and says what to install."""
    result = script("find-python", "2.6")
    assert (result.returncode, result.stdout) == (1, "")
    assert "No Python of version 2.6 was found" in result.stderr


def stamped(venv: Path) -> None:
    """An environment that says of itself that it is current."""
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to("/bin/true")
    sums = subprocess.run(
        ["sh", "-c", "cat requirements-dev.txt pyproject.toml src/checkvalve/native/*.[ch] | cksum"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (venv / "checkvalve-stamp").write_text(f"{ROOT} {sums}\n", encoding="utf-8")


def test_a_current_environment_is_left_alone(tmp_path: Path) -> None:
    """With the stamp of these requirements nothing is done, and nothing is asked of the network."""
    stamped(tmp_path / "venv")
    result = script("venv", CHECKVALVE_VENV=str(tmp_path / "venv"), PIP_NO_INDEX="1")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_folder_that_is_no_environment_is_not_removed(tmp_path: Path) -> None:
    """Where something else stands in the place of the environment, it stays, and the message says what to do."""
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    result = script("venv", CHECKVALVE_VENV=str(tmp_path))
    assert result.returncode == 1
    assert "not a virtual environment" in result.stderr
    assert (tmp_path / "thesis.txt").exists()
