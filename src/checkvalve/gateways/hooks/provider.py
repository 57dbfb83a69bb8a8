"""What is particular to an identity provider: how it writes a request, and what it wants to hear."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from checkvalve.gateways.exchange import Answer, Refused
from checkvalve.gateways.hooks.text import Text

Read = Callable[[bytes, "Wording"], Text]
_Payload = TypeVar("_Payload", bound=msgspec.Struct)


class Wording(NamedTuple):
    """What the settings add to a request that does not say it."""

    template: str = "Your code is {code}."
    """The text, where the identity provider gives only the code."""
    region: str = ""
    """The country of numbers that are written as in that country."""

    def text(self, code: str) -> str:
        """The text with a code."""
        return self.template.replace("{code}", code)


class Provider(NamedTuple):
    """One identity provider."""

    name: str
    read: Read
    """Its request as a text; raises `Refused` (4xx) for one that cannot be used."""
    sent: Callable[[Text], Answer]
    """What it wants to hear when the text was sent."""
    refused: Callable[[Text], Answer]
    """What it hears when the text was refused and may know it."""
    failed: Callable[[Text], Answer]
    """What it hears when the text could not be sent."""


def decoded(body: bytes, kind: type[_Payload]) -> _Payload:
    """The payload of a request.

    Raises:
        Refused: 400 where it is no JSON, 422 where a field is missing or of another kind; no content is repeated.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(422, f"the payload is not of the expected form: {_place(error)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(400, "the body is no JSON") from None


def _place(error: msgspec.ValidationError) -> str:
    """Where the mistake is, in our own names of fields: a message of the decoder may repeat a value."""
    text = str(error)
    place = text.rpartition("`$")[2].rstrip("`") if "`$" in text else ""
    missing = text.partition("missing required field `")[2].partition("`")[0]
    return f"{missing or 'a field'} at ${place}" if place else (missing or "the outermost level")


def empty(value: dict[str, Any] | None = None, status: int = 200) -> Answer:
    """An answer of JSON, the empty object if nothing is given."""
    return Answer(status, (("content-type", "application/json"),), msgspec.json.encode(value or {}))
