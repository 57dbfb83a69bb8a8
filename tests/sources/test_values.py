"""The small values of vendor records: times, numbers, money, numbers to call."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Unusable
from checkvalve.sources import values

MOMENT = datetime(2022, 3, 8, 19, 9, 37, 300_000, tzinfo=UTC)
WHOLE = MOMENT.replace(microsecond=0)

moments = st.integers(7_305 * 86_400_000_000, 20_800 * 86_400_000_000).map(
    lambda since_1970_us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since_1970_us)
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=5,
)


class TestTimestamp:
    """`timestamp` and `optional_timestamp`."""

    @pytest.mark.parametrize(
        "written",
        [
            "2022-03-08T19:09:37.3Z",
            "2022-03-08 19:09:37.3",
            "2022-03-08 19:09:37.300",
            "2022-03-08t19:09:37.300000000z",
            "2022-03-08T20:09:37.300+0100",
            "2022-03-08T20:09:37.300+01:00",
            "2022-03-08T20:09:37.300+01",
            "2022-03-09 00:39:37.3 +0530",
            "2022-03-08 19:09:37.3 UTC",
            "2022-03-08 19:09:37.3 GMT",
            "1646766577.3",
            "1646766577300",
            1646766577.3,
            1646766577300,
            1646766577300000,
            "1646766577300000000",
        ],
    )
    def test_spellings(self, written: object) -> None:
        """Every offset form of ISO 8601, the space form, and epochs of four scales say the same moment."""
        assert values.timestamp(written, "at") == MOMENT

    @pytest.mark.parametrize(
        "written",
        [
            "Tue, 08 Mar 2022 19:09:37 +0000",
            "Tue, 8 Mar 2022 19:09:37 GMT",
            "8 Mar 2022 19:09:37 -0000",
            "Tue,  8 MAR 2022 19:09:37 +0000",
            " Tue, 08 Mar 2022 19:09:37 +0000 ",
            "Tue, 08 Mar 2022 14:09:37 EST",
            "Tue, 08 Mar 2022 20:39:37 +0130",
        ],
    )
    def test_mail_dates(self, written: str) -> None:
        """RFC 2822 dates are read with or without a weekday, with numeric and with named zones."""
        assert values.timestamp(written, "at") == WHOLE

    def test_zone(self) -> None:
        """A text without a zone is taken in the zone asked for, one with a zone is not."""
        berlin = ZoneInfo("Europe/Berlin")
        assert values.timestamp("2022-03-08 20:09:37.3", "at", berlin) == MOMENT
        assert values.timestamp("2022-03-08 19:09:37.3Z", "at", berlin) == MOMENT

    @pytest.mark.parametrize(
        "written",
        [
            "yesterday",
            "2022-13-08",
            "Tue, 08 Foo 2022 19:09:37 +0000",
            "Tue, 08 Mar 2022 19:09:37 +9900",
            "Tue, 08 Mar 2022 19:09:37 XYZ",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-10:00",
            "12",
            0,
            -5,
            float("nan"),
            float("inf"),
            10**40,
            True,
            [],
            "2022-03-08 19:09:37" + " " * 100,
        ],
    )
    def test_unreadable(self, written: object) -> None:
        """What is no moment of which a log can tell is refused with the field's name."""
        with pytest.raises(Unusable) as caught:
            values.optional_timestamp(written, "date_sent")
        assert caught.value.reason == "bad_time"
        assert caught.value.detail.startswith("date_sent: ")

    @pytest.mark.parametrize(
        "written", ["1970-01-01T00:00:00Z", "2099-12-31 23:59:59", 4_070_908_800, "1989-12-31T23:59:59Z"]
    )
    def test_wrong_clocks(self, written: object) -> None:
        """The year of a clock that was never set, or jumped ahead, is refused as one, but a plan may be for then."""
        with pytest.raises(Unusable, match=r"at: .*the year of a clock that is wrong"):
            values.timestamp(written, "at")
        if "19" not in str(written):
            assert values.planned_time(written, "at") is not None

    @pytest.mark.parametrize("nothing", [None, "", " ", "null"])
    def test_nothing(self, nothing: object) -> None:
        """Nothing is None where the time may be absent and refused where it must be there."""
        assert values.optional_timestamp(nothing, "at") is None
        with pytest.raises(Unusable, match="at: nothing there"):
            values.timestamp(nothing, "at")

    @given(moments, offsets)
    def test_iso_round_trip(self, at: datetime, zone: timezone) -> None:
        """A moment written in any zone comes back as the same moment, aware and in UTC."""
        found = values.timestamp(at.astimezone(zone).isoformat(), "at")
        assert found == at
        assert found.utcoffset() == timedelta(0)

    @given(moments, st.sampled_from([1, 1_000, 1_000_000]))
    def test_epoch_scales(self, at: datetime, per_second: int) -> None:
        """An integer epoch keeps every digit it has, whatever its scale."""
        count = int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * per_second // 1_000_000
        found = values.timestamp(count, "at")
        assert timedelta(0) <= at - found < timedelta(seconds=1) / per_second + timedelta(microseconds=1)

    def test_privacy(self) -> None:
        """A number that slipped into a time's column is not shown in full."""
        with pytest.raises(Unusable) as caught:
            values.timestamp("+12025550100", "SentDate")
        assert "5550100" not in str(caught.value)


class TestNumbers:
    """`number`, `integer`, `positive_integer` and `money`."""

    @pytest.mark.parametrize(
        ("written", "expected"),
        [(1, 1.0), (0.5, 0.5), ("-0.00750", -0.0075), ('"1"', 1.0), (" 2 ", 2.0), ("1e-3", 0.001)],
    )
    def test_readable(self, written: object, expected: float) -> None:
        """Numbers come as numbers, as texts and as texts in quotes."""
        assert values.number(written, "price") == expected

    @pytest.mark.parametrize("written", ["abc", "1_000", "nan", "inf", float("nan"), 10**400, True, [], {}, "1,5"])
    def test_unreadable(self, written: object) -> None:
        """What is no finite number is refused with the field's name."""
        with pytest.raises(Unusable, match=r"^bad_number: price"):
            values.number(written, "price")

    @pytest.mark.parametrize("nothing", [None, "", "null", '""'])
    def test_nothing(self, nothing: object) -> None:
        """Nothing is None, never zero."""
        assert values.number(nothing, "price") is None
        assert values.integer(nothing, "parts") is None
        assert values.money(nothing, "price") is None

    def test_whole(self) -> None:
        """A count has no fraction and fits a 64-bit column; its zero is no count yet."""
        assert values.integer('"3"', "parts") == 3
        assert values.positive_integer("0", "parts") is None
        for written in (1.5, "2.5", 10**30, 2**60):
            with pytest.raises(Unusable, match=r"^bad_number: parts"):
                values.integer(written, "parts")

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_sign(self, amount: float) -> None:
        """Money is positive whichever sign the vendor gives to a charge."""
        assert values.money(str(amount), "price") == values.money(-amount, "price") == abs(amount)


class TestTexts:
    """`text`, `required`, `inner`, `currency`, `country`."""

    @pytest.mark.parametrize(
        "nothing",
        [None, "", "  ", "null", "HIDDEN_DUE_TO_SECURITY_REASONS", "HIDDEN_FOR_SECURITY_REASONS", [], True],
    )
    def test_nothing(self, nothing: object) -> None:
        """Absent, empty and hidden fields hold no text, and where one is required the record is refused."""
        assert values.text(nothing) is None
        with pytest.raises(Unusable, match="missing_field: sid"):
            values.required(nothing, "sid")

    def test_hidden_container(self) -> None:
        """A container that the vendor hid behind a text reads as empty."""
        assert values.inner({"parameters": "HIDDEN_DUE_TO_SECURITY_REASONS"}, "parameters") == {}
        assert values.inner({"parameters": {"a": 1}}, "parameters") == {"a": 1}

    def test_codes(self) -> None:
        """Currencies have three letters, countries two; names are not taken for codes."""
        assert (values.currency("usd"), values.currency("US$"), values.currency(None)) == ("USD", None, None)
        assert (values.country("gb"), values.country("Germany"), values.country("1A")) == ("GB", None, None)


class TestDestination:
    """`destination`, `network`, `ip`."""

    @pytest.mark.parametrize(
        "written", ["+1XXX5550100", "someone@example.org", "EXAMPLE", "", None, "+", "++1", "12025550100"]
    )
    def test_no_number(self, written: object) -> None:
        """Only a plus and digits are a number: masks, addresses and names are None."""
        assert values.destination(written) is None

    def test_bare(self) -> None:
        """Where the vendor leaves the plus out it is added, and a mask stays None."""
        assert values.destination("12025550100", bare=True) == "+12025550100"
        assert values.destination(31612345678, bare=True) == "+31612345678"
        assert values.destination("1XXX5550100", bare=True) is None

    @pytest.mark.parametrize(
        ("mcc", "mnc", "expected"),
        [
            ("310", "05", "310-05"),
            ("732", "103", "732-103"),
            (310, 270, "310-270"),
            (310, 4, "310-004"),
            (434, 5, "434-05"),
            ("202", "00", "202-00"),
            (0, 0, None),
            (310, 0, None),
            (None, None, None),
            ("", "", None),
            ("31x", "1", None),
            ("3100", "1", None),
            ("²", "1", None),
        ],
    )
    def test_network(self, mcc: object, mnc: object, expected: str | None) -> None:
        """Texts keep their zeros, integers get theirs back, and zero or nothing is no network."""
        assert values.network(mcc, mnc) == expected

    def test_address(self) -> None:
        """An address is normalised, and a service's name is none."""
        assert values.ip("2001:DB8:0::1") == "2001:db8::1"
        assert values.ip("AWS Internal") is None
        assert values.ip("1" * 5000) is None


@given(anything)
def test_only_unusable(value: Any) -> None:
    """Whatever stands in a field, reading it gives a value or `Unusable` with one of three reasons."""
    reasons = set()
    for read in (values.timestamp, values.optional_timestamp, values.number, values.integer, values.required):
        try:
            read(value, "field")
        except Unusable as error:
            reasons.add(error.reason)
    assert reasons <= {"bad_time", "bad_number", "missing_field"}


@given(anything)
def test_never_raising(value: Any) -> None:
    """Numbers to call, networks, addresses and codes are optional: anything unreadable there is None."""
    found = values.destination(value)
    assert found is None or found.startswith("+")
    assert values.network(value, None) is None
    for read in (values.text, values.ip, values.currency, values.country):
        assert read(value) is None or isinstance(read(value), str)
