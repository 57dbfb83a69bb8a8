"""The style sheet: readable contrast in light, dark and print, and nothing folded away on paper."""

import re
from importlib.resources import files

import pytest

STYLE = files("checkvalve.export.report").joinpath("style")
TEXT_PAIRS = [
    (text, ground) for text in ("ink", "soft", "link", "danger", "benign") for ground in ("page", "raised")
] + [("on-fill", "danger")]
FILLS = ("danger-fill", "benign-fill", "benign-deep", "benign", "danger")


def palettes() -> dict[str, dict[str, str]]:
    """The colours of each surrounding, by name."""
    light, dark = STYLE.joinpath("tokens.css").read_text("utf-8").split("@media")
    print_ = STYLE.joinpath("print.css").read_text("utf-8")
    first = _colours(light)
    return {"light": first, "dark": first | _colours(dark), "print": first | _colours(print_)}


def _colours(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", sheet))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, section 1.4.3: 1 (none) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_measure_of_contrast() -> None:
    """Black on white is 21, a colour on itself 1."""
    assert round(contrast("#000000", "#ffffff"), 3) == 21
    assert contrast("#a8221a", "#a8221a") == 1


@pytest.mark.parametrize("name", ["light", "dark", "print"])
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_texts_are_readable(name: str, pair: tuple[str, str]) -> None:
    """Every text colour has at least 4.5 against every ground that it stands on (WCAG level AA)."""
    colours = palettes()[name]
    assert contrast(colours[pair[0]], colours[pair[1]]) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark", "print"])
@pytest.mark.parametrize("fill", FILLS)
def test_bars_are_seen(name: str, fill: str) -> None:
    """Every fill that carries meaning has at least 3 against the page (WCAG 1.4.11)."""
    colours = palettes()[name]
    assert contrast(colours[fill], colours["page"]) >= 3


def test_every_colour_has_a_name() -> None:
    """Colours are written in the palettes only, so that no rule forgets the dark page."""
    for sheet in STYLE.iterdir():
        if sheet.name.endswith(".css") and sheet.name not in {"tokens.css", "print.css"}:
            assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl", sheet.read_text("utf-8")), sheet.name


def test_every_name_is_a_colour() -> None:
    """No rule asks for a colour or a font that is not defined."""
    sheets = {sheet.name: sheet.read_text("utf-8") for sheet in STYLE.iterdir() if sheet.name.endswith(".css")}
    defined = set(re.findall(r"--([a-z-]+):", sheets["tokens.css"]))
    used = {name for sheet in sheets.values() for name in re.findall(r"var\(--([a-z-]+)\)", sheet)}
    assert used <= defined


def test_paper_shows_what_is_folded() -> None:
    """In print every folded part is shown, and the page is light."""
    sheet = STYLE.joinpath("print.css").read_text("utf-8")
    assert "details::details-content { content-visibility: visible" in sheet
    assert _colours(sheet)["page"] == "#ffffff"
