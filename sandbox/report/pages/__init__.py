"""Pages of the close, by noun: each from the systems' books, with a line that says whether its sums come out."""

from __future__ import annotations

from sandbox.checks.books import Books
from sandbox.report.pages import contracts, controls, group, ledger, time, wip
from sandbox.report.pages.page import Page, Sum, Table

# In the order a controller reads them.
_PAGES = (
    wip.roll_forward,
    wip.unbilled_by_age,
    contracts.eac_movement,
    time.missing_time,
    contracts.positions,
    controls.control_totals,
    ledger.manual_journals,
    group.intercompany,
    ledger.output_tax,
)


def close_pages(books: Books) -> list[Page]:
    """All of them; one without content says so."""
    return [page(books) for page in _PAGES]


__all__ = ["Page", "Sum", "Table", "close_pages"]
