"""A file is recognised from its content alone, and one that is not says what was seen in it."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.errors import Surroundings
from checkvalve.sources.base import Framing, Match, Read, Record, Sample
from checkvalve.sources.framing import Layout
from checkvalve.sources.recognition import recognise, recognise_head
from checkvalve.sources.registry import source
from tests.sources.gateway_records import call, message
from tests.sources.weblog_fixtures import ROOT, recorded

SAMPLES = Path(__file__).parent / "samples"
ALL = sorted(path for path in SAMPLES.glob("*/*") if path.is_file())
LINE = '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "POST /otp HTTP/1.1" 200 2 "-" "curl/8"\n'

CAPTURES = sorted(SAMPLES.glob("pcap.*/*"))
TEXTS = [path for path in ALL if path not in CAPTURES]
each_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")


def name_of(head: bytes) -> str | None:
    """The source that a content is recognised as."""
    found = recognise_head(head)
    return found.source.name if found.source else None


def reason(head: bytes) -> str:
    """What is said about a content that nobody knows."""
    found = recognise_head(head)
    assert found.source is None
    return found.reason


@each_text
def test_sample_under_any_name(path: Path, tmp_path: Path) -> None:
    """The same bytes are the same log under every name and in every folder, packed or not."""
    content = path.read_bytes()
    for name, written in {
        "access.log": content,
        "invoice.pdf": content,
        "x": gzip.compress(content),
        "table.csv": bz2.compress(content),
        ".hidden": zstandard.compress(content),
    }.items():
        (tmp_path / name).write_bytes(written)
        found = recognise(tmp_path / name)
        assert found.source is not None
        assert found.source.name == path.parent.name


@each_text
def test_sample_in_other_encodings(path: Path) -> None:
    """A byte-order mark, UTF-16 and other line ends change nothing about which log it is."""
    content = path.read_bytes()
    for written in (
        b"\xef\xbb\xbf" + content,
        content.decode().encode("utf-16"),
        content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    ):
        assert name_of(written) == path.parent.name


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "nothing but blank lines"),
        (bytes(range(256)) * 4, "binary"),
        (b"PK\x03\x04rest", "a zip archive; unpack it"),
        (b"PAR1rest", "a Parquet file"),
        (b"foo;bar\n", "a table without rows, of the columns foo, bar"),
        (b"foo,bar\n1,2\n", "no source knows a table of the columns foo, bar"),
        (b'{"foo": 1, "bar": {"baz": 2}}\n', "no source knows objects of the keys foo, bar"),
        (b"Some words.\nAnd some more.\n", "no source knows such lines"),
        (b'{"sims": [], "meta": {}}', "objects of the keys sims, meta"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_was_seen(content: bytes, expected: str) -> None:
    """A file that no source knows says what is in it."""
    assert expected in reason(content)


def test_archives() -> None:
    """An archive is no log: somebody has to unpack it, and is told so."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("access.log", LINE * 9)
    assert "a zip archive" in reason(packed.getvalue())
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("access.log")
        info.size = len(LINE) * 1000
        tar.addfile(info, io.BytesIO(LINE.encode() * 1000))
    assert "a tar archive" in reason(packed.getvalue())


def test_no_data_in_the_reason() -> None:
    """What is said of an unknown file holds names of fields and no values, numbers least of all."""
    content = json.dumps({"+12025550100": 1, "12025550101": 2, "foo": "+12025550102"}).encode()
    assert reason(content) == "not recognised: no source knows objects of the keys foo"


def test_nearest() -> None:
    """A file that is a little like a log names that log, how much, and what was looked at."""
    told = reason(b"".join(b'{"foo": %d}\n' % n for n in range(9)) + json.dumps(message()).encode())
    assert told.startswith("not recognised; nearest is twilio.messages (10%): ")


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ({"messages": [], "page": 0, "page_size": 50, "uri": "/x"}, "twilio.messages"),
        ({"attempts": [], "meta": {"key": "attempts"}}, "twilio.verify_attempts"),
        ({"usage_records": [], "page_size": 50}, "twilio.usage"),
    ],
)
def test_empty_page(page: dict[str, object], name: str) -> None:
    """A page without entries is still of its log, written in one line or many, with a mark or without."""
    for written in (json.dumps(page).encode(), json.dumps(page, indent=2).encode()):
        assert name_of(written) == name_of(b"\xef\xbb\xbf" + written) == name
        assert recognise_head(written, [source("web.combined")]).source is None


def test_torn_first_record() -> None:
    """A log that a rotation cut in its first line is the same log."""
    whole = json.dumps(message())
    assert name_of(f"{whole[200:]}\n{whole}\n{whole}\n".encode()) == "twilio.messages"
    assert name_of(f"{LINE[30:]}{LINE}{LINE}".encode()) == "web.combined"


def test_access_lines_among_others() -> None:
    """Access lines among the lines of an error log, or of an application, are found."""
    other = "[Tue May 26 10:00:00.000000 2026] [core:error] [pid 1] AH00000: something went wrong\n"
    assert name_of((other * 4 + LINE).encode()) == "web.combined"
    assert "nearest is web.combined" in reason((other * 40 + LINE).encode())


def test_late_records(tmp_path: Path) -> None:
    """A trail whose first records are all of other services is looked at further."""
    others = [call("AssumeRole", eventSource="sts.amazonaws.com")] * 1000
    (tmp_path / "trail").write_text(json.dumps({"Records": [*others, call()]}))
    found = recognise(tmp_path / "trail")
    assert found.source is not None
    assert found.source.name == "aws.cognito"
    (tmp_path / "other").write_text(json.dumps({"Records": others}))
    assert "nearest is aws.cognito" in recognise(tmp_path / "other").reason


@given(content=st.binary(max_size=200) | st.text('{}[]":,;\n\tabcSM1', max_size=200).map(str.encode))
def test_any_bytes(content: bytes) -> None:
    """Whatever the bytes are, there is an answer with a reason, and whoever is named is sure."""
    found = recognise_head(content)
    assert found.reason
    assert 0 <= found.confidence <= 1
    assert found.source is None or found.confidence >= 0.5


@each_text
def test_any_cut(path: Path) -> None:
    """A sample that was cut, but not in its first line, is recognised as its own log or not at all."""
    content = path.read_bytes()
    first_line = content.find(b"\n") + 1
    start = first_line if first_line < len(content) // 2 else 60
    for cut in range(start, len(content), max(1, len(content) // 40)):
        assert name_of(content[:cut]) in (path.parent.name, None)


class _Picky:
    """A source that wants every record to be the word it was made with."""

    title, enable = "test", "'test'"
    framings: frozenset[Framing] = frozenset({"line"})

    def __init__(self, name: str, sure: float) -> None:
        self.name, self._sure = name, sure

    def recognise(self, sample: Sample) -> Match:
        return Match(self._sure, f"{len(sample.records)} records")

    def reader(self, logs: object) -> Read:
        return lambda record: ()


def test_the_surest_wins() -> None:
    """The source that is surest is taken; below a half nobody is."""
    candidates = [_Picky("a", 0.6), _Picky("b", 0.9), _Picky("c", 0.7)]
    found = recognise_head(b"x\n", candidates)
    assert found.source is candidates[1]
    assert recognise_head(b"x\n", [_Picky("a", 0.49)]).source is None


def test_sample_leaves_out_a_cut_line(tmp_path: Path) -> None:
    """A line that the end of the head cuts is no part of what sources judge by."""
    seen: list[Record] = []

    class Watching(_Picky):
        def recognise(self, sample: Sample) -> Match:
            seen.extend(sample.records)
            return Match(1.0, "all")

    (tmp_path / "log").write_text(("x" * 9999 + "\n") * 40)
    assert recognise(tmp_path / "log", [Watching("w", 1.0)]).layout == Layout("line")
    assert {len(str(record)) for record in seen} == {9999}


def test_unreadable(tmp_path: Path) -> None:
    """A file that cannot be read is a matter of the surroundings."""
    with pytest.raises(Surroundings):
        recognise(tmp_path / "gone")


EXPECTED = {
    "apache/*": "web.combined",
    "litespeed/*": "web.combined",
    "nginx/*": "web.combined",
    "benign_corpus/*": "web.combined",
    "aws_alb/*": "aws.alb",
    "aws_sns/*": "aws.sns",
    "twilio/api__*_Messages_*": "twilio.messages",
    "twilio/api__*_Usage_*": "twilio.usage",
    "twilio/verify__get_v2_Attempts_*": "twilio.verify_attempts",
}
"""Recorded files and the source that each is of; the others are of logs that these sources do not read."""


@recorded
@pytest.mark.parametrize("path", sorted(ROOT.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_recorded(path: Path) -> None:
    """Every recorded file is recognised as what it is, and files of other products by no source of ours."""
    relative = path.relative_to(ROOT)
    expected = next((name for pattern, name in EXPECTED.items() if relative.match(pattern)), None)
    if "UserDefinedMessages" in path.name:
        expected = None
    found = recognise(path)
    taken = found.source.name if found.source else None
    assert taken == expected or (expected is None and taken not in {*EXPECTED.values(), "web.json", "aws.cur"})
    assert found.reason
