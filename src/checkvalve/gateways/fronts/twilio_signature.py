"""Twilio's signature of its callbacks: did this request really come from Twilio?

HMAC over the URL as Twilio called it and the form's fields in order of their names, in base64; SHA-1 with the
account's token, SHA-256 where the header ``X-Twilio-Webhooks-Signature-Settings`` says so. A JSON body is covered by
``bodySHA256`` in the URL. Source: twilio.com/docs/usage/webhooks/webhooks-security.
"""

import hashlib
import hmac
from base64 import b64encode
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

from checkvalve.gateways.exchange import Request

HEADER = "x-twilio-signature"
_SETTINGS = "x-twilio-webhooks-signature-settings"
_HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
_PORTS = {"https": 443, "http": 80}


def signature(url: str, fields: list[tuple[str, str]], token: str, algorithm: str = "HMAC_SHA1") -> str:
    """The signature of a callback.

    >>> fields = [("CallSid", "CA1234567890ABCDE"), ("Digits", "1234"), ("From", "+14158675309"),
    ...           ("To", "+18005551212"), ("Caller", "+14158675309")]
    >>> signature("https://mycompany.com/myapp.php?foo=1&bar=2", fields, "12345")
    'RSOYDt4T1cUTdK1PDd93/VVr8B8='
    """
    text = url + "".join(key + value for key, value in sorted(set(fields)))
    return b64encode(hmac.new(token.encode(), text.encode(), _HASHES[algorithm]).digest()).decode()


def genuine(request: Request, url: str, token: str) -> bool:
    """Is the request signed with this token, as one that called this URL, with its port or without?

    ``url`` is the public one, as it was given to Twilio: behind a proxy a server does not see it.
    """
    given, algorithm = request.header(HEADER), _algorithm(request)
    if given is None or algorithm is None:
        return False
    called = f"{url}?{request.query}" if request.query and "?" not in url else url
    body_hash = parse_qs(urlsplit(called).query).get("bodySHA256")
    fields: list[tuple[str, str]] = []
    if body_hash is None:
        fields = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    elif not hmac.compare_digest(hashlib.sha256(request.body).hexdigest().encode(), body_hash[0].encode()):
        return False
    wanted = [signature(form, fields, token, algorithm) for form in _with_and_without_port(called)]
    return any([hmac.compare_digest(one.encode(), given.encode()) for one in wanted])  # noqa: C419 (each is compared, whatever came first)


def _algorithm(request: Request) -> str | None:
    for part in (request.header(_SETTINGS) or "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper() if value.strip().upper() in _HASHES else None
    return "HMAC_SHA1"


def _with_and_without_port(url: str) -> tuple[str, str]:
    place = urlsplit(url)
    host = place.netloc.rpartition(":")[0] if place.port else place.netloc
    port = place.port or _PORTS.get(place.scheme, 443)
    return (
        urlunsplit(place._replace(netloc=host)),
        urlunsplit(place._replace(netloc=f"{host}:{port}")),
    )
