"""A mistake in a scenario or firm, at its place in the document."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sandbox.core.errors import unknown_name

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Where, what is wrong, and which name was meant."""

    path: Path
    message: str
    name: str


def unknown(path: Path, kind: str, name: str, known: Collection[str]) -> Iterator[Mistake]:
    """A mistake when a name is none of those that are known."""
    if name not in known:
        yield Mistake(path, unknown_name(kind, name, known).message, name)
