"""Billing and cash: pre-bills drafted, written off, approved as invoices with tax, and paid."""

from __future__ import annotations

from datetime import date

from sandbox.checks.expected_books.books import Card, Invoice
from sandbox.checks.expected_books.desk import Chapter, Entry
from sandbox.checks.expected_books.rates import tax_on, tax_rate, to_minor
from sandbox.core.periods import Period
from sandbox.plan import Deed


class Billing(Chapter):
    """Pre-bills and invoices."""

    def entries(self) -> dict[str, Entry]:
        return {
            "draft_time": self._draft_time,
            "write_off": self._write_off,
            "draft_fixed": self._draft_fixed,
            "draft_milestone": self._draft_milestone,
            "draft_expenses": self._draft_expenses,
            "approve_bill": self._approve_bill,
            "pay": self._pay,
        }

    def _draft_time(self, deed: Deed, at_us: int) -> None:
        terms, through = self._desk.terms[deed.args["engagement"]], date.fromisoformat(deed.args["through"])
        for card in self._desk.cards(terms.code):
            drafted = terms.start <= card.on <= through
            if drafted and card.approved_us is not None and _is_billable(card):
                card.drafted = deed.args["bill"]
        self._draft_expenses(deed, at_us)

    def _draft_expenses(self, deed: Deed, at_us: int) -> None:
        through = date.fromisoformat(deed.args["through"])
        for outlay in self._desk.outlays(deed.args["engagement"]):
            if outlay.billable and outlay.approved_us is not None and outlay.drafted is None and outlay.on <= through:
                outlay.drafted = deed.args["bill"]

    def _write_off(self, deed: Deed, at_us: int) -> None:
        card = self._desk.books.cards[deed.args["ref"]]
        card.written_off_us = at_us
        card.drafted = None
        if card.period is not None:
            self._desk.month(card.engagement, card.period).written_off += card.value
        self._desk.books.hazards["write-off"] += 1

    def _draft_fixed(self, deed: Deed, at_us: int) -> None:
        bill, engagement = deed.args["bill"], deed.args["engagement"]
        net = to_minor(deed.args["amount"], self._desk.currency(engagement))
        self._desk.books.invoices[bill] = Invoice(bill, engagement, Period.of(self._desk.plan.start), net, 0)

    def _draft_milestone(self, deed: Deed, at_us: int) -> None:
        bill, engagement = deed.args["bill"], deed.args["engagement"]
        terms = self._desk.terms[engagement]
        milestone = next(each for each in terms.milestones if each.code == deed.args["milestone"])
        net = to_minor(milestone.amount, self._desk.currency(engagement))
        line = f"{engagement}-{milestone.code}"
        self._desk.books.invoices[bill] = Invoice(bill, engagement, Period.of(self._desk.plan.start), net, 0, line=line)

    def _approve_bill(self, deed: Deed, at_us: int) -> None:
        desk = self._desk
        bill, engagement = deed.args["bill"], deed.args["engagement"]
        on = date.fromisoformat(deed.args["invoice_date"])
        cards = [card for card in desk.cards(engagement) if card.drafted == bill]
        invoice = desk.books.invoices.pop(bill, None)
        outlays = [each for each in desk.outlays(engagement) if each.drafted == bill and each.billed is None]
        if invoice is None and not cards and not outlays:
            return
        net = invoice.net if invoice is not None else sum(card.value for card in cards)
        spent = sum(each.net for each in outlays)
        for each in outlays:
            each.billed, each.billed_us = Period.of(on), at_us
        net += spent
        for card in cards:
            card.billed = bill
        tax = tax_on(net, tax_rate(desk.plan, desk.entity(engagement), desk.client(engagement), on))
        line = invoice.line if invoice is not None else None
        desk.books.invoices[bill] = Invoice(bill, engagement, Period.of(on), net, tax, issued=True, line=line)
        month = desk.month_of(engagement, on)
        month.expense_billed += spent
        month.invoiced_net += net
        month.invoiced_tax += tax

    def _pay(self, deed: Deed, at_us: int) -> None:
        invoice = self._desk.books.invoices[deed.args["bill"]]
        invoice.paid = invoice.net + invoice.tax
        invoice.paid_period = Period.of(date.fromisoformat(deed.args["paid_on"]))
        self._desk.month(invoice.engagement, invoice.paid_period).cash += invoice.paid


def _is_billable(card: Card) -> bool:
    return card.billable and card.written_off_us is None and card.drafted is None
