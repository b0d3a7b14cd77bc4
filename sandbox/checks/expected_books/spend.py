"""Spending: expenses and suppliers' bills, cost of the month they are approved for, net of the tax one gets back."""

from __future__ import annotations

from datetime import date

from sandbox.checks.expected_books.books import Month, Outlay
from sandbox.checks.expected_books.desk import Chapter, Desk, Entry
from sandbox.checks.expected_books.rates import tax_on, to_minor
from sandbox.plan import Deed


class Spend(Chapter):
    """Expense reports and suppliers' bills, entered and approved."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        # Title of a report -> what is in it.
        self._reports: dict[str, list[Outlay]] = {}

    def entries(self) -> dict[str, Entry]:
        return {
            "spend": self._spend,
            "approve_expenses": self._approve_expenses,
            "receive_bill": self._receive_bill,
            "approve_subcontract": self._approve_subcontract,
        }

    def _spend(self, deed: Deed, at_us: int) -> None:
        engagement, currency = deed.args["engagement"], self._desk.currency(deed.args["engagement"])
        for each in deed.args["expenses"]:
            outlay = self._desk.books.outlays[each["ref"]] = Outlay(
                ref=each["ref"],
                engagement=engagement,
                person=deed.person,
                on=date.fromisoformat(each["on"]),
                net=to_minor(each["net"], currency),
                tax=to_minor(each["tax"], currency),
                billable=each["billable"],
            )
            self._reports.setdefault(deed.args["title"], []).append(outlay)

    def _approve_expenses(self, deed: Deed, at_us: int) -> None:
        for outlay in self._reports.get(deed.args["title"], ()):
            self._approved(outlay, at_us).expense_cost += outlay.net

    def _receive_bill(self, deed: Deed, at_us: int) -> None:
        args, entity = deed.args, self._desk.entity(deed.args["engagement"])
        currency = self._desk.currency(args["engagement"])
        net, tax = to_minor(args["net"], currency), to_minor(args["tax"], currency)
        # Services from abroad: the buyer owes the tax of its own country, and gets it back (J43).
        abroad = args["country"] != entity.country and not tax
        self._desk.books.outlays[_ref(deed)] = Outlay(
            ref=_ref(deed),
            engagement=args["engagement"],
            person=None,
            on=date.fromisoformat(args["on"]),
            net=net,
            tax=tax,
            billable=args["billable"],
            reverse_charge=tax_on(net, entity.tax_rate) if abroad else 0,
        )

    def _approve_subcontract(self, deed: Deed, at_us: int) -> None:
        outlay = self._desk.books.outlays[_ref(deed)]
        self._approved(outlay, at_us).subcontract_cost += outlay.net

    def _approved(self, outlay: Outlay, at_us: int) -> Month:
        """Approved at an instant; the month it is cost of."""
        desk = self._desk
        outlay.approved_us = at_us
        entity = desk.entity(outlay.engagement)
        outlay.period = desk.interface.spending_period(desk.plan.start, entity, outlay.on, at_us)
        return desk.month(outlay.engagement, outlay.period)


def _ref(deed: Deed) -> str:
    return f"{deed.args['engagement']} {deed.args['supplier']} {deed.args['number']}"
