"""Which number did somebody write into a form?"""

import phonenumbers

from checkvalve.numbering import e164, format_e164

LONGEST = 64


def number_of(text: str, region: str | None) -> str | None:
    """The number in E.164, or None where it is none.

    Args:
        text: as it was written.
        region: country (two letters) of numbers that are written without theirs.

    >>> number_of("+44 7700 900123", None), number_of("07700 900123", "GB"), number_of("07700 900123", None)
    ('+447700900123', '+447700900123', None)
    """
    if len(text) > LONGEST:
        return None
    found = e164(text)
    if found is None and region is not None:
        try:
            found = e164(phonenumbers.format_number(phonenumbers.parse(text, region), _E164))
        except phonenumbers.NumberParseException:
            return None
    return None if found is None else format_e164(found)


_E164 = phonenumbers.PhoneNumberFormat.E164
