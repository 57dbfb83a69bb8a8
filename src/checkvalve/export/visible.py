"""Make what a log can smuggle in visible: control characters, direction marks, lone surrogates.

A user agent may hold an escape sequence for the terminal, a right-to-left override that turns a line around, or
bytes that no encoder accepts. None of them reaches a reader as itself.
"""

import re
import unicodedata

_KEPT = frozenset("\n\t")
_STACKED = 3
"""Combining marks that a character may carry; more of them paint over the neighbouring lines."""


def _mark(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"[U+{code:04X}]"


def _harmful(character: str) -> bool:
    if character in _KEPT:
        return False
    code = ord(character)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return True
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def visible(text: str) -> str:
    """What does the text really hold? Line feeds and tabs stay, every other invisible character is written out.

    >>> visible("a\\x1b[31mred\\x00"), visible("safe\\u202egnp.exe"), visible("plain")
    ('a␛[31mred␀', 'safe[U+202E]gnp.exe', 'plain')
    """
    if text.isascii() and text.isprintable():
        return text
    written: list[str] = []
    stacked = 0
    for character in text:
        stacked = stacked + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if stacked > _STACKED:
            continue
        written.append(_mark(character) if _harmful(character) else character)
    return "".join(written)


def one_line(text: str) -> str:
    """What does the text hold, in one line of a terminal or a table cell?

    >>> one_line("GET /\\r\\nX-Injected: 1 ")
    'GET /␍ X-Injected: 1'
    """
    return re.sub(r"[\n\t ]+", " ", visible(text)).strip()
