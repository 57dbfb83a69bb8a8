"""Names of files and folders that a command writes."""

from pathlib import Path
from typing import Any

import click


class Place(click.Path):
    """A path to write to. An empty name is none: it would be the current folder, which nobody named."""

    def __init__(self, **options: Any) -> None:
        super().__init__(path_type=Path, **options)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; a usage error where the name is empty."""
        if value == "":
            self.fail("the name is empty; name a place, '.' is the current folder", param, ctx)
        return super().convert(value, param, ctx)
