"""The form of a request to Twilio, read so that nobody can say one thing here and another there."""

from urllib.parse import parse_qsl, urlencode

from checkvalve.gateways.exchange import Refused, Request

_FORM = "application/x-www-form-urlencoded"
_ONCE = ("To", "Code", "VerificationSid", "Channel")


def fields_of(request: Request) -> dict[str, str]:
    """The fields of body and query.

    Raises:
        Refused: where the body is no form, or a field that decides is there twice: what cannot be read for sure is
            not handed on.

    >>> fields_of(Request("POST", "/", (), b"To=%2B447700900123&Body=a+b"))
    {'To': '+447700900123', 'Body': 'a b'}
    """
    kind = (request.header("content-type") or _FORM).partition(";")[0].strip().lower()
    if kind != _FORM:
        raise Refused(415, f"the front reads forms only ({_FORM})")
    pairs = [
        *parse_qsl(request.query, keep_blank_values=True),
        *parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True),
    ]
    names = [key for key, _ in pairs]
    twice = [name for name in _ONCE if names.count(name) > 1]
    if twice:
        raise Refused(400, f"{twice[0]} is there twice")
    return dict(pairs)


def changed(request: Request, name: str, value: str) -> Request:
    """The request with one more field at the end of its form."""
    more = urlencode({name: value}).encode()
    return request._replace(body=request.body + b"&" + more if request.body else more)
