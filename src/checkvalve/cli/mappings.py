"""Mapping files on the command line: the option, and the settings with them."""

import click
import msgspec

from checkvalve.settings import Settings

mapping_option = click.option(
    "--mapping",
    "mappings",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="A file that describes a log of your own; repeatable.",
)
"""The option of every command that reads logs."""


def with_mappings(settings: Settings, files: tuple[str, ...]) -> Settings:
    """The settings with these mapping files too; raises `Usage` where one of all is wrong.

    >>> with_mappings(Settings(), ()).logs.mappings
    ()
    """
    every = (*settings.logs.mappings, *files)
    if not every:
        return settings
    # Not earlier: the sources take long to import, and the help must not wait for them.
    from checkvalve.sources.mapping import mapped_sources

    mapped_sources(every)
    return msgspec.structs.replace(settings, logs=msgspec.structs.replace(settings.logs, mappings=every))
