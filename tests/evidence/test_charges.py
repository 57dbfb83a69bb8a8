"""The lines of a bill add up to what was billed: no money twice, and no fee lost."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.events import Charge
from checkvalve.evidence.charges import Line, own_parts, settle_charges
from tests.evidence.filling import BEGIN, put, rows, store_with

DAY_S = 86_400.0


def line(category: str, amount: float, *, day: int = 0, days: int = 1, parent: bool = False, **said: Any) -> Charge:
    """A usage record of some days."""
    start = BEGIN + timedelta(days=day)
    given_: dict[str, Any] = {"provider": "twilio", "sums": "categories" if parent else "periods", **said}
    return Charge(
        period_start=start,
        period_end=start + timedelta(days=days),
        category=category,
        amount=amount,
        currency="USD",
        quantity=amount * 10,
        **given_,
    )


def total(*charges: Charge, twin: tuple[Charge, ...] = ()) -> float:
    """What the bill says in all; ``twin`` are lines of the same in another format."""
    with store_with(*charges, source="twilio.usage") as store:
        put(store, twin, source="billing.focus", file="b")
        settle_charges(store)
        settle_charges(store)
        return sum(
            row["own_usd"] or 0.0 for row in rows(store, "own_charges", "own_usd", "source_file", "source_line")
        )


def test_a_category_that_sums_others_counts_only_what_they_leave() -> None:
    """The sum of a category stands beside its parts: the money counts once, what no part names is kept."""
    parts = [line("sms-outbound-longcode", 6.0), line("sms-outbound-shortcode", 2.0)]
    assert total(*parts, line("sms-outbound", 8.0, parent=True), line("sms", 9.0, parent=True)) == 9.0
    assert total(*parts, line("sms", 9.0, parent=True)) == 9.0


def test_a_sum_alone_counts_whole() -> None:
    """Where only the sum was fetched, it is the bill."""
    assert total(line("sms-outbound", 8.0, parent=True)) == 8.0


def test_a_fee_is_no_sum() -> None:
    """Fees stand beside what they are for, whether their category's sum holds them or not."""
    fee = line("sms-messages-carrierfees", 3.0)
    assert total(line("sms-outbound-longcode", 6.0), fee) == 9.0
    assert total(line("sms-outbound-longcode", 6.0), fee, line("sms", 6.0, parent=True)) == 9.0
    assert total(line("sms-outbound-longcode", 6.0), fee, line("sms", 9.0, parent=True)) == 9.0


def test_a_month_beside_its_days_counts_once() -> None:
    """Days that were fetched beside their month are part of it; days outside it are not."""
    days = [line("sms-outbound-longcode", 1.0, day=nth) for nth in range(10)]
    assert total(*days, line("sms-outbound-longcode", 30.0, days=30)) == 30.0
    assert total(*days, line("sms-outbound-longcode", 10.0, days=10), line("sms", 5.0, day=40, parent=True)) == 15.0


def test_a_month_of_a_sum_beside_days_of_its_parts() -> None:
    """Categories and periods nest at once."""
    days = [line("sms-outbound-longcode", 1.0, day=nth) for nth in range(30)]
    sums = [line("sms-outbound", 1.0, day=nth, parent=True) for nth in range(30)]
    assert total(*days, *sums, line("sms-outbound", 32.0, days=30, parent=True)) == pytest.approx(32.0)


def test_accounts_are_billed_apart() -> None:
    """A sum of one account takes nothing from the parts of another."""
    assert total(line("sms", 5.0, parent=True, account="A"), line("sms-outbound-longcode", 4.0, account="B")) == 9.0


def test_lines_that_sum_nothing_all_count() -> None:
    """In a bill of single lines, equal categories and times are charges of their own."""
    lines = [line("USE1-OutboundSMS-GB", 2.0, provider="aws", sums=None) for _ in range(3)]
    assert total(*lines, line("Tax", 1.0, provider="aws", sums=None, days=30)) == 7.0


def test_one_account_in_two_formats_counts_once() -> None:
    """Of two bills of one account over the same time the longer one counts; where only one speaks, that one does."""
    long = [line("messages", 1.0, day=nth, provider="aws", account="1", sums=None) for nth in range(10)]
    short = tuple(line("sms", 2.0, day=nth, provider="aws", account="1", sums=None) for nth in (0, 3, 20))
    assert total(*long, twin=short) == 12.0
    other = tuple(line("sms", 2.0, day=nth, provider="aws", account="2", sums=None) for nth in (0, 3))
    assert total(*long, twin=other) == 14.0


def test_unknown_money_stays_unknown() -> None:
    """A line in a currency without a rate has no part of its own in dollars."""
    with store_with(line("sms", 5.0, parent=True), source="twilio.usage") as store:
        store.run("UPDATE charges SET amount_usd = NULL")
        settle_charges(store)
        assert rows(store, "own_charges", "own_usd", "source_file", "source_line")[0]["own_usd"] is None


nested = st.recursive(
    st.floats(0, 100),
    lambda parts: st.tuples(st.floats(0, 10), st.lists(parts, min_size=1, max_size=3)),
    max_leaves=12,
)


@given(nested)
def test_parts_add_up_to_the_top(tree: Any) -> None:
    """In any tree of sums, whatever each adds beside its parts, the own parts add up to the topmost sum."""
    lines: list[Line] = []
    values: list[float] = []

    def grow(name: str, node: Any) -> float:
        own, parts = node if isinstance(node, tuple) else (node, [])
        amount = float(own + sum(grow(f"{name}-{nth}", part) for nth, part in enumerate(parts)))
        lines.append(Line(name, bool(parts), 0.0, DAY_S))
        values.append(amount)
        return amount

    top = grow("sms", tree)
    assert own_parts(lines, np.array(values)).sum() == pytest.approx(top)
