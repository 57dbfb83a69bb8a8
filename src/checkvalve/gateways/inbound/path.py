"""Paths, however they are written.

Servers and frameworks differ in what they make of a path: some cut ``;…`` in each step, some resolve ``..``, some
decode twice. Nobody knows which stand behind, so a path has several readings, and each of them counts.
"""

import re
from urllib.parse import unquote

_ODD = re.compile(r"//|/\.|[\x00-\x20\x7f#?;%\\]")
_END = re.compile(r"[#?\0]")
_PARAMETERS = re.compile(r";[^/]*")
_ENCODED_SLASH = re.compile(r"%(2f|5c)", re.IGNORECASE)


def plain(path: str) -> str:
    """A path without what proxies and applications overlook.

    >>> plain("//api/./x/../otp/"), plain("/")
    ('/api/otp', '/')
    """
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/" + "/".join(steps)


def readings(path: str, raw: str = "") -> list[str]:
    """What servers might take a path for; one only, for a path as browsers write it.

    Args:
        path: decoded, as the server gives it.
        raw: as it was sent, where that is known: there a ``%2F`` is told from a slash.

    >>> readings("/api/otp/"), readings("/x/..;a=b/otp")
    (['/api/otp'], ['/x/..;a=b/otp', '/x/../otp', '/otp'])
    """
    slashes = _ENCODED_SLASH.search(raw)
    if slashes is None and not _ODD.search(path):
        return [path.rstrip("/") or "/"]
    kept = [] if slashes is None else [unquote(_ENCODED_SLASH.sub(r"%25\1", raw))]
    whole = [*kept, path, unquote(path)]
    cut = [one for text in whole for one in (text, _END.split(text, maxsplit=1)[0])]
    bare = [one for text in cut for one in (text, _PARAMETERS.sub("", text))]
    slashed = [one for text in bare for one in (text, text.replace("\\", "/"))]
    return list(dict.fromkeys(one for text in slashed for one in (_without_empty(text), plain(text))))


def _without_empty(path: str) -> str:
    return "/" + "/".join(step.strip() for step in path.split("/") if step.strip())


def original(target: str) -> tuple[str, str]:
    """Path and query of a request's target, as they were sent, without a host in front.

    >>> original("/otp?a=1"), original("http://shop.example.org:80/otp"), original("*")
    (('/otp', 'a=1'), ('/otp', ''), ('*', ''))
    """
    path, _, query = _HOST.sub("", target, count=1).partition("?")
    return path or "/", query


_HOST = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
