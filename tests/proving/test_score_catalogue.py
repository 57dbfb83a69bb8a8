"""The evaluation of the catalogue can be stopped, keeps its parts apart, and says what the marks say."""

from pathlib import Path

import msgspec
import pytest

from checkvalve.simulation.catalogue.families import FAMILIES
from checkvalve.simulation.catalogue.world import MOST_FRAUD
from checkvalve.simulation.traffic.tenant import SIZES
from proving.score import __main__ as program
from proving.score import catalogue, report, split
from proving.score.cache import Cache
from proving.score.marks import CampaignMarks, Marks
from proving.score.page import write_section
from proving.score.workers import answers


def marks_of(scenario: str, seed: int = 1, **given: object) -> Marks:
    """Marks without fault of an attack with one campaign."""
    campaign = CampaignMarks("x", 1.0, 1, 0.0, 30.0, 6, 1.0, sends=100, usd=20.0, usd_prevented=19.0, own_before=4)
    plain = Marks(
        scenario=scenario,
        scale=1.0,
        seed=seed,
        verdict="attack",
        decision="escalate",
        verdict_right=True,
        decision_right=True,
        rival_cases=None,
        named=1,
        honest_named=0,
        honest_taken=0.0,
        false_cases=0,
        idle_cases=0,
        p_fraud=0.9,
        p_honest=0.0,
        brier=0.0,
        missing=0,
        repeated=0,
        campaigns=[campaign],
        size="tiny",
        days=30.44,
        guilty_cases=1,
        confidences=[(0.99, True)],
        reliability=[(0.0, 10, 0)] * 9 + [(0.95, 100, 100)],
    )
    return msgspec.structs.replace(plain, **given)


def test_parts_are_apart() -> None:
    """No seed is in both parts, and held-out families are in the test part only."""
    assert not set(split.seeds("tuning", 900)) & set(split.seeds("test", 900))
    assert not split.HELD_OUT & set(split.families("tuning", list(FAMILIES)))
    assert set(split.families("test", list(FAMILIES))) == set(FAMILIES)
    assert set(FAMILIES) >= split.HELD_OUT


def test_every_kind_is_held_out_in_part() -> None:
    """Of attacks and of harmless causes there are families on both sides."""
    for kind in ("attack", "benign"):
        own = {name for name, family in FAMILIES.items() if family.kind == kind}
        assert own & split.HELD_OUT
        assert own - split.HELD_OUT


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    """Marks that were kept are found again, for the same state of the code only; half a line does no harm."""
    path = tmp_path / "marks.jsonl"
    Cache(path, "a").put(marks_of("clockwork"), "tiny")
    with path.open("ab") as file:
        file.write(b'{"key":"a/clock')
    again = Cache(path, "a")
    assert again.get("clockwork", 1, "tiny") == marks_of("clockwork")
    assert again.get("clockwork", 2, "tiny") is None
    assert Cache(path, "b").get("clockwork", 1, "tiny") is None


def test_a_run_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first evaluation investigates, the second reads what is kept, and both say the same."""
    monkeypatch.setitem(SIZES, "tiny", 15)
    monkeypatch.setitem(MOST_FRAUD, "tiny", 120)
    cache = Cache(tmp_path / "marks.jsonl", "a")
    ((first, known),) = catalogue.evaluate(["smash_and_grab"], [3], ["tiny"], cache)
    ((second, known_then),) = catalogue.evaluate(["smash_and_grab"], [3], ["tiny"], cache)
    assert (known, known_then) == (False, True)
    assert first == second
    assert first.campaigns[0].sends > 50
    assert first.missing == 0


def test_answers_come_in_the_order_of_the_tasks() -> None:
    """Whether one process works or two, the answers stand in the order of the tasks."""
    tasks = list(range(-9, 9))
    assert list(answers(abs, tasks, jobs=2)) == list(answers(abs, tasks, jobs=1)) == [abs(one) for one in tasks]


def test_a_campaign_that_is_never_found_counts_as_last() -> None:
    """Medians and percentiles take an undetected campaign for later than all others; it is not left out."""
    lost = CampaignMarks("y", 0.0, 0, sends=50, usd=5.0)
    found = [marks_of("a"), marks_of("b", campaigns=[lost]), marks_of("c", campaigns=[lost])]
    text = report.overall(found)
    assert "| messages to the telling range before, median (95th percentile) | never (never) |" in text
    assert "| campaigns found | 33.3 %" in text


def test_the_tables_say_what_the_marks_say() -> None:
    """Shares, false cases a month and money are those of the marks."""
    found = [marks_of("a"), marks_of("b", verdict_right=False, false_cases=1, confidences=[(0.9, False)])]
    text = report.overall(found)
    assert "| right verdict | 50.0 %" in text
    assert "| false cases a tenant-month | 0.50 " in text
    assert "| money prevented, had ranges been closed when detectable | 95.0 % of all" in text
    assert "| a | 1 | 1 | 1 |" in report.by_family(found)
    assert "| 0.9 to 1.0 | 200 | 0.950 | 1.000 |" in report.reliability(found)


def test_what_only_hindsight_tells_counts_in_all_figures_but_those_that_say_so() -> None:
    """A family of which nothing tells in time lowers the figure over all, and is left out of the one beside it."""
    (unseen,) = split.FAINT
    lost = CampaignMarks("y", 0.0, 0, sends=50, usd=5.0)
    found = [marks_of("a"), marks_of(unseen, verdict_right=False, campaigns=[lost])]
    text = report.overall(found)
    assert "| both | 50.0 %" in text
    assert "| both, without what hardly leaves a trace | 100.0 %" in text
    assert unseen in FAMILIES


def test_silence_explains() -> None:
    """A harmless cause of which nothing was alleged needs no explanation; one that was alleged does."""
    quiet = marks_of("a", kind="benign", campaigns=[], rival_cases=0, guilty_cases=0)
    assert report.explained(quiet)
    assert quiet.misses == []
    assert not report.explained(msgspec.structs.replace(quiet, guilty_cases=1))
    assert "expected rival not accepted" in msgspec.structs.replace(quiet, said=["case"]).misses


def test_single_runs_of_the_test_part_stay_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page and the screen name faults of single runs for the tuning part, never for the test part."""
    wrong = marks_of("clockwork", said=["attack, a case"], false_cases=2)
    monkeypatch.setattr(catalogue, "evaluate", lambda *given: iter([(wrong, False)]))
    seen = {}
    for part in ("tuning", "test"):
        page = tmp_path / f"{part}.md"
        options = ["--split", part, "--families", "clockwork", "--cache", str(tmp_path / "c"), "--write", str(page)]
        assert program.main(options) == 0
        seen[part] = page.read_text() + capsys.readouterr().out
    assert "2 false cases" in seen["tuning"]
    assert "2 false cases" not in seen["test"]
    assert "python -m proving.score --split test" in seen["test"]


def test_each_size_has_its_own_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of another size of business stand behind those of the smallest, and replace only themselves."""
    page = tmp_path / "results.md"
    write_section(page, "catalogue test", "## The catalogue, test part\n\nof tiny ones")
    write_section(page, "other", "## Other figures")
    monkeypatch.setattr(catalogue, "evaluate", lambda *given: iter([(marks_of("clockwork", took_s=12.3), False)]))
    for _ in range(2):
        program.main(["--sizes", "small", "--split", "test", "--cache", str(tmp_path / "c"), "--write", str(page)])
    said = page.read_text()
    heads = [line for line in said.splitlines() if line.startswith("## ")]
    assert heads == ["## The catalogue, test part", "## The catalogue, test part, small", "## Other figures"]
    assert "of tiny ones" in said
    assert "A run took 12 s in the median, 12 s at most." in said
