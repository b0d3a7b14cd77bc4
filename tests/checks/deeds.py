"""A small firm and its deeds, written down one by one, to work expected books out by hand.

London: analyst 100.00 an hour, 110.00 from 1 February; cost 40.00, then 44.00; 20% tax at home. New York: analyst
160.00, cost 80.00, no tax. Tokyo: 9,000 yen, cost 4,000; 10% tax. Kuwait: 30.005 dinars, cost 12.000; no tax.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sandbox.checks.expected_books import ExpectedBooks, Month, expected_books
from sandbox.core.clock import epoch_of, instant
from sandbox.core.periods import Period
from sandbox.interface import Interface, load_interface
from sandbox.plan import Client, Deed, Entity, FirmProfile, Grade, Kind, Milestone, Person, Plan, Rate, RateTable, Terms

START = date(2026, 1, 12)
EPOCH = epoch_of(START)
INTERFACE: Interface = load_interface()

_ENTITIES = (
    Entity(code="UK", name="Ltd", country="GB", currency="GBP", zone="Europe/London", location="London",
           tax_rate=Decimal("0.20")),
    Entity(code="US", name="Inc", country="US", currency="USD", zone="America/New_York", location="New York",
           tax_rate=Decimal(0)),
    Entity(code="JP", name="KK", country="JP", currency="JPY", zone="Asia/Tokyo", location="Tokyo",
           tax_rate=Decimal("0.10")),
    Entity(code="KW", name="WLL", country="KW", currency="KWD", zone="Asia/Kuwait", location="Kuwait",
           tax_rate=Decimal(0)),
)  # fmt: skip


def table(entity: str, effective: date, analyst: str) -> RateTable:
    """Rates of analysts, ten more for managers."""
    rates: dict[Grade, Rate] = {"analyst": Decimal(analyst), "manager": Decimal(analyst) + 10}
    return RateTable(entity=entity, effective=effective, rates=rates)


_EARLY, _FEBRUARY = date(2025, 1, 1), date(2026, 2, 1)
_BILL = (
    table("UK", _FEBRUARY, "110.00"),
    table("UK", _EARLY, "100.00"),
    table("US", _EARLY, "160.00"),
    table("JP", _EARLY, "9000"),
    table("KW", _EARLY, "30.005"),
)
_COST = (
    table("UK", _EARLY, "40.00"),
    table("UK", _FEBRUARY, "44.00"),
    table("US", _EARLY, "80.00"),
    table("JP", _EARLY, "4000"),
    table("KW", _EARLY, "12.000"),
)


def at(text: str) -> int:
    """An instant in UTC, ``2026-02-02 12:00`` or with seconds."""
    return instant(EPOCH, datetime.fromisoformat(text).replace(tzinfo=UTC))


class Story:
    """Deeds of a firm, each done at an instant."""

    def __init__(self, *, bill_rates: Sequence[RateTable] = _BILL) -> None:
        self.bill_rates = tuple(bill_rates)
        self.terms: list[Terms] = []
        self.clients: list[Client] = []
        self.people = {
            f"W-000{number}": Person(
                name=f"W-000{number}", full_name="A B", email="a@b.example", entity=entity, grade="analyst"
            )
            for number, entity in enumerate(("UK", "UK", "US", "JP", "KW"), start=1)
        }
        self.deeds: list[Deed] = []
        self.history: list[dict[str, Any]] = []

    # -- what was agreed -----------------------------------------------------------------------------------------------

    def sold(
        self, code: str = "ENG-01", entity: str = "UK", kind: Kind = "time_and_materials", price: str = "60000.00",
        budget: int = 30_000, country: str = "GB", start: str = "2026-01-12", end: str = "2026-12-31",
        expected_cost: str | None = None, milestones: dict[str, str] | None = None,
    ) -> Story:  # fmt: skip
        """An engagement with a client of its own."""
        first = date.fromisoformat(start)
        self.clients.append(Client(code=f"CL-{code}", name=f"{code} plc", country=country, currency="GBP"))
        self.terms.append(
            Terms(
                code=code, title="Work", client=f"CL-{code}", entity=entity, kind=kind, price=Decimal(price),
                budget_minutes=budget, sold=first, proposed=first, signed=first, start=first,
                end=date.fromisoformat(end), approver="W-0001", team=("W-0002",),
                expected_cost=None if expected_cost is None else Decimal(expected_cost),
                milestones=tuple(
                    Milestone(code=name, title=name, amount=Decimal(amount), due=first)
                    for name, amount in (milestones or {}).items()
                ),
            )
        )  # fmt: skip
        return self

    # -- what was done -------------------------------------------------------------------------------------------------

    def did(self, verb: str, when: str | int, person: str = "W-0002", *, done: bool = True, **args: Any) -> Story:
        """A deed that took effect at an instant."""
        at_us = at(when) if isinstance(when, str) else when
        label = f"{verb} {len(self.deeds)}"
        self.deeds.append(Deed(label=label, person=person, verb=verb, due_us=at_us, deadline_us=at_us + 1, args=args))
        outcome = "done" if done else "missed"
        self.history.append({"kind": "deed", "deed": label, "outcome": outcome, "t_us": at_us})
        return self

    def booked(
        self, day: str, minutes: int, code: str = "ENG-01", role: str = "analyst", person: str = "W-0002",
        title: str | None = None, when: str | None = None, *, billable: bool = True,
    ) -> Story:  # fmt: skip
        """A card on a sheet of its own, named after the day."""
        card = {"ref": f"{code} {day}", "engagement": code, "on": day, "minutes": minutes, "role": role}
        sheet = {"engagement": code, "title": title or f"{code} {day}", "bookings": [{**card, "billable": billable}]}
        return self.did("book", when or f"{day} 18:00", person, sheets=[sheet])

    def approved(self, day: str, when: str, code: str = "ENG-01") -> Story:
        """The sheet of a day is approved."""
        return self.did("approve", when, title=f"{code} {day}")

    def worked(self, day: str, minutes: int, code: str = "ENG-01", person: str = "W-0002", **more: Any) -> Story:
        """Booked and approved on the day itself."""
        return self.booked(day, minutes, code, person=person, **more).approved(day, f"{day} 19:00", code)

    def drafted(self, bill: str, through: str, when: str, code: str = "ENG-01") -> Story:
        return self.did("draft_time", when, engagement=code, bill=bill, through=through)

    def written_off(self, day: str, when: str, code: str = "ENG-01") -> Story:
        return self.did("write_off", when, ref=f"{code} {day}", engagement=code)

    def instalment(self, bill: str, amount: str, when: str, code: str = "ENG-01") -> Story:
        return self.did("draft_fixed", when, engagement=code, bill=bill, amount=amount)

    def billed(self, bill: str, on: str, code: str = "ENG-01") -> Story:
        return self.did("approve_bill", f"{on} 10:00", engagement=code, bill=bill, invoice_date=on)

    def paid(self, bill: str, on: str, code: str = "ENG-01") -> Story:
        return self.did("pay", f"{on} 10:00", engagement=code, bill=bill, paid_on=on)

    def accepted(self, milestone: str, on: str, code: str = "ENG-01") -> Story:
        return self.did("accept_milestone", f"{on} 15:00", engagement=code, milestone=milestone, on=on)

    def estimated(self, period: str, cost: str, when: str, code: str = "ENG-01") -> Story:
        return self.did("approve_eac", when, engagement=code, period=period, cost=cost)

    def planned(self, person: str | None, when: str = "2026-01-13 17:00", **args: Any) -> Story:
        """Somebody, or nobody with a name, is planned on a project."""
        self.did("allocate", when, **args)
        deed = self.deeds.pop()
        self.deeds.append(deed.model_copy(update={"args": {**deed.args, "person": person}}))
        return self

    def recognised(self, period: str, when: str, org: str = "UK") -> Story:
        return self.did("run_period", when, org=org, period=period)

    def spent(
        self, ref: str, on: str, net: str, tax: str = "0", code: str = "ENG-01", *, billable: bool = True
    ) -> Story:
        """An expense on a report of its own, handed in on the day."""
        expense = {"ref": ref, "on": on, "category": "Travel", "net": net, "tax": tax, "billable": billable}
        return self.did("spend", f"{on} 18:30", engagement=code, title=ref, expenses=[expense])

    def expense_approved(self, ref: str, when: str, code: str = "ENG-01") -> Story:
        return self.did("approve_expenses", when, engagement=code, title=ref)

    def bill_received(
        self, number: str, on: str, net: str, tax: str = "0", country: str = "GB", code: str = "ENG-01",
        *, billable: bool = True,
    ) -> Story:  # fmt: skip
        """A bill of Kestrel, on its day."""
        about: dict[str, Any] = {"engagement": code, "supplier": "Kestrel", "number": number, "country": country}
        return self.did("receive_bill", f"{on} 10:00", on=on, net=net, tax=tax, billable=billable, **about)

    def bill_approved(self, number: str, when: str, code: str = "ENG-01") -> Story:
        return self.did("approve_subcontract", when, engagement=code, supplier="Kestrel", number=number)

    # -- what must come out --------------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """The plan that says all this."""
        firm = FirmProfile(
            name="small", title="Small", entities=_ENTITIES, bill_rates=self.bill_rates, cost_rates=_COST, members=(),
            unposted_roles=("advisor",),
        )  # fmt: skip
        return Plan(
            schema=1, scenario="story", seed=1, start=START, end_us=at("2026-06-01"), close=(), firm=firm,
            people=self.people, clients=tuple(self.clients), terms=tuple(self.terms), deeds=tuple(self.deeds),
            profile="none", faults=(), requires=(),
        )  # fmt: skip

    @property
    def books(self) -> ExpectedBooks:
        """The books it demands."""
        return expected_books(self.plan, INTERFACE, self.history)

    def month(self, text: str, code: str = "ENG-01") -> Month:
        """An engagement's month."""
        return self.books.months.get((code, Period.parse(text)), Month())
