"""What is committed: nothing of one machine, no large file, and documents that agree with the code."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from checkvalve import __version__
from scripts import documents

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LARGEST_BYTES = 2_000_000

# Written in two parts each, so that this file does not hold what it forbids.
HOSTS = tuple(
    f"{name}.{end}"
    for name, end in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs.org"),
        ("deb.debian", "org"),
        ("crates", "io"),
    )
)
MACHINE_PATHS = ("/ro" + "ot/", "/wo" + "rk/", "/fa" + "rm/")


def committed() -> list[Path]:
    """Every file that the repository holds."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git repository")
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def committed_text() -> dict[Path, str]:
    """Every committed file that is text, and what it says."""
    texts = {}
    for path in committed():
        try:
            texts[path.relative_to(ROOT)] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def pins(name: str) -> dict[str, str]:
    """The packages that a requirements file pins, with their versions."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", text, re.MULTILINE))


def direct(lines: list[str]) -> set[str]:
    """The names in a list of requirements of the project."""
    return {re.split(r"[<>=!~\[; ]", line)[0].lower() for line in lines}


def test_no_file_names_a_machine() -> None:
    """No committed file holds a package index's host or a path of the machine it was written on."""
    marks = [*HOSTS, *MACHINE_PATHS]
    found = [f"{path}: {mark}" for path, text in committed_text().items() for mark in marks if mark in text]
    assert found == []


def test_no_file_is_large() -> None:
    """A clone stays small: no committed file is over 2 MB."""
    assert [str(path) for path in committed() if path.stat().st_size > LARGEST_BYTES] == []


def test_scripts_can_be_run() -> None:
    """Every script without an ending is executable, and is sh or Python without a mistake in its form."""
    scripts = [path for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix]
    for path in [*scripts, ROOT / ".ci" / "run"]:
        assert path.stat().st_mode & 0o111, path
        text = path.read_text(encoding="utf-8")
        if text.startswith("#!/usr/bin/env python3\n"):
            ast.parse(text)
        else:
            assert text.startswith("#!/bin/sh\n"), path
            assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0, path


@pytest.mark.parametrize("path", documents.documents(), ids=str)
def test_made_documents_are_up_to_date(path: Path) -> None:
    """A document that is made from the code says what the code says; 'scripts/docs' rewrites it."""
    assert (ROOT / path).read_text(encoding="utf-8") == documents.documents()[path]


def test_requirements_are_pinned_with_hashes_only() -> None:
    """The requirements files hold pins, hashes and remarks: no index, no folder, no option."""
    allowed = re.compile(r"#|[a-z0-9.-]+==\S+ \\$|    --hash=sha256:[0-9a-f]{64}(?: \\)?$|    # via [\w ().,-]+$")
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if not allowed.match(line)] == []


def test_development_uses_what_users_use() -> None:
    """Every pin of a user's installation is the one that the tests run with."""
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


def test_every_dependency_is_pinned() -> None:
    """What pyproject.toml asks for is in the requirements files."""
    assert direct(PROJECT["dependencies"]) <= pins("requirements.txt").keys()
    assert direct(PROJECT["optional-dependencies"]["dev"]) <= pins("requirements-dev.txt").keys()


def test_every_dependency_is_reasoned() -> None:
    """The page of decisions has a row for each dependency, and none for a package that is gone."""
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z0-9-]+)`", page, re.MULTILINE))
    extras = PROJECT["optional-dependencies"]
    assert rows == direct([*PROJECT["dependencies"], *extras["serve"], *extras["valkey"], *extras["dev"]])


def test_the_version_is_one() -> None:
    """The package, its metadata and the changelog's first entry name the same version."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert first is not None
    assert (PROJECT["version"], first[1]) == (__version__, __version__)


def linked_from(page: Path) -> set[Path]:
    """The files and folders that a page leads to."""
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets if "://" not in target}


def test_every_page_is_found_from_the_readme() -> None:
    """A page in docs/ to which no way leads from the README is a page that nobody reads."""
    found, new = set[Path](), {ROOT / "README.md"}
    while new:
        found |= new
        new = {
            path for page in new if page.suffix == ".md" and page.is_file() for path in linked_from(page)
        } - found
    pages = [path for path in committed() if ROOT / "docs" in path.parents and path.suffix == ".md"]
    assert [str(path) for path in pages if path not in found and path.parent not in found] == []


def test_links_lead_somewhere() -> None:
    """Every relative link of a committed page leads to a file that is there."""
    lost = []
    for path, text in committed_text().items():
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if (
                "://" not in target
                and not target.startswith("mailto:")
                and not (ROOT / path.parent / target).exists()
            ):
                lost.append(f"{path}: {target}")
    assert lost == []
