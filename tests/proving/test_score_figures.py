"""The figures of the page: intervals, sections, and quiet tenants."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.evidence.store import Store
from proving.score.intervals import bootstrap, poisson
from proving.score.marks import CampaignMarks
from proving.score.page import write_section
from proving.score.quiet import fill, fleet
from proving.score.report import of_all


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_bootstrap_interval_lies_within_the_values(values: list[float]) -> None:
    """The interval lies between the least and the greatest value and holds no more than chance allows."""
    low, high = bootstrap(values)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


@given(st.integers(0, 400))
def test_a_poisson_interval_leaves_two_and_a_half_per_cent_on_each_side(count: int) -> None:
    """At either end of the interval the count, or one farther off, has a probability of 2.5 %."""
    low, high = poisson(count)
    assert _at_most(count, high) == pytest.approx(0.025, rel=1e-6)
    if count:
        assert 1 - _at_most(count - 1, low) == pytest.approx(0.025, rel=1e-6)


def _at_most(count: int, mean: float) -> float:
    return math.fsum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count + 1))


def test_a_section_replaces_only_itself(tmp_path: Path) -> None:
    """Writing a section again leaves one copy of it, the other sections, and one title."""
    page = tmp_path / "results.md"
    for name, text in (("one", "old"), ("two", "kept"), ("one", "new")):
        write_section(page, name, f"## {name}\n\n{text}")
    said = page.read_text()
    assert said.count("# Results\n") == 1
    assert said.count("## one") == said.count("## two") == 1
    assert "new" in said
    assert "kept" in said
    assert "old" not in said


def test_a_fleet_sends_about_what_is_asked() -> None:
    """Tenants of all sizes, each watched for at most eight weeks, send the asked number within a tenth."""
    tenants = fleet(1_000_000, 1)
    expected = sum(7 * one.weeks * one.tenant.sends_per_day for one in tenants)
    assert 0.9e6 < expected < 1.1e6
    assert {one.size for one in tenants} == {"tiny", "small", "mid"}
    assert max(one.weeks for one in tenants) <= 8
    assert len({one.seed for one in tenants}) == len(tenants)


def test_quiet_messages_are_loaded_as_a_log_would_be(tmp_path: Path) -> None:
    """Every message becomes a row with its number, country, price and outcome."""
    (tenant,) = fleet(100, 1)
    messages = list(tenant.messages())
    with Store(tmp_path) as store:
        assert fill(store, iter(messages)) == len(messages)
        rows, numbers, countries, verified, usd = store.row(
            """SELECT count(*), count(DISTINCT number), count(country), count(verified_at), sum(price_usd)
            FROM send_rows"""
        )
    assert rows == len(messages)
    assert numbers == len({one.number for one in messages})
    assert countries == rows
    assert verified == sum(one.verified_s is not None for one in messages)
    assert usd == pytest.approx(sum(one.price_usd for one in messages))


def test_of_all_fraud_a_large_campaign_counts_by_its_size() -> None:
    """Nine messages of which all are named, and one that is not, are nine tenths, whatever the number of campaigns."""
    large = CampaignMarks("large", covered=1.0, fragments=1, sends=9, usd=0.5)
    small = CampaignMarks("small", covered=0.0, fragments=0, sends=1, usd=0.5)
    assert of_all([large, small]) == "90.0 %; 50.0 %"
    assert of_all([]) == "–"
