"""XML in and out. What comes in is read without document types and entities, within bounds of size and depth.

Reading is by expat alone, so that nothing can be expanded, fetched or nested into a crash; a tree of what was sent is
small and plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

# Bounds of a message: assumed; a page of a thousand references is well below them.
BYTES_MAX = 4_000_000
_DEPTH_MAX = 64
_NODES_MAX = 100_000
_SEPARATOR = "}"
# What XML 1.0 has no way to say.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def escaped(text: object) -> str:
    """Text as content or attribute; a character XML cannot carry becomes a replacement mark."""
    return _ILLEGAL.sub("\ufffd", str(text)).translate(_ESCAPES)


def element(tag: str, /, *content: str, **attributes: str) -> str:
    """An element around content that is XML already."""
    named = "".join(f' {name}="{escaped(value)}"' for name, value in attributes.items())
    inner = "".join(content)
    return f"<{tag}{named}>{inner}</{tag}>" if inner else f"<{tag}{named}/>"


@dataclass(slots=True)
class Node:
    """An element that was sent: namespace and local name, attributes by local name, text, elements inside."""

    namespace: str
    name: str
    attributes: dict[str, str]
    parent: Node | None = None
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, name: str) -> Node | None:
        """The first element inside of that name."""
        return next((each for each in self.children if each.name == name), None)

    def all(self, name: str) -> Iterator[Node]:
        """Elements inside of that name."""
        return (each for each in self.children if each.name == name)

    def path(self) -> str:
        """Where it stands, as an XPath from the body's element on."""
        above = self.parent.path() if self.parent is not None and self.parent.name != "Body" else ""
        return f"{above}/wd:{self.name}"


def parse(body: bytes) -> Node:
    """The root element; raises ValueError for what is no XML, has a document type, or is beyond the bounds."""
    if len(body) > BYTES_MAX:
        raise ValueError(f"the message has {len(body)} bytes, at most {BYTES_MAX} are read")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = _no_document_type
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, UnicodeError) as wrong:
        raise ValueError(f"the message is not well-formed XML: {wrong}") from wrong
    if builder.root is None:
        raise ValueError("the message is empty")
    return builder.root


def _no_document_type(*_: object) -> NoReturn:
    raise ValueError("the message has a document type, which is not read")


class _Builder:
    """Collects elements as expat tells them."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _DEPTH_MAX or self._count > _NODES_MAX:
            raise ValueError("the message has too many elements")
        namespace, _, name = tag.rpartition(_SEPARATOR)
        local = {key.rpartition(_SEPARATOR)[2]: value for key, value in attributes.items()}
        parent = self._open[-1] if self._open else None
        node = Node(namespace, name, local, parent)
        if parent is None:
            self.root = node
        else:
            parent.children.append(node)
        self._open.append(node)

    def end(self, tag: str) -> None:
        node = self._open.pop()
        node.text = node.text.strip()

    def characters(self, text: str) -> None:
        self._open[-1].text += text
