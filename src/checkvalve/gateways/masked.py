"""A number as it may stand in a log."""

from checkvalve.numbering import e164, mask


def masked(phone: str) -> str:
    """The number without its last four digits; of any other text nothing, because it may hold anything.

    >>> masked("+447700900123"), masked("+447700900123;ext=12")
    ('+44770090••••', 'what is no number')
    """
    number = e164(phone)
    return "what is no number" if number is None else mask(number)
