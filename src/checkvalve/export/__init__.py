"""One output format a file. `render` makes the page for people, `summary_text` the words for a terminal."""

from checkvalve.export.report import render
from checkvalve.export.summary import summary_text

__all__ = ["render", "summary_text"]
