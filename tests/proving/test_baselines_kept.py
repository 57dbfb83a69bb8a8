"""What was measured is found again, and only while the code that measured it is the same."""

from pathlib import Path

import msgspec

from proving.baselines.kept import Kept
from proving.baselines.loop import Campaign, Outcome
from proving.baselines.measures import leak_usd, of_all_spend
from proving.baselines.sweep import Setting, sweep

OUTCOME = Outcome(
    family="growth",
    kind="benign",
    seed=1,
    size="tiny",
    rule="telnyx",
    values={"messages": 20},
    moving=False,
    fraud=0,
    fraud_sent=0,
    fraud_usd=0.0,
    fraud_sent_usd=0.0,
    honest=3,
    honest_refused=1,
    users=3,
    users_shut_out=1,
    users_blocked=1,
    sent_before=0,
)


def test_an_outcome_is_found_again(tmp_path: Path) -> None:
    """After a restart an outcome is known under the values it was measured with, whole numbers or not."""
    path = tmp_path / "kept.jsonl"
    Kept(path).put(OUTCOME)
    again = Kept(path)
    assert again.get(again.key("growth/1/tiny", "telnyx", {"messages": 20}, moving=False)) == OUTCOME
    assert again.get(again.key("growth/1/tiny", "telnyx", {"messages": 30}, moving=False)) is None
    assert (again.found, again.measured) == (1, 0)


def test_what_other_code_measured_is_passed_over(tmp_path: Path) -> None:
    """A line that other code wrote is not believed."""
    path = tmp_path / "kept.jsonl"
    Kept(path).put(OUTCOME)
    path.write_bytes(b"0123456789abcdef" + path.read_bytes()[16:])
    again = Kept(path)
    assert again.get(again.key("growth/1/tiny", "telnyx", {"messages": 20}, moving=False)) is None


def test_a_campaign_that_nobody_noticed_leaks_more_than_any_other() -> None:
    """The median of leaks counts campaigns of which nothing was refused or challenged as the worst of all."""
    seen = Campaign(100.0, 2.0, noticed=True)
    missed = Campaign(1.0, 1.0, noticed=False)
    both = msgspec.structs.replace(OUTCOME, campaigns={"a": seen, "b": missed}, fraud_usd=101.0, fraud_sent_usd=3.0)
    assert leak_usd([both], 0.5) == 2.0
    assert leak_usd([both], 0.95) == float("inf")
    assert round(of_all_spend([both]), 3) == 0.97


def test_only_what_is_missing_is_measured(tmp_path: Path) -> None:
    """A second sweep over the same streams finds everything, and no attacker moves on where there is none."""
    wanted = [Setting("nothing", {}), Setting("nothing", {}, moving=True)]
    first = Kept(tmp_path / "kept.jsonl")
    found = sweep(["growth"], [1], "tiny", wanted, first)
    again = Kept(tmp_path / "kept.jsonl")
    assert [(one.rule, one.moving, one.users_shut_out) for one in found] == [("nothing", False, 0)]
    assert sweep(["growth"], [1], "tiny", wanted, again) == found
    assert (first.found, first.measured, again.found, again.measured) == (0, 1, 1, 0)


def test_another_rule_with_other_code_leaves_what_is_kept() -> None:
    """What was measured of a rule depends on its own file: each has a state of its own, and the guard the guard's."""
    states = Kept(Path("none")).states
    assert len(set(states.values())) == len(states)
