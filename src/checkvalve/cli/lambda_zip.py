"""``checkvalve lambda``: the zip with the triggers of Amazon Cognito."""

from pathlib import Path

import click

from checkvalve.cli.places import Place

HELP = """Write a zip for AWS Lambda with the triggers of Amazon Cognito.

The functions in it ask a running guard over HTTP before Cognito's texts are sent. Handlers:

\b
  checkvalve_cognito.custom_sms_sender.handler    decides, decrypts, sends
  checkvalve_cognito.post_confirmation.handler    tells that a code was entered
  checkvalve_cognito.pre_sign_up.handler          decides where Cognito sends

Codes are encrypted, and decrypting them takes the AWS Encryption SDK: put it into a layer, or into the zip with --with.
docs/hooks.md says what to set at AWS.

\b
  $ checkvalve lambda -o checkvalve-cognito.zip
"""


@click.command(name="lambda", help=HELP)
@click.option(
    "-o",
    "--output",
    required=True,
    type=Place(dir_okay=False),
    help="Where the zip is written.",
)
@click.option(
    "--with",
    "packages",
    type=click.Path(path_type=Path),
    help="A folder of packages to put beside, as 'pip install --target' makes one.",
)
def command(output: Path, packages: Path | None) -> None:
    """Write the zip, and say what is in it."""
    from checkvalve.gateways.cognito_zip import write

    count = write(output, packages)
    click.echo(f"{output}: {count} files, {output.stat().st_size:,} bytes")
