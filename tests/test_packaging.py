"""What users get: the wheel, installed into an empty environment, works there."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from checkvalve import __version__
from tests.cli.small_logs import write_logs

ROOT = Path(__file__).parent.parent
BUILT = (".so", ".pyd")
CAN_COMPILE = shutil.which("cc") is not None and Path(sysconfig.get_path("include"), "Python.h").exists()
NO_NETWORK = ("Could not find a version", "No matching distribution", "Connection", "Temporary failure in name")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without the variables that would lead it back to this repository."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    return subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources as a release builds it."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "source"
    shutil.copytree(
        ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "*.so")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an empty environment with the wheel and what it needs.

    The dependencies come as for any user, pinned and checked by hash. On a machine without a network those of this
    environment are lent instead.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", home / "bin" / "python", "--quiet", "install")
    dependencies = run(*pip, "--require-hashes", "-r", ROOT / "requirements.txt", cwd=home)
    if dependencies.returncode != 0:
        assert any(word in dependencies.stderr for word in NO_NETWORK), dependencies.stderr
        (site,) = home.glob("lib/python3.*/site-packages")
        (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    package = run(*pip, "--no-deps", "--no-index", wheel, cwd=home)
    assert package.returncode == 0, package.stderr
    return home / "bin"


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """Templates, tables and schema are in the wheel, not only the code; nothing else is."""
    tracked = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / "checkvalve").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in BUILT
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith(f"checkvalve-{__version__}")}
    assert {name for name in held if Path(name).suffix not in BUILT} == tracked


@pytest.mark.skipif(not CAN_COMPILE, reason="there is no C compiler, or Python's headers are not installed")
def test_the_wheel_holds_the_compiled_loops(wheel: Path) -> None:
    """Where there is a compiler, every C file is in the wheel, built once for all versions of Python."""
    assert "-abi3-" in wheel.name
    built = [name.partition(".")[0] for name in zipfile.ZipFile(wheel).namelist() if Path(name).suffix in BUILT]
    written = (ROOT / "src").glob("checkvalve/**/*.c")
    assert sorted(built) == sorted(str(one.relative_to(ROOT / "src").with_suffix("")) for one in written)


def test_the_dependencies_agree(installed: Path) -> None:
    """What pyproject.toml asks for and what requirements.txt pins fit together."""
    checked = run(sys.executable, "-m", "pip", "--python", installed / "python", "check", cwd=installed)
    assert checked.returncode == 0, checked.stdout


def test_the_program_starts(installed: Path, tmp_path: Path) -> None:
    """`checkvalve --help` and `checkvalve version` answer in an environment that has nothing else."""
    assert "investigate" in run(installed / "checkvalve", "--help", cwd=tmp_path).stdout
    assert run(installed / "checkvalve", "version", cwd=tmp_path).stdout.startswith(f"checkvalve {__version__} ")


def test_an_investigation_runs(installed: Path, tmp_path: Path) -> None:
    """A first investigation works from the wheel alone, and its result has all its files."""
    write_logs(tmp_path)
    result = run(installed / "checkvalve", "investigate", "logs", "-o", "findings", cwd=tmp_path)
    assert result.returncode in (0, 10), result.stderr
    assert {path.name for path in (tmp_path / "findings").iterdir()} == {
        "investigation.json",
        "report.html",
        "sends.parquet",
        "quarantine.jsonl",
        "evidence.duckdb",
    }


def test_a_simulation_runs(installed: Path, tmp_path: Path) -> None:
    """The wheel alone can write an exercise, truth apart: its tables came along."""
    result = run(installed / "checkvalve", "simulate", "clockwork", "-o", "exercise", "--quiet", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"exercise", "exercise-attempts.jsonl", "exercise-truth"}
