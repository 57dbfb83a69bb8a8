"""Progress for a person, and for nobody."""

import io
import sys
import threading

import pytest

from checkvalve.cli import terminal
from checkvalve.cli.terminal import Bar, watching
from checkvalve.progress import Silent


class Terminal(io.StringIO):
    """Standard error of somebody who looks."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def somebody_looks(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in the place of standard error; made in the test, for pytest renews the stream before it."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    return screen


def test_a_pipe_is_told_nothing() -> None:
    """Where standard error is no terminal there is no progress at all."""
    with watching(quiet=False) as progress:
        assert isinstance(progress, Silent)


def test_quiet_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --quiet a terminal is told nothing either."""
    somebody_looks(monkeypatch)
    with watching(quiet=True) as progress:
        assert isinstance(progress, Silent)


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that is done before anybody would wonder leaves the screen alone."""
    screen = somebody_looks(monkeypatch)
    monkeypatch.setattr(terminal, "PATIENCE_S", 3600.0)
    with watching(quiet=False) as progress, progress.stage("Reading logs", 10, "bytes") as step:
        assert isinstance(progress, Bar)
        step.advance(10)
    assert screen.getvalue() == ""


def test_long_work_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the time of patience is over, the stage and its amount are drawn, and gone at the end."""
    screen = somebody_looks(monkeypatch)
    monkeypatch.setattr(terminal, "PATIENCE_S", 0.0)
    with Bar() as bar, bar.stage("Reading logs", 12_000_000, "bytes") as step:
        step.advance(3_000_000)
        wait_for(screen, "3.0 of 12.0 MB")
    assert "Reading logs" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K"), "the line is cleared"


def wait_for(screen: Terminal, text: str) -> None:
    """Let the drawing thread have its turn until the text is on the screen, or give up."""
    turn = threading.Event()
    for _ in range(1000):
        if text in screen.getvalue():
            return
        turn.wait(0.01)
    pytest.fail(f"never shown: {text}")


def test_output_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """While progress is drawn, standard output still goes where it went."""
    screen, output = somebody_looks(monkeypatch), sys.stdout
    monkeypatch.setattr(terminal, "PATIENCE_S", 0.0)
    with Bar() as bar, bar.stage("Reading logs"):
        wait_for(screen, "Reading logs")
        assert (sys.stdout, sys.stderr) == (output, screen)


def test_a_failure_ends_the_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error passes through a stage unchanged, and no thread goes on drawing."""
    screen = somebody_looks(monkeypatch)
    monkeypatch.setattr(terminal, "PATIENCE_S", 0.0)
    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="broken"):
        break_in_the_middle(screen)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


def break_in_the_middle(screen: Terminal) -> None:
    """Work that fails while it is being shown."""
    with Bar() as bar, bar.stage("Reading logs"):
        wait_for(screen, "Reading logs")
        raise ValueError("broken")
