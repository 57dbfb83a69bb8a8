"""scripts/picture: takes the report's picture, and says what is missing when it cannot."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "picture"
TOOLS = ("sh", "dirname", "basename", "mktemp", "rm", "id", "cat", "mkdir", "mv")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The script in a folder of its own, so that its picture does not land in the repository."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "tools").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "tools" / tool).symlink_to(found)
    (tmp_path / "report.html").write_text("<p>report</p>", encoding="utf-8")
    return Path(shutil.copy(SCRIPT, tmp_path / "scripts"))


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script with nothing but the tools that it needs."""
    path = script.parent.parent / "tools"
    return subprocess.run(
        [str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=script.parent.parent,
        env={"PATH": str(path), "TMPDIR": os.environ.get("TMPDIR", "/tmp")},
    )


def browser(script: Path, body: str) -> None:
    """A program called chromium that does what ``body`` says."""
    path = script.parent.parent / "tools" / "chromium"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


def test_the_picture_lands_in_the_documents(copied: Path) -> None:
    """The browser is asked for the first screen of the given file, and its picture is moved into place."""
    browser(copied, 'for word; do case $word in --screenshot=*) echo "$@" >"${word#--screenshot=}";; esac; done')
    result = run(copied, "report.html")
    assert (result.returncode, result.stdout) == (0, "docs/images/report.png\n")
    asked = (copied.parent.parent / "docs" / "images" / "report.png").read_text("utf-8")
    assert "--window-size=1280,800" in asked
    assert asked.rstrip().endswith(f"file://{copied.parent.parent.resolve()}/report.html")


def test_no_browser_is_said(copied: Path) -> None:
    """Without Chromium or Chrome the script says what to install."""
    result = run(copied, "report.html")
    assert result.returncode == 1
    assert "No Chromium or Chrome was found" in result.stderr


def test_a_browser_that_fails_is_quoted(copied: Path) -> None:
    """What the browser said is shown when it takes no picture."""
    browser(copied, "echo no display >&2; exit 3")
    result = run(copied, "report.html")
    assert result.returncode == 1
    assert "no display" in result.stderr


def test_no_report_is_said(copied: Path) -> None:
    """Without a report the script says how it is called."""
    result = run(copied, "missing.html")
    assert result.returncode == 2
    assert "usage: scripts/picture REPORT.html" in result.stderr
