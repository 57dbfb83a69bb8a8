"""Answers that were learned."""

import json
import logging
import random
from typing import Any

import pytest

from checkvalve.gateways.quiet.answer import Answer
from checkvalve.gateways.quiet.pretence import KEPT, LARGEST, LEAST, Of, Pretence

JSON = ("content-type", "application/json")
NOW = 1_780_000_000.0
OURS = Of(("+447700909999", "+447700909999"), frozenset({"us"}))


def number(at: int, who: str | None = None, *alike: str) -> Of:
    """A request with a number of its own, of a person of its own unless it is said."""
    return Of((f"+44770090{at:04}",) * 2, frozenset({who or str(at)}), alike)


def learned(bodies: list[bytes], *headers: tuple[str, str]) -> Pretence:
    """What was learned from these bodies, each for a number of its own."""
    pretence = Pretence("POST /otp", random.Random(3).choice)
    for at, body in enumerate(bodies):
        pretence.learn(Answer(202, headers or (JSON,), body), number(at), NOW)
    return pretence


def records(count: int = LEAST, **more: Any) -> list[bytes]:
    """JSON as an application writes it, with an id of its own in each."""
    rng = random.Random(5)
    return [
        json.dumps(
            {"id": rng.randbytes(6).hex(), "to": number(at).given[0], "ok": True, "ttl": 600, **more}
        ).encode()
        for at in range(count)
    ]


def test_an_answer_is_like_the_others() -> None:
    """A pretended answer has the status, the headers, the keys and the spelling of accepted ones."""
    answer = learned(records()).answer(OURS, NOW)
    assert answer is not None
    record = json.loads(answer.body)
    assert (answer.status, answer.headers) == (202, (JSON,))
    assert answer.body == json.dumps(record).encode()
    assert record == {"id": record["id"], "to": OURS.given[0], "ok": True, "ttl": 600}
    assert len(record["id"]) == 12


def test_nobody_gets_what_was_made_for_another() -> None:
    """No value that differed between accepted answers comes back in a pretended one."""
    rng = random.Random(7)
    bodies, private = [], set()
    for at in range(KEPT):
        name, code = rng.choice("abcdef") * 9 + str(at), rng.randbytes(4).hex()
        record: dict[str, Any] = {"id": rng.randbytes(4).hex(), "user": {"name": name, "age": rng.randrange(99)}}
        record["codes"] = [code]
        if at == KEPT - 1:
            record["only_mine"] = "secret"
        private |= {record["id"], name, code, "secret"}
        bodies.append(json.dumps(record).encode())
    headers = [("content-type", "application/json"), ("x-request-id", "")]
    pretence = Pretence("POST /otp", rng.choice)
    for at, body in enumerate(bodies):
        request_id = rng.randbytes(8).hex()
        private.add(request_id)
        pretence.learn(Answer(200, (headers[0], ("x-request-id", request_id)), body), number(at), NOW)
    for _ in range(50):
        answer = pretence.answer(OURS, NOW)
        assert answer is not None
        told = answer.body.decode() + (answer.header("x-request-id") or "")
        assert not [one for one in private if one in told]


def test_headers_are_those_of_the_application() -> None:
    """Order, spelling, repetition and the place of the length are the application's; what differs is made anew."""
    pretence = Pretence("POST /otp", random.Random(3).choice)
    for at in range(LEAST):
        body = b'{"id": "%05d"}' % (at * 52_345 % 99_991)
        headers = (
            ("Link", "<a>"),
            ("Content-Length", str(len(body))),
            ("X-Request-ID", f"{at * 74_560_067 % 99_999_989:08}"),
            ("Link", "<b>"),
            ("Date", "Thu, 28 May 2026 20:00:00 GMT"),
        )
        pretence.learn(Answer(202, headers, body, "ACCEPTED"), number(at), NOW)
    answer = pretence.answer(OURS, NOW)
    assert answer is not None
    assert answer.phrase == "ACCEPTED"
    assert [name for name, _ in answer.headers] == ["Link", "Content-Length", "X-Request-ID", "Link", "Date"]
    assert answer.headers[:2] == (("Link", "<a>"), ("Content-Length", str(len(answer.body))))
    assert answer.headers[3:] == (("Link", "<b>"), ("Date", "Thu, 28 May 2026 20:26:40 GMT"))


@pytest.mark.parametrize(
    "form",
    [{"separators": (",", ":")}, {}, {"indent": 2}, {"indent": 4}, {"ensure_ascii": False}],
    ids=["compact", "spaces", "two", "four", "letters"],
)
def test_json_is_spelled_as_the_application_does(form: dict[str, Any]) -> None:
    """Spaces, indent, escapes and the end of the line are those of the application."""
    bodies = [
        (json.dumps({"id": 1_000 + at * 4_999 % 9_000, "text": "né"}, **form) + "\n").encode()
        for at in range(LEAST)
    ]
    answer = learned(bodies).answer(OURS, NOW)
    assert answer is not None
    assert answer.body == (json.dumps(json.loads(answer.body), **form) + "\n").encode()


def test_it_takes_several_numbers(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is made from fewer answers than needed, nor from many answers to one number, and that is said."""
    assert learned(records(LEAST - 1)).answer(OURS, NOW) is None
    assert "too few" in caplog.text
    pretence = Pretence("POST /otp")
    for body in records(20):
        pretence.learn(Answer(202, (JSON,), body), number(1), NOW)
    assert pretence.answer(OURS, NOW) is None


def test_a_page_that_stays_is_learned(caplog: pytest.LogCaptureFixture) -> None:
    """A page that is always the same is given as it is; one that differs is not made up, and that is said once."""
    page = learned([b"<p>sent</p>"] * LEAST).answer(OURS, NOW)
    assert page is not None
    assert page.body == b"<p>sent</p>"
    pretence = learned([b"<p>%d</p>" % at for at in range(LEAST)])
    with caplog.at_level(logging.WARNING):
        assert pretence.answer(OURS, NOW) is None
        assert pretence.answer(OURS, NOW) is None
    assert caplog.text.count("differ too much") == 1


def test_a_cookie_that_differs_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """A made-up session would end an honest person's own; one that stays, such as a preference, is given."""
    pretence = Pretence("POST /otp")
    for at in range(LEAST):
        cookies = (("set-cookie", f"sid={at}{at}"), ("set-cookie", "theme=light"))
        pretence.learn(Answer(200, (JSON, *cookies), b"{}"), number(at), NOW)
    with caplog.at_level(logging.WARNING):
        answer = pretence.answer(OURS, NOW)
    assert answer is not None
    assert answer.headers == (JSON, ("set-cookie", "theme=light"))
    assert "cookie" in caplog.text


def of_one_kind(values: list[Any], ours: Of = OURS, theirs: str = "+4477009{0:05}") -> Any:
    """What is pretended of a value, learned from these."""
    pretence = Pretence("POST /otp", random.Random(3).choice)
    for at, value in enumerate(values):
        of = Of((theirs.format(at * 739),) * 2, frozenset({str(at)}))
        pretence.learn(Answer(202, (JSON,), json.dumps({"value": value}).encode()), of, NOW + at)
    answer = pretence.answer(ours, NOW)
    return None if answer is None else json.loads(answer.body)["value"]


def test_one_person_teaches_nothing() -> None:
    """Answers to one person, for however many numbers, are never given to another."""
    pretence = Pretence("POST /otp")
    for at in range(20):
        pretence.learn(Answer(202, (JSON,), b'{"hello":"alice"}'), number(at, "alice"), NOW)
    assert pretence.answer(OURS, NOW) is None


def test_what_only_one_was_told_is_told_nobody() -> None:
    """Of words that differ, only those come back that several people were told, and whole."""
    told = {of_one_kind(["Code sent"] * 4 + ["Code gesendet"] * 3 + ["hello alice"]) for _ in range(20)}
    assert told <= {"Code sent", "Code gesendet"}
    assert of_one_kind([f"hello {name}" for name in ("ann", "bob", "cy", "dee", "eve")]) is None


def test_requests_that_are_alike_are_answered_alike() -> None:
    """Where enough answers to requests of the same language are known, only those count."""
    pretence = Pretence("POST /otp", random.Random(3).choice)
    for at in range(20):
        language, said = ("de", b'"gesendet"') if at % 3 == 0 else ("en", b'"sent"')
        pretence.learn(Answer(202, (JSON,), said), number(at, None, language), NOW)
    for language, said in (("de", b'"gesendet"'), ("en", b'"sent"')):
        for _ in range(20):
            answer = pretence.answer(OURS._replace(alike=(language,)), NOW)
            assert answer is not None
            assert answer.body == said


@pytest.mark.parametrize(
    "values",
    [
        [1040, 1041, 1044, 1047, 1049],
        [f"req_{at:06}" for at in (998, 1001, 1002, 1010, 1013)],
        ["01JABC0", "01JABC4", "01JABD1", "01JABD9", "01JABF0"],
        [f"eyJhbGciOiJub25lIn0.e3{at}." for at in "0a9f5"],
        [f"c232ab{at}-9414-11ec-b3c8-9f6bdeced846" for at in ("0f", "a3", "17", "c2", "5b")],
        ["né", "nä", "nö", "nü", "nà"],
        ["user5@example.org", "user1@example.org", "user8@example.org", "user2@example.org", "user3@example.org"],
    ],
)
def test_what_cannot_be_made_up_is_not(values: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    """A counter, a signed token, an id from the time or words that differ are not made up, and that is said."""
    varied = [
        f"{value}{at}" if isinstance(value, str) and len(value) == 24 else value for at, value in enumerate(values)
    ]
    assert of_one_kind(varied) in (None, *values)
    assert "cannot be made up" in caplog.text or of_one_kind(varied) in values


@pytest.mark.parametrize("masked", ["{0:.5}***{1}", "{0:.2}******{1}", "{0:.5}*******"])
def test_nobody_sees_the_beginning_of_anothers_number(masked: str) -> None:
    """Where all known answers show how numbers of one place begin, a caller from elsewhere is shown none of it."""
    values = [masked.format(f"+1415555{at * 739:04}", f"{at * 739:04}"[-3:]) for at in range(8)]
    for ours, own in (("+447400123456", None), ("+14155550456", masked.format("+14155550456", "456"))):
        assert of_one_kind(values, Of((ours, ours)), "+1415555{0:04}") == own


def test_a_country_is_that_of_the_number() -> None:
    """A country that stands in all answers because all numbers were of it is the caller's own in theirs."""
    for value, own in (("US", "GB"), ("us", "gb"), ("+1", "+44"), ("sent", "sent")):
        assert of_one_kind([value] * 8, Of(("+447400123456",) * 2), "+1415555{0:04}") == own


def test_memory_is_bounded() -> None:
    """Long answers are not kept, and of the others only the latest."""
    pretence = learned([b"x" * (LARGEST + 1)] * LEAST)
    assert pretence.answer(OURS, NOW) is None
    many = learned([b"{}"] * (KEPT * 3))
    assert len(many._seen) == KEPT
