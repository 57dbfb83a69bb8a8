"""A page taken apart: its elements in order, its text, and whether every tag is closed."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "hr", "img", "input", "link", "wbr"})


@dataclass
class Element:
    """A start tag with its attributes, where it stands, and the text inside it."""

    name: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    text: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The text inside, with single spaces."""
        return " ".join("".join(self.text).split())


class Page(HTMLParser):
    """Parse a page; raises AssertionError at the first tag that does not match."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, [element.name for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        inside = tuple(element.name for element in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, inside)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self._open, tag
        opened = self._open.pop()
        assert opened.name == tag, f"</{tag}> closes <{opened.name}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        """Text belongs to all elements around it."""
        for element in self._open:
            element.text.append(data)

    def all(self, *names: str) -> list[Element]:
        """Every element of these names, in order."""
        return [element for element in self.elements if element.name in names]

    def one(self, **attributes: str) -> Element:
        """The only element with these attributes."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        found = [element for element in self.elements if wanted.items() <= element.attributes.items()]
        assert len(found) == 1, (wanted, len(found))
        return found[0]

    @property
    def shape(self) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
        """All start tags with all attributes: what a hostile text must not be able to change."""
        return [(element.name, tuple(element.attributes.items())) for element in self.elements]
