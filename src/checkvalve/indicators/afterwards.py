"""Do those who asked for messages go on afterwards? The web log tells, where no log tells of codes.

Who enters a code, or signs up with it, sends the site something again after the message: a request that is no visit
of a page (anything but GET, HEAD and OPTIONS) to what sends no messages, and it is answered. Those who only want
messages sent do not. Each such request counts once, so that a single one does not vouch for a thousand messages.
What is usual is that of the same endpoints, one by one: after an invitation nobody does anything, which says nothing of
those who invite while others sign up.
"""

from dataclasses import dataclass, replace

from checkvalve.evidence.cells import Destinations
from checkvalve.evidence.following import USUAL, following, know_later, told_by
from checkvalve.evidence.joins import LATE_CODE_S
from checkvalve.evidence.store import Store
from checkvalve.indicators import outcomes as codes
from checkvalve.indicators.base import Alarm, Example, Finding
from checkvalve.indicators.conversion import failing
from checkvalve.indicators.outcomes import MARGIN, Outcomes, outcomes
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.indicators.weights import capped, divergence, percent
from checkvalve.numbering.tree import Level

_NORMAL = 0.75
_HARDLY = 0.25
"""They go on as usual from the first part of the usual share on, hardly at all up to the second."""
_LEAST = 10
_MOSTLY = 0.5
"""Those who go on after a message speak for a case where its endpoints tell of most of its messages."""
_MOST_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class Followed:
    """What the web log tells where no log knows of codes: its rows and outcomes, and all rows with it."""

    rows: Destinations
    outcomes: Outcomes
    told: Destinations


def followed(store: Store, rows: Destinations, floor: float) -> Followed | None:
    """Who went on, as outcomes of messages? None where the web log does not tell, or codes tell of all messages."""
    found = following(store, rows)
    return None if found is None else Followed(found, outcomes(found, floor), told_by(rows, found))


def alarms(rows: Destinations, found: Outcomes, level: Level, threshold_nats: float) -> list[Alarm]:
    """In which nodes of a level do fewer people go on than usual there? ``rows`` are those of `evidence.following`."""
    return [replace(one, kind="afterwards") for one in failing(rows, found, level, threshold_nats)]


@dataclass(frozen=True, slots=True)
class Afterwards:
    """``followed`` of the case's ``of`` linked messages were followed by something; of others the share ``usual``."""

    followed: int
    of: int
    usual: float
    alarmed: bool = False
    """A test in order of time saw it, whose own usual share is that of the same country."""
    new: bool = False
    """Counted are numbers that were new there, who fail on top of the people there."""

    @property
    def alive(self) -> bool | None:
        """Did they go on as people do (True), or hardly ever (False)? None in between."""
        share = self.followed / self.of
        if self.new:
            return False
        if share >= _NORMAL * self.usual:
            return True
        return False if self.alarmed or share <= _HARDLY * self.usual else None


def afterwards(scene: Scene) -> Afterwards | None:
    """How many of the case's messages were followed by something? None where the logs do not tell of most of them.

    To be asked after `indicators.requests.origins`, which says which messages have a request beside them.
    """
    know_later(scene.store)
    alarmed = any(one.kind == "afterwards" for one in scene.alarms)
    went_on = _went_on(scene)
    followed = of = 0
    expected = 0.0
    for mine, count, others, all_ in went_on:
        if all_ >= _LEAST and others >= USUAL * all_:
            followed, of, expected = followed + mine, of + count, expected + count * others / all_
    if of < _LEAST or (not alarmed and of < _MOSTLY * sum(count for _, count, _, _ in went_on)):
        return None
    return Afterwards(followed, of, expected / of, alarmed)


def of_newcomers(life: Afterwards | None, scene: Scene, known: Followed | None) -> Afterwards | None:
    """The same of those who were new there, where a whole network or country alarmed and only they fail."""
    if life is None or known is None or not life.alarmed or scene.ranges or life.alive is False:
        return life
    floor = scene.settings.detection.conversion_floor
    told = codes.of_newcomers(scene.rows, known.outcomes, scene.inside, scene.countries, floor)
    return Afterwards(*told, alarmed=True, new=True) if told.fails else life


def finding(life: Afterwards | None, scene: Scene) -> Finding | None:
    """Does hardly anybody go on after the message, where the same endpoints' other users do?

    People who go on do not speak against fraud here: programs enter codes too.
    """
    if life is None or life.alive is not False:
        return None
    whose = "the messages to numbers that were new there" if life.new else "these messages"
    return Finding(
        id="afterwards",
        nats=capped(divergence(life.followed, life.of, MARGIN * life.usual)),
        observed=f"{life.followed:,} of {life.of:,} ({percent(life.followed, life.of)})",
        expected=f"{life.usual:.0%}",
        explanation=(
            f"{percent(life.followed, life.of)} of {whose} are followed by something that their user sends to "
            f"the site, such as the code; of others that were asked for in the same way {life.usual:.0%} are."
        ),
        examples=[
            Example(
                "Requests after a message from the same address and agent that are no visits of a page",
                f"""SELECT method, path, count(*) AS requests FROM requests
WHERE endpoint IS NULL AND method NOT IN ('GET', 'HEAD', 'OPTIONS') AND status < 400
  AND occurred_at BETWEEN {timestamp(scene.start_s)} AND {timestamp(scene.end_s + LATE_CODE_S)}
GROUP BY ALL ORDER BY requests DESC, method, path""",
            )
        ],
        facts={"followed": life.followed, "of": life.of, "usual": life.usual},
    )


def _went_on(scene: Scene) -> list[tuple[int, int, int, int]]:
    """By endpoint: the requests that followed the case's messages and how many these are, and the same of all others.

    Of very many others one in so many is looked at.
    """
    (linked,) = scene.store.row("SELECT count(*) FROM links")
    every = max(1, linked // _MOST_COMPARED)
    return scene.store.rows(
        f"""WITH asked AS (
            SELECT r.ip, coalesce(r.user_agent, '') AS agent, epoch(r.occurred_at) AS at_s, s.in_case,
                   r.method || ' ' || r.path AS endpoint
            FROM links AS l
            JOIN (SELECT rowid AS message, ({scene.where}) IS TRUE AS in_case FROM send_rows) AS s
                ON l.message = s.message
            JOIN request_rows AS r ON l.request = r.rowid
            WHERE r.ip IS NOT NULL AND r.path IS NOT NULL AND (s.in_case OR l.message % {every} = 0)),
        next AS (SELECT id, ip, coalesce(user_agent, '') AS agent, at_s FROM later),
        told AS (
            SELECT a.endpoint, a.in_case, CASE WHEN n.at_s - a.at_s <= {LATE_CODE_S} THEN n.id END AS id
            FROM asked AS a ASOF LEFT JOIN next AS n ON a.ip = n.ip AND a.agent = n.agent AND a.at_s < n.at_s)
        SELECT count(DISTINCT id) FILTER (in_case), count(*) FILTER (in_case) AS mine,
               count(DISTINCT id) FILTER (NOT in_case), count(*) FILTER (NOT in_case)
        FROM told GROUP BY endpoint HAVING mine > 0"""
    )
