"""Contracts: signed, perhaps after work began, and changed by orders whose treatment a person decides."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sandbox.checks.expected_books.desk import Change, Chapter, Entry
from sandbox.checks.expected_books.rates import to_minor
from sandbox.plan import Deed


class Changes(Chapter):
    """Signatures, change orders, decisions."""

    def entries(self) -> dict[str, Entry]:
        return {"sign": self._sign, "sign_change_order": self._sign_change, "decide_change": self._decide}

    def _sign(self, deed: Deed, at_us: int) -> None:
        engagement = deed.args["engagement"]
        self._desk.signed_us[engagement] = at_us
        self._desk.books.hazards["at risk"] += self._desk.terms[engagement].at_risk_from is not None

    def _sign_change(self, deed: Deed, at_us: int) -> None:
        engagement, args = deed.args["engagement"], deed.args
        price = to_minor(Decimal(args["price"]) + Decimal(args["bonus"]), self._desk.currency(engagement))
        change = Change(price, args["minutes"], date.fromisoformat(args["on"]), at_us, args.get("line"))
        self._desk.changes.setdefault(engagement, {})[args["number"]] = change
        self._desk.books.hazards["change order"] += 1

    def _decide(self, deed: Deed, at_us: int) -> None:
        change = self._desk.changes[deed.args["engagement"]][deed.args["number"]]
        change.decided_us, change.treatment = at_us, deed.args["treatment"]
