"""Tenants are apart unless their policy says otherwise."""

from pathlib import Path

import pytest

from checkvalve.errors import Usage
from checkvalve.guard import Attempt, Policy
from checkvalve.guard.policy import Budget, NewCountry
from checkvalve.guard.policy_file import PolicyError
from checkvalve.guard.tenants import PolicyFolder, Tenants
from tests.guard.attempts import HONEST, PUMPED, START, attempt, flood, teach

BARE = Policy(new_country=NewCountry(mode="off"))
SHARED = Policy(new_country=NewCountry(mode="off"), knowledge="shared")


def attacked(tenants: Tenants) -> None:
    """Shut a block at tenant one."""
    guard = tenants.guard("one")
    teach(guard)
    assert flood(guard, 200)[-1].action == "block"


def test_an_attack_on_one_shuts_no_others_form() -> None:
    """A block that is shut for one tenant is open for another, and for attempts that name none."""
    tenants = Tenants(BARE, capacity=20_000)
    attacked(tenants)
    for name in ("other", ""):
        asked = attempt(900, START + 6_010.0, PUMPED + 77, tenant=name)
        assert tenants.decide(asked).action == "allow"


def test_knowledge_is_shared_where_the_policy_says_so() -> None:
    """Among tenants that share their knowledge, a block that is shut for one is shut for all; for others it is not."""
    tenants = Tenants(BARE, own={"one": SHARED, "two": SHARED}, capacity=20_000)
    attacked(tenants)
    actions = {
        name: tenants.decide(attempt(nth, START + 6_010.0, PUMPED + 77 + nth, tenant=name)).action
        for nth, name in enumerate(("two", "three"), start=900)
    }
    assert actions == {"two": "block", "three": "allow"}


def test_budgets_are_apart() -> None:
    """What one tenant spends leaves the budget of another alone, even where they share their knowledge."""
    for base in (BARE, SHARED):
        policy = Policy(
            new_country=NewCountry(mode="off"),
            knowledge=base.knowledge,
            budgets=(Budget(usd=0.3, per="day"),),
        )
        tenants = Tenants(policy, capacity=1_000)
        given = [
            tenants.decide(attempt(nth, START + nth, HONEST + nth * 500_000, tenant=name)).action
            for nth, name in enumerate(("one", "one", "two"))
        ]
        assert given == ["allow", "block", "allow"]


def test_each_has_its_policy() -> None:
    """A tenant goes by its own policy, everybody else by the default one; a change of both holds at once."""
    closed = Policy(new_country=NewCountry(closed=("GB",)))
    tenants = Tenants(BARE, own={"one": closed}, capacity=1_000)
    asked = [
        attempt(nth, START + nth, HONEST + nth * 500_000, tenant=name) for nth, name in enumerate(("one", "two"))
    ]
    assert [tenants.decide(one).action for one in asked] == ["block", "allow"]
    tenants.reload(closed, {"one": BARE})
    later = [
        attempt(9 + nth, START + 9, HONEST + 9_000_000 + nth, tenant=one.tenant) for nth, one in enumerate(asked)
    ]
    assert [tenants.decide(one).action for one in later] == ["allow", "block"]


def test_their_number_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """Tenants beyond the most share the guard of those that name none, which is told; what is no name is refused."""
    tenants = Tenants(BARE, capacity=100, most=2)
    given = [
        tenants.decide(attempt(nth, START, HONEST + nth * 500_000, tenant=name))
        for nth, name in enumerate(("one", "two", "three", "four", "../etc", ""))
    ]
    assert [one.action for one in given] == ["allow"] * 4 + ["block", "allow"]
    assert [reason.code for one in given for reason in one.reasons] == ["bad_field"]
    assert set(tenants.guards) == {"", "one", "two"}
    assert tenants.outcome("a2", "verified", START + 5.0)
    assert tenants.gauges() == {"checkvalve_attempts_without_room_total": 2.0}
    assert [one.levelname for one in caplog.records] == ["ERROR"]


def test_shadow_mode_refuses_no_tenant() -> None:
    """What is no tenant's name is let through where the policy that it goes by stops nobody."""
    decision = Tenants(Policy(mode="shadow"), capacity=100).decide(attempt(1, START, HONEST, tenant="../etc"))
    assert (decision.action, decision.would) == ("allow", "block")


def test_made_up_names_shut_no_tenant_out() -> None:
    """However many names are made up, a tenant that has a policy goes by it, and budgets of each stay apart."""
    each = Policy(new_country=NewCountry(mode="off"), budgets=(Budget(usd=0.3, per="day", tenant="each"),))
    tenants = Tenants(each, own={"shop": Policy(new_country=NewCountry(closed=("GB",)))}, capacity=100, most=3)
    for nth in range(9):
        assert (
            tenants.decide(attempt(nth, START, HONEST + nth * 500_000, tenant=f"made-up-{nth}")).action == "allow"
        )
    assert tenants.decide(attempt(50, START, HONEST, tenant="shop")).reasons[0].code == "country.closed"
    again = attempt(51, START + 1.0, HONEST + 77 * 500_000, tenant="made-up-8")
    assert tenants.decide(again).reasons[0].code == "budget"


def test_an_empty_folder_is_no_policy(tmp_path: Path) -> None:
    """A folder without any policy is told, and not taken for the default one."""
    with pytest.raises(PolicyError, match=r"no policy is in this folder(.|\n)*default.toml"):
        PolicyFolder(tmp_path)


def test_outcomes_find_their_tenant() -> None:
    """Outcomes, answers and prices name no tenant, and find the one that decided."""
    policy = Policy(new_country=NewCountry(learning=0))
    tenants = Tenants(policy, capacity=1_000)
    tenants.decide(attempt(1, START, HONEST, tenant="one", price_usd=0.03))
    asked = tenants.decide(attempt(2, START, PUMPED, tenant="two", price_usd=0.3))
    assert asked.action == "challenge"
    answered = tenants.answer("a2", True, START + 5.0)
    assert answered is not None
    assert answered.action == "allow"
    assert tenants.attempt_to(f"+{PUMPED}") == "a2"
    assert tenants.priced("a2", 0.4, START + 6.0)
    assert tenants.outcome("a1", "verified", START + 6.0)
    assert tenants.answer("a2", True, START + 7.0) is None
    assert not tenants.outcome("a3", "verified", START + 7.0)


def test_a_folder_of_policies_is_read_again(tmp_path: Path) -> None:
    """A policy that is added or changed is noticed once; a mistake is told with its file, and the others go on."""
    (tmp_path / "default.toml").touch()
    folder = PolicyFolder(tmp_path)
    assert (folder.policy, folder.own) == (Policy(), {})
    (tmp_path / "default.toml").write_text("mode = 'shadow'", encoding="utf-8")
    (tmp_path / "shop.toml").write_text("knowledge = 'shared'", encoding="utf-8")
    assert folder.changed()
    assert (folder.policy.mode, folder.own["shop"].knowledge) == ("shadow", "shared")
    assert not folder.changed()
    (tmp_path / "shop.toml").write_text("knowledge = 'secret'", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"shop\.toml:1, knowledge"):
        folder.changed()
    assert folder.own["shop"].knowledge == "shared"
    assert not folder.changed()


def test_a_file_that_is_no_tenants_is_told(tmp_path: Path) -> None:
    """A folder that is not there, or a file whose name no tenant can have, is refused with what to do."""
    with pytest.raises(PolicyError, match="no such folder"):
        PolicyFolder(tmp_path / "none")
    (tmp_path / "my shop.toml").write_text("", encoding="utf-8")
    with pytest.raises(Usage, match="no name of a tenant"):
        PolicyFolder(tmp_path)


def test_the_budget_is_put_right_by_the_price() -> None:
    """Where a message cost more than was thought, the rest of the budget is smaller, and later ones cost that."""
    policy = Policy(new_country=NewCountry(mode="off"), budgets=(Budget(usd=1.0, per="day"),))
    tenants = Tenants(policy, capacity=1_000)
    tenants.decide(Attempt("a1", START, f"+{HONEST}", price_usd=0.1))
    tenants.priced("a1", 0.9, START + 1.0)
    assert tenants.decide(Attempt("a2", START + 2.0, f"+{HONEST + 500_000}")).action == "block"


def test_a_price_is_taken_from_the_budget_of_its_own_tenant() -> None:
    """Where tenants share their knowledge, what a message really cost is spent by the tenant that sent it."""
    policy = Policy(new_country=NewCountry(mode="off"), knowledge="shared", budgets=(Budget(usd=1.0, per="day"),))
    tenants = Tenants(own={"one": policy, "two": policy}, capacity=1_000)
    for nth, name in enumerate(("one", "two")):
        tenants.decide(attempt(nth, START, HONEST + nth * 500_000, tenant=name, price_usd=0.1))
    assert tenants.priced("a1", 0.95, START + 1.0)
    later = [
        tenants.decide(attempt(8 + nth, START + 2.0, HONEST + 9_000_000 + nth, tenant=name, price_usd=0.1)).action
        for nth, name in enumerate(("one", "two"))
    ]
    assert later == ["allow", "block"]


def test_a_change_of_policies_reaches_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenant that is first heard of while policies are exchanged goes by the new ones, as do all others."""
    closed = Policy(new_country=NewCountry(closed=("GB",)))
    tenants = Tenants(BARE, capacity=1_000)
    tenants.guard("one")
    first, reload = tenants.guards[""], tenants.guards[""].reload

    def meanwhile(policy: Policy) -> None:
        tenants.guard("two")
        reload(policy)

    monkeypatch.setattr(first, "reload", meanwhile)
    tenants.reload(closed)
    assert {name: guard.policy for name, guard in tenants.guards.items()} == dict.fromkeys(
        ("", "one", "two"), closed
    )
