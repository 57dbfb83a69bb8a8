"""The few words of SVG that the charts need; texts and attributes are always escaped."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Attribute = str | float | int
Point = tuple[float, float]


def number(value: float) -> str:
    """How is a coordinate written? With one decimal at most, so that a page stays small.

    >>> number(3.0), number(2.25), number(-0.01)
    ('3', '2.2', '0')
    """
    written = f"{value:.1f}".removesuffix(".0")
    return "0" if written == "-0" else written


def element(name: str, *children: str | Markup, **attributes: Attribute | None) -> Markup:
    """One element. An underscore in an attribute's name becomes a hyphen, ``class_`` is ``class``, None is nothing.

    >>> element("text", "<b>", class_="label", x=3.0)
    Markup('<text class="label" x="3">&lt;b&gt;</text>')
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(
            key.rstrip("_").replace("_", "-"), value if isinstance(value, str) else number(value)
        )
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, Markup("").join(map(escape, children)))


def group(children: Iterable[Markup], **attributes: Attribute | None) -> Markup:
    """Elements that belong together.

    >>> group([element("path", d="M0 0")], class_="axis")
    Markup('<g class="axis"><path d="M0 0"></path></g>')
    """
    return element("g", *children, **attributes)


def columns(boxes: Iterable[tuple[float, float, float, float]]) -> str:
    """The path of many rectangles ``(x, top, width, bottom)``; empty ones are left out.

    >>> columns([(0, 5, 2, 10), (3, 10, 2, 10)])
    'M0 10V5H2V10Z'
    """
    return "".join(
        f"M{number(x)} {number(bottom)}V{number(top)}H{number(x + width)}V{number(bottom)}Z"
        for x, top, width, bottom in boxes
        if bottom - top > 0.04
    )


def line(points: Sequence[Point]) -> str:
    """The path through points.

    >>> line([(0, 1), (2, 3)])
    'M0 1L2 3'
    """
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) if points else ""


def steps(points: Sequence[Point], end: float) -> str:
    """The path of a step line: each value holds until the next point, the last one until ``end``.

    >>> steps([(0, 5), (2, 3)], 4)
    'M0 5H2V3H4'
    """
    if not points:
        return ""
    (x, y), *rest = points
    parts = [f"M{number(x)} {number(y)}"]
    for x, y in rest:
        parts.append(f"H{number(x)}V{number(y)}")
    return "".join(parts) + f"H{number(end)}"


def described(
    name: str, title: str, description: str, children: Iterable[Markup], width: float, height: float, class_: str
) -> Markup:
    """A whole chart with a name and a description for those who do not see it; ``name`` makes its ids unique."""
    title_id, description_id = f"{name}-title", f"{name}-desc"
    return element(
        "svg",
        element("title", title, id=title_id),
        element("desc", description, id=description_id),
        *children,
        class_=class_,
        role="img",
        aria_labelledby=f"{title_id} {description_id}",
        viewBox=f"0 0 {number(width)} {number(height)}",
    )
