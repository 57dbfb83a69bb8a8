"""Where in a request does a value stand? ``json:/user/phone``, ``form:phone``, ``query:phone``, ``header:x-phone``,
``cookie:phone``, ``path:phone``.

An application may read a request in another way than we do, and whoever finds such a difference walks past the
guard. So a request that can be read in more than one way is refused: the same field twice with different values (also
where the names differ in case only, which some languages overlook), JSON that is none, a compressed body, and a value
that is there and is neither a text nor a whole number: a list, an object or ``phone[]=`` in a form, which frameworks
make a list of, and of which applications take the first. The same goes for a name that only some frameworks take for
the field's own: with a zero, spaces or dots in it, or behind a ``;``.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

from checkvalve.errors import Usage
from checkvalve.gateways.inbound.header_value import HeaderValue, header_value
from checkvalve.gateways.inbound.multipart import multipart
from checkvalve.gateways.inbound.path import plain
from checkvalve.gateways.inbound.request import Refused, Request

MOST_FIELDS = 500
_UNREADABLE = "unreadable"
_FORM = "application/x-www-form-urlencoded"
_FOR_ANYBODY = ("accept", "content-", "sec-", "x-forwarded-", "if-", "access-control-")
_ABOUT_NOBODY = frozenset(
    [
        "host",
        "user-agent",
        "connection",
        "origin",
        "referer",
        "priority",
        "dnt",
        "pragma",
        "cache-control",
        "te",
        "via",
        "forwarded",
        "x-real-ip",
        "upgrade-insecure-requests",
        "transfer-encoding",
        "keep-alive",
        "save-data",
        "x-request-id",
        "traceparent",
        "tracestate",
    ]
)
_NO_CONTROLS = dict.fromkeys(range(1, 32))


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with every key that it has, as often as it has it."""


class Field(NamedTuple):
    """A part of a request, and the name in it; for JSON, a pointer (RFC 6901)."""

    part: Literal["json", "form", "query", "header", "cookie", "path"]
    name: str


def field(text: str) -> Field:
    """The field that a setting names. Raises `Usage` for one that names none.

    >>> field("json:/user/phone"), field("header:X-Phone")
    (Field(part='json', name='/user/phone'), Field(part='header', name='x-phone'))
    """
    part, _, name = text.partition(":")
    if part == "json" and name.startswith("/"):
        return Field("json", name)
    if part == "header" and name:
        return Field("header", name.lower())
    for known in ("form", "query", "cookie", "path"):
        if part == known and name:
            return Field(known, name)
    todo = "write json:/phone, form:phone, query:phone, header:x-phone, cookie:phone or path:phone"
    raise Usage(f"{text!r} names no field of a request", where="fields", todo=todo)


class Contents:
    """The values of one request; each part is read when it is first asked for.

    >>> request = Request("POST", "/otp", "a=1&a=2", body=b'{"user": {"phone": "+447700900123"}}')
    >>> Contents(request).one((field("json:/user/phone"), field("form:phone")))
    '+447700900123'
    >>> Contents(request).one((field("query:a"),))
    Traceback (most recent call last):
    ...
    checkvalve.gateways.inbound.request.Refused: ambiguous
    """

    def __init__(self, request: Request, path: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._request, self._path = request, path or {}

    @property
    def plain_form(self) -> list[tuple[str, str]] | None:
        """The fields of a form that a browser sent by itself, and that it can show a page for; else None."""
        if "text/html" not in (self._request.header("accept") or ""):
            return None
        if self._type != _FORM:
            return None
        return [(name, value) for name, value in self._form if value is not None]

    @property
    def target(self) -> str:
        """Path and query of the request, on this host and no other."""
        path = quote(plain(self._request.path))
        return f"{path}?{self._request.query}" if self._request.query else path

    def header(self, name: str) -> str:
        """The value of a header, by its name in lower case; empty where it is not there."""
        return self._request.header(name) or ""

    @property
    def names_somebody(self) -> bool:
        """Could the application know from more than the number who asks: by a cookie, a token, another field?"""
        return bool(self.own_headers) or len(self.leaves) > 1

    @property
    def own_headers(self) -> set[str]:
        """The names of headers that not every client sends, cookies among them."""
        return {one for one in self._request.headers if not one.startswith(_FOR_ANYBODY)} - _ABOUT_NOBODY

    @property
    def kind(self) -> str:
        """The type of the body, without its boundary."""
        main, _, more = (self._request.header("content-type") or "").partition(";")
        return f"{main.strip()} {more.strip() if 'boundary' not in more else ''}".strip().lower()

    @property
    def spelled(self) -> str:
        """The path as it was asked for, with the names of its parts in their place."""
        named = {value: f"{{{name}}}" for name, values in self._path.items() for value in values}
        return "/".join(named.get(step, step) for step in self._request.path.split("/"))

    @cached_property
    def leaves(self) -> list[tuple[str, Any]]:
        """All values of query and body, each with the name of its field; none where they cannot be read."""
        try:
            pairs = [(f"query:{name}", value) for name, value in self._query]
            if self._type in (_FORM, "multipart/form-data"):
                return [*pairs, *((f"form:{name}", value) for name, value in self._form)]
            return [*pairs, *_leaves(self._json, "json:")]
        except Refused:
            return []

    def one(self, fields: tuple[Field, ...]) -> str | None:
        """The value of the first of these fields that are there; None where none is.

        Raises:
            Refused: where they are there with different values, or the body cannot be read.
        """
        values = {value for one in fields for value in self._values(one) if value.strip()}
        if len(values) > 1:
            raise Refused(400, "ambiguous")
        return next(iter(values), None)

    def _values(self, wanted: Field) -> list[str]:
        match wanted.part:
            case "json":
                return _pointed(self._json, wanted.name)
            case "form":
                return _named(self._form, wanted.name)
            case "query":
                return _named(self._query, wanted.name)
            case "header":
                name = wanted.name.replace("_", "-")  # CGI, and so WSGI, does not tell them apart
                return [one for key, one in self._request.headers.items() if key.replace("_", "-") == name]
            case "cookie":
                return _named(self._cookies, wanted.name)
            case "path":
                return list(self._path.get(wanted.name, ()))

    @cached_property
    def _type(self) -> str:
        return (self._request.header("content-type") or "").partition(";")[0].strip().lower()

    @cached_property
    def _body(self) -> bytes:
        encoding = (self._request.header("content-encoding") or "identity").strip().lower()
        if encoding != "identity" and self._request.body:
            raise Refused(415, "compressed")
        return self._request.body

    @cached_property
    def _kind(self) -> HeaderValue:
        """What the body is said to be; refused where it is said in two ways, or in letters that hide others."""
        said = self._request.header("content-type") or ""
        if "," in said:  # it came twice
            raise Refused(400, _UNREADABLE)
        kind = header_value(said) if said.strip() else HeaderValue("", {})
        if kind.parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise Refused(415, "charset")
        return kind

    @cached_property
    def _json(self) -> Any:
        body = self._body
        if not body.strip():
            return None
        is_json = self._kind.main.endswith("json")
        try:
            return json.loads(body, object_pairs_hook=_Pairs)  # also UTF-16 and -32, which some frameworks read
        except (ValueError, RecursionError) as error:
            if is_json:
                raise Refused(400, _UNREADABLE) from error
            return None

    @cached_property
    def _form(self) -> list[tuple[str, str | None]]:
        """The fields of a form. Some frameworks take any body for one, and any kind that begins like one."""
        if not self._body:
            return []
        kind = self._kind.main
        if kind == "multipart/form-data":
            return multipart(self._kind, self._body)
        if kind.startswith("multipart/") or (kind != _FORM and kind.startswith(_FORM)):
            raise Refused(415, "kind")
        return _pairs(self._body.decode("utf-8", "replace"))

    @cached_property
    def _query(self) -> list[tuple[str, str | None]]:
        return _pairs(self._request.query)

    @cached_property
    def _cookies(self) -> list[tuple[str, str | None]]:
        pairs = (one.partition("=") for one in (self._request.header("cookie") or "").split(";"))
        return [(name.strip(), unquote(value.strip().strip('"'))) for name, _, value in pairs]


def _pairs(text: str) -> list[tuple[str, str | None]]:
    """The fields of a query or a form; those that stand behind a ``;`` have no value that all would read."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Refused(400, _UNREADABLE) from error
    behind = [one.partition("=")[0] for one in text.replace("&", ";&").split(";") if not one.startswith("&")]
    return [*pairs, *((unquote_plus(name), None) for name in behind[1:])]


def _named(pairs: list[tuple[str, str | None]], wanted: str) -> list[str]:
    """The values of a field.

    Raises:
        Refused: where it comes as a list or an object, as in ``phone[]``, as a file, or under a name that only some
            frameworks take for this one.
    """
    name, loose = wanted.casefold(), _loose(wanted)
    found = []
    for one, value in pairs:
        if one.casefold() == name and value is not None:
            found.append(value)
        elif f"{_loose(one)}[".startswith(f"{loose}["):
            raise Refused(400, _UNREADABLE)
    return found


def _loose(name: str) -> str:
    """A name as those frameworks read it that read most into it: PHP cuts it at a zero and joins words with ``_``.

    >>> _loose(" Phone%00x"), _loose("user.phone")
    ('phone', 'user_phone')
    """
    cut = unquote(name).partition("\0")[0].translate(_NO_CONTROLS).strip()
    return cut.casefold().replace(" ", "_").replace(".", "_")


def _leaves(document: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The values of JSON, by pointer; the elements of a list share one name."""
    found, waiting = 0, [(name, document)]
    while waiting and found < MOST_FIELDS:
        name, one = waiting.pop()
        found += 1
        if isinstance(one, _Pairs):
            waiting += [(f"{name}/{key}", value) for key, value in reversed(one)]
        elif isinstance(one, list):
            waiting += [(f"{name}/-", value) for value in one]
        elif name != "json:":
            yield name, one


def _pointed(document: Any, pointer: str) -> list[str]:
    """The texts and whole numbers that a JSON pointer leads to; raises `Refused` where it leads to something else."""
    found = [document]
    for step in pointer[1:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~").casefold()
        found = [inner for one in found for inner in _inside(one, name)]
    there = [one for one in found if one is not None]
    if any(isinstance(one, bool) or not isinstance(one, str | int) for one in there):
        raise Refused(400, _UNREADABLE)
    return [str(one) for one in there]


def _inside(document: Any, name: str) -> list[Any]:
    if isinstance(document, _Pairs):
        return [value for key, value in document if key.casefold() == name]
    if isinstance(document, list) and document:
        if not name.isdecimal():  # some applications take what they look for from the first of a list
            raise Refused(400, _UNREADABLE)
        return document[int(name[:9]) :][:1]
    return []
