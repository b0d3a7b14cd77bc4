"""Foreign contracts: at which rate revenue is carried in the organisation's currency, and what is left over.

Revenue up to what was billed uses the invoices' own rates, first in first out (an advance is non-monetary, IFRIC 22);
the rest uses the month's average (posting-map.md section 2). What a contract's position holds in functional currency
when it holds nothing in its own goes to realised exchange differences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal

from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from mocks.revenue.records import BILLING_ERROR
from sandbox.core.money import SCALE_PLACES, divide_half_away, exponent, round_half_away, to_scaled
from sandbox.core.observe import Row
from sandbox.core.periods import Period

_WIDE = Context(prec=60)

_BILLS = """
    SELECT ext_sll_prc AS amount, f_ex_rate, inv_line_id, orig_inv_line_id FROM rc_bill
    WHERE rc_line_id = ? AND inv_date <= ? AND _deleted = 0 AND (credit_rule IS NULL OR credit_rule = ?)
    ORDER BY inv_date, inv_line_id
"""

# Positions of foreign contracts, revenue less billed, in both currencies; residues of other periods and of this one.
_POSITIONS = """
    SELECT c.*,
           COALESCE((SELECT SUM(amount) FROM schedule WHERE rc_id = c.id AND period <= :period AND _deleted = 0), 0)
           - COALESCE((SELECT SUM(ext_sll_prc) FROM rc_bill WHERE rc_id = c.id AND inv_date <= :last
                       AND _deleted = 0), 0) AS position,
           COALESCE((SELECT SUM(accounted) FROM schedule WHERE rc_id = c.id AND period <= :period AND _deleted = 0), 0)
           - COALESCE((SELECT SUM(accounted) FROM rc_bill WHERE rc_id = c.id AND inv_date <= :last
                       AND _deleted = 0), 0)
           + COALESCE((SELECT SUM(accounted) FROM residue WHERE rc_id = c.id AND period < :period AND _deleted = 0), 0)
           AS carried,
           COALESCE((SELECT SUM(accounted) FROM residue WHERE rc_id = c.id AND period = :period AND _deleted = 0), 0)
           AS booked
    FROM rc c
    WHERE c.org_id = :org_id AND c.curr <> c.f_cur AND c._deleted = 0
    ORDER BY c.so_num
"""


@dataclass(frozen=True, slots=True)
class Residue:
    """What a run adds to the functional value of a contract's position, at 1e-4; below zero it takes away."""

    contract: Row
    accounted: int


@dataclass(frozen=True, slots=True)
class _Slice:
    """Billed amounts from ``start`` to ``end`` of a line's running total, at the rate of their invoice."""

    start: int
    end: int
    rate: str


class Carried:
    """Revenue of a line as it grows: its running total in its own and the organisation's currency."""

    def __init__(
        self, amount: int, accounted: int, slices: list[_Slice], average: Callable[[], str], f_cur: str
    ) -> None:
        self._amount = amount
        self._accounted = accounted
        self._slices = slices
        self._average = average
        self._f_cur = f_cur

    def to(self, target: int) -> tuple[int, int]:
        """Move the total to ``target``; the change in both currencies."""
        before, accounted = self._amount, self._accounted
        if target < before:
            # What is taken back leaves at the rates it came in at, on average.
            after = divide_half_away(accounted * target, before * self._unit()) * self._unit()
        else:
            after = accounted + self._grown(before, target)
        self._amount, self._accounted = target, after
        return target - before, after - accounted

    def _grown(self, start: int, end: int) -> int:
        value, covered = 0, 0
        for each in self._slices:
            covered = each.end
            low, high = max(start, each.start), min(end, each.end)
            if low < high:
                # Cumulative inside the invoice, so that all of it is exactly its functional amount.
                value += converted(high - each.start, each.rate, self._f_cur)
                value -= converted(low - each.start, each.rate, self._f_cur)
        low = max(start, covered)
        if low < end:
            rate = self._average()
            value += converted(end, rate, self._f_cur) - converted(low, rate, self._f_cur)
        return value

    def _unit(self) -> int:
        return int(10 ** (SCALE_PLACES - exponent(self._f_cur)))


class Domestic(Carried):
    """Revenue in the organisation's own currency."""

    def __init__(self, amount: int) -> None:
        super().__init__(amount, amount, [], str, "")

    def to(self, target: int) -> tuple[int, int]:
        before, self._amount = self._amount, target
        return target - before, target - before


def carried(store: Store, line: Row, amount: int, accounted: int, period: Period) -> Carried:
    """The running revenue of a line before a period."""
    if line["curr"] == line["f_cur"]:
        return Domestic(amount)
    slices = _slices(store.select(_BILLS, (line["id"], period.last.isoformat(), BILLING_ERROR)))
    return Carried(amount, accounted, slices, lambda: average_rate(store, line, period), line["f_cur"])


def average_rate(store: Store, of: Row, period: Period) -> str:
    """The month's average from a line's or contract's currency to its functional one.

    A pair of which no rate was ever given uses the rate of its order row. Raises FormRefused when others of the pair
    are there and the month's is missing: never a guess (accounting.md section 4.8).
    """
    if of["curr"] == of["f_cur"]:
        return "1"
    pair = {"from_curr": of["curr"], "to_curr": of["f_cur"]}
    row = store.one("rate", {**pair, "period": str(period)})
    if row is not None:
        return str(row["rate"])
    if store.one("rate", pair) is not None:
        raise FormRefused(f"no average rate of {period} from {of['curr']} to {of['f_cur']}", field="period")
    return str(of["f_ex_rate"])


def residues(store: Store, org: Row, period: Period) -> list[Residue]:
    """Clear the functional value of positions that are nothing in their own currency; returns what changed."""
    arguments = {"org_id": org["org_id"], "period": str(period), "last": period.last.isoformat()}
    done = []
    for contract in store.select(_POSITIONS, arguments):
        wanted = -contract["carried"] if contract["position"] == 0 else 0
        if wanted == contract["booked"]:
            continue
        key = {"rc_id": contract["id"], "period": str(period)}
        row = store.one("residue", key)
        if row is None:
            values = {**key, "org_id": org["org_id"], "accounted": wanted}
            store.insert("residue", values, label=f"residue {contract['so_num']} {period}")
        else:
            store.update("residue", row["id"], {"accounted": wanted})
        done.append(Residue(contract, wanted - contract["booked"]))
    return done


def converted(amount: int, rate: str, currency: str) -> int:
    """An amount at 1e-4 in another currency, rounded to its minor unit; ``rate`` is units of it per unit."""
    exact = _WIDE.multiply(Decimal(amount).scaleb(-SCALE_PLACES, context=_WIDE), Decimal(rate))
    return to_scaled(round_half_away(exact, exponent(currency)))


def _slices(bills: list[Row]) -> list[_Slice]:
    """Invoices in order, less the credits that undo them: those they name, else the latest."""
    left = {bill["inv_line_id"]: bill["amount"] for bill in bills if bill["amount"] > 0}
    for credit in bills:
        if credit["amount"] >= 0:
            continue
        rest = -credit["amount"]
        named = [credit["orig_inv_line_id"]] if credit["orig_inv_line_id"] in left else []
        for line_id in named + [each for each in reversed(left) if each not in named]:
            taken = min(rest, left[line_id])
            left[line_id] -= taken
            rest -= taken
    rates = {bill["inv_line_id"]: bill["f_ex_rate"] for bill in bills}
    slices, at = [], 0
    for line_id, amount in left.items():
        slices.append(_Slice(at, at + amount, rates[line_id]))
        at += amount
    return slices
