"""Many tenants with one shared memory."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from msgspec import structs

from checkvalve.guard import Policy
from checkvalve.guard.policy import Budget, NewCountry, Prior
from checkvalve.guard.shared import SharedTenants
from tests.guard.attempts import HONEST, PUMPED, START, attempt
from tests.guard.shared.conftest import SECRET, patient

CLOSED = Policy(new_country=NewCountry(closed=("UZ",)))
COMMON = Policy(knowledge="shared", new_country=NewCountry(closed=("UZ",)), budgets=(Budget(usd=0.3, per="day"),))


@pytest.fixture
def brands() -> tuple[str, str]:
    """Two tenants that nobody has heard of."""
    return f"one-{uuid4().hex}", f"other-{uuid4().hex}"


@pytest.fixture
def tenants(url: str, brands: tuple[str, str]) -> Iterator[SharedTenants]:
    """Two tenants that open to a country of their own accord."""
    with SharedTenants(
        patient(Policy()), url=url, secret=SECRET, own=dict.fromkeys(brands, CLOSED), background=False
    ) as tenants:
        yield tenants


def verify(tenants: SharedTenants, nth: int, number: int, brand: str) -> None:
    """Let a number verify while its country is still open."""
    tenants.guard(brand).reload(Policy())
    assert tenants.decide(attempt(nth, START + nth, number, tenant=brand, price_usd=0.01)).action == "allow"
    assert tenants.outcome(f"a{nth}", "verified", START + nth + 0.5)
    tenants.guard(brand).reload(tenants.policy_of(brand))


def test_what_is_learned_of_one_is_not_known_to_the_other(tenants: SharedTenants, brands: tuple[str, str]) -> None:
    """A number that verified at one tenant is a stranger at the other."""
    verify(tenants, 1, PUMPED, brands[0])
    given = [
        tenants.decide(attempt(10 + nth, START + 60.0, PUMPED, tenant=brand)).action
        for nth, brand in enumerate(brands)
    ]
    assert given == ["allow", "block"]


def test_knowledge_may_be_in_common(url: str, brands: tuple[str, str]) -> None:
    """Tenants that share knowledge know each other's numbers; what each may spend stays its own."""
    own = dict.fromkeys(brands, COMMON)
    with SharedTenants(patient(Policy()), url=url, secret=SECRET, own=own, background=False) as tenants:
        number = PUMPED + int(uuid4()) % 9_000
        verify(tenants, 1, number, brands[0])
        given = [
            tenants.decide(attempt(nth, START + 30.0 * nth, number, tenant=brands[1])).action for nth in (2, 3)
        ]
        assert given == ["allow", "block"]
        other = [
            tenants.decide(attempt(nth, START + 900.0, HONEST + nth * 999, tenant=brands[nth % 2])).action
            for nth in (4, 5, 6)
        ]
        assert other == ["allow", "block", "block"]


def test_another_process_knows_whose_an_attempt_was(
    url: str, tenants: SharedTenants, brands: tuple[str, str]
) -> None:
    """What became of a message may be told to any process, without naming the tenant."""
    asked = attempt(1, START, HONEST, tenant=brands[0])
    asked = type(asked)(uuid4().hex, asked.at, asked.phone, tenant=brands[0])
    assert tenants.decide(asked).action == "allow"
    tenants.guard(brands[0]).catch_up(START)
    with SharedTenants(patient(Policy()), url=url, secret=SECRET, background=False) as elsewhere:
        tenants.guard(brands[0]).fold.leave()
        assert elsewhere.outcome(asked.attempt_id, "verified", START + 9.0)
        assert not elsewhere.outcome("nobody", "verified", START + 9.0)


def test_tenants_are_bounded(url: str, brands: tuple[str, str]) -> None:
    """Tenants beyond the most without a policy share the guard of those that name none; what is no name is refused."""
    policies = {"url": url, "secret": SECRET, "own": {brands[0]: CLOSED}, "most": 1, "background": False}
    with SharedTenants(patient(Policy()), **policies) as tenants:  # type: ignore[arg-type]  # by name
        beyond = attempt(int(uuid4()), START, HONEST + int(uuid4()) % 90_000, tenant="b")
        given = [
            tenants.decide(one)
            for one in (
                attempt(1, START, PUMPED, tenant="a"),
                beyond,
                attempt(3, START, PUMPED, tenant=brands[0]),
                attempt(4, START, HONEST, tenant="{c}"),
            )
        ]
        assert set(tenants.shared) == {"", "a", brands[0]}
        assert [one.reasons[0].code for one in given[2:]] == ["country.closed", "bad_field"]
        assert given[1].action == "allow"
        assert tenants.outcome(beyond.attempt_id, "verified", START + 5.0)
        assert tenants.gauges()["checkvalve_attempts_without_room_total"] == 1.0


def test_in_the_background_one_thread_looks_after_all(url: str, brands: tuple[str, str]) -> None:
    """Decisions of all tenants are told and learned by the thread of the process, once it is closed at the latest."""
    with SharedTenants(patient(Policy()), url=url, secret=SECRET) as tenants:
        for nth, brand in enumerate(brands * 3):
            tenants.decide(attempt(nth, START + nth, HONEST + nth, tenant=brand))
        tenants.tick(START + 10.0)
        names = [tenants.guard(brand).names for brand in brands]
    with SharedTenants(patient(Policy()), url=url, secret=SECRET, background=False) as after:
        assert after.gauges()["checkvalve_state_failures_total"] == 0.0
        for brand, name in zip(brands, names, strict=True):
            assert after.guard(brand).catch_up(START + 10.0)
            assert after.guard(brand).connection.client.zcard(name.due) == 3


def test_no_name_is_that_of_those_without(url: str) -> None:
    """Whatever a tenant is called, its memory and its budgets are not those of attempts that name none."""
    policy = patient(Policy(new_country=NewCountry(mode="off"), budgets=(Budget(usd=0.3, per="day"),)))
    with SharedTenants(policy, url=url, secret=SECRET, background=False) as tenants:
        at = START + int(uuid4()) % 10_000 * 86_400.0
        for nth in range(2):  # the budget of those without is used up
            tenants.decide(attempt(nth, at, HONEST + nth * 999))
        given = [
            tenants.decide(attempt(5 + nth, at, HONEST + nth * 9_999, tenant=name)).action
            for nth, name in enumerate(("default", "nameless", "", "_nameless"))
        ]
        assert given == ["allow", "allow", "block", "block"]
        assert [name for name in tenants.shared if name] == ["default", "nameless"]


def test_a_change_of_policies_reaches_everybody(
    url: str, brands: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who share knowledge, and whoever is first heard of while policies are exchanged, go by the new ones."""
    own = dict.fromkeys(brands, COMMON)
    with SharedTenants(patient(Policy()), url=url, secret=SECRET, own=own, background=False) as tenants:
        first = tenants.guard(brands[0])
        assert tenants._common is not None
        reload, changed = first.reload, structs.replace(COMMON, prior=Prior(conversion=0.5))

        def meanwhile(policy: Policy) -> None:
            tenants.guard(brands[1])
            reload(policy)

        monkeypatch.setattr(first, "reload", meanwhile)
        tenants.reload(Policy(), dict.fromkeys(brands, changed))
        assert {tenants.shared[name].policy for name in brands} == {changed}
        assert tenants._common.policy == changed
