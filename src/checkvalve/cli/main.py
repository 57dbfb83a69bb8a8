"""The entry point: the commands, and what becomes of every failure.

Exit status: 0 finished, 10 finished with a case to escalate, 2 bad usage or nothing readable, 1 internal error or
the machine said no, 130 interrupted, 143 and 129 told to stop by SIGTERM or SIGHUP, 141 nobody reads the output.
"""

import os
import signal
import sys
from collections.abc import Sequence

import click
from click.shell_completion import shell_complete

from checkvalve.cli.failures import as_checkvalve_error, internal_error
from checkvalve.cli.lazy import LazyGroup
from checkvalve.cli.output import installed
from checkvalve.cli.streams import settle
from checkvalve.errors import Usage

COMMANDS = {
    "investigate": ("checkvalve.cli.investigate", "Find SMS pumping in logs: who, where, since when, how much."),
    "sources": ("checkvalve.cli.sources", "List the logs that can be read, or see what a file is."),
    "simulate": (
        "checkvalve.cli.simulate",
        "Write made-up logs of an attack, or of something that looks like one.",
    ),
    "backtest": (
        "checkvalve.cli.backtest",
        "Try a policy on attempts of the past: what it stops, whom it troubles.",
    ),
    "serve": ("checkvalve.cli.serve", "Answer over HTTP whether a message may be sent."),
    "lambda": ("checkvalve.cli.lambda_zip", "Write a zip for AWS Lambda with the triggers of Amazon Cognito."),
    "schema": ("checkvalve.cli.schema", "Print the JSON Schema of investigation.json."),
    "version": ("checkvalve.cli.version", "Print the version."),
}
"""Every command: the module that holds it, and its line in ``checkvalve --help``."""

READER_GONE = 128 + signal.SIGPIPE
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []
_COMPLETION = "_CHECKVALVE_COMPLETE"

HELP = """Find SMS pumping in the logs you already have.

checkvalve reads the logs of SMS providers, identity providers, web servers and bills, joins them, and says whether
somebody is earning money with messages that your forms send: since when, to which ranges, from where, through which
form, and what it costs. Nothing leaves this machine.

Start with the files you have. Which they are is seen from their content:

\b
  $ checkvalve investigate logs/ -o findings

Then open findings/report.html in a browser. Every command explains itself with 'checkvalve COMMAND --help'.

Exit status: 0 finished, 10 finished with a case to escalate, 2 bad usage or nothing readable, 1 internal error or
no space, 130 interrupted, 143 and 129 told to stop (SIGTERM, SIGHUP), 141 nobody reads the output any more.
"""

group = LazyGroup(
    name="checkvalve",
    help=HELP,
    commands_by_name=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit status: at once where the process has nothing else to do."""
    settle()
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    status = run(sys.argv[1:] if arguments is None else arguments)
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
    if _received or arguments is None:
        # Nobody wants to wait until the engine's threads and all objects are taken down in order.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run a command; every failure becomes one message on standard error and an exit status."""
    installed.clear()
    if instruction := os.environ.get(_COMPLETION):
        return shell_complete(group, {}, "checkvalve", _COMPLETION, instruction)
    try:
        return _invoke(list(arguments))
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        return _interrupted()
    except BrokenPipeError:
        # What is still buffered would fail again when the interpreter closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except Exception as error:
        if _received:
            # The database turns an interruption into an error of its own.
            return _interrupted()
        if known := as_checkvalve_error(error):
            whole = f". The result in {installed[-1]} is whole" if installed else ""
            return _tell(f"{known}{whole}", 2 if isinstance(known, Usage) else 1)
        return _tell(internal_error(error), 1)


def _invoke(arguments: list[str]) -> int:
    try:
        with group.make_context("checkvalve", arguments) as context:
            status = group.invoke(context)
    except click.exceptions.Exit as left:
        status = left.exit_code
    sys.stdout.flush()
    return status if isinstance(status, int) else 0


def _tell(message: str, status: int) -> int:
    click.echo(f"checkvalve: {message}", err=True)
    return status


def _stop(number: int, frame: object) -> None:
    """Leave by an exception, so that a half-written result is removed."""
    del frame
    _received.append(number)
    raise KeyboardInterrupt


def _interrupted() -> int:
    left = f"the result in {installed[-1]} is whole" if installed else "nothing was written"
    return _tell(f"interrupted; {left}", 128 + (_received[0] if _received else signal.SIGINT))
