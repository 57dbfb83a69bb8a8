"""watchlist.list, watchlist.csv, watchlist.stix: threat intelligence in three shapes."""

from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.events import WatchEntry
from checkvalve.settings import Logs
from checkvalve.sources.base import Record, Sample, Source
from checkvalve.sources.watch_values import watched, watched_as
from checkvalve.sources.watchlist_csv import WatchlistCsv, confidence_of
from checkvalve.sources.watchlist_list import WatchlistList
from checkvalve.sources.watchlist_stix import WatchlistStix, pattern_entries
from tests.sources.weblog_fixtures import read_all, recorded, samples

LIST, TABLE, STIX = WatchlistList(), WatchlistCsv(), WatchlistStix()
ROW = {"kind": "ip", "value": "203.0.113.7", "label": "proxy", "confidence": "80", "list": "desk"}
INDICATOR: dict[str, Any] = {
    "type": "indicator",
    "id": "indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f",
    "name": "proxy",
    "pattern_type": "stix",
    "pattern": "[ipv4-addr:value = '203.0.113.7']",
}


def read(source: Source, record: Record) -> list[WatchEntry]:
    """The entries of a record."""
    found = list(source.reader(Logs())(record))
    assert all(isinstance(entry, WatchEntry) for entry in found)
    return [entry for entry in found if isinstance(entry, WatchEntry)]


class TestForms:
    """What is told from the form of an entry."""

    @pytest.mark.parametrize(
        ("text", "entry"),
        [
            ("203.0.113.7", ("ip", "203.0.113.7")),
            ("2001:DB8::0:7", ("ip", "2001:db8::7")),
            ("::ffff:203.0.113.7", ("ip", "203.0.113.7")),
            ("203.0.113.7/32", ("ip", "203.0.113.7")),
            ("::ffff:203.0.113.0/120", ("network", "203.0.113.0/24")),
            ("203.0.113.7/24", ("network", "203.0.113.0/24")),
            ("2001:db8::/32", ("network", "2001:db8::/32")),
            ("AS64500", ("asn", "64500")),
            ("as 64500", ("asn", "64500")),
            ("ASN64500", ("asn", "64500")),
            ("+99899394", ("number_prefix", "+99899394")),
            ("+998 99-394xx", ("number_prefix", "+99899394")),
            ("Mail.Example.org.", ("email_domain", "mail.example.org")),
            ("*.example.org", ("email_domain", "example.org")),
            ("bücher.example", ("email_domain", "xn--bcher-kva.example")),
            ("t13d1516h2_8daaf6152771_02713d6af862", ("ja4", "t13d1516h2_8daaf6152771_02713d6af862")),
        ],
    )
    def test_kinds(self, text: str, entry: tuple[str, str]) -> None:
        """The kind follows from the form, and each value is written one way only."""
        assert watched(text) == [entry]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "hello",
            "99899394",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0:0/96",
            "0.0.0.0-255.255.255.255",
            "AS0",
            "AS99999999999",
            "+0",
            "1.2.3",
            "203.0.113.999",
            "a..org",
            "10.0.0.0-2001:db8::1",
            "203.0.113.9-203.0.113.1",
            "user@example.org",
            "http://example.org/",
        ],
    )
    def test_unknown(self, text: str) -> None:
        """What has no form of these, or would watch everything, goes to quarantine."""
        with pytest.raises(Unusable, match="unknown_entry"):
            watched(text)

    @given(
        st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4))
        | st.tuples(st.ip_addresses(network="2001:db8::/100"), st.ip_addresses(network="2001:db8::/100"))
    )
    def test_ranges(self, ends: tuple[Any, Any]) -> None:
        """The networks of a range hold exactly its addresses; only a reversed range, or that of all, is refused."""
        one, other = ends
        try:
            found = watched(f"{one} - {other}")
        except Unusable:
            assert one > other or int(other) - int(one) == 2**32 - 1
            return
        nets = [ip_network(value) for _, value in found]
        first, last = nets[0].network_address, nets[-1].broadcast_address
        assert (first, last) == (one, other)
        assert sum(net.num_addresses for net in nets) == int(last) - int(first) + 1

    @given(st.ip_addresses())
    def test_addresses(self, one: Any) -> None:
        """Every address is an ip, and so is the network that holds only it."""
        mapped = one.ipv4_mapped if isinstance(one, IPv6Address) else None
        assert watched(str(one)) == [("ip", str(mapped or ip_address(str(one))))]
        assert watched(f"{one}/{one.max_prefixlen}") == watched(str(one))

    def test_said_kinds(self) -> None:
        """A kind that is said needs no form, but the value must be of it."""
        assert watched_as("asn", "64500") == watched("AS64500")
        assert watched_as("number_prefix", "0099899394") == watched("+99899394")
        assert watched_as("user_agent", " curl/8 ") == [("user_agent", "curl/8")]
        for kind, text in (("asn", "x"), ("ip", "x"), ("email_domain", "x"), ("number_prefix", "x"), ("ja4", " ")):
            with pytest.raises(Unusable, match="unknown_entry"):
                watched_as(kind, text)  # type: ignore[arg-type] # the loop widens the literals


class TestList:
    """One entry a line."""

    @pytest.mark.parametrize("mark", ["#", ";", "//"])
    def test_comments(self, mark: str) -> None:
        """A comment alone is no record; behind an entry it is the label."""
        assert read(LIST, f"{mark} a comment") == read(LIST, " ") == []
        assert read(LIST, f"203.0.113.7 {mark} proxy") == [
            WatchEntry(kind="ip", value="203.0.113.7", label="proxy")
        ]

    def test_range_is_several_entries(self) -> None:
        """A range of addresses gives an entry for each network that makes it up."""
        assert [entry.value for entry in read(LIST, "192.0.2.0-192.0.2.5 # x")] == ["192.0.2.0/30", "192.0.2.4/31"]

    def test_other_lines(self) -> None:
        """A line that is no entry, and an object, go to quarantine."""
        for record in ("not an entry", "203.0.113.7 80", {"ip": "203.0.113.7"}):
            with pytest.raises(Unusable, match="unknown_entry"):
                read(LIST, record)

    def test_no_number_in_the_reason(self) -> None:
        """The reason shows no full number."""
        with pytest.raises(Unusable) as caught:
            read(LIST, "00447700900123")
        assert "7700900123" not in str(caught.value)

    def test_recognition(self) -> None:
        """Lines of entries are recognised, comments not counted; lines of access logs are not."""
        assert LIST.recognise(Sample("line", ["# x", "203.0.113.7", "AS1", "+998"])).confidence > 0.5
        assert LIST.recognise(Sample("line", ["# x"])).confidence == 0
        assert LIST.recognise(Sample("line", [])).confidence == 0
        assert LIST.recognise(Sample("line", ['203.0.113.7 - - [x] "GET / HTTP/1.1" 200 1'])).confidence == 0


class TestTable:
    """A row an entry."""

    def test_fields(self) -> None:
        """A row gives kind, value, label, confidence, list and end of validity."""
        assert read(TABLE, ROW | {"valid_until": "2026-12-31"}) == [
            WatchEntry(
                kind="ip",
                value="203.0.113.7",
                label="proxy",
                confidence=0.8,
                list="desk",
                valid_until=datetime(2026, 12, 31, tzinfo=UTC),
            )
        ]

    @pytest.mark.parametrize(
        ("row", "kind"),
        [
            ({"type": "ip-src", "value": "203.0.113.7"}, "ip"),
            ({"Indicator Type": "IPv4", "Indicator": "198.51.100.0/24"}, "network"),
            ({"type": "AS", "value": "64500"}, "asn"),
            ({"type": "user-agent", "value": "curl/8"}, "user_agent"),
            ({"type": "phone-number", "value": "447700900123"}, "number_prefix"),
            ({"type": "domain", "value": "example.org"}, "email_domain"),
            ({"value": "AS64500", "comment": "x"}, "asn"),
            ({"IP": "203.0.113.7", "Country Code": "UZ", "Abuse Confidence Score": "100"}, "ip"),
            ({"cidr": "198.51.100.0/24", "source": "desk"}, "network"),
            ({"prefix": "+998", "label": "x"}, "number_prefix"),
            ({"prefix": "198.51.100.0/24", "label": "x"}, "network"),
        ],
    )
    def test_headers(self, row: dict[str, str], kind: str) -> None:
        """The kind stands in a column, in a header, or follows from the value; all of these are recognised."""
        assert [entry.kind for entry in read(TABLE, row)] == [kind]
        assert TABLE.recognise(Sample("csv", [row])).confidence > 0.5

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (ROW | {"kind": "registry_key"}, "unknown_kind"),
            (ROW | {"value": "hello"}, "unknown_entry"),
            (ROW | {"value": ""}, "missing_field"),
            (ROW | {"valid_until": "05/06/2026"}, "ambiguous_date"),
        ],
    )
    def test_unusable_rows(self, row: dict[str, str], reason: str) -> None:
        """A row of another kind, without a readable value or with an unclear end goes to quarantine."""
        with pytest.raises(Unusable, match=reason):
            read(TABLE, row)

    @pytest.mark.parametrize("text", ["", None, "101", "-5", "sure", "nan", "inf"])
    def test_no_confidence(self, text: str | None) -> None:
        """A confidence that is none stays open."""
        assert confidence_of(text) is None

    def test_recognition(self) -> None:
        """Tables of other things are not claimed."""
        for other in (
            {"created_at": "x", "kind": "x", "phone": "x", "text": "x"},
            {"name": "x", "start": "x", "end": "x"},
            {"From": "", "To": "", "Body": "", "Status": "", "Sid": "", "Price": ""},
            {"ip": "", "method": "", "path": "", "status": "", "time": ""},
        ):
            assert TABLE.recognise(Sample("csv", [other])).confidence == 0
        assert TABLE.recognise(Sample("csv", [])).confidence == 0


class TestStix:
    """Indicators of STIX 2.1."""

    def test_fields(self) -> None:
        """An indicator gives value, label, confidence as a share, and end of validity."""
        record = INDICATOR | {"labels": ["a", "b"], "confidence": 80, "valid_until": "2026-12-31T00:00:00.000Z"}
        assert read(STIX, record) == [
            WatchEntry(
                kind="ip",
                value="203.0.113.7",
                label="a, b",
                confidence=0.8,
                valid_until=datetime(2026, 12, 31, tzinfo=UTC),
            )
        ]

    def test_label(self) -> None:
        """Without labels the indicator types are the label, without these the name."""
        assert read(STIX, INDICATOR | {"indicator_types": ["anonymization"]})[0].label == "anonymization"
        assert read(STIX, INDICATOR)[0].label == "proxy"

    @pytest.mark.parametrize(
        ("pattern", "entries"),
        [
            ("[ipv6-addr:value = '2001:db8::7']", [("ip", "2001:db8::7")]),
            ("[ipv4-addr:value = '198.51.100.0/24']", [("network", "198.51.100.0/24")]),
            ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", [("network", "198.51.100.0/24")]),
            ("[ipv4-addr:value IN ('203.0.113.7', '203.0.113.8')]", [("ip", "203.0.113.7"), ("ip", "203.0.113.8")]),
            ("[network-traffic:src_ref.value = '203.0.113.7']", [("ip", "203.0.113.7")]),
            ("[autonomous-system:number = 64500]", [("asn", "64500")]),
            ("[domain-name:value = 'Mail.example.org']", [("email_domain", "mail.example.org")]),
            ("[email-addr:value LIKE '%@example.org']", [("email_domain", "example.org")]),
            (
                "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'it\\'s me']",
                [("user_agent", "it's me")],
            ),
            (
                "[ipv4-addr:value='203.0.113.7' OR ipv4-addr:value='203.0.113.8']",
                [("ip", "203.0.113.7"), ("ip", "203.0.113.8")],
            ),
            ("[(ipv4-addr:value = '203.0.113.7')] OR [url:value = 'http://example.org/']", [("ip", "203.0.113.7")]),
        ],
    )
    def test_patterns(self, pattern: str, entries: list[tuple[str, str]]) -> None:
        """Comparisons joined by OR give an entry each; what we do not watch is passed over beside others."""
        assert pattern_entries(pattern) == entries

    @pytest.mark.parametrize(
        "pattern",
        [
            "[ipv4-addr:value = '203.0.113.7' AND domain-name:value = 'example.org']",
            "[ipv4-addr:value = '203.0.113.7'] AND [ipv4-addr:value = '203.0.113.8']",
            "[ipv4-addr:value = '203.0.113.7'] FOLLOWEDBY [ipv4-addr:value = '203.0.113.8']",
            "[ipv4-addr:value != '203.0.113.7']",
            "[NOT ipv4-addr:value = '203.0.113.7']",
            "[ipv4-addr:value = '203.0.113.7'] WITHIN 5 SECONDS",
            "[ipv4-addr:value = '203.0.113.7'] START t'2026-05-26T00:00:00Z' STOP t'2026-05-27T00:00:00Z'",
            "[ipv4-addr:value LIKE '203.%']",
            "[domain-name:value ISSUBSET 'example.org']",
            "nonsense",
        ],
    )
    def test_complex_patterns(self, pattern: str) -> None:
        """A pattern that says more than we watch goes to quarantine: half of it would watch the wrong thing."""
        with pytest.raises(Unusable, match="complex_pattern"):
            pattern_entries(pattern)

    @pytest.mark.parametrize(
        "pattern",
        ["[url:value = 'http://example.org/']", "[file:name = 'x']", "[email-addr:value = 'a@example.org']", "[]"],
    )
    def test_not_watched(self, pattern: str) -> None:
        """URLs, files and single mail addresses alone are nothing that we watch."""
        with pytest.raises(Unusable, match="not_watched"):
            pattern_entries(pattern)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"type": "identity"}, "not_an_indicator"),
            ({"revoked": True}, "revoked"),
            ({"pattern_type": "snort"}, "unknown_pattern"),
            ({"pattern": None}, "missing_field"),
            ({"pattern": "[ipv4-addr:value = 'x']"}, "unknown_entry"),
            ({"valid_until": "soon"}, "bad_time"),
            ({"confidence": "high"}, "bad_number"),
        ],
    )
    def test_unusable_objects(self, change: dict[str, Any], reason: str) -> None:
        """Other objects, revoked indicators, other pattern languages and unreadable fields go to quarantine."""
        with pytest.raises(Unusable, match=reason):
            read(STIX, INDICATOR | change)

    def test_recognition(self) -> None:
        """Objects of STIX are recognised when indicators are among them."""
        identity = {"type": "identity", "id": "identity--1"}
        assert STIX.recognise(Sample("json", [identity, INDICATOR])).confidence == 1
        assert STIX.recognise(Sample("json", [identity])).confidence == 0
        assert STIX.recognise(Sample("json", [])).confidence == 0


@pytest.mark.parametrize(("source", "record"), [(LIST, "203.0.113.7"), (TABLE, ROW), (STIX, INDICATOR)])
def test_equal_records_stay_apart(source: Source, record: Record) -> None:
    """Six equal records are six entries."""
    events, reasons = read_all(source, [record] * 6)
    assert (len(events), reasons) == (6, {})


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(
    st.text(),
    st.dictionaries(st.sampled_from([*ROW, "valid_until"]), st.text()),
    st.sampled_from([*INDICATOR]),
    SCALARS,
)
def test_arbitrary_content(text: str, row: dict[str, str], key: str, value: object) -> None:
    """Whatever a record holds, it gives entries, nothing, or a reason for quarantine."""
    read_all(LIST, [text, f"AS{text}", f"+{text}", f"203.0.113.7{text}"])
    read_all(TABLE, [text, row, ROW | row])
    quoted = f"[ipv4-addr:value = '{text}'] OR [autonomous-system:number IN ({text})]"
    read_all(STIX, [text, INDICATOR | {key: value}, INDICATOR | {"pattern": text}, INDICATOR | {"pattern": quoted}])


@recorded
def test_no_recording_is_a_watch_list() -> None:
    """No recorded log is a watch list of any shape."""
    for folder, records in samples():
        for source, framing in ((LIST, "line"), (TABLE, "csv"), (TABLE, "json"), (STIX, "json")):
            assert source.recognise(Sample(framing, records[:50])).confidence == 0, folder  # type: ignore[arg-type] # the loop widens the literals
