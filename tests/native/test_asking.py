"""What a shared guard asks is the same, compiled or not: the same keys, digests and bytes over the wire."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.guard import Attempt
from checkvalve.guard.places import Kind, Places
from checkvalve.guard.policy import Budget, Policy
from checkvalve.guard.shared.judge import Judge
from checkvalve.guard.shared.names import Names
from checkvalve.guard.shared.places import VeiledPlaces
from checkvalve.guard.shared.request import Request
from checkvalve.native import asking

pytestmark = pytest.mark.skipif(asking is None, reason="it was not built: there was no C compiler")

SECRETS = st.binary(max_size=80)
TEXTS = st.one_of(st.none(), st.just(""), st.text(st.characters(), max_size=20), st.text("ab\ud800", max_size=300))
PHONES = st.one_of(
    st.integers(10_000, 10**15).map(lambda number: f"+{number}"),
    st.sampled_from(["+447700900123", "+998939412345", "+1 500 555 0006", "+4915112345678", "+78005553535"]),
)
ADDRESSES = st.one_of(st.none(), st.ip_addresses().map(str), st.text(max_size=8))
ATTEMPTS = st.builds(
    Attempt,
    st.text("abc1", min_size=1, max_size=9),
    st.floats(0.0, 4e9),
    PHONES,
    endpoint=st.text("xyz", max_size=9),
    ip=ADDRESSES,
    user_agent=TEXTS,
    ja4=TEXTS,
    account_id=TEXTS,
    email_domain=TEXTS,
    asn=st.one_of(st.none(), st.integers(0, 1 << 70)),
    tenant=st.sampled_from(["", "a brand"]),
    price_usd=st.one_of(st.none(), st.floats(0.0, 999.0)),
)


def check_places(places: Places, attempt: Attempt, *, known: bool) -> None:
    """Compiled or not, the places of an attempt are the same, or none; ``known``: its form is known to bring codes."""
    if known:
        places.brings(attempt.endpoint)
    try:
        plain = places._of(attempt)
    except Unusable:
        with pytest.raises(Unusable, match="international number"):
            places.of(attempt)
    else:
        assert places.of(attempt) == plain


@settings(max_examples=150)
@given(SECRETS, ATTEMPTS, st.booleans())
def test_places_are_the_same(secret: bytes, attempt: Attempt, known: bool) -> None:
    """Every range and origin of an attempt has the same key, and its number the same digest, compiled or not."""
    check_places(VeiledPlaces(secret), attempt, known=known)


@settings(max_examples=60)
@given(SECRETS, st.text("aé", min_size=1, max_size=700))
def test_digests_are_those_of_the_library(secret: bytes, text: str) -> None:
    """A text of any length is digested as `hashlib` does it, whatever the secret."""
    assert asking is not None
    places, country = VeiledPlaces(secret), 7 << 6 | Kind.COUNTRY
    origin = text, None, None, None, None
    keys, digest = asking.veiled(asking.keyed(secret[:64]), 447_700_900_123, (country,), None, origin, "", {})
    assert (keys[-1] >> 6, digest) == (places.digest(text), places.digest("447700900123"))
    assert places.ident(text) == places.digest(text).to_bytes(8, "big")


POLICIES = (Policy(), Policy(budgets=(Budget(usd=5.0, per="day"), Budget(usd=1.0, per="hour", country="each"))))


@settings(max_examples=60)
@given(ATTEMPTS, st.sampled_from(POLICIES), st.booleans(), st.text("abc-_.1", min_size=1, max_size=64))
def test_a_request_goes_over_the_wire_as_the_client_would_send_it(
    attempt: Attempt, policy: Policy, solved: bool, tenant: str
) -> None:
    """The bytes of a call that was packed here are those of the client's own packing."""
    redis = pytest.importorskip("redis")
    judge = Judge(policy, b"a secret of the tests", Names(tenant))
    try:
        place = judge.places.of(attempt)
    except Unusable:
        return
    request = judge.request(attempt, place, solved=solved)
    script, keys, arguments = request.call()
    connection: Any = redis.Redis().connection_pool.make_connection()
    theirs = connection.pack_command("EVALSHA", script.sha, len(keys), *keys, *arguments)
    assert request.packed() == b"".join(theirs)
    assert request.together() == (None if budgets_or(request) else in_a_transaction(connection, keys, arguments))


def budgets_or(request: Request) -> bool:
    """Does a request need the script: for budgets, or a challenge that was solved?"""
    return bool(request.budgets) or request.solved


def in_a_transaction(connection: Any, keys: list[bytes], arguments: list[Any]) -> bytes:
    """What the script does, command by command, as the client packs it."""
    counted = [word for field in arguments[4:] for word in ("INCRBY", "u16", field, 1)]
    commands: tuple[tuple[Any, ...], ...] = (
        ("MULTI",),
        ("MGET", *keys[2:]),
        ("BITFIELD", keys[1], *counted),
        ("RPUSH", keys[0], arguments[0]),
        ("EXEC",),
    )
    return b"".join(part for command in commands for part in connection.pack_command(*command))


def test_what_does_not_fit_is_refused() -> None:
    """A secret that is too long, keys that are none and records of another size are errors, and nothing worse."""
    assert asking is not None
    with pytest.raises(ValueError, match="64 bytes"):
        asking.keyed(bytes(65))
    with pytest.raises(ValueError, match="do not fit"):
        asking.veiled(b"short", 1, (), None, (None,) * 5, "", {})
    with pytest.raises(TypeError, match="tuples"):
        asking.veiled(asking.keyed(b""), 1, (), None, (None,), "", {})
    with pytest.raises(ValueError, match="do not fit"):
        asking.asking(b"", b"cv", 1, 2, bytes(7), (), 0, bytes(64), b"", 0, 0)
    with pytest.raises(TypeError, match="bytes"):
        asking.asking(b"head", b"cv", 1, 2, bytes(8), ("text",), 1, bytes(64), b"", 0, 0)
    with pytest.raises(ValueError, match="do not fit"):
        asking.asking(b"", b"cv", 1, 2, bytes(8), (b"key",), 1, bytes(64), b"", 0, 0)
