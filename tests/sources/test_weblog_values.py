"""Values as web servers write them."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable, Usage
from checkvalve.sources import weblog_values as values


@given(
    st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2026, 12, 30)),  # noqa: DTZ001 - a local time
    st.integers(-23 * 60, 23 * 60),
)
def test_log_time_inverts_writing(local: datetime, offset_minutes: int) -> None:
    """A time written in the servers' form with any offset is read back to the second."""
    local = local.replace(microsecond=0)
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    hours, minutes = divmod(abs(offset_minutes), 60)
    text = (
        f"{local.day:02}/{months[local.month - 1]}/{local.year}:{local:%H:%M:%S} "
        f"{'-' if offset_minutes < 0 else '+'}{hours:02}{minutes:02}"
    )
    assert values.log_time(text) == local.replace(tzinfo=UTC) - timedelta(minutes=offset_minutes)


def test_fractions_of_a_second() -> None:
    """Fractions are kept to the microsecond, longer ones cut."""
    assert values.log_time("26/May/2026:10:00:00.1234567 +0000").microsecond == 123456
    assert values.log_time("26/May/2026:10:00:00.5").microsecond == 500000


def test_leap_second() -> None:
    """Second 60 is the first second of the next minute."""
    assert values.log_time("31/Dec/2016:23:59:60 +0000") == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "00/Jan/2026:00:00:00 +0000",
        "01/Foo/2026:00:00:00 +0000",
        "01/Jan/2026:00:00:61 +0000",
        "01/Jan/2026:24:00:00 +0000",
        "01/Jan/2026:00:00:00 +9900",
        "01/Jan/0000:00:00:00 +0000",
        "01/Jan/0001:00:00:00 +0100",
        "31/Dec/9999:23:59:59 -0100",
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_impossible_times(text: str) -> None:
    """What is no moment raises bad_time and nothing else."""
    with pytest.raises(Unusable, match="bad_time"):
        values.log_time(text)


@given(st.ip_addresses())
def test_address_is_its_own_form(one: object) -> None:
    """Every address is read back, IPv4-mapped ones as IPv4, and reading twice changes nothing."""
    found = values.address(str(one))
    assert found is not None
    mapped = one.ipv4_mapped if isinstance(one, IPv6Address) else None
    assert ip_address(found) == (mapped or one)
    assert values.address(found) == found


@given(st.ip_addresses(), st.integers(0, 65535))
def test_address_of_socket(one: object, port: int) -> None:
    """The address before the last colon is the client, for IPv4 and for IPv6 without brackets."""
    assert values.address_of_socket(f"{one}:{port}") == values.address(str(one))


@pytest.mark.parametrize(
    "text", ["", "-", "unix:", "example.org", "1.2.3", "1.2.3.4.5", "999.1.1.1", ":", "[", "%"]
)
def test_no_addresses(text: str) -> None:
    """What is no address is None."""
    assert values.address(text) is None


@given(st.text())
def test_total(text: str) -> None:
    """The helpers answer for any text, and never with text that cannot be stored as UTF-8."""
    values.address(text), values.address_of_socket(text), values.address_list(text), values.host_name(text)
    for found in (values.unescape(text), *values.request_line(text), *values.split_target(text)):
        assert found is None or found.encode().decode() == found


@given(st.binary())
def test_unescape_inverts_hex_escapes(raw: bytes) -> None:
    r"""Bytes written as \xHH come back as the UTF-8 text that they are."""
    assert values.unescape("".join(f"\\x{byte:02X}" for byte in raw)) == raw.decode(errors="replace")


def test_unescape_surrogates() -> None:
    r"""A lone half of a surrogate pair becomes U+FFFD, so that the text can be stored."""
    assert values.unescape(r"\ud800") == "\ufffd"


def test_unknown_escapes_stay() -> None:
    """A backslash that begins no known escape stands for itself."""
    assert values.unescape(r"a\qb\x4") == r"a\qb\x4"


@pytest.mark.parametrize(
    ("text", "host"),
    [("u:p@Example.org:80", "example.org"), ("2001:db8::1", "2001:db8::1"), ("_", None), ("", None), (":80", None)],
)
def test_host_name(text: str, host: str | None) -> None:
    """A host stands without user, port and brackets, in small letters."""
    assert values.host_name(text) == host


def test_proxies_all_trusted() -> None:
    """When every hop is ours, the leftmost is the client."""
    assert values.TrustedProxies(("10.0.0.0/8",)).client("10.0.0.1", "10.0.0.3, 10.0.0.2") == "10.0.0.3"


def test_proxies_without_peer() -> None:
    """A peer without an address (a socket) counts as ours once proxies are named, and else tells nothing."""
    assert values.TrustedProxies(("10.0.0.0/8",)).client(None, "203.0.113.7") == "203.0.113.7"
    assert values.TrustedProxies(()).client(None, "203.0.113.7") is None


def test_bad_proxies() -> None:
    """A network that is none is the user's mistake."""
    with pytest.raises(Usage, match="trusted_proxies"):
        values.TrustedProxies(("10.0.0.0/99",))


@given(
    st.from_regex(r"[A-Z]{1,5} https?://[A-Za-z0-9.-]{1,9}(:[0-9]{1,5})?/[^ ?]{0,9}(\?[^ ]{0,9})?", fullmatch=True),
    st.sampled_from(["HTTP/1.1", "HTTP/2"]),
)
def test_both_ways_to_a_request(start: str, version: str) -> None:
    """A plain request line with a URL asks for the same as by the general rules (a blank leads to them)."""
    assert values.request_line(f"{start} {version}") == values.request_line(f" {start} {version}")
