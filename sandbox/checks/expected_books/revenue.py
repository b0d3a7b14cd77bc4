"""Revenue: what each way of charging has earned when a period is run, and the contract position."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from sandbox.checks.expected_books.accruals import Accruals
from sandbox.checks.expected_books.books import Card, Outlay
from sandbox.checks.expected_books.desk import Change, Chapter, Desk, Entry
from sandbox.checks.expected_books.rates import to_minor
from sandbox.core.clock import SECOND_US
from sandbox.core.money import divide_half_away
from sandbox.core.periods import Period
from sandbox.plan import Deed, Terms
from sandbox.plan.terms import BY_COST


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an engagement when a month is run."""

    terms: Terms
    price: int
    period: Period
    cards: tuple[Card, ...]
    outlays: tuple[Outlay, ...]
    at_us: int
    budget_minutes: int
    # Cost in the ledger for time that is missing, until the next month.
    accrued: int = 0

    @property
    def cost(self) -> int:
        """Cost to date as the ledger has it: labour, subcontractors and expenses of the project (5000, 5010, 5020); an
        expense that is not for the client is cost of the firm (6400)."""
        spent = sum(each.net for each in self.outlays if each.billable or each.person is None)
        return sum(card.cost for card in self.cards) + spent + self.accrued


class Revenue(Chapter):
    """Period runs: earned to date less what was recognised before."""

    def __init__(self, desk: Desk, accruals: Accruals) -> None:
        super().__init__(desk)
        self._accruals = accruals
        # Engagement and month -> what stands in for missing time as revenue.
        self._stood_in: dict[tuple[str, Period], int] = {}
        # Engagement -> revenue to date out of its price; of what was spent and billed on.
        self._recognised: dict[str, int] = {}
        self._passed_on: dict[str, int] = {}
        # The same without separate change orders.
        self._own: dict[str, int] = {}
        # Engagement -> milestone -> (day of acceptance, instant it took effect).
        self._accepted: dict[str, dict[str, tuple[date, int]]] = {}
        # Engagement -> (month, expected cost, instant it was approved).
        self._estimates: dict[str, list[tuple[Period, int, int]]] = {}
        # Engagement -> loss-contract provision to date.
        self._provided: dict[str, int] = {}
        # Engagement and month of a prospective change -> what was earned before it.
        self._before_change: dict[tuple[str, Period], int] = {}
        self._earned: dict[str, Callable[[Known], int]] = {
            "time_and_materials": self._by_value,
            "capped_time": _by_hours,
            "fixed_fee": _by_hours,
            "fixed_fee_by_cost": self._by_cost,
            "milestone": self._by_acceptance,
            "milestone_over_time": self._by_cost,
            "prepaid_hours": _by_hours_used,
            "stand_ready": _by_days,
        }

    def entries(self) -> dict[str, Entry]:
        return {
            "accept_milestone": self._accept,
            "approve_eac": self._approve_eac,
            "book_provision": self._book_provision,
            "run_period": self._run_period,
        }

    def _accept(self, deed: Deed, at_us: int) -> None:
        accepted = self._accepted.setdefault(deed.args["engagement"], {})
        accepted[deed.args["milestone"]] = (date.fromisoformat(deed.args["on"]), at_us)

    def _approve_eac(self, deed: Deed, at_us: int) -> None:
        engagement = deed.args["engagement"]
        cost = to_minor(deed.args["cost"], self._desk.entity(engagement).currency)
        known = self._estimates.setdefault(engagement, [])
        self._desk.books.hazards["estimate"] += any(cost != before for _, before, _ in known[-1:])
        known.append((Period.parse(deed.args["period"]), cost, at_us))

    def _run_period(self, deed: Deed, at_us: int) -> None:
        """Recognise for every engagement of the entity what was known at the last nightly totals before the run."""
        period = Period.parse(deed.args["period"])
        for terms in self._desk.plan.terms:
            if terms.entity != deed.args["org"]:
                continue
            to_date, spent = self._earned_to_date(terms, period, at_us), self._rebilled(terms, period, at_us)
            month = self._desk.month(terms.code, period)
            month.revenue += to_date - self._recognised.get(terms.code, 0)
            month.passed_on += spent - self._passed_on.get(terms.code, 0)
            month.revenue += spent - self._passed_on.get(terms.code, 0)
            self._recognised[terms.code], self._passed_on[terms.code] = to_date, spent
            if self._desk.foreign.is_foreign(terms):
                functional, gained = self._desk.foreign.recognised(terms, period, to_date)
                month.revenue_functional += functional
                month.realised_fx += gained
            self._stand_in(terms, period)

    def _stand_in(self, terms: Terms, period: Period) -> None:
        """Missing time at the contract's rates, in the month and back on the first day of the next one (J08)."""
        rule, at = self._desk.interface.missing_time, (terms.code, period)
        if rule is None or terms.kind not in rule.estimates:
            return
        moved = self._accruals.missing(terms.code, period).value - self._stood_in.get(at, 0)
        self._desk.month(terms.code, period).revenue += moved
        self._desk.month(terms.code, period.next()).revenue -= moved
        self._stood_in[at] = self._stood_in.get(at, 0) + moved

    def _known(self, terms: Terms, period: Period, at_us: int) -> Known:
        """What was known at the last nightly totals before an instant; the price as decided by then."""
        known_us = self._last_totals_us(at_us)
        changes = [each for each in self._desk.changes.get(terms.code, {}).values() if each.line is None]
        decided = (each.price for each in changes if _is_applied(each, period, at_us))
        added = sum(each.minutes for each in changes if each.entered_us <= known_us)
        price = to_minor(terms.price, self._desk.currency(terms.code)) + sum(decided)
        price -= self._conceded(terms, period, known_us)
        cards = tuple(card for card in self._known_cards(terms, period, known_us) if card.line is None)
        outlays = tuple(self._known_outlays(terms, period, known_us))
        accrued = sum(
            cost for cost, booked_us in self._desk.accrued.get((terms.code, period), ()) if booked_us <= known_us
        )
        return Known(terms, price, period, cards, outlays, known_us, terms.budget_minutes + added, accrued)

    def _earned_to_date(self, terms: Terms, period: Period, at_us: int) -> int:
        """Nothing before the signature; a change that is a contract of its own by its own work (accounting.md J31)."""
        known = self._known(terms, period, at_us)
        if terms.at_risk_from is not None and self._desk.signed_us.get(terms.code, known.at_us + 1) > known.at_us:
            return 0
        changes = self._desk.changes.get(terms.code, {}).values()
        separate = [each for each in changes if each.line is not None and _is_applied(each, period, at_us)]
        worked = list(self._known_cards(terms, period, known.at_us)) if separate else []
        self._own[terms.code] = own = self._of_contract(known, at_us)
        return own + sum(
            _share(each.price, sum(card.minutes for card in worked if card.line == each.line), each.minutes)
            for each in separate
        )

    def _of_contract(self, known: Known, at_us: int) -> int:
        """What the contract itself has earned: of a change decided as prospective what was earned before it stays, and
        the rest of the price is earned by the rest of the work (accounting.md J30, J31)."""
        terms, period = known.terms, known.period
        changes = self._desk.changes.get(terms.code, {}).values()
        applied = [each for each in changes if _is_applied(each, period, at_us) and each.treatment == "prospective"]
        if not applied:
            return self._earned[terms.kind](known)
        since = Period.of(max(each.on for each in applied))
        at = (terms.code, since)
        base = self._before_change.setdefault(at, self._own.get(terms.code, 0))
        done, total = self._measure(known)
        cards = tuple(each for each in known.cards if _is_before(each, since))
        outlays = tuple(each for each in known.outlays if _is_before(each, since))
        before, _ = self._measure(replace(known, cards=cards, outlays=outlays, accrued=0))
        rest = total - before
        return base + divide_half_away((known.price - base) * min(max(done - before, 0), rest), rest)

    def _measure(self, known: Known) -> tuple[int, int]:
        """Done and to do: cost where it measures progress, else minutes."""
        if known.terms.kind in BY_COST:
            return known.cost, self._expected_cost(known)
        return sum(card.minutes for card in known.cards), known.budget_minutes

    def _book_provision(self, deed: Deed, at_us: int) -> None:
        """Expected loss less what of it is in revenue less cost already; nothing without a loss (J32, J33, I23)."""
        engagement, period = deed.args["engagement"], Period.parse(deed.args["period"])
        known = self._known(self._desk.terms[engagement], period, at_us)
        loss = self._expected_cost(known) - known.price
        needed = loss - (known.cost - self._recognised.get(engagement, 0)) if loss > 0 else 0
        moved = needed - self._provided.get(engagement, 0)
        self._desk.month(engagement, period).provision += moved
        self._provided[engagement] = needed
        self._desk.books.hazards["loss"] += bool(moved)

    def _rebilled(self, terms: Terms, period: Period, at_us: int) -> int:
        """What was spent for the client is earned when it is billed, at cost (J19, as principal)."""
        known_us = self._last_totals_us(at_us)
        return sum(
            each.net
            for each in self._desk.outlays(terms.code)
            if each.billed is not None
            and each.billed <= period
            and each.billed_us is not None
            and each.billed_us // SECOND_US <= known_us // SECOND_US
        )

    def _last_totals_us(self, at_us: int) -> int:
        desk, at = self._desk, 0
        while (following := desk.interface.next_look_us("revenue.totals", desk.plan.start, at)) <= at_us:
            at = following
        return at

    def _known_cards(self, terms: Terms, period: Period, known_us: int) -> Iterable[Card]:
        """Approved time of the months up to the period, as far as it was known; compared in whole seconds."""
        for card in self._desk.cards(terms.code):
            if card.period is None or card.period > period or card.approved_us is None:
                continue
            if card.approved_us // SECOND_US <= known_us // SECOND_US:
                yield card

    def _known_outlays(self, terms: Terms, period: Period, known_us: int) -> Iterable[Outlay]:
        """The same of expenses and suppliers' bills."""
        for outlay in self._desk.outlays(terms.code):
            if outlay.period is None or outlay.period > period or outlay.approved_us is None:
                continue
            if outlay.approved_us // SECOND_US <= known_us // SECOND_US:
                yield outlay

    def _conceded(self, terms: Terms, period: Period, known_us: int) -> int:
        """Lower prices granted by the end of a month: less price for the same progress (J24)."""
        granted = self._desk.concessions.get(terms.code, ())
        return sum(amount for month, amount, at_us in granted if month <= period and at_us <= known_us)

    # -- ways of earning -----------------------------------------------------------------------------------------------

    def _by_value(self, known: Known) -> int:
        """Right to invoice: the value of what was worked and not given up, less what was written down (IFRS 15.B16)."""
        worked = sum(
            card.value for card in known.cards if card.written_off_us is None or card.written_off_us > known.at_us
        )
        worked -= self._conceded(known.terms, known.period, known.at_us)
        return worked - sum(
            amount
            for pre_bill in self._desk.pre_bills_of.get(known.terms.code, ())
            for month, amount, at_us in pre_bill.down
            if month <= known.period and at_us <= known.at_us
        )

    def _by_cost(self, known: Known) -> int:
        """Price times cost to date over the latest estimate approved for the month or an earlier one (IFRS 15.B18)."""
        expected = self._expected_cost(known)
        return divide_half_away(known.price * min(known.cost, expected), expected)

    def _expected_cost(self, known: Known) -> int:
        agreed = known.terms.expected_cost
        if agreed is None:
            raise ValueError(f"{known.terms.code} is earned by cost and has no expected cost")
        approved = [
            (period, at_us, cost)
            for period, cost, at_us in self._estimates.get(known.terms.code, ())
            if period <= known.period and at_us <= known.at_us
        ]
        at_first = to_minor(agreed, self._desk.entity(known.terms.code).currency)
        return max(approved)[2] if approved else at_first

    def _by_acceptance(self, known: Known) -> int:
        """The amounts of the milestones accepted by the end of the month (IFRS 15.38)."""
        currency = self._desk.currency(known.terms.code)
        accepted = self._accepted.get(known.terms.code, {})
        due = (accepted.get(each.code) for each in known.terms.milestones)
        return sum(
            to_minor(each.amount, currency)
            for each, fact in zip(known.terms.milestones, due, strict=True)
            if fact is not None and fact[0] <= known.period.last and fact[1] <= known.at_us
        )

    # -- positions -----------------------------------------------------------------------------------------------------

    def positions(self) -> None:
        """Billed less recognised, and billed less paid, at the end of every month with figures and of those between."""
        months = self._desk.books.months
        if not months:
            return
        periods = sorted({period for _, period in months})
        for terms in self._desk.plan.terms:
            position = receivable = provision = 0
            period = periods[0]
            while period <= periods[-1]:
                month = self._desk.month(terms.code, period)
                position += month.invoiced_net - month.credited_net - month.revenue
                month.position = position
                receivable += month.invoiced_net + month.invoiced_tax - month.cash - month.withheld
                receivable -= month.credited_net + month.credited_tax
                month.receivable = receivable
                provision += month.provision
                month.provision = provision
                period = period.next()


def _is_applied(change: Change, period: Period, at_us: int) -> bool:
    """Whether a run of a month counts a change: decided by then, and approved in the month or before."""
    return change.decided_us is not None and change.decided_us <= at_us and change.on <= period.last


def _is_before(each: Card | Outlay, month: Period) -> bool:
    return each.period is not None and each.period < month


def _by_hours(known: Known) -> int:
    """Price times hours to date over the hours it was sold on."""
    return _share(known.price, sum(card.minutes for card in known.cards), known.budget_minutes)


def _share(price: int, minutes: int, budget: int) -> int:
    return divide_half_away(price * min(minutes, budget), budget)


def _by_hours_used(known: Known) -> int:
    """Hours bought in advance: as they are used; what is left when the term ends is earned too (IFRS 15.B46)."""
    return known.price if known.terms.end <= known.period.last else _by_hours(known)


def _by_days(known: Known) -> int:
    """Availability: straight line by actual days, the last one included (accounting.md 4.7)."""
    first, last = known.terms.start, known.terms.end
    days = (min(last, known.period.last) - first).days + 1
    return divide_half_away(known.price * max(days, 0), (last - first).days + 1)
