"""What all chapters of the books share: plan, agreements, cards and what was recognised so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sandbox.checks.expected_books.books import Card, ExpectedBooks, Month, Outlay, PreBill
from sandbox.checks.expected_books.foreign import Foreign
from sandbox.core.periods import Period
from sandbox.interface import Interface
from sandbox.plan import Client, Deed, Entity, Plan, Terms


@dataclass(slots=True)
class Change:
    """A change order: what it adds in minor units and minutes, the day the client approved it, when it was entered,
    and when and how its treatment was decided; ``line`` is a contract line of its own."""

    price: int
    minutes: int
    on: date
    entered_us: int
    line: str | None = None
    decided_us: int | None = None
    treatment: str = ""


Entry = Callable[[Deed, int], None]


class Desk:
    """The open books."""

    def __init__(self, plan: Plan, interface: Interface) -> None:
        self.plan = plan
        self.interface = interface
        self.books = ExpectedBooks()
        self.foreign = Foreign(plan)
        self.terms: dict[str, Terms] = {terms.code: terms for terms in plan.terms}
        self.clients: dict[str, Client] = {client.code: client for client in plan.clients}
        # Entities whose people are paid by a provider.
        self.paid = {payroll.entity for payroll in plan.firm.payroll}
        self.cards_of: dict[str, list[Card]] = {}
        # Engagement -> instant of its signature; engagement -> number -> change.
        self.signed_us: dict[str, int] = {}
        self.changes: dict[str, dict[str, Change]] = {}
        self.pre_bills_of: dict[str, list[PreBill]] = {}
        # Bill -> net and tax credited so far.
        self.credited: dict[str, tuple[int, int]] = {}
        # Engagement and month -> cost and instant of everything accrued for missing time.
        self.accrued: dict[tuple[str, Period], list[tuple[int, int]]] = {}
        # Engagement -> month, amount and instant of every lower price that was granted.
        self.concessions: dict[str, list[tuple[Period, int, int]]] = {}

    def entity(self, engagement: str) -> Entity:
        """The legal entity an engagement belongs to."""
        return self.plan.entity(self.terms[engagement].entity)

    def currency(self, engagement: str) -> str:
        """What an engagement is billed in."""
        return self.plan.currency_of(self.terms[engagement])

    def client(self, engagement: str) -> Client:
        """Who pays for an engagement."""
        return self.clients[self.terms[engagement].client]

    def month(self, engagement: str, period: Period) -> Month:
        """An engagement in a month."""
        return self.books.month(engagement, period)

    def month_of(self, engagement: str, day: str | date) -> Month:
        """An engagement in the month of a day."""
        return self.month(engagement, Period.of(date.fromisoformat(day) if isinstance(day, str) else day))

    def pre_bill(self, bill: str, engagement: str) -> PreBill:
        """A pre-bill of time, a new one when there is none."""
        if bill not in self.books.pre_bills:
            self.books.pre_bills[bill] = PreBill(bill, engagement)
            self.pre_bills_of.setdefault(engagement, []).append(self.books.pre_bills[bill])
        return self.books.pre_bills[bill]

    def is_lent(self, card: Card) -> bool:
        """Whether a card is of somebody of another entity, which charges for it."""
        pair = (self.plan.people[card.person].entity, self.terms[card.engagement].entity)
        return any((each.provider, each.receiver) == pair for each in self.plan.firm.intercompany)

    def cards(self, engagement: str) -> Iterable[Card]:
        """Every booking of an engagement, in the order they were made."""
        return self.cards_of.get(engagement, ())

    def outlays(self, engagement: str) -> Iterable[Outlay]:
        """Every expense and supplier's bill of an engagement, in the order they came."""
        return (each for each in self.books.outlays.values() if each.engagement == engagement)


class Chapter:
    """A part of the books: which deeds it takes note of."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def entries(self) -> dict[str, Entry]:
        """Verb -> what it does to the books."""
        raise NotImplementedError
