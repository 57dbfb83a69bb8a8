"""What is no log is named for what it is, with what to do; what is a log in another encoding is read."""

import io
import lzma
import random
import sqlite3
import tarfile
import zipfile
import zlib
from pathlib import Path

import duckdb
import pytest

from checkvalve.sources.recognition import recognise_head
from tests.sources.whole_files import SAMPLES, read_content

LOG = (SAMPLES / "web.combined" / "access.log").read_bytes()
NOISE = random.Random(1).randbytes(4096)


def zipped(*names: str) -> bytes:
    """A zip archive with members of these names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, LOG)
    return buffer.getvalue()


def tarred() -> bytes:
    """A tar archive of a log."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("access.log")
        member.size = len(LOG)
        archive.addfile(member, io.BytesIO(LOG))
    return buffer.getvalue()


KINDS = {
    "PDF": (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n", "a PDF document; get the same report as CSV"),
    "image": (b"\x89PNG\r\n\x1a\n" + NOISE, "an image;"),
    "Excel": (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook; save each sheet as CSV"),
    "Word": (zipped("[Content_Types].xml", "word/document.xml"), "an office document;"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE, "an old Office document"),
    "zip": (zipped("access.log"), "a zip archive; unpack it, and give the folder: unzip FILE"),
    "tar": (tarred(), "a tar archive; unpack it"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + NOISE, "a 7-Zip archive; unpack it"),
    "RAR": (b"Rar!\x1a\x07\x01\0" + NOISE, "a RAR archive; unpack it"),
    "xz": (lzma.compress(LOG), "packed with xz; unpack it: xz -dk FILE"),
    "zlib": (zlib.compress(LOG), "packed with zlib; unpack it"),
    "PGP": (b"\x85\x01\x0c\x03" + NOISE, "encrypted with PGP; decrypt it first"),
    "armour": (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA5\n", "encrypted with PGP; decrypt it first"),
    "age": (b"age-encryption.org/v1\n-> X25519 a\n" + NOISE, "encrypted with age; decrypt it first"),
    "unknown cipher": (NOISE, "it looks encrypted, or packed in a way that is not known"),
    "Windows events": (b"ElfFile\0" + bytes(300), "a Windows event log; export it as XML"),
    "journal": (b"LPKSHHRH" + bytes(300), "a journal of systemd; export it: journalctl"),
    "zeros": (bytes(4096), "nothing but zero bytes"),
    "machine's": (bytes(range(32)) * 64, "the content is binary, not text; export the log as text"),
    "login page": (b"\n<!DOCTYPE html><title>Sign in</title>", "a web page, perhaps the login or error page"),
    "refusal": (b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code></Error>", "an error message of a bucket"),
    "e-mail": (b"From: a@example.org\nSubject: the bill\n\nsee below\n", "an e-mail; save its attachment"),
}


@pytest.mark.parametrize(("content", "told"), KINDS.values(), ids=KINDS)
def test_kinds(content: bytes, told: str) -> None:
    """A file of a wrong kind is named for what it is, and the reason says how to get a log out of it."""
    found = recognise_head(content)
    assert found.source is None
    assert told in found.reason


def test_data_bases(tmp_path: Path) -> None:
    """Data bases are named, with the command that makes a table of them."""
    with sqlite3.connect(tmp_path / "a.sqlite") as lite:
        lite.execute("CREATE TABLE t (a)")
    lite.close()
    with duckdb.connect(tmp_path / "a.duckdb") as duck:
        duck.execute("CREATE TABLE t (a INT)")
    told = {"sqlite": "sqlite3 -header -csv FILE", "duckdb": "duckdb FILE"}
    for ending, command in told.items():
        assert command in recognise_head((tmp_path / f"a.{ending}").read_bytes()).reason


@pytest.mark.parametrize("content", [b"\n" * 50, b" \r\n\t\n"])
def test_blank_lines(content: bytes) -> None:
    """A file of blank lines is not empty, and says what it is."""
    assert recognise_head(content).reason == "the file holds nothing but blank lines"
    assert recognise_head(b"").reason == "the file is empty"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
def test_wide_letters(encoding: str) -> None:
    """A log whose letters have two or four bytes reads as any other, with a mark or, in UTF-16, without."""
    assert read_content(LOG.decode().encode(encoding)) == read_content(LOG)


def test_wide_letters_of_the_world() -> None:
    """Letters whose higher byte is no zero, a few in a log, do not hide that it is UTF-16."""
    line = '203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 2 "-" "код \u77ed\u8a0a"\n'
    source, found, _ = read_content(line.encode("utf-16-le") * 9)
    assert (source, len(found)) == ("web.combined", 9)
    assert {getattr(event, "user_agent", None) for event in found} == {"код \u77ed\u8a0a"}


def test_zeros_that_are_no_letters() -> None:
    """Numbers of two bytes are no text, though every second byte of theirs is zero."""
    counted = b"".join(number.to_bytes(2, "little") for number in (3, 7, 1, 20, 14, 2, 9) * 200)
    found = recognise_head(counted)
    assert found.source is None
    assert "binary" in found.reason
