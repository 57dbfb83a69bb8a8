"""A log that a user described is read under the rules that hold for every other log."""

import gzip
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.errors import Unusable, Usage
from checkvalve.events import Charge, Complaint, Request, Send, Verification
from checkvalve.evidence.intake import take
from checkvalve.evidence.merging import merge
from checkvalve.evidence.store import Store
from checkvalve.investigation import Input
from checkvalve.progress import Silent
from checkvalve.settings import Logs, Settings
from checkvalve.sources.mapping import known_sources, mapped_sources, mapping_of
from checkvalve.sources.recognition import ENOUGH, recognise_head
from checkvalve.sources.registry import sources
from proving.fuzz.laws import account, hold
from proving.fuzz.mutants import mutant
from proving.mapped_logs import BEGIN, LOGS, mapped

SAMPLES = sorted(path for path in (Path(__file__).parent / "samples").glob("*/*") if path.is_file())
each_log = pytest.mark.parametrize("name", LOGS)


def first(name: str, **changed: object) -> object:
    """The first event of a log, whose first record has some fields otherwise."""
    [event] = mapped(name).reader(Logs())({**json.loads(LOGS[name][1].splitlines()[0]), **changed})
    return event


def refusal(name: str, record: dict[str, object]) -> str:
    """The reason for which a record is refused."""
    with pytest.raises(Unusable) as refused:
        mapped(name).reader(Logs())(record)
    return str(refused.value)


@each_log
def test_recognised_by_its_own_alone(name: str) -> None:
    """A described log is known by its mapping, and no other source is nearly as sure of it."""
    content, own = LOGS[name][1], mapped(name)
    found = recognise_head(content, [own, *sources()])
    assert found.source is own
    assert found.confidence == 1.0 or name == "app"
    for other in [*sources(), *(mapped(another) for another in LOGS if another != name)]:
        assert recognise_head(content, [other]).confidence < ENOUGH, other.name


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_takes_no_other_log(path: Path) -> None:
    """No mapping claims the log of a vendor."""
    head = path.read_bytes()
    for name in LOGS:
        assert recognise_head(head, [mapped(name)]).confidence < ENOUGH


@each_log
def test_accounted(name: str) -> None:
    """Used, ignored and quarantined records add up, and what is not used has its reason."""
    done = account(LOGS[name][1], [mapped(name)])
    hold(done)
    assert done.used > 15
    refused = {
        "shop": {"not_mapped: what: 'page_seen'"},
        "app": {"not_mapped: what: 'verified'", "not_mapped: the line does not fit the pattern"},
    }
    assert set(done.reasons) == refused.get(name, set())


@each_log
def test_writings(name: str) -> None:
    """A described log tells the same with a byte-order mark, in UTF-16 and with other line ends."""
    content, own = LOGS[name][1], [mapped(name)]
    plain = account(content, own)
    for written in (
        b"\xef\xbb\xbf" + content,
        content.decode().encode("utf-16"),
        content.replace(b"\n", b"\r\n"),
    ):
        done = account(written, own)
        assert (done.source, done.events, done.reasons) == (plain.source, plain.events, plain.reasons)


@each_log
def test_truncated(name: str) -> None:
    """A described log that was cut anywhere is read up to there, and its sum holds."""
    content, own = LOGS[name][1], [mapped(name)]
    for cut in range(0, len(content), max(1, len(content) // 50)):
        hold(account(content[:cut], own))


@each_log
def test_mutated(name: str) -> None:
    """Whatever is flipped, lost, doubled or exchanged, reading does not fail and its sum holds."""
    chance, own = random.Random(name), [mapped(name)]
    for _ in range(60):
        hold(account(mutant(LOGS[name][1], chance), own))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["shop", "tickets"]), st.data())
def test_any_value_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """Whatever JSON stands in a field, the record becomes events or is refused with a reason."""
    record = json.loads(LOGS["shop"][1].splitlines()[0]) if name == "shop" else json.loads(LOGS[name][1])[0]
    key = data.draw(st.sampled_from(sorted(record)))
    read = mapped(name).reader(Logs())
    value = data.draw(JSON)
    try:
        found: object = read({**record, key: value})
    except Unusable as error:
        found = error.reason in {"missing_field", "bad_time", "bad_number", "not_mapped", "ambiguous_date"}
    assert found


def taken(folder: Path, files: dict[str, bytes]) -> tuple[dict[str, Input], Counter[str]]:
    """Inputs by name, and how many rows each table got, of an intake with all mappings."""
    names = []
    for name, (text, _) in LOGS.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        names.append(str(folder / f"{name}.toml"))
    paths = []
    for name, content in files.items():
        paths.append(folder / name)
        paths[-1].write_bytes(content)
    with Store(folder) as store:
        inputs = take(paths, store, Settings(logs=Logs(mappings=tuple(names))), Silent())
        merge(store)
        tables = ("send_rows", "verification_rows", "request_rows", "charges", "complaint_rows")
        rows = Counter({table: store.row(f"SELECT count(*) FROM {table}")[0] for table in tables})
    return {Path(one.path).name: one for one in inputs}, rows


def test_into_the_store(tmp_path: Path) -> None:
    """Described logs fill the tables like any other, packed or not, and a copy adds nothing."""
    files = {name: content for name, (_, content) in LOGS.items()}
    files |= {"again": files["shop"], "packed.gz": gzip.compress(files["tickets"])}
    inputs, rows = taken(tmp_path, files)
    assert {name: inputs[name].source for name in LOGS} == {name: f"mapped.{name}" for name in LOGS}
    assert (inputs["again"].records, inputs["packed.gz"].records) == (0, 0)
    assert rows == {
        "send_rows": 30 + 30 + 60,
        "verification_rows": 30,
        "request_rows": 30,
        "charges": 28,
        "complaint_rows": 20,
    }
    assert (inputs["shop"].records, inputs["shop"].used, inputs["shop"].quarantined) == (63, 60, 3)


@pytest.mark.parametrize("name", ["shop", "front-door", "carrier-bill", "app", "batches"])
def test_a_days_file_beside_the_months(name: str, tmp_path: Path) -> None:
    """A part of a described log, given beside the whole, adds nothing, with or without identities in it."""
    head, *lines = LOGS[name][1].splitlines(keepends=True)
    first = b"" if name in ("shop", "app", "batches") else head
    month, both = tmp_path / "month", tmp_path / "both"
    month.mkdir()
    both.mkdir()
    alone = taken(month, {"whole": LOGS[name][1]})[1]
    assert taken(both, {"whole": LOGS[name][1], "part": first + b"".join(lines[8:18])})[1] == alone


def test_a_send() -> None:
    """Every form of a column is read: a path inside, bare digits, cents, constants, words, a network."""
    assert first("shop") == Send(
        send_id="0",
        provider="acme",
        sent_at=BEGIN,
        destination="+998939412300",
        price=0.22,
        currency="EUR",
        status="sent",
        network="434-04",
        ip="203.0.113.0",
    )


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"state": "lost in space"}, "status"),
        ({"cents": None}, "price"),
        ({"user": {"msisdn": "99893XXXX"}}, "destination"),
        ({"user": {"msisdn": ""}}, "destination"),
        ({"plmn": "0"}, "network"),
        ({"peer": "unknown"}, "ip"),
    ],
)
def test_silence_stays_silence(changed: dict[str, object], column: str) -> None:
    """What the record does not say, or says in a word that the mapping does not know, is unknown and no guess."""
    assert getattr(first("shop", **changed), column) is None


def test_a_verification() -> None:
    """One log may hold several kinds of event, told apart by a field; truth values are words."""
    record = {"what": "code_entered", "ts": "2026-05-26T10:00:00Z", "user": {"msisdn": "998939412300"}}
    read = mapped("shop").reader(Logs())
    kinds = [read({**record, "good": good})[0] for good in (True, False)]
    assert [one.kind for one in kinds if isinstance(one, Verification)] == ["approved", "failed"]
    assert refusal("shop", {**record, "good": None}) == "missing_field: kind: nothing there"


def test_a_request() -> None:
    """A request line fills method, path and query; a pattern and a zone make the moment, in UTC to the millisecond."""
    events = account(LOGS["front-door"][1], [mapped("front-door")]).events
    broken, plain = events[0], events[1]
    assert plain == Request(
        occurred_at=BEGIN + timedelta(seconds=1),
        method="POST",
        path="/otp/send",
        query="to=1",
        status=200,
        ip="192.0.2.1",
        user_agent="curl/8.5.0",
        duration_s=0.001,
    )
    assert isinstance(broken, Request)
    assert (broken.method, broken.path, broken.ip) == (None, None, "192.0.2.0")


def test_clients_behind_proxies() -> None:
    """X-Forwarded-For counts as in every log: from the right, where the settings trust the peer."""
    row = {
        "when": "26.05.2026 12:00:00.0",
        "call": "GET / HTTP/1.1",
        "from": "10.0.0.5",
        "via": "1.2.3.4, 192.0.2.9",
    }
    own = mapped("front-door")
    [near] = own.reader(Logs())(row)
    [far] = own.reader(Logs(trusted_proxies=("10.0.0.0/8",)))(row)
    assert isinstance(near, Request)
    assert isinstance(far, Request)
    assert (near.ip, far.ip) == ("10.0.0.5", "192.0.2.9")


def test_a_charge() -> None:
    """Amounts are read with a comma before the decimals and a currency behind them."""
    [event, *_] = account(LOGS["carrier-bill"][1], [mapped("carrier-bill")]).events
    day = datetime(2026, 5, 1, tzinfo=UTC)
    assert event == Charge(
        provider="carrier",
        period_start=day,
        period_end=day,
        category="messages",
        country="UZ",
        quantity=1200,
        amount=264.05,
        currency="EUR",
        counts_messages=True,
    )


def test_a_complaint() -> None:
    """National numbers need their country; of several fields the first that says something counts."""
    events = account(LOGS["tickets"][1], [mapped("tickets")]).events
    assert [event.kind for event in events[:3] if isinstance(event, Complaint)] == [
        "not_received",
        "unsolicited",
        "other",
    ]
    assert isinstance(events[1], Complaint)
    assert events[1].destination == "+447700900001"
    assert events[1].occurred_at == BEGIN + timedelta(milliseconds=1)


def test_lines() -> None:
    """A pattern finds the fields of a line; a line that it does not fit is refused."""
    [event, *_] = account(LOGS["app"][1], [mapped("app")]).events
    assert event == Send(send_id="a0", provider="app", sent_at=BEGIN, destination="+998939412300")


def test_each_item_of_a_list() -> None:
    """One record may stand for several messages: each item of its list is one, with the fields around the list."""
    read = mapped("batches").reader(Logs())
    first = json.loads(LOGS["batches"][1].splitlines()[0])
    sends = [event for event in read(first) if isinstance(event, Send)]
    assert [send.destination for send in sends] == ["+998939400000", "+998939400001", "+998939400002"]
    assert {send.sent_at for send in sends} == {BEGIN}
    assert len({send.send_id for send in sends}) == 3
    assert refusal("batches", {**first, "job": {"list": []}}) == "missing_field: job.list: no list there"


def test_an_identity_of_several_fields() -> None:
    """Where the log numbers no messages, the same fields give the same identity, which tells nothing of them."""
    text = LOGS["shop"][0].replace('send_id = "id"', 'send_id = { digest = ["ts", "user.msisdn"] }')
    read = mapping_of(text, "shop.toml").reader(Logs())
    record = json.loads(LOGS["shop"][1].splitlines()[0])
    one, again = read(record)[0], read(dict(record))[0]
    other = read({**record, "ts": "2026-05-26T11:00:00Z"})[0]
    assert isinstance(one, Send)
    assert isinstance(other, Send)
    assert one == again
    assert one.send_id != other.send_id
    assert "99893" not in one.send_id


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("auto", "2026-05-26T12:00:00.250+02:00"),
        ("auto", "2026-05-26 10:00:00.250"),
        ("auto", "26.05.2026 10:00:00.250"),
        ("auto", "26/May/2026:12:00:00.250 +0200"),
        ("auto", "05/26/2026 10:00:00.250 AM"),
        ("auto", 1_779_789_600_250),
        ("auto", "1779789600.25"),
        ("epoch_s", 1_779_789_600.25),
        ("epoch_ms", "1779789600250"),
        ("epoch_us", 1_779_789_600_250_000),
        ("epoch_ns", 1_779_789_600_250_000_000),
        ("%Y%m%d-%H%M%S.%f", "20260526-100000.250"),
        ("%d %b %Y %H:%M:%S.%f %z", "26 May 2026 12:00:00.250 +0200"),
    ],
)
def test_times_to_the_millisecond(form: str, written: object) -> None:
    """In whatever form a time is written, it is read to the millisecond and in UTC."""
    text = LOGS["shop"][0].replace('sent_at = "ts"', f'sent_at = {{ field = "ts", time = "{form}" }}')
    record = {**json.loads(LOGS["shop"][1].splitlines()[0]), "ts": written}
    [send] = mapping_of(text, "shop.toml").reader(Logs())(record)
    assert isinstance(send, Send)
    assert send.sent_at == BEGIN


@pytest.mark.parametrize(
    ("form", "written"),
    [("epoch_s", 1_779_789_600_250), ("epoch_ms", 1_779_789_600), ("epoch_s", "soon"), ("%Y-%m-%d", "26.05.2026")],
)
def test_times_of_another_form_are_refused(form: str, written: object) -> None:
    """Where the mapping says how times are written, another form is no time and no guess."""
    text = LOGS["shop"][0].replace('sent_at = "ts"', f'sent_at = {{ field = "ts", time = "{form}" }}')
    record = {**json.loads(LOGS["shop"][1].splitlines()[0]), "ts": written}
    with pytest.raises(Unusable, match=r"bad_(time|number): ts: "):
        mapping_of(text, "shop.toml").reader(Logs())(record)


def test_ambiguous_dates_are_refused() -> None:
    """A date whose day and month could be exchanged is no guess: it goes to quarantine unless a pattern says."""
    text = LOGS["shop"][0]
    record = {**json.loads(LOGS["shop"][1].splitlines()[0]), "ts": "03/04/2026 10:00"}
    assert refusal("shop", record).startswith("ambiguous_date: ts: ")
    patterned = text.replace('sent_at = "ts"', 'sent_at = { field = "ts", time = "%d/%m/%Y %H:%M" }')
    [send] = mapping_of(patterned, "shop.toml").reader(Logs())(record)
    assert isinstance(send, Send)
    assert send.sent_at == datetime(2026, 4, 3, 10, tzinfo=UTC)


def test_two_mappings_of_one_name(tmp_path: Path) -> None:
    """Two mapping files cannot give one name to two logs."""
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(LOGS["shop"][0], encoding="utf-8")
    with pytest.raises(Usage, match="is that of"):
        mapped_sources((str(tmp_path / "a.toml"), str(tmp_path / "b.toml")))


def test_mappings_come_first(tmp_path: Path) -> None:
    """The user's own description is asked before the product's, and wins where both are sure."""
    path = tmp_path / "a.toml"
    path.write_text(LOGS["shop"][0], encoding="utf-8")
    assert known_sources(Logs(mappings=(str(path),)))[0].name == "mapped.shop"
