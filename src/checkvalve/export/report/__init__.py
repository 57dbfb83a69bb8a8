"""``report.html``: the result of an investigation for a person, in one file that needs no network and no script."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from checkvalve.export.headline import headline
from checkvalve.export.presentable import presentable
from checkvalve.export.report.exhibits import Exhibits
from checkvalve.export.report.proposals import proposals
from checkvalve.investigation import SCHEMA, Investigation

__all__ = ["render"]

_SHEETS = ("tokens", "page", "overview", "tables", "cases", "charts", "narrow", "print")


def render(investigation: Investigation, *, full_numbers: bool = False) -> str:
    """How does one show this result to a person? One self-contained HTML page.

    The page loads nothing: its policy forbids everything but its own style sheet, which is allowed by its hash.
    Every text went through `presentable`, so complete phone numbers lack their last four digits unless
    ``full_numbers`` asks for them, and no control character of a log reaches the reader's browser.
    """
    # Only who writes a report waits for the template engine.
    from checkvalve.export.report.environment import environment

    shown = presentable(investigation, full_numbers=full_numbers)
    head = headline(shown)
    sheet = _style()
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode("ascii")
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            it=shown,
            head=head,
            exhibits=Exhibits(head, shown.exhibits),
            proposals=proposals(shown, head),
            full_numbers=full_numbers,
            schema=SCHEMA,
            style=Markup(sheet),  # noqa: S704 -- our own style sheet, nothing from outside
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        )
    )


@cache
def _style() -> str:
    folder = files("checkvalve.export.report").joinpath("style")
    return "\n".join(folder.joinpath(f"{name}.css").read_text(encoding="utf-8").strip() for name in _SHEETS)
