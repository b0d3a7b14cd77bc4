"""Which deeds of the plan were done, and when."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.checks.books import Books
from sandbox.plan import Deed


def done_deeds(books: Books) -> list[Deed]:
    """The deeds that were done, in the order of the plan."""
    ended = ended_us(books)
    return [deed for deed in books.case.plan.deeds if deed.label in ended]


def ended_us(books: Books) -> Mapping[str, int]:
    """Label of a done deed -> when it was over."""
    return {
        record["deed"]: record["t_us"]
        for record in books.case.history
        if record["kind"] == "deed" and record["outcome"] == "done"
    }
