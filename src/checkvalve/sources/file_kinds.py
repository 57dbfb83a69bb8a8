"""What is a file that is no log, and what can a person do to get a log out of it? Told by its first bytes."""

import re
import zlib
from typing import NamedTuple


class _Kind(NamedTuple):
    begins: re.Pattern[bytes]
    what: str
    todo: str


def _kinds(*rows: tuple[bytes, str, str]) -> tuple[_Kind, ...]:
    return tuple(_Kind(re.compile(begins, re.DOTALL), what, todo) for begins, what, todo in rows)


_SHEET = "save each sheet as CSV"
_TO_CSV = "export the table as CSV"
_UNPACK = "unpack it, and give the folder"
_DECRYPT = "decrypt it first"

_INSIDE_ZIP = _kinds(
    (rb".*\bxl/", "an Excel workbook", _SHEET),
    (rb".*opendocument\.spreadsheet", "an OpenDocument spreadsheet", _SHEET),
    (rb".*\b(?:word|ppt)/|.*opendocument", "an office document", "copy the log out of it into a text file"),
)
_KINDS = _kinds(
    (rb"%PDF-", "a PDF document", "get the same report as CSV or JSON from where it came"),
    (
        rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF.{4}WEBP",
        "an image",
        "give the log that it shows",
    ),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (Excel, Word, Outlook)", f"in Excel {_SHEET}"),
    (rb"SQLite format 3\0", "an SQLite data base", f"{_TO_CSV}: sqlite3 -header -csv FILE 'SELECT * FROM table'"),
    (rb".{8}DUCK", "a DuckDB data base", f"{_TO_CSV}: duckdb FILE \"COPY table TO 'table.csv' (HEADER)\""),
    (rb"ORC[^\n -~]|Obj\x01", "a file of a data lake (ORC or Avro)", "export it as JSON lines or CSV"),
    (rb"\xfd7zXZ\0", "packed with xz", "unpack it: xz -dk FILE"),
    (rb"\x04\x22\x4d\x18", "packed with lz4", "unpack it: lz4 -dk FILE"),
    (rb"\xff\x06\0\0sNaPpY", "packed with Snappy", "unpack it, or pack it with gzip"),
    (rb"\x1f\x9d", "packed with compress", "unpack it: gzip -dk FILE.Z"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", f"{_UNPACK}: 7z x FILE"),
    (rb"Rar!\x1a\x07", "a RAR archive", f"{_UNPACK}: unrar x FILE"),
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a zip archive", f"{_UNPACK}: unzip FILE"),
    (rb".{257}ustar", "a tar archive", f"{_UNPACK}: tar -xf FILE"),
    (rb"ElfFile\0", "a Windows event log", "export it as XML: wevtutil query-events FILE /lf:true /f:xml"),
    (rb"LPKSHHRH", "a journal of systemd", "export it: journalctl --file FILE -o json"),
    (rb"\x7fELF|MZ[^\n -~]", "a program", "leave it out"),
    (rb"age-encryption\.org/|-----BEGIN AGE", "encrypted with age", _DECRYPT),
    (rb"-----BEGIN PGP MESSAGE", "encrypted with PGP", f"{_DECRYPT}: gpg -d FILE"),
    (rb"Salted__", "encrypted with OpenSSL", _DECRYPT),
)
"""What is no log whatever follows."""
_BINARY_KINDS = _kinds(
    (rb"\x78[\x01\x5e\x9c\xda]", "packed with zlib", "unpack it, or pack it with gzip"),
    (
        rb"\x85[\0-\x03].\x03|\x84.\x03|\xc1(?:[\xc0-\xdf]..|.)\x03|\x8c\x0d\x04",
        "encrypted with PGP",
        f"{_DECRYPT}: gpg -d FILE",
    ),
)
"""Beginnings that text could have too."""
_TEXT_KINDS = _kinds(
    (
        rb"\s*(?i:<!doctype html|<html)",
        "a web page, perhaps the login or error page of a download",
        "download the log itself",
    ),
    (
        rb"\s*(?:<\?xml[^>]*>\s*)?<Error>.{0,500}<Code>",
        "an error message of a bucket",
        "download the log with the rights to read it",
    ),
    (rb"\{\\rtf", "a rich text document", "save it as plain text"),
    (rb"version https://git-lfs", "a pointer of Git LFS and not the file", "fetch it: git lfs pull"),
    (
        rb"(?:From|Received|Return-Path|Delivered-To|MIME-Version): ",
        "an e-mail",
        "save its attachment, and give that",
    ),
)
"""Texts that are no log; asked only where no source knows the file."""
_RANDOM = 0.97
_SAMPLE = 1 << 16
_LEAST = 256


def kind_of_file(head: bytes, *, is_text: bool) -> str | None:
    """What is the file, and what can be done, where it cannot be a log? ``None`` for what may be one.

    >>> kind_of_file(b"%PDF-1.7 ...", is_text=False)
    'a PDF document; get the same report as CSV or JSON from where it came'
    >>> kind_of_file(b"GET / 200", is_text=True) is None
    True
    """
    found = next((kind for kind in _KINDS if kind.begins.match(head)), None)
    if found is not None and found.what == "a zip archive":
        found = next((kind for kind in _INSIDE_ZIP if kind.begins.match(head[:_SAMPLE])), found)
    if found is None and not is_text:
        found = next((kind for kind in _BINARY_KINDS if kind.begins.match(head)), None)
    if found is not None:
        return _said(found)
    if is_text:
        return None
    if not head.strip(b"\0"):
        return "nothing but zero bytes: room for a file that was never written, or lost in a crash"
    if _is_random(head):
        return "it looks encrypted, or packed in a way that is not known; decrypt or unpack it first"
    return "the content is binary, not text; export the log as text"


def kind_of_text(head: bytes) -> str | None:
    """What is a text that no source knows, and what can be done? ``None`` where that is not known either.

    >>> kind_of_text(b"<!DOCTYPE html><title>Sign in</title>")
    'a web page, perhaps the login or error page of a download; download the log itself'
    """
    found = next((kind for kind in _TEXT_KINDS if kind.begins.match(head)), None)
    return None if found is None else _said(found)


def _said(kind: _Kind) -> str:
    return f"{kind.what}; {kind.todo}"


def _is_random(head: bytes) -> bool:
    """Can the bytes not be packed any more?"""
    sample = head[:_SAMPLE]
    return len(sample) >= _LEAST and len(zlib.compress(sample)) > _RANDOM * len(sample)
