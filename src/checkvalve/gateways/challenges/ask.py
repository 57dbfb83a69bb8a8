"""One request to a service that verifies challenges, with the standard library: bounded in time and size."""

import http.client
import ssl
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from checkvalve.gateways.challenges.kind import Unreachable

LARGEST_ANSWER = 64 << 10
TIMEOUT_S = 3.0

_Form = TypeVar("_Form", bound=msgspec.Struct)


def ask_form(url: str, fields: dict[str, str], answer: type[_Form], timeout_s: float) -> _Form:
    """Post a form; the answer as a record. Raises `Unreachable` for anything else than such an answer."""
    body = urlencode(fields).encode()
    return _read(_post(url, body, {"content-type": "application/x-www-form-urlencoded"}, timeout_s), answer)


def ask_json(url: str, record: object, headers: dict[str, str], answer: type[_Form], timeout_s: float) -> _Form:
    """Post JSON; the answer as a record. Raises `Unreachable` for anything else than such an answer."""
    headers = {"content-type": "application/json", **headers}
    return _read(_post(url, msgspec.json.encode(record), headers, timeout_s), answer)


def _post(url: str, body: bytes, headers: dict[str, str], timeout_s: float) -> bytes:
    """Redirections are not followed: nobody else is told the secret."""
    where = urlsplit(url)
    connection: http.client.HTTPConnection
    if where.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(where.netloc, timeout=timeout_s, context=context)
    else:
        connection = http.client.HTTPConnection(where.netloc, timeout=timeout_s)
    path = f"{where.path or '/'}?{where.query}" if where.query else where.path or "/"
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        content = response.read(LARGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(type(error).__name__) from error
    finally:
        connection.close()
    if response.status != 200:
        raise Unreachable(f"status {response.status}")
    return content


def _read(content: bytes, answer: type[_Form]) -> _Form:
    try:
        return msgspec.json.decode(content, type=answer)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreachable("an answer that is none") from error
