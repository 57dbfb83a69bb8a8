"""What stands behind sentences: the rows that the query shows to whoever asks it again."""

from checkvalve.cases.exhibits import exhibit
from tests.cases.worlds import Judgement, attack, judgement


def _asked_again(one: Judgement) -> int:
    """How many exhibits are the same where their query is asked as it is shown?"""
    scene, examples = one.only.scene, [example for found in one.only.findings for example in found.examples]
    for example in examples:
        shown, again = exhibit(scene.store, example, "1", scene), exhibit(scene.store, example, "1")
        assert shown == again
        assert shown.query == example.query
    return len(examples)


def test_exhibits_of_ranges_are_what_their_query_shows() -> None:
    """The messages to a case's ranges are kept aside for all questions; the answers are those of the whole evidence."""
    with judgement(*attack()) as one:
        assert one.only.scene.ranges
        assert _asked_again(one) > 3


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
