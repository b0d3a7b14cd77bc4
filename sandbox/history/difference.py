"""Two histories compared byte by byte: the same plan must give the same bytes, and if not, where they part is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest


@dataclass(frozen=True, slots=True)
class Difference:
    """The first record that differs: its number, and what each history has there (None: it has ended)."""

    number: int
    left: bytes | None
    right: bytes | None

    def told(self, left_name: str, right_name: str) -> str:
        """For a person."""
        return "\n".join(
            (
                f"the histories differ from record {self.number} on",
                f"  {left_name}: {_shown(self.left)}",
                f"  {right_name}: {_shown(self.right)}",
            )
        )


def first_difference(left: Iterable[bytes], right: Iterable[bytes]) -> Difference | None:
    """Where two histories, given as lines, part; None when they are the same."""
    for number, (one, other) in enumerate(zip_longest(left, right)):
        if one != other:
            return Difference(number, one, other)
    return None


def _shown(line: bytes | None) -> str:
    return "(ended)" if line is None else line.decode("utf-8", "replace").strip()
