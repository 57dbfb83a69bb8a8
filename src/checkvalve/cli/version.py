"""``checkvalve version``: which release this is, and on what it runs."""

import platform

import click

from checkvalve import __version__

HELP = """Print the version, and that of Python.

\b
  $ checkvalve version
"""


@click.command(name="version", help=HELP)
def command() -> None:
    """Print the version on standard output."""
    click.echo(f"checkvalve {__version__} (Python {platform.python_version()}, {platform.system()})")
