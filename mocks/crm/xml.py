"""XML in and out, as far as a SOAP call needs it: elements, their texts, and nothing that could expand or reach out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

# A login is a few hundred bytes; what is larger or deeper was not written by a client library.
_BYTES_MAX = 1_000_000
_DEPTH_MAX = 50


class Unreadable(Exception):
    """Not the XML of a SOAP call; the text says why."""


@dataclass(slots=True)
class Element:
    """An element without its namespace: name, text, children."""

    name: str
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def child(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((each for each in self.children if each.name == name), None)

    def text_of(self, name: str) -> str:
        """The text of the first child of that name, empty when there is none."""
        found = self.child(name)
        return found.text.strip() if found else ""


def parse(body: bytes) -> Element:
    """The root element; raises Unreadable. A document type, and with it every entity of one's own, is refused."""
    if len(body) > _BYTES_MAX:
        raise Unreadable(f"The message is longer than {_BYTES_MAX} bytes")
    root = Element("")
    path = [root]

    def start(name: str, _: dict[str, str]) -> None:
        if len(path) > _DEPTH_MAX:
            raise Unreadable(f"Elements are nested more than {_DEPTH_MAX} deep")
        element = Element(name.rpartition(" ")[2])
        path[-1].children.append(element)
        path.append(element)

    def end(_: str) -> None:
        path.pop()

    def characters(text: str) -> None:
        path[-1].text += text

    def doctype(*_: object) -> NoReturn:
        raise Unreadable("A document type declaration is not allowed in a SOAP message")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as malformed:
        raise Unreadable(str(malformed)) from None
    return root.children[0]


def escaped(text: str) -> str:
    """Text as it stands between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def element(name: str, text: str) -> str:
    """One element with its text."""
    return f"<{name}>{escaped(text)}</{name}>"
