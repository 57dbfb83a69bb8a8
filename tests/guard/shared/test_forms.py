"""Forms are told apart with a shared memory as they are in a process."""

from checkvalve.guard import Guard, Policy
from checkvalve.guard.decider import Decider
from checkvalve.guard.policy import NewCountry
from checkvalve.guard.shared.wire import named
from tests.guard.attempts import START, attempt
from tests.guard.shared.conftest import SECRET, Maker, patient

POLICY = Policy(new_country=NewCountry(mode="off"))
FORMS = ("signup", "login", "invite", "signup", "login", "once")


def play(guards: list[Decider], people: int, *, step_s: float = 1_200.0) -> None:
    """People ask at several forms; no code of an invitation comes back, nor one of a name that is invented."""
    for nth in range(people):
        at, form = START + nth * step_s, FORMS[nth % len(FORMS)]
        form = f"{form} {nth}" if form == "once" else form
        asked = attempt(nth, at, 447_400_000_000 + nth * 7_919_117 % 99_000_000, price_usd=0.04, endpoint=form)
        for guard in guards:
            if guard.decide(asked).action == "allow" and form in ("signup", "login"):
                guard.outcome(asked.attempt_id, "verified", at + 25.0)


def test_the_same_forms_are_known(make: Maker) -> None:
    """Both know the same forms by their marks, and of the same endpoints what is usual, however many are invented."""
    own, shared = Guard(patient(POLICY), secret=SECRET), make(POLICY)
    usual = own.learner.usual, shared.fold._learner.usual  # how many endpoints fit is not to be set
    for one in usual:
        one.most_endpoints = 5
    play([own, shared], 240)
    shared.catch_up(START + 240 * 1_200.0)
    own.tick(START + 240 * 1_200.0)
    shared.decide(attempt(999, START + 240 * 1_200.0, 447_400_000_000))
    assert len(own.learner.places.forms) == 2
    assert list(shared.judge.places.forms) == list(own.learner.places.forms)
    digests = [shared.judge.places.digest(name) for name in own.learner.usual.endpoints]
    assert len(digests) == 5
    client, names = shared.connection.client, shared.names
    held = set(client.scan_iter(match=names.prefix + b"e*", count=1_000))
    assert held == {names.endpoint(digest) for digest in digests}
    assert [named(int.from_bytes(client.get(names.endpoints)[at : at + 8], "big")) for at in range(0, 40, 8)] == [
        named(digest) for digest in digests
    ]


def test_records_of_another_layout_are_not_read(make: Maker) -> None:
    """What lies there in a layout without a version is left alone: the guard begins with an empty memory."""
    guard = make(POLICY)
    old = b"cv{" + make.tenant.encode() + b"}w"
    guard.connection.client.set(old, bytes(100))
    assert guard.decide(attempt(1, START, 447_400_000_000)).action == "allow"
    guard.outcome("a1", "verified", START + 5.0)
    assert guard.catch_up(START + 900.0)
    assert guard.connection.client.get(old) == bytes(100)
