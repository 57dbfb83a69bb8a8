"""Who may use the guard's API: whoever shows its token, compared in constant time."""

import base64
import binascii
import hmac
from collections.abc import Callable

Header = Callable[[bytes], bytes | None]
"""The first header of a name in small letters."""
_FIREHOSE = b"x-amz-firehose-access-key"


class Access:
    """Asks for a token, as each caller can show it: ``Authorization: Bearer``; the password of ``Basic``, for webhooks
    whose URL may hold one; or the access key of a Firehose endpoint. Without a token everybody may.

    >>> access = Access("a token that is kept")
    >>> access.granted({b"authorization": b"Bearer a token that is kept"}.get), access.granted({}.get)
    (True, False)
    """

    def __init__(self, token: str = "") -> None:
        self._token = token.encode()
        self._bearer = b"Bearer " + self._token

    def granted(self, header: Header) -> bool:
        """May whoever sent these headers go on?"""
        if not self._token:
            return True
        given = header(b"authorization")
        if given is None:
            return hmac.compare_digest(header(_FIREHOSE) or b"", self._token)
        if hmac.compare_digest(given, self._bearer):
            return True
        scheme, _, shown = given.partition(b" ")
        if scheme.lower() == b"basic":
            shown = _password(shown)
        elif scheme.lower() != b"bearer":
            return False
        return hmac.compare_digest(shown.strip(), self._token)


def _password(shown: bytes) -> bytes:
    try:
        return base64.b64decode(shown.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
