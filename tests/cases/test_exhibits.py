"""What stands behind sentences: the rows that the query shows to whoever asks it again."""

from checkvalve.cases.exhibits import exhibit
from tests.cases.worlds import attack, judgement


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
