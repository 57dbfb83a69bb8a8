"""`checkvalve investigate`: what is asked of the engine, what is printed, and what is left behind."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Literal

import duckdb
import msgspec
import pytest

from checkvalve.cli.investigate import chosen
from checkvalve.cli.main import run
from checkvalve.cli.output import INVESTIGATION
from checkvalve.errors import Usage
from checkvalve.investigation import Escalation, Input, Investigation, Totals, Window
from checkvalve.progress import Progress, Silent
from checkvalve.settings import Settings
from tests.cli.small_logs import write_logs

Output = pytest.CaptureFixture[str]
Decision = Literal["escalate", "monitor", "close"]


def result(decision: Decision = "close") -> Investigation:
    """An investigation that found nothing, or at least nothing but a decision."""
    return Investigation(
        generated_at=datetime(2026, 6, 1, tzinfo=UTC),
        tool_version="0",
        inputs=[
            Input(path="logs/access.log", sha256="0" * 64, source="web.combined", records=40, quarantined=2),
            Input(path="logs/notes.txt", sha256="1" * 64, source=None, note="not recognised"),
        ],
        window=Window(start=None, end=None),
        totals=Totals(requests=38),
        verdict="clear",
        questions=[],
        escalation=Escalation(decision=decision, criteria=[]),
        cases=[],
        playbook=[],
        containment=[],
    )


class Engine(ModuleType):
    """An engine that writes its files, remembers what it was asked, and answers or fails as planned."""

    def __init__(self) -> None:
        super().__init__("checkvalve.cases.investigate")
        self.answer: Investigation | BaseException = result()
        self.inputs: Sequence[Path] = ()
        self.settings = Settings()
        self.progress: Progress | None = None

    @contextmanager
    def investigated(
        self,
        inputs: Sequence[Path],
        output: Path,
        *,
        settings: Settings,
        progress: Progress,
        meanwhile: Callable[[], object],
    ) -> Iterator[Investigation]:
        """Write three files and answer."""
        self.inputs, self.settings, self.progress = inputs, settings, progress
        meanwhile()
        for name in ("sends.parquet", "quarantine.jsonl", "evidence.duckdb"):
            (output / name).write_text("new", encoding="utf-8")
        if isinstance(self.answer, BaseException):
            raise self.answer
        yield self.answer


@pytest.fixture
def engine(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The planned engine in the place of the real one, and a working directory with logs."""
    write_logs(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("crashes")))
    planned = Engine()
    monkeypatch.setitem(sys.modules, planned.__name__, planned)
    return planned


@pytest.mark.parametrize(("decision", "status"), [("close", 0), ("monitor", 0), ("escalate", 10)])
def test_the_status_is_the_decision(engine: Engine, decision: Decision, status: int) -> None:
    """The exit status is 10 when something should be escalated, and 0 when the run is finished without."""
    engine.answer = result(decision)
    assert run(["investigate", "logs", "-o", "out"]) == status


@pytest.mark.usefixtures("engine")
def test_all_files_are_there() -> None:
    """The folder holds the five files; the JSON is the result, and the page is a page."""
    assert run(["investigate", "logs", "-o", "out", "--quiet"]) == 0
    assert {path.name for path in Path("out").iterdir()} == set(INVESTIGATION)
    written = msgspec.json.decode(Path("out/investigation.json").read_bytes(), type=Investigation)
    assert written == result()
    assert Path("out/report.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")


@pytest.mark.usefixtures("engine")
def test_times_end_with_z() -> None:
    """Times in the JSON are UTC and say so with a Z."""
    run(["investigate", "logs", "-o", "out", "--quiet"])
    assert json.loads(Path("out/investigation.json").read_text())["generated_at"] == "2026-06-01T00:00:00Z"


@pytest.mark.usefixtures("engine")
def test_the_summary_is_in_words(capsys: Output) -> None:
    """Without an option the summary is on standard output and names the report."""
    run(["investigate", "logs", "-o", "out"])
    out, err = capsys.readouterr()
    assert "out/report.html" in out
    assert err == ""


@pytest.mark.usefixtures("engine")
def test_quiet_says_nothing(capsys: Output) -> None:
    """With --quiet nothing is printed when all is well."""
    run(["investigate", "logs", "-o", "out", "--quiet"])
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("engine")
def test_the_summary_is_json(capsys: Output) -> None:
    """With --json standard output is one JSON object with the verdict, the decision and the files."""
    run(["investigate", "logs", "-o", "out", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["decision"], found["cases"]) == ("clear", "close", [])
    assert (found["inputs_read"], found["inputs_not_read"], found["quarantined"]) == (1, 1, 2)
    assert found["files"] == {name: f"out/{name}" for name in INVESTIGATION}


def test_the_engine_gets_files_and_settings(engine: Engine) -> None:
    """The engine reads the files of the folder, with the settings of the file and the command line."""
    Path("checkvalve.toml").write_text('[logs]\ntime_zone = "Asia/Tokyo"\ncurrency = "EUR"\n', encoding="utf-8")
    options = [
        "--settings",
        "checkvalve.toml",
        "--time-zone",
        "Europe/Berlin",
        "--endpoint",
        "/a",
        "--endpoint",
        "/b",
    ]
    run(["investigate", "logs", "-o", "out", *options])
    assert [str(path) for path in engine.inputs] == ["logs/access.log", "logs/messages.csv"]
    assert engine.settings.logs.time_zone == "Europe/Berlin"
    assert engine.settings.logs.currency == "EUR"
    assert engine.settings.detection.send_paths == ("/a", "/b")
    assert isinstance(engine.progress, Silent)


def test_an_unknown_zone_is_bad_usage() -> None:
    """A time zone that does not exist is named before any log is read."""
    for name in ("Mars/Olympus", "../../etc/passwd", "/etc/localtime"):
        with pytest.raises(Usage, match="no such time zone"):
            chosen(None, name, ())


def test_a_country_that_does_not_exist_is_bad_usage(tmp_path: Path) -> None:
    """A country of the settings that no log may ask for is named before any log is read all the same."""
    (tmp_path / "own.toml").write_text('[logs]\ndefault_country = "XX"\n', encoding="utf-8")
    with pytest.raises(Usage, match="'XX' is no country"):
        chosen(tmp_path / "own.toml", None, ())


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Usage("nothing readable", where="logs"), 2, "logs: nothing readable"),
        (duckdb.IOException("IO Error: Could not write: No space left on device"), 1, "the disk is full"),
        (OSError(28, "No space left on device", "out/x"), 1, "the disk is full"),
        (KeyboardInterrupt(), 130, "interrupted; nothing was written"),
        (ZeroDivisionError(), 1, "internal error (ZeroDivisionError)"),
    ],
)
def test_a_failure_leaves_the_former_result(
    engine: Engine, capsys: Output, error: BaseException, status: int, words: str
) -> None:
    """When the engine fails, the former result is untouched, nothing else is left, and one line says why."""
    assert run(["investigate", "logs", "-o", "out", "--quiet"]) == 0
    before = {path: path.read_bytes() for path in Path("out").iterdir()}
    listing = set(Path().iterdir())
    engine.answer = error
    assert run(["investigate", "logs", "-o", "out"]) == status
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in Path("out").iterdir()} == before
    assert set(Path().iterdir()) == listing


def test_what_was_left_out_is_said(engine: Engine, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that could not be listed is named on standard error, and the run goes on."""
    from checkvalve.cli import investigate
    from checkvalve.cli.inputs import Inputs

    monkeypatch.setattr(
        investigate,
        "expand",
        lambda _: Inputs(files=[Path("logs/access.log")], left_out=["logs/x: Permission denied"]),
    )
    assert run(["investigate", "logs", "-o", "out"]) == 0
    assert capsys.readouterr().err == "left out: logs/x: Permission denied\n"
    assert engine.inputs == [Path("logs/access.log")]
