"""What a result says of its cases: questions, criteria, measures, tasks, notes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from checkvalve.cases.assess import Judged
from checkvalve.cases.criteria import escalation
from checkvalve.cases.exhibits import Shelf
from checkvalve.cases.identity import case_id
from checkvalve.cases.notes import notes
from checkvalve.cases.playbook import playbook
from checkvalve.cases.questions import questions
from checkvalve.events import Charge
from checkvalve.evidence.costs import settle_costs
from checkvalve.evidence.store import Store
from checkvalve.investigation import Criterion, Input, Measure, Question, Task
from checkvalve.settings import Detection, Logs, Settings
from tests.cases.worlds import (
    ATTACK_S,
    Judgement,
    attack,
    case_in,
    complain,
    judged_in,
    judgement,
    plan_activity,
    proposed,
    world_of,
)
from tests.indicators.synthetic import DAY_S, POOL, START, ask, honest, load, messages, pool, put, store_of


@contextmanager
def attacked(*, web: bool = False, settings: Settings | None = None) -> Iterator[Judgement]:
    """A pool amid honest traffic, with its requests where a web log is wanted."""
    people, dead = attack()
    with store_of(people, dead) as store:
        if web:
            ask(store, people.at_s - 1, [f"198.51.100.{nth % 250}" for nth in range(len(people))])
            ask(store, dead.at_s - 1, "203.0.113.9")
        world = world_of(store, settings)
        yield Judgement(world, judged_in(world))


def answered(found: Judgement) -> dict[str, Question]:
    """The questions by id."""
    return {one.id: one for one in questions(found.world, found.cases)}


def decided(found: Judgement) -> tuple[str, dict[str, Criterion]]:
    """The decision, and the criteria by id."""
    escalated = escalation(found.world, found.cases)
    return escalated.decision, {one.id: one for one in escalated.criteria}


def tasks(found: Judgement) -> dict[str, Task]:
    """The playbook by id."""
    return {one.id: one for one in playbook(found.world, found.cases, proposed(found.cases))}


def test_questions_are_answered_from_the_attack() -> None:
    """A pool with its requests: many messages to few numbers, a new address, and too much money."""
    with attacked(web=True) as found:
        said = answered(found)
    assert {name: one.answer for name, one in said.items()} == {
        "Q1": "yes",
        "Q2": "yes",
        "Q3": "unknown",
        "Q4": "yes",
    }
    for name in ("Q1", "Q2", "Q4"):
        assert said[name].facts
        assert said[name].missing is None
        assert 0.5 < said[name].confidence <= 1
    assert said["Q3"].missing is not None
    assert said["Q3"].confidence == 0


def test_questions_are_answered_for_quiet_traffic() -> None:
    """Honest traffic with all its logs is answered with no, and with what was looked at."""
    people = honest(1)
    with store_of(people) as store:
        ask(store, people.at_s - 1, [f"198.51.100.{nth % 250}" for nth in range(len(people))])
        complain(store, START + DAY_S, kind="other")
        world = world_of(store)
        said = answered(Judgement(world, judged_in(world)))
    assert {one.answer for one in said.values()} == {"no"}
    assert all(one.facts for one in said.values())


def test_complaints_answer_the_third_question() -> None:
    """A user who waits for a message makes it yes; reports of another kind do not."""
    with judgement(honest(1)) as found:
        assert answered(found)["Q3"].answer == "unknown"
        complain(found.world.store, START, kind="unsolicited")
        assert answered(found)["Q3"].answer == "no"
        complain(found.world.store, START)
        assert answered(found)["Q3"].answer == "yes"


def test_complaints_that_nobody_understands() -> None:
    """Complaints in unknown words are no evidence that messages arrive: the question stays open, with their number."""
    with judgement(honest(1)) as found:
        complain(found.world.store, START, kind="unsolicited")
        complain(found.world.store, START, kind="other")
        found.world.store.run("UPDATE complaint_rows SET not_understood = true WHERE kind = 'other'")
        said = answered(found)["Q3"]
        assert (said.answer, said.confidence) == ("unknown", 0)
        assert said.missing is not None
        assert "1 complaint of 2 are in words" in said.missing
        complain(found.world.store, START)
        assert answered(found)["Q3"].answer == "yes"


@pytest.mark.parametrize("column", ["number", "sent_at"])
def test_what_is_missing_is_named_and_not_guessed(column: str) -> None:
    """Messages without numbers or times are not no messages: the answer says which log would help."""
    with store_of(honest(1, days=1)) as store:
        store.run(f"UPDATE kept_sends SET {column} = NULL")
        world = world_of(store)
        said = answered(Judgement(world, judged_in(world)))
    assert said["Q1"].answer == "unknown"
    assert "number and a time" in (said["Q1"].missing or "")
    assert said["Q2"].answer == "unknown"


def test_an_empty_store_asks_for_everything() -> None:
    """Without any evidence each answer is unknown and names a log."""
    with store_of() as store:
        world = world_of(store)
        said = answered(Judgement(world, judged_in(world)))
    assert {one.answer for one in said.values()} == {"unknown"}
    assert all(one.missing for one in said.values())


def test_an_attack_meets_the_criteria_and_is_escalated() -> None:
    """Dead numbers of one block meet E1, a new address that carries them E2."""
    with attacked(web=True) as found:
        decision, criteria = decided(found)
    assert decision == "escalate"
    assert criteria["E1"].met
    assert criteria["E2"].met
    assert all(one.facts for one in criteria.values())


@pytest.mark.parametrize(("verdict", "met"), [("attack", True), ("suspicious", False)])
def test_fraud_that_is_its_own_past_is_escalated(verdict: str, met: bool) -> None:
    """Where no volume is beyond what the past lets expect, lost codes and a crowded block are volume enough."""
    with attacked() as found:
        (one,) = found.cases
        silent = [each for each in one.findings if each.id not in ("volume", "cost")]
        old = replace(one, verdict=verdict, findings=silent)
        escalated = escalation(found.world, [old])
    assert escalated.criteria[0].met is met
    assert escalated.decision == ("escalate" if met else "monitor")


def test_a_case_without_a_finding_of_cost_is_worth_what_its_messages_cost() -> None:
    """A case that costs as much as its own past does is escalated as its price deserves, and not below the least."""
    for least_usd, decision in ((1.0, "escalate"), (1_000.0, "monitor")):
        with attacked(settings=Settings(detection=Detection(minimum_loss_usd=least_usd))) as found:
            (one,) = found.cases
            old = replace(one, findings=[each for each in one.findings if each.id != "cost"])
            assert escalation(found.world, [old]).decision == decision


def test_without_a_web_log_the_second_criterion_is_not_met() -> None:
    """Nothing is known of origins, so nothing is claimed of them; the first is enough."""
    with attacked() as found:
        decision, criteria = decided(found)
    assert decision == "escalate"
    assert not criteria["E2"].met


def test_the_third_criterion_waits_for_the_answer() -> None:
    """Cost that nobody explained is pending until the business unit was asked, calendar or not."""
    with attacked() as found:
        waiting = decided(found)[1]["E3"]
        plan_activity(found.world.store, START, START + 60)
        planned = decided(found)[1]["E3"]
    assert (waiting.met, planned.met) == (False, False)
    assert waiting.pending
    assert planned.pending
    assert any("calendar" in fact for fact in planned.facts)


@pytest.mark.parametrize(("inquiry", "met"), [("explained", False), ("unexplained", True)])
def test_the_answer_decides_the_third_criterion(inquiry: str, met: bool) -> None:
    """With the answer in the settings E3 is decided and no longer pending."""
    settings = Settings(detection=Detection(inquiry=inquiry))  # type: ignore[arg-type] # one of its words
    with attacked(settings=settings) as found:
        criterion = decided(found)[1]["E3"]
    assert (criterion.met, criterion.pending) == (met, None)


@pytest.mark.parametrize("web", [True, False])
@pytest.mark.parametrize("honest_only", [True, False])
@pytest.mark.parametrize("inquiry", ["open", "unexplained", "explained"])
def test_every_fact_leads_to_evidence(web: bool, honest_only: bool, inquiry: str) -> None:
    """Behind each sentence of a question or criterion stands an exhibit that is there: of a case, or of everything."""
    people, dead = attack()
    settings = Settings(detection=Detection(inquiry=inquiry))  # type: ignore[arg-type] # one of its words
    with store_of(people, *([] if honest_only else [dead])) as store:
        store.run("UPDATE kept_sends SET price = NULL, price_usd = NULL WHERE rowid % 3 = 0")
        complain(store, START)
        plan_activity(store, START, START + 60)
        if web:
            ask(store, people.at_s - 1, [f"198.51.100.{nth % 250}" for nth in range(len(people))])
        world = world_of(store, settings)
        found, shelf = Judgement(world, judged_in(world)), Shelf(store)
        told: list[Question | Criterion] = [*questions(world, found.cases, shelf)]
        told += escalation(world, found.cases, shelf).criteria
        cases = [case_in(one, world) for one in found.cases]
    there = {one.id: one for case in cases for one in case.exhibits} | {one.id: one for one in shelf.shown.values()}
    assert all(one.facts or isinstance(one, Question) for one in told)
    for one in told:
        assert len(one.exhibits) == len(one.facts)
        assert all(there[id_].rows for id_ in one.exhibits), (one.id, one.exhibits)


def test_a_lone_bill_is_shown() -> None:
    """Without messages the bill itself stands behind what is said of it."""
    with store_of() as store:
        line = {"provider": "'aws'", "category": "'x'", "amount": "5.0", "currency": "'USD'"}
        time = {"period_start": f"to_timestamp({START})", "period_end": f"to_timestamp({START + DAY_S})"}
        load(store, Charge, {}, **line, **time)
        world, shelf = world_of(store), Shelf(store)
        said = {one.id: one for one in questions(world, [], shelf)}["Q4"]
    assert (said.answer, said.exhibits) == ("unknown", ["evidence/bill"])
    assert "$5.00" in said.facts[0]
    assert shelf.shown["evidence/bill"].rows == 1


def test_a_case_that_cost_too_little_is_watched() -> None:
    """Below the smallest loss worth it an attack is kept, not escalated; quiet traffic is closed."""
    settings = Settings(detection=Detection(minimum_loss_usd=1000.0))
    with attacked(settings=settings) as found:
        assert found.only.verdict == "attack"
        assert decided(found)[0] == "monitor"
    with judgement(honest(1)) as found:
        decision, criteria = decided(found)
    assert decision == "close"
    assert not any(one.met or one.pending for one in criteria.values())


def test_a_range_is_blocked_with_its_collateral() -> None:
    """What a block stops and whom it stops besides are counted, and the case is named."""
    with attacked() as found:
        (block,) = [one for one in proposed(found.cases) if one.action == "block_range"]
        assert block.case_id == case_id(found.only.scene)
    assert block.target == f"+{POOL}"
    assert (block.stops_sends, block.collateral_sends) == (100, 0)
    assert block.ttl_s > 0


def test_collateral_leaves_out_whom_the_measure_spares() -> None:
    """A person of the range counts until the first code; afterwards the number is known and passes."""
    people, dead = attack()
    person = int(POOL) * 10_000 + 9_999
    visits = messages(START + DAY_S * np.arange(4), person, START + DAY_S * np.arange(4) + 20.0)
    with judgement(people + visits, dead) as found:
        (block,) = [one for one in proposed(found.cases) if one.action == "block_range"]
    assert (block.stops_sends, block.collateral_sends) == (100, 1)


def test_measures_follow_the_evidence() -> None:
    """A web log adds the address and the endpoint; without it only the range can be shut; benign cases shut nothing."""
    with attacked(web=True) as found:
        made = {one.action: one for one in proposed(found.cases)}
    assert set(made) == {"block_range", "block_origin", "challenge_endpoint"}
    assert made["block_origin"].target == "ip 203.0.113.9"
    assert made["block_origin"].stops_sends == 100
    assert made["challenge_endpoint"].target == "POST /send"
    with attacked() as found:
        assert {one.action for one in proposed(found.cases)} == {"block_range"}
        assert proposed([replace(one, verdict="benign") for one in found.cases]) == []


def test_measures_count_all_messages_where_a_part_was_linked() -> None:
    """What an address asked for is scaled from the messages that were linked to all of them."""
    with attacked(web=True) as found:
        assert found.only.origins is not None
        part = replace(found.only, origins=replace(found.only.origins, every=3))
        made = {one.action: one for one in proposed([part])}
        assert case_in(part, found.world).origins[0].requests == 300
    assert made["block_origin"].stops_sends == 300
    assert made["block_range"].stops_sends == 100


def test_the_suspicious_are_challenged_and_not_blocked() -> None:
    """Where it is not sure, people may still pass."""
    with attacked() as found:
        doubtful = [replace(one, verdict="suspicious") for one in found.cases]
        assert [one.action for one in proposed(doubtful)] == ["challenge_range"]


def test_the_best_measure_comes_first() -> None:
    """Measures are in order of what they stop less whom they hit."""
    with attacked(web=True) as found:
        made = proposed(found.cases)
    worth = [one.stops_sends - one.collateral_sends for one in made]
    assert worth == sorted(worth, reverse=True)


def test_the_playbook_says_what_is_done_and_what_is_missing() -> None:
    """Each line appears once, with a result; what needs a log or a person says so."""
    with attacked() as found:
        said = tasks(found)
    assert list(said) == ["L1-1", "L1-2", "L1-3", "T2-1", "T2-2", "T2-3", "C-1", "C-2", "C-3", "C-4"]
    assert all(one.result for one in said.values())
    missing = {name for name, one in said.items() if one.status == "needs_input"}
    assert missing == {"L1-1", "L1-2", "L1-3", "T2-2", "C-1", "C-3"}
    assert said["T2-3"].status == said["C-4"].status == "open"


def test_where_nobody_stands_out_no_origin_is_to_be_blocked() -> None:
    """With a web log the playbook does not ask for one; it says that no origin is worth blocking."""
    with attacked(web=True) as found:
        told = {one.id: one for one in playbook(found.world, found.cases, [])}
    assert told["C-3"].status == "done"
    assert "stands out" in told["C-3"].result


def test_the_playbook_of_quiet_traffic_asks_for_no_measure() -> None:
    """Without a case there is nothing to capture, to ask or to shut."""
    with judgement(honest(1)) as found:
        said = tasks(found)
    assert {said[name].status for name in ("T2-1", "T2-2", "T2-3", "C-1", "C-3", "C-4")} == {"done"}


def noted(store: Store, read: Sequence[Input] = (), settings: Settings | None = None) -> str:
    """All notes as one text."""
    return "\n".join(notes(store, list(read), ["so many joined"], settings or Settings()))


def test_notes_tell_what_a_reader_must_know() -> None:
    """Files that nobody could read, refused records, joined logs and prices that are estimates."""
    unread = Input(path="x.bin", sha256="", source=None, note="not recognised")
    refused = Input(path="a.log", sha256="", source="web.combined", quarantined=3)
    copy = Input(path="b.log", sha256="", source=None, note="adds nothing: a copy")
    people = honest(1, days=1)
    with store_of(people) as store:
        put(store, replace(people, price_usd=np.full(len(people), np.nan)), provider="aws")
        settle_costs(store)
        text = noted(store, [unread, refused, copy])
        assert "1 file could not be used: x.bin" in text
        assert "3 records could not be used" in text
        assert "so many joined" in text
        assert "b.log" not in text
        assert "estimated from other messages" in text
        sampled = Settings(logs=Logs(sns_success_sample_rate=0.1))
        assert "SNS logs only" not in noted(store, settings=sampled)
        store.run("UPDATE kept_sends SET source = 'aws.sns'")
        assert "SNS logs only 10%" in noted(store, settings=sampled)


def test_a_case_holds_together() -> None:
    """Counts, money, times and exhibits of a case agree with its evidence and with each other."""
    with attacked(web=True) as found:
        case = case_in(found.only, found.world)
    assert case.sends == sum(one.sends for one in case.destinations) == 100
    assert case.cost_usd == pytest.approx(sum(one.cost_usd for one in case.destinations)) == pytest.approx(5.0)
    assert case.started_at <= case.detectable_at <= case.ended_at
    assert 4 <= case.sends_before_detectable <= 9
    assert case.cost_usd_before_detectable == pytest.approx(0.05 * case.sends_before_detectable)
    assert case.endpoints == ["POST /send"]
    assert [one.value for one in case.origins if one.kind == "ip"] == ["203.0.113.9"]
    shown = {one.id for one in case.exhibits}
    assert len(shown) == len(case.exhibits)
    assert {name for one in case.indicators for name in one.exhibits} <= shown
    assert case.series is not None
    assert sum(case.series.sends) >= 100
    assert case.tree is not None
    assert any(node.named for country in case.tree.children for net in country.children for node in net.children)


def test_cases_have_names_of_their_own() -> None:
    """Two attacks of one day on one country, and the same attack in another run: ids differ, and stay."""
    first, second = pool(START + 3 * DAY_S, prefix="4860199", count=80), pool(START + 3.9 * DAY_S, count=80)
    ids: list[list[str]] = []
    for _ in range(2):
        with judgement(honest(1), first, second) as found:
            ids.append([case_id(one.scene) for one in found.cases])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0]) == 2


def test_an_origin_names_the_owner_of_its_network() -> None:
    """Where a data base says whom a network (ASN) belongs to, the case says it; other origins have no owner."""
    with attacked(web=True) as found:
        assert found.only.origins is not None
        first = found.only.origins.top[0]
        top = [replace(first, kind="asn", value="64500"), replace(first, kind="asn", value="64501"), first]
        judged: Judged = replace(found.only, origins=replace(found.only.origins, top=top))
        found.world.store.run("CREATE TABLE asn_names AS SELECT 64500 AS asn, 'Example Hosting' AS name")
        assert [one.name for one in case_in(judged, found.world).origins[:3]] == ["Example Hosting", None, None]


def test_a_benign_case_names_no_origins() -> None:
    """Addresses of people are not listed as suspects."""
    with attacked(web=True) as found:
        benign: Judged = replace(found.only, verdict="benign")
        assert case_in(benign, found.world).origins == []


def test_every_range_of_a_flood_is_told_and_measured() -> None:
    """A case of hundreds of ranges names all of them, and all are proposed to be closed."""
    rng = np.random.default_rng(1)
    blocks = [4_870_000 + 26 * nth for nth in range(120)]
    sent = [
        messages(
            ATTACK_S + np.sort(rng.uniform(0, 6 * 3_600, 12)),
            block * 10_000 + rng.choice(10_000, 12, replace=False),
        )
        for block in blocks
    ]
    with judgement(honest(1), *sent) as found:
        named = sum(len(one.scene.ranges) for one in found.cases)
        told = sum(len(case_in(one, found.world).destinations) for one in found.cases)
        closed = [one for one in proposed(found.cases) if one.action in ("block_range", "challenge_range")]
        assert named > 100
        assert (told, len(closed)) == (named, named)


def test_the_fraud_of_another_case_is_not_honest() -> None:
    """Messages in a range that another case counts are no collateral of closing it."""
    inside = int(POOL) * 10_000 + 5
    again = messages(ATTACK_S + 30.0 * np.arange(40), inside)
    with judgement(honest(1), pool(ATTACK_S - 3 * DAY_S, count=100), again) as found:
        assert len(found.cases) == 2
        closing = [one for one in proposed(found.cases) if one.target == f"+{POOL}"]
        assert [one.collateral_sends for one in closing] == [0]


def test_what_two_kinds_of_origin_stop_counts_once() -> None:
    """An attacker known by address and by fingerprint is proposed twice, and the playbook counts the messages once."""
    by = [
        Measure(
            action="block_origin",
            target=f"{kind} x",
            scope="",
            ttl_s=60,
            stops_sends=100,
            collateral_sends=1,
            why="",
        )
        for kind in ("ip", "ja4")
    ]
    with attacked() as found:
        told = {one.id: one for one in playbook(found.world, found.cases, by)}
        assert "stopped 100 messages and 1 honest one" in told["C-3"].result


def test_the_playbook_knows_what_was_answered() -> None:
    """Where the business unit answered, or a suspicious case is to be challenged, nobody is asked for it again."""
    with attacked(settings=Settings(detection=Detection(inquiry="unexplained"))) as found:
        doubtful = [replace(one, verdict="suspicious") for one in found.cases]
        told = {one.id: one for one in playbook(found.world, doubtful, proposed(doubtful))}
        assert (told["T2-3"].status, told["C-4"].status) == ("done", "open")


def test_a_dear_day_that_no_case_explains_is_suspicious() -> None:
    """A flood to numbers that no test can look at is money gone: Q4 says yes, E3 waits, and it is watched."""
    flood = messages(ATTACK_S + np.arange(600.0), int(POOL) * 10_000 + np.arange(600), price_usd=0.2)
    with store_of(honest(1), flood) as store:
        store.run(f"UPDATE kept_sends SET number = NULL WHERE number // 10000 = {POOL}")
        world = world_of(store)
        judged = judged_in(world)
        said = {one.id: one for one in questions(world, judged)}
        decided_ = escalation(world, judged)
    assert judged == []
    assert (said["Q4"].answer, decided_.decision) == ("yes", "monitor")
    assert "messages that no case explains cost $1" in said["Q4"].facts[0]
    assert next(one for one in decided_.criteria if one.id == "E3").pending


def test_days_before_are_needed_to_call_a_cost_usual() -> None:
    """Of one day alone nothing is said about what it should cost."""
    with store_of(messages(START + 600.0 * np.arange(50), 48_601_000_000 + 7_919 * np.arange(50))) as store:
        said = {one.id: one for one in questions(world_of(store), [])}
    assert said["Q4"].answer == "unknown"
    assert "some days before" in str(said["Q4"].missing)


def test_a_case_without_ranges_is_told_by_its_countries() -> None:
    """Nobody is told that messages went to no range."""
    with judgement(*attack()) as found:
        wide = replace(found.only, scene=replace(found.only.scene, ranges=[]))
        assert "to 1 range;" in case_in(found.only, found.world).summary
        assert "to Poland;" in case_in(wide, found.world).summary
