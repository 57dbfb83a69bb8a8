"""complaints.csv: users' reports from a support tool's table."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import Complaint
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample
from checkvalve.sources.complaint_words import NOT_RECEIVED, UNSOLICITED
from checkvalve.sources.complaints_csv import ComplaintsCsv, kind_of
from tests.sources.weblog_fixtures import read_all, recorded, samples

SOURCE = ComplaintsCsv()
ROW = {"created_at": "2026-05-26 10:00:00", "kind": "not_received", "phone": "+447700900123", "text": "where is it"}
AT = datetime(2026, 5, 26, 10, tzinfo=UTC)


def read(record: Record, logs: Logs | None = None) -> Complaint:
    """The one complaint of a row."""
    (event,) = SOURCE.reader(logs or Logs())(record)
    assert isinstance(event, Complaint)
    return event


def test_fields() -> None:
    """A row gives time, kind, number, country and text."""
    assert read(ROW | {"country": "gb", "subject": "Login"}) == Complaint(
        occurred_at=AT, kind="not_received", destination="+447700900123", country="GB", text="Login\nwhere is it"
    )


def test_headers_of_support_tools() -> None:
    """Headers are known by many names, whatever their capitals and blanks."""
    row = {"Created At": "2026-05-26T10:00:00Z", "Category": "SMS", "Subject": "No code", "Requester phone": "-"}
    assert read(row) == Complaint(occurred_at=AT, kind="not_received", text="No code")


def test_zone_of_the_settings() -> None:
    """A time without a zone stands in that of the settings."""
    row = ROW | {"created_at": "26.05.2026 15:00"}
    assert read(row, Logs(time_zone="Asia/Tashkent")).occurred_at == AT


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("not_received", "not_received"),
        ("Not received", "not_received"),
        ("UNSOLICITED", "unsolicited"),
        ("other", "other"),
    ],
)
def test_kind_column(said: str, kind: str) -> None:
    """The kind column decides when it names a kind, whatever the text says."""
    assert read(ROW | {"kind": said, "text": "spam, and I didn't receive my code"}).kind == kind


def test_words_of_the_kind_column_first() -> None:
    """Words of the kind column count before words of the text."""
    assert kind_of("sms,stop_sending", "I never received it") == "unsolicited"


@pytest.mark.parametrize(
    "text",
    [
        "I didn't receive the code",
        "I didn’t get any SMS",
        "Code NEVER ARRIVED",
        "still waiting for the otp",
        "no code",
    ],
)
def test_words_of_waiting(text: str) -> None:
    """People who wait for a message are not_received."""
    assert kind_of("SMS", text) == "not_received"


@pytest.mark.parametrize(
    "text",
    ["I did not request this", "please STOP SENDING codes", "sms bombing", "I keep getting codes", "wasn't me"],
)
def test_words_of_annoyance(text: str) -> None:
    """People who got messages that they did not want are unsolicited."""
    assert kind_of(None, text) == "unsolicited"


@pytest.mark.parametrize(
    "text",
    [
        "Der Code kam nicht an",
        "Ich habe keine SMS erhalten",
        "Je n’ai pas reçu le code",
        "No recibo el código",
        "Não recebi o código",
        "Non ho ricevuto il codice",
        "Ik heb de code niet ontvangen",
        "Nie otrzymałem kodu",
        "Kod gelmedi",
        "Saya belum menerima kode OTP",
    ],
)
def test_waiting_in_other_languages(text: str) -> None:
    """People who wait for a message say so in their own language, with accents and without."""
    assert read(ROW | {"kind": "", "text": text}).kind == kind_of(None, text.upper()) == "not_received"


@pytest.mark.parametrize(
    "text",
    [
        "Ich habe den Code nicht angefordert",
        "Je n'ai pas demandé ce code",
        "No solicité este código",
        "Não pedi este código",
        "Non ho richiesto il codice",
        "Ik heb dit niet aangevraagd",
        "Nie zamawiałam tego kodu",
        "Bu kodu istemedim",
        "Saya tidak meminta kode ini",
    ],
)
def test_annoyance_in_other_languages(text: str) -> None:
    """People who got messages that they did not want say so in their own language."""
    assert kind_of(None, text) == "unsolicited"


def test_what_is_not_understood() -> None:
    """A complaint without any known word is marked, so that it is not counted as one of another kind."""
    assert read(ROW | {"kind": "SMS", "text": "Ganska märkligt"}).not_understood
    assert read(ROW | {"kind": "other", "text": "Ganska märkligt"}).not_understood is None
    assert read(ROW).not_understood is None


@pytest.mark.parametrize("text", ["too many attempts", "unexpected error", "please call me", ""])
def test_other_words(text: str) -> None:
    """Words that tell of neither leave it open."""
    assert kind_of("SMS", text) is None


def test_first_phrase_decides() -> None:
    """Of two phrases the first one decides."""
    assert kind_of(None, "code not received, not even in spam") == "not_received"
    assert kind_of(None, "spam! and my own code was not received") == "unsolicited"


@pytest.mark.parametrize("phrase", [*NOT_RECEIVED, *UNSOLICITED])
def test_every_phrase_is_found(phrase: str) -> None:
    """Every phrase of the lists leads to its own kind, in capitals too."""
    kind = "not_received" if phrase in NOT_RECEIVED else "unsolicited"
    assert kind_of(None, f"I did{phrase.upper()}" if phrase.startswith("n't") else f"I {phrase.upper()}") == kind


@pytest.mark.parametrize(
    ("phone", "country", "destination"),
    [
        ("+44 7700 900-123", "", "+447700900123"),
        ("00447700900123", "", "+447700900123"),
        ("07700 900123", "GB", "+447700900123"),
        ("447700900123", "", "+447700900123"),
        ("07700 900123", "", None),
        ("2025550100", "", None),
        ("+4477XXXX0123", "", None),
        ("4.47701E+11", "", None),
        ("call me", "GB", None),
    ],
)
def test_numbers(phone: str, country: str, destination: str | None) -> None:
    """A number is read where its country is certain; the complaint stays in any case."""
    assert read(ROW | {"phone": phone, "country": country}).destination == destination


def test_number_without_guess_keeps_country() -> None:
    """A country that is a code is kept, a name is not guessed."""
    assert read(ROW | {"country": "UZ", "phone": ""}).country == "UZ"
    assert read(ROW | {"country": "Uzbekistan", "phone": ""}).country is None


def test_text_over_several_lines() -> None:
    """A text may hold lines."""
    assert read(ROW | {"text": "one\ntwo"}).text == "one\ntwo"


@pytest.mark.parametrize("created", ["", "soon"])
def test_no_time(created: str) -> None:
    """A complaint without a readable time goes to quarantine."""
    with pytest.raises(Unusable, match=r"missing_field|bad_time"):
        read(ROW | {"created_at": created})


def test_nothing_said() -> None:
    """A row that says nothing but its time goes to quarantine."""
    with pytest.raises(Unusable, match="missing_field"):
        read({"created_at": "2026-05-26", "country": "GB"})


def test_line_is_no_row() -> None:
    """A line of text is no row."""
    with pytest.raises(Unusable, match="not_a_row"):
        read("created_at,kind")


def test_equal_rows_stay_apart() -> None:
    """Six equal rows are six complaints."""
    events, reasons = read_all(SOURCE, [ROW] * 6)
    assert (len(events), reasons) == (6, {})


@given(st.dictionaries(st.sampled_from([*ROW, "country", "subject"]), st.text()))
def test_arbitrary_text(row: dict[str, str]) -> None:
    """Whatever a row holds, it gives an event or a reason for quarantine."""
    read_all(SOURCE, [row, ROW | row, "".join(row.values())])


def test_recognition() -> None:
    """Headers of complaints are recognised; those of message logs and watch lists are not."""
    assert SOURCE.recognise(Sample("csv", [ROW])).confidence > 0.5
    console = {
        "From": "",
        "To": "",
        "Body": "",
        "Status": "",
        "SentDate": "",
        "Sid": "",
        "Direction": "",
        "Price": "",
    }
    assert SOURCE.recognise(Sample("csv", [console])).confidence == 0
    assert SOURCE.recognise(Sample("csv", [{"type": "ip", "value": "1.2.3.4", "date": "x"}])).confidence == 0
    assert SOURCE.recognise(Sample("csv", [])).confidence == 0


@recorded
def test_recognises_no_foreign_recording() -> None:
    """No recorded log is a table of complaints."""
    for folder, records in samples():
        assert SOURCE.recognise(Sample("csv", records[:50])).confidence == 0, folder
