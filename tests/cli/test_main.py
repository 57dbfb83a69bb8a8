"""The entry point: exit statuses, one message for every failure, and a quick start."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from checkvalve import __version__
from checkvalve.cli import main as entry
from checkvalve.cli import version
from checkvalve.cli.main import run
from checkvalve.errors import CheckvalveError, Surroundings, Usage

Failing = Callable[[BaseException], None]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Makes `checkvalve version` fail in a given way."""

    def plan(error: BaseException) -> None:
        def fail() -> None:
            raise error

        monkeypatch.setattr(version.command, "callback", fail)

    return plan


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (
            Usage("no such file", where="x.log", todo="look"),
            2,
            "checkvalve: x.log: no such file. What to do: look\n",
        ),
        (Surroundings("the disk is full", where="out"), 1, "checkvalve: out: the disk is full\n"),
        (CheckvalveError("odd"), 1, "checkvalve: odd\n"),
        (KeyboardInterrupt(), 130, "checkvalve: interrupted; nothing was written\n"),
        (OSError(28, "No space left", "out/x"), 1, "checkvalve: out/x: the disk is full."),
    ],
)
def test_a_failure_is_a_message_and_a_status(
    failing: Failing, capsys: pytest.CaptureFixture[str], error: BaseException, status: int, message: str
) -> None:
    """Each kind of failure has its exit status and one line on standard error, and nothing on standard output."""
    failing(error)
    assert run(["version"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "error", [KeyError("+998993941234"), EOFError("early"), RecursionError(), AssertionError()]
)
def test_our_own_mistake_shows_no_traceback(
    failing: Failing,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: Exception,
) -> None:
    """An internal error is one line that names its kind and a file, with status 1 and without a number."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    failing(error)
    assert run(["version"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"checkvalve: internal error ({type(error).__name__})")
    assert str(next(tmp_path.iterdir())) in err
    assert "Traceback" not in err
    assert "993941234" not in err


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["investigate"], ["investigate", "x"], ["version", "--wrong"], ["sources", "nonsense"]],
)
def test_bad_usage_is_two(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """A call that makes no sense has status 2, says what is wrong and where help is."""
    assert run(arguments) == 2
    err = capsys.readouterr().err
    assert "Error: " in err
    assert "--help" in err


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is shown, and the status says that nothing was done."""
    assert run([]) == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_is_no_failure(capsys: pytest.CaptureFixture[str], option: str) -> None:
    """Help that was asked for is on standard output, with status 0."""
    status = run([option])
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    assert "Commands:" in out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`checkvalve version` names the version and what it runs on."""
    assert run(["version"]) == 0
    assert capsys.readouterr().out.startswith(f"checkvalve {__version__} (Python 3.")


def test_every_command_of_the_table_is_there() -> None:
    """Each row of the table of commands leads to a command of that name."""
    context = click.Context(entry.group)
    for name in entry.COMMANDS:
        command = entry.group.get_command(context, name)
        assert command is not None
        assert command.name == name


HEAVY = {"duckdb", "numpy", "jinja2", "rich", "phonenumbers", "icalendar", "isal", "zstandard"}


@pytest.mark.parametrize("arguments", [["--help"], ["investigate", "--help"], ["sources", "--help"], ["version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Help answers without loading what only the work needs."""
    program = (
        "import sys\nfrom checkvalve.cli.main import run\n"
        f"run({arguments!r})\nprint(*sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stderr.split() == []


def process(*arguments: str, **options: object) -> subprocess.Popen[str]:
    """checkvalve as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "checkvalve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **{key: str(value) for key, value in options.items()}},
    )


BUSY = """
import signal, sys, time, duckdb

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # a run in the background of a shell begins with some ignored

from checkvalve.cli import version
from checkvalve.cli.main import main

def work():
    print("working", flush=True)
    if sys.argv[1] == "database":
        many = "range(1_000_000_000)"
        duckdb.sql(f"SELECT count(*) FROM {many} AS a, {many} AS b WHERE a.range * b.range % 7 = 3").fetchall()
    time.sleep(600)

version.command.callback = work
main(["version"])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("place", ["database", "python"])
def test_an_interruption_is_one_line(number: signal.Signals, place: str) -> None:
    """Ctrl-C, and being told to end, stop a run wherever it is: one line, and the status that shells know."""
    run_ = subprocess.Popen(
        [sys.executable, "-c", BUSY, place], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run_.stdout is not None
    assert run_.stdout.readline() == "working\n"
    run_.send_signal(number)
    _, err = run_.communicate()
    assert err == "checkvalve: interrupted; nothing was written\n"
    assert run_.returncode == 128 + number


def test_a_reader_that_leaves_is_no_error() -> None:
    """When the reader of standard output goes away, the run ends without a word, as programs in a pipe do."""
    run_ = process("schema")
    assert run_.stdout is not None
    run_.stdout.close()
    assert run_.stderr is not None
    with run_.stderr:
        assert run_.stderr.read() == ""
    assert run_.wait() == 128 + signal.SIGPIPE


NARROW = r"""
import click
from checkvalve.cli import version
from checkvalve.cli.main import main

version.command.callback = lambda: click.echo("\u2026 \udcff")
main(["version"])
"""


def test_a_narrow_terminal_is_no_error() -> None:
    """Where standard output cannot show a character it is written out; nothing fails."""
    result = subprocess.run(
        [sys.executable, "-c", NARROW], capture_output=True, env={**os.environ, "PYTHONIOENCODING": "latin-1"}
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, b"\\u2026 \\udcff\n", b"")


EARLY = """
import signal, sys
from importlib.abc import MetaPathFinder

class Interrupting(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
from checkvalve.__main__ import main
main()
"""


def test_an_interruption_while_the_program_is_loaded_is_one_line() -> None:
    """Ctrl-C before the command has begun shows no traceback either."""
    done = subprocess.run([sys.executable, "-c", EARLY], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, "checkvalve: interrupted; nothing was written\n")


def test_the_shell_can_complete() -> None:
    """A shell that asks for completion gets the commands."""
    words = {"COMP_WORDS": "checkvalve inv", "COMP_CWORD": 1}
    out, _ = process(_CHECKVALVE_COMPLETE="bash_complete", **words).communicate()
    assert "investigate" in out
