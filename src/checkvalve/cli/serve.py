"""``checkvalve serve``: the guard as a server."""

import logging
import os
from pathlib import Path

import click

from checkvalve.errors import Surroundings, Usage

HELP = """Answer over HTTP whether a message may be sent.

The form's own servers ask 'POST /v1/decisions' before each message, and tell 'POST /v1/outcomes' what became of it;
vendors' callbacks and delivery logs are taken as they come at 'POST /v1/events/SOURCE'. '/openapi.json' describes all.

\b
  $ checkvalve serve --policy policy.toml --state state --secret-file secret

\b
Then, from the form's server:
  curl -d '{"phone": "+447700900123", "ip": "203.0.113.7"}' http://127.0.0.1:8080/v1/decisions

With a folder for its state everything that was learned outlives a restart, and a kill; with a URL such as
valkey://host:6379/0 instead, any number of servers decide as one. The policy is read again when it changes; a folder of
policies has a file for each tenant, and default.toml for all others. Fronts for the SDKs of Twilio and AWS, and hooks
of identity providers, are served beside where a file of settings describes them. SIGTERM stops the server once what was
asked is answered and all is on disk.

What is given by a file here may be given in the environment as well: CHECKVALVE_POLICY, CHECKVALVE_STATE,
CHECKVALVE_DECISION_LOG, CHECKVALVE_IN_PATH, and the secrets themselves as CHECKVALVE_SECRET and CHECKVALVE_TOKEN.
"""

_LEVELS = ("debug", "info", "warning", "error")


@click.command(name="serve", help=HELP)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 for any.")
@click.option("--policy", metavar="PATH", type=click.Path(path_type=Path), help="The policy, or a folder of them.")
@click.option(
    "--state", metavar="DIR|URL", default="", help="Keeps what is learned; a URL shares it with other servers."
)
@click.option("--secret-file", metavar="FILE", type=click.Path(path_type=Path), help="Digests numbers on disk.")
@click.option("--token-file", metavar="FILE", type=click.Path(path_type=Path), help="What callers must show.")
@click.option(
    "--in-path", metavar="FILE", type=click.Path(path_type=Path), help="Fronts and hooks to serve as well."
)
@click.option("--decision-log", metavar="FILE", type=click.Path(path_type=Path), help="Gets every decision.")
@click.option("--most-tenants", default=64, show_default=True, type=click.IntRange(1), help="Known at once.")
@click.option(
    "--capacity",
    default=1_000_000,
    show_default=True,
    type=click.IntRange(1_000, 100_000_000),
    help="Ranges and origins remembered for each tenant, and as many numbers.",
)
@click.option(
    "--snapshot-s", default=300, show_default=True, type=click.IntRange(1, 86_400), help="Between snapshots."
)
@click.option("--log-level", default="info", show_default=True, type=click.Choice(_LEVELS), help="What is logged.")
def command(
    host: str,
    port: int,
    policy: Path | None,
    state: str,
    secret_file: Path | None,
    token_file: Path | None,
    in_path: Path | None,
    decision_log: Path | None,
    most_tenants: int,
    capacity: int,
    snapshot_s: int,
    log_level: str,
) -> None:
    """Serve until told to stop."""
    from checkvalve.gateways.server import bound, needed, serve

    needed()
    from checkvalve.gateways.app import Setup, build, setup_of, state_of

    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    given = setup_of(os.environ)
    folder, shared = state_of(state) if state else (given.state, given.shared)
    setup = Setup(
        policy=policy or given.policy,
        state=folder,
        shared=shared,
        verified_log=given.verified_log,
        decision_log=decision_log or given.decision_log,
        secret=_content(secret_file) if secret_file else given.secret,
        token=_content(token_file) if token_file else given.token,
        capacity=capacity,
        most_tenants=most_tenants,
        snapshot_s=snapshot_s,
    )
    if host not in ("127.0.0.1", "::1", "localhost") and not setup.token:
        logging.getLogger("checkvalve.guard").warning(
            "whoever reaches %s may ask and tell: give a token with '--token-file'", host
        )
    told = in_path or (Path(os.environ["CHECKVALVE_IN_PATH"]) if os.environ.get("CHECKVALVE_IN_PATH") else None)
    with bound(host, port) as listening:
        served, before = build(setup), None
        if told is not None:
            from checkvalve.gateways.in_path import program

            before = program.before(served, told, os.environ, setup)
        click.echo(f"checkvalve: listening on {_url(host, listening.getsockname()[1])}", err=True)
        serve(served, listening, log_level, before)
    if not served.upkeep.whole:
        raise Surroundings(
            "the last changes could not be written before the end",
            todo="see the log for which disk took nothing; what was written before is used at the next start",
        )


def _content(path: Path) -> str:
    """What stands in a file that holds a secret, without the space around it."""
    try:
        found = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8"
        raise Usage(f"cannot be read ({reason})", where=str(path), todo="check the path and its rights") from error
    if not found:
        raise Usage("the file is empty", where=str(path), todo="put random text into it")
    return found


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
