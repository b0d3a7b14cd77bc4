"""Credits of invoices, and time moved to another engagement."""

from __future__ import annotations

from sandbox.checks.expected_books.books import Card
from sandbox.checks.expected_books.desk import Chapter, Entry
from sandbox.checks.expected_books.rates import rate_on, tax_due, to_minor
from sandbox.core.clock import epoch_of, moment
from sandbox.core.money import exponent, line_net_minor, to_scaled
from sandbox.core.periods import Period
from sandbox.plan import Deed


class Credits(Chapter):
    """What is taken back of bills, and where moved time stands."""

    def entries(self) -> dict[str, Entry]:
        return {"credit": self._credit, "transfer_time": self._transfer}

    def _credit(self, deed: Deed, at_us: int) -> None:
        desk, engagement = self._desk, deed.args["engagement"]
        invoice = desk.books.invoices[deed.args["bill"]]
        on = moment(epoch_of(desk.plan.start), at_us).date()
        cards = [desk.books.cards[ref] for ref in deed.args.get("refs", ())]
        if cards:
            net = sum(card.value for card in cards)
            for card in cards:
                card.billed = card.drafted = None
        else:
            net = to_minor(deed.args["amount"], desk.currency(engagement))
            desk.concessions.setdefault(engagement, []).append((Period.of(on), net, at_us))
        net_before, tax_before = desk.credited.get(invoice.bill, (0, 0))
        tax = tax_due(desk.plan, desk.entity(engagement), desk.client(engagement), on, net)
        # The credit that completes an invoice takes what is left of its tax.
        if net_before + net == invoice.net:
            tax = invoice.tax - tax_before
        desk.credited[invoice.bill] = (net_before + net, tax_before + tax)
        month = desk.month_of(engagement, on)
        month.credited_net += net
        month.credited_tax += tax
        desk.books.hazards["credit"] += 1

    def _transfer(self, deed: Deed, at_us: int) -> None:
        books, source, to = self._desk.books, deed.args["engagement"], deed.args["to"]
        for ref in deed.args["refs"]:
            card = books.cards[ref]
            if card.drafted is not None:
                books.pre_bills[card.drafted].transferred += card.value
                card.drafted = None
            self._move(card, source, to, at_us)
        books.hazards["transfer"] += 1

    def _move(self, card: Card, source: str, to: str, at_us: int) -> None:
        """The hours leave the month they were in, as they are statistics; cost leaves and comes in the month that is
        open when they move (J04)."""
        desk = self._desk
        if card.period is None:
            return
        left = desk.month(source, card.period)
        left.minutes -= card.minutes
        left.billable_value -= card.value
        terms, entity = desk.terms[to], desk.entity(to)
        card.period = desk.interface.posting_period(desk.plan.start, entity, card.on, at_us)
        gone = desk.month(source, card.period)
        gone.cost -= card.cost
        gone.lent_cost -= card.cost if desk.is_lent(card) else 0
        currency = desk.currency(to)
        rate = rate_on(desk.plan.firm.rates_of(entity, currency, terms.rate_card), card.role, card.on)
        card.value = line_net_minor(card.minutes, to_scaled(rate), exponent(currency)) if card.billable else 0
        card.approved_us, card.engagement = at_us, to
        desk.cards_of[source].remove(card)
        desk.cards_of.setdefault(to, []).append(card)
        come = desk.month(to, card.period)
        come.minutes += card.minutes
        come.billable_value += card.value
        come.cost += card.cost
        come.lent_cost += card.cost if desk.is_lent(card) else 0
