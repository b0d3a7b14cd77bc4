"""What the books must show, from deeds and contracts alone.

Reads the plan (terms, rates, who did what) and from the history only when a person's deed took effect. It knows no
system's records, no engine and nothing of how the revenue system computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.clock import SECOND_US
from sandbox.core.money import divide_half_away, exponent, line_net_minor, to_scaled
from sandbox.core.periods import Period
from sandbox.interface import Interface
from sandbox.plan import Booking, Deed, Entity, Plan, RateTable, Terms


@dataclass(slots=True)
class Card:
    """A booking as people left it: approved at an instant, perhaps written off, perhaps on a pre-bill."""

    ref: str
    person: str
    engagement: str
    on: date
    minutes: int
    role: str
    billable: bool
    approved_us: int | None = None
    period: Period | None = None
    value: int = 0
    cost: int = 0
    written_off_us: int | None = None
    drafted: str | None = None
    billed: str | None = None


@dataclass(slots=True)
class Invoice:
    """An issued pre-bill in minor units."""

    bill: str
    engagement: str
    period: Period
    net: int
    tax: int
    issued: bool = False
    paid: int = 0
    paid_period: Period | None = None


@dataclass(slots=True)
class Month:
    """An engagement in a month, in minor units; ``position`` is billed less recognised, to date."""

    minutes: int = 0
    cost: int = 0
    billable_value: int = 0
    written_off: int = 0
    revenue: int = 0
    invoiced_net: int = 0
    invoiced_tax: int = 0
    cash: int = 0
    position: int = 0


# Values that are no whole minor unit before rounding, time that falls into a later month than its date, and time given
# up before the invoice.
HAZARDS = ("rounding", "late time", "write-off")


@dataclass(slots=True)
class ExpectedBooks:
    """The books of the whole firm. ``hazards`` counts what makes them easy to get wrong, by name."""

    cards: dict[str, Card] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    months: dict[tuple[str, Period], Month] = field(default_factory=dict)
    hazards: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HAZARDS, 0))

    def month(self, engagement: str, period: Period) -> Month:
        """The figures of an engagement in a month."""
        return self.months.setdefault((engagement, period), Month())


def expected_books(plan: Plan, interface: Interface, history: Iterable[Mapping[str, Any]]) -> ExpectedBooks:
    """Walk through the deeds that were done, in the order they took effect."""
    return _Bookkeeper(plan, interface, _took_effect(history)).keep()


def _took_effect(history: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Deed -> instant of its first committed change, or of its end when it changed nothing; done deeds only."""
    first: dict[str, int] = {}
    done: dict[str, int] = {}
    for record in history:
        if record["kind"] == "change" and record.get("deed"):
            first.setdefault(record["deed"], record["t_us"])
        elif record["kind"] == "deed" and record["outcome"] == "done":
            done[record["deed"]] = record["t_us"]
    return {label: first.get(label, ended) for label, ended in done.items()}


class _Bookkeeper:
    """Goes through the deeds once."""

    def __init__(self, plan: Plan, interface: Interface, effective: Mapping[str, int]) -> None:
        self._plan = plan
        self._interface = interface
        self._effective = effective
        self._terms: dict[str, Terms] = {terms.code: terms for terms in plan.terms}
        self._sheets: dict[str, list[str]] = {}
        self._cards: dict[str, list[Card]] = {}
        self._recognised: dict[str, int] = {}
        self._books = ExpectedBooks()
        # The deeds that move an hour or a cent; all others leave the books alone.
        self._verbs: dict[str, Callable[[Deed, int], None]] = {
            "book": self._book,
            "resubmit": self._resubmit,
            "approve": self._approve,
            "draft_time": self._draft_time,
            "write_off": self._write_off,
            "draft_fixed": self._draft_fixed,
            "approve_bill": self._approve_bill,
            "pay": self._pay,
            "run_period": self._run_period,
        }
        self._countries = {client.code: client.country for client in plan.clients}

    def keep(self) -> ExpectedBooks:
        """Every deed in the order it took effect."""
        done = [deed for deed in self._plan.deeds if deed.label in self._effective]
        for deed in sorted(done, key=lambda each: (self._effective[each.label], each.label)):
            if deed.verb in self._verbs:
                self._verbs[deed.verb](deed, self._effective[deed.label])
        self._positions()
        return self._books

    # -- time --------------------------------------------------------------------------------------------------------

    def _book(self, deed: Deed, at_us: int) -> None:
        for sheet in deed.args["sheets"]:
            refs = []
            for each in sheet["bookings"]:
                booking = Booking.model_validate(each)
                refs.append(booking.ref)
                card = Card(
                    booking.ref, deed.person, booking.engagement, booking.on, booking.minutes, booking.role,
                    booking.billable,
                )  # fmt: skip
                self._books.cards[card.ref] = card
                self._cards.setdefault(card.engagement, []).append(card)
            self._sheets[sheet["title"]] = refs

    def _resubmit(self, deed: Deed, at_us: int) -> None:
        correction = deed.args["correction"]
        self._books.cards[correction["ref"]].minutes = correction["minutes"]
        title = deed.args["sheet"]["title"]
        self._sheets[f"{title} (2)"] = self._sheets[title]

    def _approve(self, deed: Deed, at_us: int) -> None:
        for ref in self._sheets.get(deed.args["title"], ()):
            self._approved(self._books.cards[ref], at_us)

    def _approved(self, card: Card, at_us: int) -> None:
        terms = self._terms[card.engagement]
        entity = self._plan.entity(terms.entity)
        card.approved_us = at_us
        card.period = self._interface.posting_period(self._plan.start, entity, card.on, at_us)
        if card.role in self._plan.firm.unposted_roles:
            # Declared impossible to post: it stays out of the books.
            card.period = None
            return
        month = self._books.month(card.engagement, card.period)
        month.minutes += card.minutes
        employer = self._plan.entity(self._plan.people[card.person].entity)
        cost = _rate_on(self._plan.firm.cost_rates, employer, card.role, card.on)
        card.cost = line_net_minor(card.minutes, to_scaled(cost), exponent(employer.currency))
        month.cost += card.cost
        if card.billable and terms.kind == "time_and_materials":
            rate = _rate_on(self._plan.firm.bill_rates, entity, card.role, card.on)
            card.value = line_net_minor(card.minutes, to_scaled(rate), exponent(entity.currency))
            month.billable_value += card.value
            self._books.hazards["rounding"] += _is_rounded(card, rate, entity)
        self._books.hazards["late time"] += card.period != Period.of(card.on)

    # -- billing -----------------------------------------------------------------------------------------------------

    def _draft_time(self, deed: Deed, at_us: int) -> None:
        terms, through = self._terms[deed.args["engagement"]], date.fromisoformat(deed.args["through"])
        for card in self._cards.get(terms.code, ()):
            drafted = terms.start <= card.on <= through
            if drafted and card.approved_us is not None and self._is_billable(card):
                card.drafted = deed.args["bill"]

    def _is_billable(self, card: Card) -> bool:
        return card.billable and card.written_off_us is None and card.drafted is None

    def _write_off(self, deed: Deed, at_us: int) -> None:
        card = self._books.cards[deed.args["ref"]]
        card.written_off_us = at_us
        card.drafted = None
        if card.period is not None:
            self._books.month(card.engagement, card.period).written_off += card.value
        self._books.hazards["write-off"] += 1

    def _draft_fixed(self, deed: Deed, at_us: int) -> None:
        entity = self._entity(deed.args["engagement"])
        net = _minor(deed.args["amount"], entity)
        self._books.invoices[deed.args["bill"]] = Invoice(
            deed.args["bill"], deed.args["engagement"], Period.of(self._plan.start), net, 0
        )

    def _approve_bill(self, deed: Deed, at_us: int) -> None:
        bill, engagement = deed.args["bill"], deed.args["engagement"]
        period = Period.of(date.fromisoformat(deed.args["invoice_date"]))
        cards = [card for card in self._cards.get(engagement, ()) if card.drafted == bill]
        invoice = self._books.invoices.pop(bill, None)
        if invoice is None and not cards:
            return
        net = invoice.net if invoice is not None else sum(card.value for card in cards)
        for card in cards:
            card.billed = bill
        entity = self._entity(engagement)
        tax = _tax(net, entity, self._countries[self._terms[engagement].client])
        self._books.invoices[bill] = Invoice(bill, engagement, period, net, tax, issued=True)
        month = self._books.month(engagement, period)
        month.invoiced_net += net
        month.invoiced_tax += tax

    def _pay(self, deed: Deed, at_us: int) -> None:
        invoice = self._books.invoices[deed.args["bill"]]
        invoice.paid = invoice.net + invoice.tax
        invoice.paid_period = Period.of(date.fromisoformat(deed.args["paid_on"]))
        self._books.month(invoice.engagement, invoice.paid_period).cash += invoice.paid

    # -- revenue -----------------------------------------------------------------------------------------------------

    def _run_period(self, deed: Deed, at_us: int) -> None:
        """Recognise for every engagement of the entity what was known at the last nightly totals before the run."""
        period = Period.parse(deed.args["period"])
        known_us = self._last_totals_us(at_us)
        for terms in self._plan.terms:
            if terms.entity != deed.args["org"]:
                continue
            to_date = self._earned(terms, period, known_us)
            self._books.month(terms.code, period).revenue += to_date - self._recognised.get(terms.code, 0)
            self._recognised[terms.code] = to_date

    def _last_totals_us(self, at_us: int) -> int:
        at = 0
        while (following := self._interface.next_look_us("revenue.totals", self._plan.start, at)) <= at_us:
            at = following
        return at

    def _earned(self, terms: Terms, period: Period, known_us: int) -> int:
        cards = [
            card
            for card in self._cards.get(terms.code, ())
            if card.period is not None
            and card.period <= period
            and card.approved_us is not None
            and card.approved_us // SECOND_US <= known_us // SECOND_US
        ]
        if terms.kind == "time_and_materials":
            return sum(card.value for card in cards if card.written_off_us is None or card.written_off_us > known_us)
        minutes = min(sum(card.minutes for card in cards), terms.budget_minutes)
        price = _minor(terms.price, self._entity(terms.code))
        return divide_half_away(price * minutes, terms.budget_minutes)

    def _positions(self) -> None:
        """Billed less recognised at the end of every month that has figures, and of the months between."""
        if not self._books.months:
            return
        periods = sorted({period for _, period in self._books.months})
        for terms in self._plan.terms:
            position = 0
            period = periods[0]
            while period <= periods[-1]:
                month = self._books.month(terms.code, period)
                position += month.invoiced_net - month.revenue
                month.position = position
                period = period.next()

    def _entity(self, engagement: str) -> Entity:
        return self._plan.entity(self._terms[engagement].entity)


def _rate_on(tables: Iterable[RateTable], entity: Entity, role: str, day: date) -> Decimal:
    """The rate of a role that holds on a day: of the versions in force the latest one."""
    found = [table for table in tables if table.entity == entity.code and table.effective <= day]
    latest = max(found, key=lambda table: table.effective)
    return next(rate for grade, rate in latest.rates.items() if grade == role)


def _minor(amount: Decimal | str, entity: Entity) -> int:
    return int(Decimal(amount).scaleb(exponent(entity.currency)))


def _tax(net: int, entity: Entity, client_country: str) -> int:
    """Tax on the document: the entity's rate for clients at home, nothing for clients abroad."""
    if client_country != entity.country:
        return 0
    numerator, denominator = entity.tax_rate.as_integer_ratio()
    return divide_half_away(net * numerator, denominator)


def _is_rounded(card: Card, rate: Decimal, entity: Entity) -> bool:
    """Whether minutes times rate is no whole minor unit, so that rounding decides."""
    return bool(card.minutes * to_scaled(rate) * 10 ** exponent(entity.currency) % (60 * 10_000))
