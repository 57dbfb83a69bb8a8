"""Runs with something changed leave everything else as it is."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from checkvalve.indicators import volume
from checkvalve.simulation.catalogue.world import MOST_FRAUD
from checkvalve.simulation.traffic.tenant import SIZES
from proving.score import variants
from proving.score.ablation import WHOLE, lines
from proving.score.cache import Cache
from proving.score.runs import look_into
from proving.score.variants import INDICATORS, Task, Variant, evaluate, leaving_out, listening, measured


def test_an_indicator_is_left_out_for_a_while() -> None:
    """Inside the block the indicator says nothing; after it, and after an error, it is as before."""
    before = volume.alarms
    with leaving_out("volume"):
        assert volume.alarms is not before
    with pytest.raises(RuntimeError), leaving_out("volume"):
        raise RuntimeError
    assert volume.alarms is before
    with leaving_out(None):
        assert volume.alarms is before


def test_every_indicator_can_be_left_out() -> None:
    """Each of the list raises alarms or makes findings, and an unknown name is refused."""
    for name, module in INDICATORS.items():
        assert hasattr(module, "alarms") or hasattr(module, "finding"), name
    with pytest.raises(KeyError), leaving_out("astrology"):
        pass


def test_variants_are_laid_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run a variant, on the same logs, and a row for each."""
    monkeypatch.setitem(SIZES, "tiny", 12)
    monkeypatch.setitem(MOST_FRAUD, "tiny", 80)
    both = [Variant(WHOLE), Variant("cost", without="cost")]
    found = list(evaluate(both, ["stolen_key"], [2], "tiny", Cache(tmp_path / "c", "a")))
    assert [variant.name for variant, _ in found] == [WHOLE, "cost"]
    assert {one.campaigns[0].sends for _, one in found} == {found[0][1].campaigns[0].sends}
    assert "cost" in found[0][1].said[0]
    assert "cost" not in found[1][1].said[0]
    assert f"| {WHOLE} | 1 of 1 | 1 of 1 | 100.0 % |" in lines(found)


def test_who_speaks_is_heard_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """An indicator that says nothing is not among the speakers, and after the block nobody listens."""
    said: dict[str, object] = {"volume": None, "reuse": [], "cost": "much"}
    for name, answer in said.items():
        monkeypatch.setattr(INDICATORS[name], "finding", Mock(return_value=answer, __name__=name))
    before = volume.finding
    with listening() as speakers:
        assert [INDICATORS[name].finding() for name in said] == list(said.values())
    assert volume.finding is before
    assert speakers == {"cost"}


def test_to_leave_out_what_says_nothing_takes_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a threat list nothing is on a watchlist, so without that indicator all is as it was."""
    monkeypatch.setitem(SIZES, "tiny", 12)
    monkeypatch.setitem(MOST_FRAUD, "tiny", 80)
    counted = Mock(wraps=look_into)
    monkeypatch.setattr(variants, "look_into", counted)
    wanted = (Variant(WHOLE), Variant("watchlist", without="watchlist"), Variant("cost", without="cost"))
    whole, without_list, without_cost = measured(Task("stolen_key", 2, "tiny", wanted))
    assert counted.call_count == 2
    assert whole.said == without_list.said != without_cost.said
    assert [one.scenario for one in (whole, without_list)] == [f"stolen_key@{WHOLE}", "stolen_key@watchlist"]
