"""Which deeds of the plan were done."""

from __future__ import annotations

from sandbox.checks.books import Books
from sandbox.plan import Deed


def done_deeds(books: Books) -> list[Deed]:
    """The deeds that were done, in the order of the plan."""
    return [deed for deed in books.case.plan.deeds if deed.label in books.ended_us]
