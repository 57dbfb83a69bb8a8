"""The answer that an ALTCHA widget puts into its field: JSON in base64."""

import base64
import binascii
from typing import TypeVar

import msgspec

from checkvalve.gateways.challenges.kind import LARGEST_PAYLOAD

_Form = TypeVar("_Form", bound=msgspec.Struct)


def read(payload: str, form: type[_Form]) -> _Form | None:
    """The answer as a record; None where it is none of that form.

    >>> read("bm90aGluZw==", msgspec.Struct) is None
    True
    """
    if len(payload) > LARGEST_PAYLOAD:
        return None
    try:
        return msgspec.json.decode(base64.b64decode(payload, validate=True), type=form)
    except (binascii.Error, ValueError, RecursionError, msgspec.MsgspecError):
        return None
