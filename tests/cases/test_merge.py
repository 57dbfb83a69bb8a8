"""Drafts that turn out to be one once their ranges are known."""

from checkvalve.cases.drafts import drafts
from checkvalve.cases.merge import merged
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S, alarm, draft
from tests.indicators.synthetic import DAY_S, POOL, honest, pool, rows_of

ROWS = rows_of(honest(1) + pool(ATTACK_S, count=200, every_s=15.0))


def test_a_narrow_draft_goes_into_the_wide_one_that_names_its_blocks() -> None:
    """A surge that names the pool's block itself is the same thing as the pool's own draft, and takes its time."""
    wide = draft(
        alarm("surge", Level.COUNTRY, country_index("PL"), onset_s=ATTACK_S - 600, observed=2000.0, expected=20.0)
    )
    narrow = draft(alarm("volume"))
    (one,) = merged([wide, narrow], ROWS)
    assert one.blocks == {(Level.BLOCK10000, int(POOL))}
    assert {found.kind for found in one.alarms} == {"surge", "volume"}
    assert one.onset_s == ATTACK_S - 600


def test_a_narrow_draft_of_another_time_stays() -> None:
    """A block that alarmed days before is no part of today's surge."""
    wide = draft(alarm("surge", Level.COUNTRY, country_index("PL"), observed=2000.0, expected=20.0))
    early = draft(alarm("volume", onset_s=ATTACK_S - 3 * DAY_S, end_s=ATTACK_S - 2 * DAY_S))
    assert len(merged([wide, early], ROWS)) == 2


def test_blocks_that_the_wide_draft_does_not_name_stay() -> None:
    """A pool elsewhere is no part of a surge that it does not explain."""
    wide = draft(alarm("surge", Level.COUNTRY, country_index("PL"), observed=2000.0, expected=20.0))
    other = draft(alarm("volume", Level.BLOCK10000, 4850199))
    assert len(merged([wide, other], ROWS)) == 2


def test_single_numbers_are_never_merged() -> None:
    """One number used again and again stays a case of its own."""
    wide = draft(alarm("surge", Level.COUNTRY, country_index("PL"), observed=2000.0, expected=20.0))
    number = draft(alarm("reuse", Level.NUMBER, int(POOL) * 10_000 + 5))
    assert len(merged([wide, number], ROWS)) == 2


def test_nothing_is_merged_where_nothing_is_wide() -> None:
    """Narrow drafts alone stay as they are."""
    found = drafts([alarm("volume")], ROWS)
    assert merged(found, ROWS) == found
