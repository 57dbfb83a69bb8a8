"""The parts in the path of texts that settings ask for, put together."""

from collections.abc import Callable, Iterator, Mapping

from checkvalve.gateways.fronts.aws import AwsFront
from checkvalve.gateways.fronts.handing_on import Way
from checkvalve.gateways.fronts.twilio import TwilioFront
from checkvalve.gateways.hooks.authgear import SIGNATURE
from checkvalve.gateways.hooks.hook import PROVIDERS, Hook
from checkvalve.gateways.hooks.once import Firsts
from checkvalve.gateways.hooks.proofs import (
    BodySignature,
    HeaderSecret,
    Proof,
    StandardWebhooks,
    ZitadelSignature,
    basic,
)
from checkvalve.gateways.hooks.provider import Wording
from checkvalve.gateways.hooks.senders import Sender, SnsSender, TwilioSender, UrlSender
from checkvalve.gateways.in_path.app import Part
from checkvalve.gateways.in_path.desk import Desk
from checkvalve.gateways.in_path.pace import Pace
from checkvalve.gateways.in_path.reports import Reports
from checkvalve.gateways.in_path.settings import (
    HookTable,
    PathSettings,
    SnsSending,
    TwilioSending,
    UrlSending,
    key_pair,
    secret,
)
from checkvalve.gateways.in_path.upstream import Upstream

_SIGNED: Mapping[str, Callable[[str], Proof]] = {
    "supabase": StandardWebhooks,
    "zitadel": ZitadelSignature,
    "authgear": lambda key: BodySignature(SIGNATURE, key),
}
"""Identity providers that sign their requests; the others show a secret."""


def parts(
    settings: PathSettings,
    desk: Desk,
    environment: Mapping[str, str],
    where: str,
    upstream: Upstream,
    once: Firsts | None = None,
    token: str = "",
) -> list[Part]:
    """All parts that the settings ask for.

    Args:
        settings: what is wanted.
        desk: decides for all of them.
        environment: holds the secrets that the settings name.
        where: the settings' file, for mistakes.
        upstream: carries requests to providers.
        once: knows which requests of hooks came; this process alone if left out.
        token: what those who report outcomes must show.

    Raises:
        Usage: where a secret is missing or of a wrong form.
    """
    found: list[Part] = [Reports(desk, token)]
    found += _fronts(settings, desk, upstream, environment, where)
    if settings.hooks and settings.sender is not None:
        sender, pace = _sender(settings.sender, upstream, environment, where), Pace()
        for name, table in settings.hooks.items():
            proof = _proof(name, table, secret(table.secret_env, environment, where))
            wording = Wording(table.template, table.region)
            found.append(
                Hook(
                    PROVIDERS[name],
                    proof,
                    desk,
                    sender,
                    pace,
                    refusing=table.refused,
                    wording=wording,
                    once=once,
                    tenant=table.tenant,
                )
            )
    return found


def _fronts(
    settings: PathSettings, desk: Desk, upstream: Upstream, environment: Mapping[str, str], where: str
) -> Iterator[Part]:
    if settings.twilio is not None:
        table = settings.twilio
        yield TwilioFront(
            Way(desk, upstream, Pace(), table.tenant),
            refusing=table.refused,
            token=secret(table.token_env, environment, where) if table.token_env else "",
            callback_url=table.callback_url,
            region=table.region,
            places=table.places,
        )
    if settings.aws is not None:
        keys = dict(key_pair(name, environment, where) for name in settings.aws.keys_env)
        way = Way(desk, upstream, Pace(), settings.aws.tenant)
        yield AwsFront(way, refusing=settings.aws.refused, keys=keys, places=settings.aws.places)


def _sender(
    told: TwilioSending | SnsSending | UrlSending, upstream: Upstream, environment: Mapping[str, str], where: str
) -> Sender:
    if isinstance(told, TwilioSending):
        password = secret(told.token_env, environment, where)
        return TwilioSender(
            upstream,
            told.account,
            told.user or told.account,
            password,
            told.sender,
            callback_url=told.callback_url,
            place=told.place,
        )
    if isinstance(told, SnsSending):
        key, value = key_pair(told.key_env, environment, where)
        return SnsSender(upstream, told.region, key, value, sender_id=told.sender_id, place=told.place)
    given = secret(told.authorization_env, environment, where) if told.authorization_env else ""
    return UrlSender(upstream, told.url, given)


def _proof(name: str, table: HookTable, value: str) -> Proof:
    if name in _SIGNED:
        return _SIGNED[name](value)
    if table.user:
        return basic(table.user, value)
    bears = table.header.lower() == "authorization" and table.scheme
    return HeaderSecret(table.header, f"{table.scheme} {value}" if bears else value)
