"""Time: booked, corrected, approved, priced and costed."""

from __future__ import annotations

from sandbox.checks.expected_books.books import Card
from sandbox.checks.expected_books.desk import Chapter, Desk, Entry
from sandbox.checks.expected_books.rates import is_rounded, rate_on
from sandbox.core.money import exponent, line_net_minor, to_scaled
from sandbox.core.periods import Period
from sandbox.plan import Booking, Deed

# Charged by the hour, up to a cap or without one.
BY_THE_HOUR = ("time_and_materials", "capped_time")


class Time(Chapter):
    """Cards by the sheet they were submitted on."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._sheets: dict[str, list[str]] = {}
        # Roles whose time cannot be posted, until the ERP gains an item for them.
        self._unposted = set(desk.plan.firm.unposted_roles)

    def entries(self) -> dict[str, Entry]:
        return {
            "book": self._book,
            "resubmit": self._resubmit,
            "approve": self._approve,
            "add_item": self._add_item,
            "resolve_case": self._resolve_case,
        }

    def _book(self, deed: Deed, at_us: int) -> None:
        for sheet in deed.args["sheets"]:
            refs = []
            for each in sheet["bookings"]:
                booking = Booking.model_validate(each)
                refs.append(booking.ref)
                card = Card(
                    booking.ref, deed.person, booking.engagement, booking.on, booking.minutes, booking.role,
                    booking.billable, line=booking.line,
                )  # fmt: skip
                self._desk.books.cards[card.ref] = card
                self._desk.cards_of.setdefault(card.engagement, []).append(card)
            self._sheets[sheet["title"]] = refs

    def _resubmit(self, deed: Deed, at_us: int) -> None:
        correction = deed.args["correction"]
        self._desk.books.cards[correction["ref"]].minutes = correction["minutes"]
        title = deed.args["sheet"]["title"]
        self._sheets[f"{title} (2)"] = self._sheets[title]

    def _approve(self, deed: Deed, at_us: int) -> None:
        for ref in self._sheets.get(deed.args["title"], ()):
            self._approved(self._desk.books.cards[ref], at_us)

    def _approved(self, card: Card, at_us: int) -> None:
        desk, plan = self._desk, self._desk.plan
        terms, entity = desk.terms[card.engagement], desk.entity(card.engagement)
        card.approved_us = at_us
        card.period = desk.interface.posting_period(plan.start, entity, card.on, at_us)
        if card.role in self._unposted:
            # Declared impossible to post: it stays out of the books.
            card.period = None
            return
        month = desk.month(card.engagement, card.period)
        month.minutes += card.minutes
        employer = plan.entity(plan.people[card.person].entity)
        costs = (table for table in plan.firm.cost_rates if table.entity == employer.code)
        cost = rate_on(costs, card.role, card.on)
        card.cost = line_net_minor(card.minutes, to_scaled(cost), exponent(employer.currency))
        month.cost += card.cost
        month.lent_cost += card.cost if desk.is_lent(card) else 0
        if employer.code in desk.paid:
            # Absorbed into projects: moving it to another one later moves no more of it.
            desk.books.entity(employer.code, card.period).absorbed += card.cost
        if card.billable and terms.kind in BY_THE_HOUR:
            currency = desk.currency(card.engagement)
            rate = rate_on(plan.firm.rates_of(entity, currency, terms.rate_card), card.role, card.on)
            card.value = line_net_minor(card.minutes, to_scaled(rate), exponent(currency))
            month.billable_value += card.value
            if card.drafted is not None:
                # Corrected after the draft took it: only now is known what it is worth there.
                desk.books.pre_bills[card.drafted].drafted += card.value
            desk.books.hazards["rounding"] += is_rounded(card.minutes, rate, currency)
        desk.books.hazards["late time"] += card.period != Period.of(card.on)

    def _add_item(self, deed: Deed, at_us: int) -> None:
        """From now on time of the role is posted; what was refused before waits until its case is closed."""
        self._unposted.discard(deed.args["role"])

    def _resolve_case(self, deed: Deed, at_us: int) -> None:
        """What was corrected counts as if it had been posted when it was approved; what was waived never does."""
        for named in deed.args["cards"]:
            card = self._desk.books.cards[named["ref"]]
            if deed.args["resolution"] != "Waived" and card.approved_us is not None and card.period is None:
                self._approved(card, card.approved_us)
