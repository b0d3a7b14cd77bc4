"""What a page of the close is made of: tables with text ready to be shown, and sums that must come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.checks.case import money_text

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; from column ``numbers`` on its cells are numbers, and stand to the right."""

    caption: str
    columns: Row
    numbers: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """A check line: both sides as text and whether they are the same."""

    says: str
    left: str
    right: str

    @property
    def holds(self) -> bool:
        """Whether it comes out."""
        return self.left == self.right


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ``name`` is that of its template, ``says`` what stands there and where it comes from."""

    name: str
    title: str
    says: str
    tables: tuple[Table, ...]
    sums: tuple[Sum, ...] = ()
    # What is said where there is nothing to show.
    empty: str = "Nothing of the kind happened."

    @property
    def has_content(self) -> bool:
        """Whether any table has a row."""
        return any(table.rows for table in self.tables)


def number(minor: int, currency: str) -> str:
    """An amount without its currency."""
    return money_text(minor, currency).partition(" ")[0]


def sums_of(says: str, left: Mapping[str, int], right: Mapping[str, int]) -> tuple[Sum, ...]:
    """A check line per currency."""
    return tuple(
        Sum(f"{says}, {currency}", number(left.get(currency, 0), currency), number(right.get(currency, 0), currency))
        for currency in sorted(left.keys() | right.keys())
    )


def add(sums: dict[str, int], part: str, value: int) -> None:
    """Add to one of several sums."""
    sums[part] = sums.get(part, 0) + value


def shown(values: Iterable[int], currency: str) -> Row:
    """Amounts of one currency."""
    return tuple(number(value, currency) for value in values)
