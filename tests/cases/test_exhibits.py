"""What stands behind sentences: the rows that the query shows to whoever asks it again."""

import pytest

from checkvalve.cases.exhibits import Shelf, exhibit
from checkvalve.indicators.scene import by_whole_days, day_of
from tests.cases.worlds import attack, judgement
from tests.evidence.filling import store_with


def test_exhibits_of_ranges_are_what_their_query_shows() -> None:
    """What is asked of the messages that are kept aside is answered as if it were asked of the whole evidence."""
    with judgement(*attack()) as one:
        scene = one.only.scene
        examples = [example for found in one.only.findings for example in found.examples]
        of_kept = [example for example in examples if scene.of_messages(example.query) != example.query]
        assert scene.ranges
        assert len(of_kept) >= 2
        for example in of_kept:
            shown = exhibit(scene.store, example, "1", scene)
            assert shown == exhibit(scene.store, example, "1")
            assert shown.query == example.query


def test_kept_messages_are_those_of_the_case() -> None:
    """Its ranges and time hold as many messages, asked of what is kept as asked of all; so they do after a change."""
    with judgement(*attack()) as one:
        scene, store = one.only.scene, one.world.store
        for start_s in (scene.start_s, scene.start_s + 600.0):
            scene.start_s = start_s
            kept = store.row(
                f"SELECT count(*), sum(cost_usd) FROM {scene.messages} WHERE {scene.where_counted_time}"
            )
            assert kept == store.row(f"SELECT count(*), sum(cost_usd) FROM priced WHERE {scene.where_counted}")
        scene.ranges = scene.ranges[:1]
        (kept_count,) = store.row(f"SELECT count(*) FROM {scene.messages}")
        assert kept_count == store.row(f"SELECT count(*) FROM priced WHERE {scene.where_ranges}")[0]


def test_exhibits_by_day_are_what_their_query_shows() -> None:
    """Days are grouped as whole numbers; whoever asks the query that is shown gets the same rows."""
    with judgement(*attack()) as one:
        shelf, store = Shelf(one.world.store), one.world.store
        examples = [example for found in one.only.findings if found.id == "cost" for example in found.examples]
        shown = [exhibit(store, example, "1", one.only.scene) for example in examples]
        for name in ("numbers", "cost", "origins"):
            shown.append(shelf.shown[shelf.fact("", name).exhibit])
        assert len(shown) == 4
        for each in shown:
            asked = store.rows(f"SELECT * FROM ({each.query}) LIMIT 8")
            assert each.examples == [["" if value is None else str(value) for value in row] for row in asked]
            assert each.rows == store.row(f"SELECT count(*) FROM ({each.query})")[0]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-05-25 00:00:00+00",
        "2026-05-24 23:59:59.999999+00",
        "1970-01-01 00:00:00+00",
        "1969-12-31 23:59:59.999999+00",
        "1969-12-30 00:00:00+00",
        "2106-02-07 23:59:59.999999+00",
    ],
)
def test_whole_days_are_the_days(moment: str) -> None:
    """A moment lies on the same day in whole numbers, also right before midnight and before 1970; none on none."""
    query = f"SELECT {day_of('sent_at')}::VARCHAR, count(*) FROM moments GROUP BY {day_of('sent_at')} ORDER BY ALL"
    with store_with() as store:
        store.run(f"CREATE TEMP TABLE moments AS SELECT unnest([TIMESTAMPTZ '{moment}', NULL]) AS sent_at")
        assert by_whole_days(query) != query
        assert store.rows(by_whole_days(query)) == store.rows(query)
