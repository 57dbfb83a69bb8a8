"""Investigations of the scenarios and of the committed example come out right."""

from pathlib import Path

import pytest

from checkvalve.cases.investigate import investigate
from checkvalve.cli.inputs import expand
from checkvalve.simulation.scenarios import SCENARIOS, burst
from checkvalve.simulation.traffic.countries import COUNTRIES
from checkvalve.simulation.traffic.pumping import pick_blocks
from proving.score import alarm_rate, examples
from proving.score.marks import marks
from proving.score.runs import run
from tests.simulation.test_example import EXAMPLE

SEED, SCALE = 3, 0.35


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_a_scenario_is_investigated_without_fault(scenario: str, tmp_path: Path) -> None:
    """Verdict, decision, ranges, start, rival and the row of every message are right, and nothing else is found."""
    found = marks(run(scenario, SEED, SCALE, tmp_path))
    assert found.misses == []
    assert found.honest_named == 0
    assert found.honest_taken < 0.005
    for campaign in found.campaigns:
        assert campaign.covered == 1.0
        assert campaign.fragments == 1


def test_the_example_is_investigated_right(tmp_path: Path) -> None:
    """The committed example is an attack to escalate, on the one block that was pumped, from the minute it began."""
    result = investigate(expand([str(EXAMPLE)]).files, tmp_path)
    myanmar = COUNTRIES["MM"]
    (block,) = pick_blocks([(myanmar, myanmar.carrier("ATOM"), 1)], 7, "burst")
    assert (result.verdict, result.escalation.decision) == ("attack", "escalate")
    (case,) = [one for one in result.cases if one.verdict == "attack"]
    assert [one.prefix for one in case.destinations] == [f"+{block.prefix}"]
    assert abs(case.started_at.timestamp() - burst.Knobs().attack_at) <= 60
    assert case.detectable_at.timestamp() <= burst.Knobs().attack_at + 60


def test_scores_are_written_from_the_run(tmp_path: Path) -> None:
    """The page holds the command, every seed, and a line for the scenario."""
    page = tmp_path / "results.md"
    status = examples.main(
        ["--scenarios", "quiet", "--seeds", "1-2", "--scale", "0.05", "--write", str(page)],
    )
    said = page.read_text()
    assert status == 0
    assert "python -m proving.score.examples --seeds 1-2 --scenarios quiet --scale 0.05" in said
    assert "| quiet | 0.05 | 2 | 2 of 2 | 2 of 2 |" in said


def test_quiet_weeks_keep_the_promise(tmp_path: Path) -> None:
    """Two quiet weeks of a tiny tenant raise no alarm at the default setting, and the page says how many they had."""
    page = tmp_path / "results.md"
    assert alarm_rate.main(["--messages", "12000", "--write", str(page)]) == 0
    assert "| 0.05 | 1 | all | 2 |" in page.read_text()
