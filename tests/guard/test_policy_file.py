"""The policy file: located mistakes, defaults, live reload."""

from datetime import date
from pathlib import Path

import pytest

from checkvalve.guard.policy import Policy
from checkvalve.guard.policy_file import PolicyError, PolicyFile, expired, load, parse

HERE = Path("policy.toml")


def test_an_empty_policy_is_the_default() -> None:
    """Every value has a default, so an empty file is a whole policy."""
    assert parse("", HERE) == Policy()


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        ("mode = 'loud'", 1, "mode", "invalid enum value 'loud'"),
        ("\n[harm]\nblocked_usd = -1", 3, "harm.blocked_usd", "expected `float` > 0"),
        ("[harm]\n\nblokced_usd = 1", 3, "harm.blokced_usd", "did you mean blocked_usd?"),
        ("[outstanding]\nblock100 = 'few'", 2, "outstanding.block100", "expected `int`, got `str`"),
        ("[[budgets]]\nusd = 5\nper = 'day'\n[[budgets]]\nusd = 5\nper = 'week'", 6, "budgets[1].per", "'week'"),
        ("[new_country]\nclosed = ['XX']", 2, "new_country.closed", "'XX' is no country code"),
        ("[challenge]\nmost_effort = 0.5", 2, "challenge.most_effort", "cannot make a challenge easier"),
        ("[challenge]\nmost_effort = inf", 2, "challenge.most_effort", "<= 1000"),
        ("[harm]\nblocked_usd = inf", 2, "harm.blocked_usd", "must be finite"),
        ("[[budgets]]\nper = 'day'\nusd = nan", 3, "budgets[0].usd", "expected `float` > 0"),
        ("[harm]\nblocked_usd = ", 2, "", "not valid TOML"),
    ],
)
def test_a_mistake_is_located(text: str, line: int, key: str, says: str) -> None:
    """A mistake names the file, the line and the key, and what is wrong with it."""
    with pytest.raises(PolicyError) as caught:
        parse(text, HERE)
    assert (caught.value.line, caught.value.key) == (line, key)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"policy.toml:{line}")


ENTRY = "[[allow]]\nowner = 'ops'\nreason = 'test phones'\nexpires = 2026-12-31\n"


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("", "exactly one"),
        ("range = '+44'\ncountry = 'GB'", "exactly one"),
        ("number = '12'", "no international number"),
        ("range = 'abc'", "no prefix"),
        ("range = '+'", "all numbers of the world"),
        ("network = '0.0.0.0/0'", "all addresses of the world"),
        ("network = '::ffff:0.0.0.0/96'", "all addresses of the world"),
        ("address = '203.0.113.999'", "203.0.113.999"),
        ("network = '203.0.113.0/99'", "203.0.113.0/99"),
        ("country = 'gb'", "two capital letters"),
    ],
)
def test_an_exception_names_one_thing_that_exists(named: str, says: str) -> None:
    """An entry of the allow-list names exactly one thing, and one that can be."""
    with pytest.raises(PolicyError, match="allow") as caught:
        parse(ENTRY + named, HERE)
    assert says in str(caught.value)


def test_an_exception_needs_owner_reason_and_expiry() -> None:
    """Nobody is let through for ever or for no reason."""
    for missing in ("owner", "reason", "expires"):
        lines = [line for line in ENTRY.splitlines() if not line.startswith(missing)]
        with pytest.raises(PolicyError, match=missing):
            parse("\n".join([*lines, "country = 'GB'"]), HERE)


def test_expired_exceptions_are_found() -> None:
    """An exception holds on its last day and is listed from the day after."""
    policy = parse(ENTRY + "country = 'GB'", HERE)
    assert expired(policy, date(2026, 12, 31)) == []
    assert expired(policy, date(2027, 1, 1)) == list(policy.allow)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A file that cannot be read is a mistake of its own."""
    with pytest.raises(PolicyError, match="cannot be read"):
        load(tmp_path / "none.toml")


def test_a_change_is_seen_once(tmp_path: Path) -> None:
    """A changed file gives its policy once; an unchanged one gives nothing."""
    path = tmp_path / "policy.toml"
    path.write_text("mode = 'enforce'", encoding="utf-8")
    file = PolicyFile(path)
    assert file.changed() is None
    path.write_text("mode = 'shadow' ", encoding="utf-8")
    changed = file.changed()
    assert changed is not None
    assert changed.mode == "shadow"
    assert file.changed() is None


def test_a_broken_change_leaves_the_policy(tmp_path: Path) -> None:
    """A change that cannot be used is told once, and the policy before it goes on."""
    path = tmp_path / "policy.toml"
    path.write_text("mode = 'shadow'", encoding="utf-8")
    file = PolicyFile(path)
    path.write_text("mode = 'lou'", encoding="utf-8")
    with pytest.raises(PolicyError):
        file.changed()
    assert file.changed() is None
    assert file.policy.mode == "shadow"
