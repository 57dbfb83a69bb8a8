"""``checkvalve schema``: the shape of ``investigation.json``, for programs that read it."""

from importlib import resources

import click

HELP = """Print the JSON Schema of investigation.json.

It says which fields there are, of which type, and what they mean. The package holds it as a file too,
investigation.schema.json.

\b
  $ checkvalve schema
"""


@click.command(name="schema", help=HELP)
def command() -> None:
    """Print the schema on standard output."""
    click.echo(schema_text(), nl=False)


def schema_text() -> str:
    """The JSON Schema of the result, as it ships with the package.

    >>> schema_text().startswith("{")
    True
    """
    return resources.files("checkvalve").joinpath("investigation.schema.json").read_text(encoding="utf-8")
