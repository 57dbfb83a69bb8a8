"""What stands in the path of texts, and how: one TOML file for fronts, hooks, senders and reports.

Secrets are not in it: settings that end in ``_env`` name environment variables that hold them.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from checkvalve.errors import Usage
from checkvalve.gateways.exchange import Refusing
from checkvalve.gateways.hooks.hook import PROVIDERS


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class TwilioTable(_Table, frozen=True):
    """The front of Twilio."""

    refused: Refusing = "accepted"
    """A refused text is answered like an accepted one, or with an error of Twilio's."""
    tenant: str = ""
    """Whose texts they are, where the guard has tenants."""
    token_env: str = ""
    """Holds the account's auth token, with which Twilio signs its callbacks."""
    callback_url: str = ""
    """The public URL of ``/callbacks/twilio``; messages whose request names no callback report there."""
    region: str = ""
    """The country (two letters) of numbers that are written as in that country."""
    places: dict[str, str] = {}
    """Where a host of Twilio's is reached (scheme, host and port), if not at its own name."""


class AwsTable(_Table, frozen=True):
    """The front of SNS and End User Messaging."""

    refused: Refusing = "accepted"
    """A refused text is answered like an accepted one, or with an error of AWS's."""
    tenant: str = ""
    """Whose texts they are, where the guard has tenants."""
    keys_env: tuple[str, ...] = ()
    """Each holds ``ACCESS_KEY:SECRET`` of an application whose ``endpoint_url`` leads here."""
    places: dict[str, str] = {}
    """Where a host of AWS's is reached (scheme, host and port), if not at its own name."""


class TwilioSending(_Table, frozen=True, tag="twilio", tag_field="by"):
    """Hooks send through Twilio's Messages."""

    account: str
    """The account (``AC…``)."""
    sender: str
    """A number, or a messaging service (``MG…``)."""
    token_env: str
    """Holds the auth token, or the secret of the API key."""
    user: str = ""
    """The API key (``SK…``); the account itself if empty."""
    callback_url: str = ""
    """Where Twilio reports, such as the public URL of ``/callbacks/twilio``."""
    place: str = "https://api.twilio.com"


class SnsSending(_Table, frozen=True, tag="sns", tag_field="by"):
    """Hooks send through SNS."""

    region: str
    key_env: str
    """Holds ``ACCESS_KEY:SECRET``."""
    sender_id: str = ""
    place: str = ""
    """Where SNS is reached, if not at its own name."""


class UrlSending(_Table, frozen=True, tag="url", tag_field="by"):
    """Hooks send through a URL of your own."""

    url: str
    authorization_env: str = ""
    """Holds the ``Authorization`` that the URL wants."""


class HookTable(_Table, frozen=True):
    """One hook."""

    secret_env: str
    """Holds what the identity provider proves itself with: a signing secret, a token, a password."""
    user: str = ""
    """With a user the secret is the password of Basic authentication."""
    header: str = "authorization"
    """Where neither a signature nor Basic is used: the header that holds the secret."""
    scheme: str = "Bearer"
    """What stands before the secret in ``authorization``; empty for nothing."""
    refused: Refusing = "accepted"
    """A refused text is answered like a sent one, or the identity provider hears of it."""
    tenant: str = ""
    """Whose texts they are, where the guard has tenants."""
    template: str = "Your code is {code}."
    """The text, where the identity provider gives only the code."""
    region: str = ""
    """The country (two letters) of numbers that are written as in that country."""


class PathSettings(_Table, frozen=True):
    """Everything in the path of texts.

    >>> PathSettings().when_broken
    'send'
    """

    when_broken: Literal["send", "refuse"] = "send"
    """What becomes of a text where the guard itself fails."""
    timeout_s: float = 30.0
    """How long a provider's answer is waited for."""
    at_once: int = 64
    """Requests that are under way to providers at once; more wait."""
    twilio: TwilioTable | None = None
    aws: AwsTable | None = None
    sender: TwilioSending | SnsSending | UrlSending | None = None
    hooks: dict[str, HookTable] = {}


def load(path: Path) -> PathSettings:
    """The settings that a TOML file describes.

    Raises:
        Usage: with the file and the key of the first mistake.
    """
    try:
        text = path.read_text(encoding="utf-8")
        settings: PathSettings = msgspec.convert(tomllib.loads(text), PathSettings)
    except OSError as error:
        raise Usage(f"it cannot be read ({error.strerror})", where=str(path), todo="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Usage(f"not valid TOML: {error}", where=str(path), todo="correct that line") from error
    except msgspec.ValidationError as error:
        todo = "see docs/fronts.md and docs/hooks.md for the names and their values"
        raise Usage(str(error), where=str(path), todo=todo) from error
    return checked(settings, str(path))


def checked(settings: PathSettings, where: str) -> PathSettings:
    """The settings, if they fit together.

    Raises:
        Usage: where they do not.
    """
    unknown = sorted(settings.hooks.keys() - PROVIDERS.keys())
    if unknown:
        raise Usage(f"there is no hook {unknown[0]!r}", where=where, todo=f"one of {', '.join(PROVIDERS)}")
    if settings.hooks and settings.sender is None:
        raise Usage("hooks need a [sender]", where=where, todo="say who sends what they let through")
    return settings


def secret(name: str, environment: Mapping[str, str], where: str) -> str:
    """What an environment variable holds.

    Raises:
        Usage: where it is not set.
    """
    value = environment.get(name, "")
    if not value:
        raise Usage(f"the environment variable {name} is not set", where=where, todo="set it, or name another")
    return value


def key_pair(name: str, environment: Mapping[str, str], where: str) -> tuple[str, str]:
    """Access key and secret that an environment variable holds.

    Raises:
        Usage: where it is not set, or not of that form; what it holds is not repeated.
    """
    key, colon, value = secret(name, environment, where).partition(":")
    if not key or not colon or not value:
        raise Usage(f"{name} must hold ACCESS_KEY:SECRET", where=where, todo="write both, divided by a colon")
    return key, value
