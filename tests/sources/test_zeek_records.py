"""How Zeek writes logs: headers, escapes and streams, whichever log it is."""

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.sources.zeek_records import Records, unescape
from tests.sources.test_zeek_http import header


def test_header_without_stream() -> None:
    """Where the header names no stream, the columns tell."""
    records = Records("http")
    for beginning in header(path=None):
        records.row(beginning)
    assert records.is_ours
    records = Records("conn")
    for beginning in header(path=None):
        records.row(beginning)
    assert not records.is_ours


def test_header_with_stream() -> None:
    """A header that names the stream is believed, as long as it has the client's address."""
    records = Records("http")
    for beginning in header("ts", "uid", "id.orig_h"):
        records.row(beginning)
    assert records.is_ours
    for beginning in header("ts", "uid"):
        records.row(beginning)
    assert not records.is_ours


@given(st.text())
def test_unescape_leaves_plain_text(text: str) -> None:
    """Text without a backslash is what it says; escaped bytes come back as they were."""
    assert unescape(text.replace("\\", "/")) == text.replace("\\", "/")
    assert (
        unescape("".join(f"\\x{byte:02x}" for byte in text.encode("utf-8", "replace")))
        == text.encode("utf-8", "replace").decode()
    )
