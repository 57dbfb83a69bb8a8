"""Newcomers who do not come back: what case is made of them, and which of them are named."""

from pathlib import Path

from checkvalve.cases.assess import Judged
from checkvalve.cases.labels import write_labels, write_sends
from checkvalve.cases.never_back import never_back
from checkvalve.numbering.plan import country_index
from checkvalve.numbering.tree import Level
from tests.cases.worlds import alarm, draft, judged_in, judgement, plan_activity, proposed, rival, world_of
from tests.indicators.synthetic import DAY_S, START, rows_of, store_of
from tests.indicators.test_returns import FRAUD_S, PEOPLE, strangers

END_S = START + 30 * DAY_S
PLACE = draft(alarm("returns", Level.COUNTRY, country_index("PL"), onset_s=FRAUD_S, end_s=END_S))
FRAUD = strangers(60.0, entered=1.0)


def never_returning(found: list[Judged]) -> Judged:
    """The case that newcomers do not come back."""
    (one,) = (one for one in found if one.finding("returns"))
    return one


def test_what_does_not_come_back_is_suspicious_and_a_campaign_possible() -> None:
    """Where nothing else tells, it may be a campaign: suspicious, at even odds; new numbers are to be challenged."""
    with judgement(PEOPLE, FRAUD) as found:
        one = never_returning(found.cases)
        assert (one.verdict, one.confidence) == ("suspicious", 0.5)
        assert (rival(one, "campaign").status, rival(one, "launch").status) == ("possible", "excluded")
        (measure,) = proposed([one])
        assert measure.action == "challenge_newcomers"
        assert "never came back" in measure.why


def test_a_campaign_in_the_calendar_explains_it() -> None:
    """What was planned for that place and time is no case of suspicion."""
    with store_of(PEOPLE, FRAUD) as store:
        plan_activity(store, FRAUD_S, END_S, ["PL"])
        one = never_returning(judged_in(world_of(store)))
        assert (one.verdict, rival(one, "campaign").status) == ("benign", "accepted")


def test_most_of_the_fraud_and_nobody_who_came_back_is_named() -> None:
    """Nearly all numbers of the fraud are named, and none that came back, or came before."""
    rows = rows_of(PEOPLE + FRAUD)
    (found,) = never_back(rows, PLACE)
    named = {int(one.prefix) for one in found.numbers}
    again = rows.number[~rows.new]
    assert len(named & set(FRAUD.number.tolist())) >= 0.95 * len(FRAUD)
    assert not named & set(again.tolist())
    assert not named & set(rows.number[rows.first_s < FRAUD_S - 60].tolist())


def test_nobody_is_named_where_people_are_many() -> None:
    """Where more than a third of those who did not come back are people, no number is named."""
    assert never_back(rows_of(PEOPLE + strangers(15.0, entered=1.0)), PLACE) == []


def test_each_message_of_the_named_is_put_down_to_the_case(tmp_path: Path) -> None:
    """Messages whose codes came back belong to this case as well, with the part that is fraud as probability."""
    with judgement(PEOPLE, FRAUD) as found:
        store = found.world.store
        write_labels(store, found.cases)
        write_sends(store, tmp_path / "sends.parquet")
        rows = store.rows(
            f"SELECT p_fraud FROM '{tmp_path / 'sends.parquet'}' WHERE case_id IS NOT NULL AND verified"
        )
    assert len(rows) >= 0.9 * len(FRAUD)
    assert all(0.3 <= p <= 0.5 for (p,) in rows)
