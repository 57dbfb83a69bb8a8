"""Users' reports about messages, from a table such as a support tool exports.

Columns are known by their header, whatever its capitals and blanks (`_COLUMNS`). The kind is what the kind column
says (``not_received``, ``unsolicited``, ``other``, or words such as "not received" and "didn't request"), else what
subject and text say in such words, in one of ten languages; the first phrase decides. Where no phrase is known the kind
is ``other`` and the complaint counts as not understood.

A number counts as written in international form, in national form where the row or ``logs.default_country`` names its
country, or as 12 to 15 bare digits (spreadsheets lose the ``+``; shorter ones are as likely national). Any other
number leaves the destination open and keeps the complaint.
"""

from datetime import tzinfo
from functools import lru_cache

from checkvalve.errors import Unusable
from checkvalve.events import Complaint, ComplaintKind, Event
from checkvalve.numbering import e164
from checkvalve.settings import Logs
from checkvalve.sources import values
from checkvalve.sources.activity_words import country_code, plain
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.complaint_words import kind_said
from checkvalve.sources.home_numbers import home_country, home_number
from checkvalve.sources.table_values import Columns, column_name, moment
from checkvalve.sources.values import log_zone

_COLUMNS = {
    "created": (
        "createdat", "created", "createdon", "createddate", "date", "datetime", "timestamp", "time", "submittedat",
        "openedat", "opened", "reportedat", "receivedat",
    ),
    "kind": (
        "kind", "category", "complainttype", "issuetype", "tickettype", "type", "reason", "issue", "topic", "tags",
    ),
    "subject": ("subject", "title", "summary"),
    "text": ("text", "description", "body", "message", "comment", "content", "details"),
    "phone": (
        "phone", "phonenumber", "msisdn", "mobile", "mobilenumber", "requesterphone", "customerphone", "telephone",
        "destination", "recipient", "number",
    ),
    "country": ("country", "countrycode", "requestercountry", "customercountry"),
}  # fmt: skip
_cells = Columns(_COLUMNS)
_OTHER_TABLES = frozenset(
    {"sid", "accountsid", "messagesid", "messageid", "messageuuid", "numsegments", "price", "direction", "pattern"}
    | {"deliverystatus", "publishtimeutc", "billedcost", "validuntil", "indicator"}
)
"""Headers of message logs, bills and watch lists, never of complaints."""

_KINDS: dict[str, ComplaintKind] = {
    "notreceived": "not_received",
    "unsolicited": "unsolicited",
    "other": "other",
}
_LONGEST_KIND = 40


def kind_of(said: str | None, *texts: str | None) -> ComplaintKind | None:
    """What is the complaint about: by its kind column, else by the words of its texts? ``None``: nobody can tell.

    >>> kind_of("Unsolicited"), kind_of("SMS issue", "I didn't receive my code"), kind_of(None, "hello")
    ('unsolicited', 'not_received', None)
    """
    exact = _KINDS.get(column_name(said)) if said and len(said) <= _LONGEST_KIND else None
    if exact is not None:
        return exact
    for text in (said, *texts):
        found = kind_said(text or "")
        if found is not None:
            return found
    return None


@lru_cache(maxsize=1 << 12)
def destination(text: str, country: str | None) -> str | None:
    """Which number is meant, in international form? ``None`` where that would be a guess.

    >>> destination("+44 7700 900123", None), destination("07700 900123", "GB"), destination("07700 900123", None)
    ('+447700900123', '+447700900123', None)
    """
    number = e164(text)
    if number is None and country is not None:
        return home_number(text, country)
    if number is None and text.isascii() and text.isdigit() and 12 <= len(text) <= 15:
        number = e164(text, bare=True)
    return None if number is None else f"+{number}"


def _complaint(record: Record, zone: tzinfo, home: str | None) -> Complaint:
    found = _cells(record)
    if found.keys() <= {"created", "country"}:
        raise Unusable("missing_field", "kind, subject, text, phone")
    country = country_code(found["country"]) if "country" in found else None
    subject, text = found.get("subject"), plain(found.get("text", ""))
    kind = kind_of(found.get("kind"), subject, text)
    return Complaint(
        occurred_at=moment(values.required(found.get("created"), "created_at"), "created_at", zone)[0],
        kind=kind or "other",
        not_understood=True if kind is None else None,
        destination=destination(found["phone"], country or home) if "phone" in found else None,
        country=country,
        text="\n".join(filter(None, (subject, text))) or None,
    )


def _is_complaint(record: Record) -> bool:
    """Has the row a date, something that is said, and who says it or what about, and nothing of other tables?"""
    if not isinstance(record, dict) or not all(isinstance(cell, str) for cell in record.values()):
        return False
    headers = {column_name(str(header)) for header in record}
    found = _cells(dict.fromkeys(record, "x")).keys()
    about = {"kind", "subject"} & found
    return bool("created" in found and about and {"text", "phone"} & found) and headers.isdisjoint(_OTHER_TABLES)


class ComplaintsCsv:
    """Complaints of users, exported from a support tool."""

    name = "complaints.csv"
    title = "users' complaints (CSV)"
    enable = (
        "export the support tickets about messages as CSV with the columns created_at, kind, phone, country, text"
    )
    framings: frozenset[Framing] = frozenset({"csv"})

    def recognise(self, sample: Sample) -> Match:
        """Do the headers name a date, a subject or kind, and a text or a number?"""
        share = sample.share(_is_complaint)
        return Match(0.7 * share, f"{share:.0%} of the rows have a date, a subject or kind, and a text or number")

    def reader(self, logs: Logs) -> Read:
        """A translator of rows."""
        zone, home = log_zone(logs), home_country(logs)

        def read(record: Record) -> tuple[Event, ...]:
            return (_complaint(record, zone, home),)

        return read
