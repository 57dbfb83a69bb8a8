"""Rules are compared at the same harm: what the tuner may choose, and when one is ahead of another."""

import re

import msgspec
import pytest

from proving.baselines import report, tables
from proving.baselines.comparison import compared, counted
from proving.baselines.found import GUARD, MAIN, PAIRINGS, Found
from proving.baselines.goals import GOALS, HALF_A_PERCENT, PROMISE, Chosen, chosen, possible, worst_family
from proving.baselines.loop import Outcome
from proving.baselines.rules import RULES
from proving.score.intervals import bootstrap_share


def outcome(rule: str, leaked_usd: float, family: str = "some", seed: int = 1, **given: object) -> Outcome:
    """Ten dollars of fraud and ten thousand honest users, none of them shut out, unless said otherwise."""
    values: dict[str, object] = {
        "kind": "attack",
        "values": {},
        "moving": False,
        "fraud": 10,
        "fraud_sent": int(leaked_usd),
        "fraud_usd": 10.0,
        "fraud_sent_usd": leaked_usd,
        "honest": 10_000,
        "honest_refused": 0,
        "users": 10_000,
        "users_shut_out": 0,
        "users_blocked": 0,
        "sent_before": 0,
        "campaigns": {"x": {"usd": 10.0, "sent_usd": leaked_usd, "noticed": True}},
    }
    fields = {"family": family, "seed": seed, "size": "tiny", "rule": rule, **values, **given}
    return msgspec.convert(fields, Outcome)


def tried(strict: float, leaked_usd: float, out: int, out_of_crowd: int = 0) -> list[Outcome]:
    """A setting that was tried on one attack and one harmless crowd, and how many it shut out in each."""
    values = {"strict": strict}
    attack = outcome("r", leaked_usd, values=values, users_shut_out=out)
    crowd = outcome("r", 0.0, "crowd", values=values, kind="benign", fraud_usd=0.0, users_shut_out=out_of_crowd)
    return [attack, crowd]


def test_most_prevented_within_the_limit_is_taken() -> None:
    """Of settings that shut out few enough the one that prevents most is chosen, whatever stricter ones prevent."""
    outcomes = [*tried(1, 9.0, 0), *tried(2, 4.0, 40), *tried(3, 0.0, 400)]
    assert chosen(outcomes, "r", HALF_A_PERCENT) == Chosen({"strict": 2}, keeps=True)
    assert chosen(outcomes, "r", PROMISE) == Chosen({"strict": 1}, keeps=True)


def test_harm_counts_people_and_not_streams() -> None:
    """One of a hundred in a small stream is one of all people when values are chosen, as when they are judged."""
    few = outcome("r", 1.0, seed=2, values={"strict": 1}, users=100, users_shut_out=1)
    assert chosen([*tried(1, 9.0, 0), few], "r", PROMISE).keeps


def test_a_crowd_that_is_shut_out_does_not_drown_in_the_mean() -> None:
    """Held to the promise, a rule may shut out half a per cent of no harmless crowd, however few that is of all."""
    quiet = [outcome("r", 0.0, "quiet", seed, kind="benign", values={"strict": 2}) for seed in range(200)]
    outcomes = [*tried(1, 9.0, 0), *tried(2, 4.0, 0, out_of_crowd=60), *quiet]
    assert worst_family([one for one in outcomes if one.values == {"strict": 2}]) == pytest.approx(0.006)
    assert chosen(outcomes, "r", PROMISE).values == {"strict": 1}
    assert chosen(outcomes, "r", HALF_A_PERCENT).values == {"strict": 2}


def test_what_comes_nearest_is_taken_and_marked_where_nothing_keeps_to_the_limit() -> None:
    """A rule that breaks the limits with each of its settings is shown with the least harm, and said to break them."""
    outcomes = [*tried(1, 9.0, 900), *tried(2, 4.0, 500), *tried(3, 0.0, 5_000)]
    for goal in GOALS:
        assert chosen(outcomes, "r", goal) == Chosen({"strict": 2}, keeps=False)


def test_values_that_broke_the_limits_among_harmless_streams_are_out_of_the_question() -> None:
    """Only what may still keep to a goal is tried on attacks, and of what keeps to none the nearest."""
    crowds = [tried(strict, 0.0, 0, out)[1] for strict, out in ((1, 0), (2, 60), (3, 400))]
    assert possible(crowds, "r", 40_000) == [{"strict": 1}, {"strict": 2}]
    assert possible(crowds[1:], "r", 40_000) == [{"strict": 2}]
    assert possible(crowds[2:], "r", 40_000) == [{"strict": 3}]
    assert chosen(crowds[2:], "r", PROMISE) == Chosen({"strict": 3}, keeps=False)


def test_of_equals_the_published_values_are_kept() -> None:
    """Where another setting prevents no more, the one that was tried first stays."""
    assert chosen([*tried(7, 4.0, 0), *tried(1, 4.0, 0)], "r", PROMISE).values == {"strict": 7}


def test_level_is_what_chance_among_the_streams_may_turn_round() -> None:
    """Ahead or behind is only what holds in nearly all draws of the streams; what differs in sign is level."""
    leaks = {"always": (1, 2, 1, 3, 2), "mixed": (6, 2, 6, 2, 4)}
    own = [outcome("own", float(usd), name, seed) for name, each in leaks.items() for seed, usd in enumerate(each)]
    other = [outcome("b", 4.0, name, seed) for name in leaks for seed in range(5)]
    always, mixed = compared(own, {"b": other})
    assert (always.verdict, mixed.verdict) == ("ahead", "level")
    assert always.difference == pytest.approx(0.22)
    assert always.low > 0 > mixed.low
    assert [one.verdict for one in compared(other, {"own": own})] == ["behind", "level"]
    assert counted([always, mixed]) == {"ahead": 1, "level": 1, "behind": 0}


def test_streams_are_compared_with_themselves() -> None:
    """What makes a stream dear for both rules does not blur their difference."""
    costs = (10.0, 1_000.0, 50.0)
    own = [outcome("own", 0.5 * usd, seed=seed, fraud_usd=usd) for seed, usd in enumerate(costs)]
    other = [outcome("b", 0.6 * usd, seed=seed, fraud_usd=usd) for seed, usd in enumerate(costs)]
    (one,) = compared(own, {"b": other})
    assert (one.low, one.high) == pytest.approx((0.1, 0.1))


def test_a_stream_without_fraud_tells_nothing_of_a_difference() -> None:
    """A stream whose fraud costs nothing does not count; without any other rule or stream there is no difference."""
    own = [outcome("own", 1.0), outcome("own", 0.0, seed=2, fraud_usd=0.0)]
    other = [outcome("b", 3.0), outcome("b", 0.0, seed=2, fraud_usd=0.0)]
    (one,) = compared(own, {"b": other})
    assert (one.low, one.high) == pytest.approx((0.2, 0.2))
    assert [one.verdict for one in compared(own[1:], {"b": other[1:]})] == ["level"]
    assert [(one.best, one.verdict) for one in compared(own, {})] == [("", "level")]


def test_the_best_other_rule_is_looked_up_in_each_family() -> None:
    """The guard stands beside the rule that prevents most there, not beside one rule for all families."""
    own = [outcome("own", 2.0, name) for name in ("a", "b")]
    others = {
        "x": [outcome("x", 1.0, "a"), outcome("x", 9.0, "b")],
        "y": [outcome("y", 8.0, "a"), outcome("y", 3.0, "b")],
    }
    assert [(one.best, one.verdict) for one in compared(own, others)] == [("x", "behind"), ("y", "ahead")]


def test_an_interval_of_shares_weighs_runs_by_their_size() -> None:
    """A run that is a hundred times as large counts a hundred times; a run of nothing is refused."""
    low, high = bootstrap_share([0.0, 100.0], [1.0, 100.0])
    assert (low, high) == (0.0, 1.0)
    with pytest.raises(ValueError, match="wholes above zero"):
        bootstrap_share([0.0], [0.0])


def found() -> Found:
    """A guard that leaks a tenth, and a rule that leaks nothing by shutting everybody out unless it is held."""
    rules = [RULES["nothing"], RULES[GUARD], RULES["per address"]]
    chose = {goal.title: {one.name: Chosen(dict(one.published), keeps=True) for one in rules} for goal in GOALS}
    chose[PROMISE.title]["per address"] = Chosen({"most": 100.0}, keeps=False)
    each = [
        ("nothing", {}, 10.0, 0),
        (GUARD, dict(RULES[GUARD].published), 1.0, 0),
        ("per address", {"most": 30.0}, 0.0, 9_000),
        ("per address", {"most": 100.0}, 6.0, 10),
    ]
    outcomes = [
        outcome(name, usd, seed=seed, values=values, users_shut_out=out, users_blocked=out, moving=moving)
        for name, values, usd, out in each
        for seed in (1, 2, 3)
        for moving in (False, True)
    ]
    return Found(outcomes, rules, chose)


def test_the_section_says_where_the_guard_is_ahead_and_at_which_harm() -> None:
    """At the same harm the guard is ahead, beside a rule that refuses nearly everybody it is behind: both are said."""
    text = report.section(found(), "wide.md")
    assert re.search(r"\| default guard, others held to the promise .* \| 1 \| 0 \| 0 \| 1 \| 0 \| 0 \|", text)
    assert re.search(r"\| default guard, others tuned to 0.5 % .* \| 0 \| 0 \| 1 \| 0 \| 0 \| 1 \|", text)
    assert "| some | 90.0 | 40.0 (per address †) | +50.0 (+50.0 to +50.0) | ahead |" in text
    assert "None of its values keeps per address within the limits" in text
    assert "(wide.md)" in text


def test_a_rule_that_breaks_its_limits_on_new_streams_is_named() -> None:
    """Limits that were kept where values were chosen, and are broken where they are measured, are told of."""
    one = found()
    one.chosen[PROMISE.title]["per address"] = Chosen({"most": 30.0}, keeps=True)  # type: ignore[index]  # a plain dict
    assert "beyond them here, and counted: per address." in report.section(one, "wide.md")


@pytest.mark.parametrize(("out", "told"), [(0, False), (600, True)])
def test_a_guard_that_breaks_the_limits_is_told_of(out: int, told: bool) -> None:
    """The comparison at the same harm says so where the guard itself shuts out more than it promises."""
    one = found()
    values = dict(RULES[GUARD].published)
    crowd = outcome(GUARD, 0.0, "office", kind="benign", values=values, users_shut_out=out)
    text = report.section(Found([*one.outcomes, crowd], one.rules, one.chosen), "wide.md")
    assert ("The guard as it comes is beyond them here" in text) is told


def test_the_crowds_that_the_others_shut_out_most_are_named() -> None:
    """Where a limit over all people hides that a crowd is shut out, the page names the crowd."""
    one = found()
    crowds = [
        outcome("per address", 0.0, name, kind="benign", values={"most": 30.0}, users_shut_out=out)
        for name, out in (("office", 1_200), ("school", 30), ("quiet", 0))
    ]
    text = report.section(Found([*one.outcomes, *crowds], one.rules, one.chosen), "wide.md")
    assert "the median of them: `office` (12.0 %), `school` (0.3 %)." in text


def test_the_tables_hold_every_rule_with_every_setting() -> None:
    """The long page has published, tuned and held values of each rule, and the money, by family."""
    text = tables.page(found())
    for title in ("as published", *(goal.title for goal in GOALS)):
        assert f"| {title} |" in text
    assert f"| per address † | {PROMISE.title} | most 100 | 40.0 % |" in text
    assert "| some | 1 | 10 | 56 | yes |" in text
    assert text.count("Ahead or level in 1 of 1 families.") == 2
    for pairing in PAIRINGS:
        assert pairing.title[1:] in text


def test_the_main_comparison_is_untuned_beside_tuned_at_the_same_harm() -> None:
    """What the first line counts is the guard as it comes, beside others held to what the guard promises."""
    assert MAIN.guard is None
    assert MAIN.others == PROMISE
    assert PAIRINGS[0] == MAIN
    assert msgspec.structs.asdict(PROMISE) == {"title": PROMISE.title, "overall": 0.0005, "in_family": 0.005}
