"""Codes of those who are new where regulars, who enter theirs, hide that they fail."""

from collections.abc import Iterator
from contextlib import contextmanager

from checkvalve.indicators import afterwards, conversion
from checkvalve.indicators.afterwards import Afterwards, Followed
from checkvalve.indicators.base import AlarmKind
from checkvalve.indicators.outcomes import outcomes
from checkvalve.indicators.scene import Scene
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import ATTACK_S
from tests.indicators.scenes import alarm, pool_range, scene_of
from tests.indicators.synthetic import DAY_S, START, Messages, messages, store_of
from tests.indicators.test_surplus import CASE, PEOPLE, POLAND, on_top

OLD = PEOPLE.where(POLAND & ~CASE)
REGULARS = messages(OLD.at_s + 5 * DAY_S, OLD.number, OLD.at_s + 5 * DAY_S + 30.0)


@contextmanager
def poland(*sent: Messages, kind: AlarmKind = "conversion", ranged: bool = False) -> Iterator[Scene]:
    """Poland since the attack began, with an alarm on its codes."""
    with store_of(*sent) as store:
        ranges = [pool_range(sent[0])] if ranged else []
        alarms = [alarm(kind, Level.COUNTRY, country_index("PL"))]
        yield scene_of(store, ATTACK_S, START + 9 * DAY_S, alarms=alarms, ranges=ranges)


def test_newcomers_who_fail_are_seen_beside_regulars() -> None:
    """Where a country alarms and only its new numbers' codes fail, these are what is counted."""
    with poland(PEOPLE, REGULARS, on_top(150)) as scene:
        found = conversion.finding(scene)
    assert found is not None
    assert found.nats > 2
    assert "new" in found.explanation
    assert found.facts["verified"] < 0.85 * found.facts["usual"] * found.facts["of"]


def test_without_an_alarm_on_codes_everybody_is_counted() -> None:
    """Nobody looks for newcomers where no alarm says that codes fail."""
    with poland(PEOPLE, REGULARS, on_top(150), kind="surge") as scene:
        found = conversion.finding(scene)
    assert found is not None
    assert found.nats < 0


def test_newcomers_who_enter_their_codes_speak_against_it() -> None:
    """Where new numbers enter their codes as ever, an alarm changes nothing."""
    with poland(PEOPLE, REGULARS) as scene:
        found = conversion.finding(scene)
    assert found is not None
    assert found.nats < 0


def test_newcomers_whom_nothing_follows_are_seen_beside_regulars() -> None:
    """What people do afterwards is told of new numbers too; not of ranges, nor where nobody looked."""
    everybody = Afterwards(80, 100, 0.8, alarmed=True)
    with poland(PEOPLE, REGULARS, on_top(150), kind="afterwards") as scene:
        known = Followed(scene.rows, outcomes(scene.rows, 0.45), scene.rows)
        found = afterwards.of_newcomers(everybody, scene, known)
        assert found is not None
        assert found.alive is False
        said = afterwards.finding(found, scene)
        assert said is not None
        assert said.nats > 2
        assert afterwards.of_newcomers(everybody, scene, None) is everybody
    with poland(PEOPLE, REGULARS, on_top(150), kind="afterwards", ranged=True) as scene:
        assert afterwards.of_newcomers(everybody, scene, known) is everybody
