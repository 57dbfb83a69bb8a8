"""The rules of others do what their authors say, and the loop tells them nothing that they could not know."""

from collections.abc import Mapping
from random import Random

import msgspec
import pytest

from proving.baselines.attacker import Attacker
from proving.baselines.found import GUARD
from proving.baselines.loop import Replayed, judge, replay
from proving.baselines.measures import cost_usd, prevented
from proving.baselines.rule import Decision, Rule
from proving.baselines.rules import RULES
from proving.baselines.rules.isolation_forest import Forest
from proving.baselines.stream import Attempt
from proving.baselines.sweep import settings
from proving.baselines.windows import Bucket, Days

PLAIN = [name for name, one in RULES.items() if one.needs is None]


def attempt(at: float, number: str = "447700900001", **given: object) -> Attempt:
    """An attempt of a German-speaking tenant's British user, honest unless said otherwise."""
    values: dict[str, object] = {
        "country": "GB",
        "endpoint": "login",
        "ip": "203.0.113.9",
        "agent": "x",
        "account": number,
        "mail": "mail.example",
        "price_usd": 0.05,
        "delivered_s": 3.0,
        "verified_s": 20.0,
        "campaign": None,
        "key": f"{number} {at}",
    }
    return Attempt(at=at, number=number, **{**values, **given})  # type: ignore[arg-type]  # a table of any values


def flood(count: int, every_s: float, **given: object) -> list[Attempt]:
    """Attempts to one block from one address, none of them answered."""
    fraud: Mapping[str, object] = {"verified_s": None, "campaign": "x", "country": "UZ", "solves": False, **given}
    return [
        attempt(1e6 + every_s * place, f"99899394{place:04d}", account=f"a{place}", **fraud)
        for place in range(count)
    ]


def refused(name: str, stream: list[Attempt]) -> int:
    """How many attempts a rule with its published values refuses."""
    one = RULES[name]
    return replay(one.make(one.published), stream).sent.count(False)


@pytest.mark.parametrize("name", PLAIN)
def test_a_handful_of_honest_people_pass(name: str) -> None:
    """No rule refuses one person an hour who enters the code."""
    stream = [attempt(1e6 + 3_600 * n, f"44770{n:02d}00000", ip=f"198.51.100.{n}") for n in range(48)]
    assert refused(name, stream) == 0


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("authgear", 495),
        ("aws sample", 490),
        ("coss prefix-4", 490),
        ("plivo cap", 480),
        ("sydent", 440),
        ("per address", 460),
        ("ewma 3 sigma", 480),
        ("checkvalve guard", 450),
    ],
)
def test_a_flood_of_one_block_is_seen(name: str, least: int) -> None:
    """Five hundred codes in eight minutes from one address to one block go past none of these rules."""
    assert refused(name, flood(500, 1.0)) >= least


def test_blind_spots_are_theirs() -> None:
    """A rule by user sees no attack with an account a message; Vonage's is silent below a thousand messages."""
    assert refused("auth0 user", flood(500, 1.0)) == 0
    assert refused("vonage 2023", flood(900, 1.0)) == 0
    assert refused("nothing", flood(500, 1.0)) == 0


def test_authgear_counts_three_countries_of_an_address() -> None:
    """A fourth country of one address within a day is refused, unless a code was entered in one of them."""
    isos = ("GB", "FR", "UZ", "MA")
    stream = [attempt(1e6 + n, f"4477{n:08d}", country=iso, verified_s=None) for n, iso in enumerate(isos)]
    assert refused("authgear", stream) == 1
    stream[0].verified_s = 0.5
    assert refused("authgear", stream) == 0


def test_telnyx_asks_for_answers() -> None:
    """A country where fifty ripe codes were not entered is closed but for one attempt in fifty."""
    stream = flood(500, 30.0, ip="x")
    assert refused("telnyx", stream) > 400
    assert refused("telnyx", [attempt(one.at, one.number, ip="x") for one in stream]) == 0


class Listening(Rule):
    """Refuses every second attempt and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, float, int]] = []
        self.seen = self.arrived = 0

    def allows(self, attempt: Attempt) -> bool:
        """Every second one."""
        self.seen += 1
        return self.seen % 2 == 1

    def delivered(self, attempt: Attempt, at: float) -> None:
        """Count it."""
        self.arrived += 1

    def verified(self, attempt: Attempt, at: float) -> None:
        """Keep it."""
        self.heard.append((attempt.number, at, self.seen))


def test_outcomes_come_in_their_time_and_of_sent_messages_only() -> None:
    """A code that was never sent is never entered, and one that was is not known before it is entered."""
    stream = [attempt(100.0 + 15 * n, f"4477009{n:05d}") for n in range(6)]
    rule = Listening()
    made = replay(rule, stream)
    assert made.sent == [True, False] * 3
    assert [number for number, _, _ in rule.heard] == [stream[0].number, stream[2].number]
    for _, at, seen in rule.heard:
        assert stream[seen - 1].at < at <= stream[seen].at
    assert [one.number for one in made.left] == [stream[4].number]
    assert rule.arrived == 3


class Asking(Rule):
    """Challenges everybody."""

    def allows(self, attempt: Attempt) -> Decision:
        """If a challenge is solved."""
        return "challenge"


def test_a_challenge_lets_through_who_solves_it() -> None:
    """Who solves a challenge gets the message, who does not gets none; both were asked."""
    stream = [attempt(100.0), attempt(200.0, solves=False)]
    made = replay(Asking(), stream)
    assert made.sent == [True, False]
    assert made.challenged == [True, True]


def test_money_and_users_are_counted() -> None:
    """Prevented is money, shut out are users who got nothing at all."""
    stream = [*flood(2, 1.0), attempt(2e6, "447700900001"), attempt(2e6 + 1, "447700900001")]
    stream[1].price_usd = 0.15
    made = Replayed([True, False, False, True], [False, False, True, True], [])
    outcome = judge(made, stream, ("f", "attack", 1, "tiny"), "r", False)
    assert prevented([outcome]) == pytest.approx(0.75)
    assert outcome.users_shut_out == 0
    assert outcome.honest_refused == 1
    assert outcome.honest_challenged == 2
    assert outcome.sent_before == 1


def test_an_attacker_moves_after_three_refusals() -> None:
    """Block and address stay while they work, and change after three refusals in a row."""
    attacker, planned = Attacker(), flood(1, 1.0)[0]
    block, address = planned.number[:-4], planned.ip
    for _ in range(2):
        attacker.told(block, address, sent=False)
    attacker.told(block, address, sent=True)
    assert attacker.moved(flood(1, 1.0)[0]) == planned
    for _ in range(3):
        attacker.told(block, address, sent=False)
    moved = attacker.moved(flood(1, 1.0)[0])
    assert moved.number[:6] == planned.number[:6]
    assert moved.ip != planned.ip


def test_every_rule_names_its_source() -> None:
    """A rule says where it was published, and its values and grid speak of the same things."""
    for name, one in RULES.items():
        assert one.source
        assert one.name == name
        assert not one.grid or set(one.grid) == set(one.published)


def test_the_tuner_can_leave_every_rule_as_published() -> None:
    """Every rule is tried with its published values first, and no setting is tried twice."""
    for one in RULES.values():
        tried = list(settings(one))
        assert tried[0] == dict(one.published)
        assert len({str(sorted(values.items())) for values in tried}) == len(tried)


def test_buckets_leak_and_days_look_back() -> None:
    """A bucket loses what its rate says; the largest of past days leaves today out."""
    bucket = Bucket(0.5)
    bucket.set("a", 10.0, 4.0)
    assert bucket.level("a", 14.0) == 2.0
    days = Days(14)
    for at in (0.0, 1.0, 86_400.0):
        days.add("a", at)
    assert days.most("a", 86_400.0) == 2
    assert days.most("a", 20 * 86_400.0) == 0


def test_what_a_stream_costs() -> None:
    """A stream costs what leaked, five dollars for each person shut out, and ten cents for each challenge to one."""
    stream = [*flood(4, 60.0, price_usd=0.3), attempt(2e6), attempt(2e6, "447700900002"), attempt(3e6)]
    made = Replayed(
        sent=[True, False, False, True, True, False, True], challenged=[False] * 5 + [True, True], left=[]
    )
    outcome = judge(made, stream, ("some", "attack", 1, "tiny"), GUARD, False)
    assert cost_usd([outcome]) == pytest.approx(0.6 + 5.0 + 0.2)
    asked = msgspec.structs.replace(outcome, users_blocked=0)
    assert cost_usd([asked], refused_only=True) == pytest.approx(0.6 + 0.2)


def test_a_forest_scores_single_rows_as_it_scores_many() -> None:
    """The quick walk through the learned trees gives what scikit-learn gives."""
    ensemble = pytest.importorskip("sklearn.ensemble", reason="an extra of the comparison")
    draws = Random(4)
    rows = [[draws.random() for _ in range(3)] for _ in range(200)]
    learned = ensemble.IsolationForest(n_estimators=5, random_state=7).fit(rows)
    asked = [[draws.randint(-3, 13) / 10 for _ in range(3)] for _ in range(20)]
    assert [Forest(learned).score(row) for row in asked] == pytest.approx(learned.score_samples(asked).tolist())
