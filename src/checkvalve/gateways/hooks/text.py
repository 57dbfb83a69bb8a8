"""A text that an identity provider wants sent, in one form whatever its own is."""

import re
from typing import NamedTuple

from checkvalve.gateways.exchange import Refused
from checkvalve.gateways.inbound import number as inbound
from checkvalve.numbering import e164, format_e164

_LIKE_A_CODE = re.compile(r"(?<![0-9])(?:[0-9]{5,10}|[0-9]{3}[ -][0-9]{3}|[0-9]{4}[ -][0-9]{4})(?![0-9])")
"""Five to ten digits together, or as codes are grouped; years and times of day are shorter."""


class Text(NamedTuple):
    """What is to be sent, to whom, and what is known of who asked.

    ``code`` is None where the identity provider names none, and empty where it says that there is one and does not name
    it. Where nothing can be entered the guard is not asked.
    """

    phone: str
    """In E.164."""
    text: str
    code: str | None = None
    channel: str = "sms"
    purpose: str = ""
    account_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    """The identity provider's own id of the request, where it has one: the same id again is the same text."""

    @property
    def asks(self) -> bool:
        """Is the guard asked about it? Also where no code is named and the text holds what looks like one.

        >>> Text("+447700900123", "Your password was changed on 2026-05-28 at 20:26.").asks
        False
        >>> Text("+447700900123", "561 166 is your code").asks
        True
        """
        return self.code is not None or _LIKE_A_CODE.search(self.text) is not None


def number_of(written: str, *, bare: bool = False, region: str = "") -> str:
    """The E.164 form of a number as an identity provider writes it.

    Args:
        written: the number.
        bare: digits without ``+`` are international, as the provider promises.
        region: the country (two letters) of numbers written as in that country.

    Raises:
        Refused: where it is no number, without repeating it.

    >>> number_of("447700900123", bare=True), number_of("(415) 555-2671", region="US")
    ('+447700900123', '+14155552671')
    """
    found = inbound.number_of(written, region or None)
    if found is None and bare:
        number = e164(written, bare=True)
        found = None if number is None else format_e164(number)
    if found is None:
        raise Refused(422, "the number is none in international form")
    return found
