"""`checkvalve simulate` writes logs, attempts and truth, apart from each other."""

import json
from pathlib import Path

import pytest

from checkvalve.cli.main import run
from checkvalve.simulation.catalogue.world import MOST_FRAUD
from checkvalve.simulation.registry import SCENARIOS
from checkvalve.simulation.traffic.tenant import SIZES


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A business of fifteen messages a day, whose campaigns have at most two hundred."""
    monkeypatch.setitem(SIZES, "tiny", 15)
    monkeypatch.setitem(MOST_FRAUD, "tiny", 200)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_list_names_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    """`--list` has a line for each scenario."""
    assert run(["simulate", "--list"]) == 0
    said = capsys.readouterr().out
    for one in SCENARIOS.values():
        assert f"  {one.name} " in said
        assert one.line in said


def test_logs_attempts_and_truth_lie_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder holds logs only; an investigation of it reads all of them and none of the truth."""
    logs = tmp_path / "trial"
    assert run(["simulate", "smash_and_grab", "-o", str(logs), "--seed", "2"]) == 0
    assert str(logs) in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"trial", "trial-attempts.jsonl", "trial-truth"}
    assert set(files(tmp_path / "trial-truth")) == {"truth.json", "fraud_sends.jsonl"}
    assert run(["investigate", str(logs), "-o", str(tmp_path / "found"), "--quiet"]) in (0, 10)
    result = json.loads((tmp_path / "found" / "investigation.json").read_text())
    assert {one["path"] for one in result["inputs"]} == {str(logs / name) for name in files(logs)}
    assert all(one["source"] or one["records"] == 0 for one in result["inputs"])
    truth = json.loads((tmp_path / "trial-truth" / "truth.json").read_text())
    assert truth["campaigns"][0]["sends"] > 0


def test_the_same_seed_writes_the_same(tmp_path: Path) -> None:
    """Two runs with one seed give equal files, another seed gives others."""
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert run(["simulate", "clockwork", "-o", str(tmp_path / name), "--seed", seed, "--quiet"]) == 0
    assert files(tmp_path / "a") == files(tmp_path / "b") != files(tmp_path / "c")
    assert files(tmp_path / "a-truth") == files(tmp_path / "b-truth")


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where logs, attempts or truth would stand there may be nothing yet."""
    (tmp_path / "a-truth").mkdir()
    (tmp_path / "a-truth" / "mine").write_text("x")
    assert run(["simulate", "quiet_weeks", "-o", str(tmp_path / "a")]) == 2
    assert "already there" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"a-truth"}


def test_an_unknown_scenario_is_put_right(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A wrong name gets the nearest right one, and a missing one the list."""
    assert run(["simulate", "smash_and_grap", "-o", str(tmp_path / "a")]) == 2
    assert "smash_and_grab" in capsys.readouterr().err
    assert run(["simulate"]) == 2
    assert "--list" in capsys.readouterr().err
