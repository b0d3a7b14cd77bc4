"""Edits of pre-bills between draft and approval: time held back for the next one, amounts written down."""

from __future__ import annotations

from sandbox.checks.expected_books.desk import Chapter, Entry
from sandbox.checks.expected_books.rates import to_minor
from sandbox.core.periods import Period
from sandbox.plan import Deed


class PreBills(Chapter):
    """Every edit names the bill it is taken off."""

    def entries(self) -> dict[str, Entry]:
        return {"hold_time": self._hold, "write_down": self._write_down}

    def _hold(self, deed: Deed, at_us: int) -> None:
        books = self._desk.books
        for ref in deed.args["refs"]:
            card = books.cards[ref]
            if card.drafted == deed.args["bill"]:
                card.drafted = None
                books.pre_bills[deed.args["bill"]].held += card.value
        books.hazards["edit"] += 1

    def _write_down(self, deed: Deed, at_us: int) -> None:
        """The amount is taken from the month that has most on the bill, the earlier of two that have as much."""
        books, bill = self._desk.books, deed.args["bill"]
        amount = to_minor(deed.args["amount"], self._desk.currency(deed.args["engagement"]))
        by_month: dict[Period, int] = {}
        for card in self._desk.cards(deed.args["engagement"]):
            if card.drafted == bill and card.period is not None:
                by_month[card.period] = by_month.get(card.period, 0) + card.value
        month = max(sorted(by_month), key=lambda period: by_month[period])
        books.pre_bills[bill].down.append((month, amount, at_us))
        books.pre_bills[bill].written_down += amount
        books.hazards["edit"] += 1
