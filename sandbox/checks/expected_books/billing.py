"""Billing and cash: pre-bills drafted, written off, approved as invoices with tax, and paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sandbox.checks.expected_books.books import Card, Invoice
from sandbox.checks.expected_books.desk import Chapter, Entry
from sandbox.checks.expected_books.rates import tax_due, tax_on, to_minor
from sandbox.core.periods import Period
from sandbox.plan import Deed, Terms


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
            "apply_payment": self._apply_payment,
        }

    def _draft_time(self, deed: Deed, at_us: int) -> None:
        terms, through = self._desk.terms[deed.args["engagement"]], date.fromisoformat(deed.args["through"])
        self._draft_expenses(deed, at_us)
        bill = deed.args["bill"]
        cards = [
            card
            for card in self._desk.cards(terms.code)
            if terms.start <= card.on <= through and card.approved_us is not None and _is_billable(card)
        ]
        left = self._cap_left(terms)
        if not cards or (left is not None and left <= 0):
            # The cap is used up: what was worked beyond it is given up.
            for card in cards:
                self._give_up(card, at_us)
            return
        pre_bill = self._desk.pre_bill(bill, terms.code)
        for card in cards:
            card.drafted = bill
            pre_bill.drafted += card.value
        if left is not None and pre_bill.drafted > left:
            pre_bill.written_down = pre_bill.drafted - left
            pre_bill.down.append((Period.of(through), pre_bill.drafted - left, at_us))
            self._desk.books.hazards["edit"] += 1

    def _cap_left(self, terms: Terms) -> int | None:
        """What may still be billed under the cap; None without one."""
        if terms.kind != "capped_time":
            return None
        invoices = self._desk.books.invoices.values()
        # Expenses are beyond a cap on fees.
        billed = sum(each.net - each.spent for each in invoices if each.engagement == terms.code)
        return to_minor(terms.price, self._desk.currency(terms.code)) - billed

    def _draft_expenses(self, deed: Deed, at_us: int) -> None:
        through = date.fromisoformat(deed.args["through"])
        for outlay in self._desk.outlays(deed.args["engagement"]):
            if outlay.billable and outlay.approved_us is not None and outlay.drafted is None and outlay.on <= through:
                outlay.drafted = deed.args["bill"]

    def _write_off(self, deed: Deed, at_us: int) -> None:
        self._give_up(self._desk.books.cards[deed.args["ref"]], at_us)

    def _give_up(self, card: Card, at_us: int) -> None:
        card.written_off_us = at_us
        if card.drafted is not None:
            self._desk.books.pre_bills[card.drafted].written_down += card.value
        card.drafted = None
        if card.period is not None:
            self._desk.month(card.engagement, card.period).written_off += card.value
        self._desk.books.hazards["write-off"] += 1

    def _draft_fixed(self, deed: Deed, at_us: int) -> None:
        bill, engagement = deed.args["bill"], deed.args["engagement"]
        net = to_minor(deed.args["amount"], self._desk.currency(engagement))
        self._desk.books.invoices[bill] = Invoice(
            bill, engagement, Period.of(self._desk.plan.start), net, 0, line=deed.args.get("line")
        )

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
        pre_bill = desk.books.pre_bills.get(bill)
        if pre_bill is not None:
            net -= sum(amount for _, amount, _ in pre_bill.down)
        spent = sum(each.net for each in outlays)
        for each in outlays:
            each.billed, each.billed_us = Period.of(on), at_us
        net += spent
        for card in cards:
            card.billed = bill
        tax = tax_due(desk.plan, desk.entity(engagement), desk.client(engagement), on, net)
        line = invoice.line if invoice is not None else None
        desk.books.invoices[bill] = Invoice(
            bill, engagement, Period.of(on), net, tax, issued=True, line=line, spent=spent, on=on
        )
        terms = desk.terms[engagement]
        if desk.foreign.is_foreign(terms):
            desk.foreign.invoiced(terms, on, net)
        month = desk.month_of(engagement, on)
        month.expense_billed += spent
        month.invoiced_net += net
        month.invoiced_tax += tax
        if pre_bill is not None:
            month.drafted += pre_bill.drafted
            month.held += pre_bill.held
            month.written_down += pre_bill.written_down
            month.transferred += pre_bill.transferred

    def _pay(self, deed: Deed, at_us: int) -> None:
        invoice = self._desk.books.invoices[deed.args["bill"]]
        percent = Decimal(deed.args.get("withholding_percent", 0))
        short = to_minor(deed.args.get("short_by", 0), self._desk.currency(invoice.engagement))
        credited_net, credited_tax = self._desk.credited.get(invoice.bill, (0, 0))
        owed = invoice.net + invoice.tax - credited_net - credited_tax
        # The client's tax authority takes its part of the fee, not of the tax on it (J22).
        invoice.withheld = tax_on(invoice.net, percent / 100)
        came = owed - short - invoice.withheld
        if deed.args.get("unidentified"):
            # Nobody knows what it is for: unapplied until finance does (J23).
            self._desk.books.held[invoice.bill] = came
            return
        self._settle(deed, invoice, came)

    def _apply_payment(self, deed: Deed, at_us: int) -> None:
        invoice = self._desk.books.invoices[deed.args["bill"]]
        self._settle(deed, invoice, self._desk.books.held.pop(invoice.bill))

    def _settle(self, deed: Deed, invoice: Invoice, came: int) -> None:
        """What came pays what is due; what is more is held. Cash is of the month it came in."""
        owed = invoice.net + invoice.tax - sum(self._desk.credited.get(invoice.bill, (0, 0)))
        invoice.paid = min(came, owed - invoice.withheld)
        if came > invoice.paid:
            self._desk.books.held[invoice.bill] = came - invoice.paid
        paid_on = date.fromisoformat(deed.args["paid_on"])
        invoice.paid_period = Period.of(paid_on)
        month = self._desk.month(invoice.engagement, invoice.paid_period)
        month.cash += invoice.paid
        month.withheld += invoice.withheld
        foreign, terms = self._desk.foreign, self._desk.terms[invoice.engagement]
        if invoice.on is not None and foreign.is_foreign(terms):
            month.realised_fx += foreign.settled(terms, invoice.on, 0, invoice.paid + invoice.withheld, paid_on)
            self._desk.books.hazards["currency"] += 1


def _is_billable(card: Card) -> bool:
    return card.billable and card.written_off_us is None and card.drafted is None
