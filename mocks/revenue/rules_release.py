"""Release: how much revenue of a line is earned by the end of a period, and the part not yet released.

Cumulative amounts are rounded, periods get the difference (accounting.md section 4.5); progress is never rounded
before it is used (section 4.6). Late amounts of earlier periods fall into the period of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from mocks.kit.store import Store
from sandbox.core.money import SCALE, SCALE_PLACES, divide_half_away, exponent, round_half_away, to_scaled
from sandbox.core.observe import Row
from sandbox.core.periods import Period

_WIDE = Context(prec=60)

# A line with what has been released of it before, and its latest event dated by the end of the period.
_LINES = """
    SELECT l.*, COALESCE(s.amount, 0) AS released, COALESCE(s.accounted, 0) AS released_accounted,
           e.completed_qty, e.total_qty
    FROM rc_line l
    LEFT JOIN (
        SELECT rc_line_id, SUM(amount) AS amount, SUM(accounted) AS accounted
        FROM schedule WHERE org_id = ? AND _deleted = 0 GROUP BY rc_line_id
    ) s ON s.rc_line_id = l.id
    LEFT JOIN pob_event e ON e.id = (
        SELECT id FROM pob_event
        WHERE rc_line_id = l.id AND event_date <= ? AND _deleted = 0
        ORDER BY event_date DESC, "position" DESC LIMIT 1
    )
    WHERE l.org_id = ? AND l._deleted = 0
    ORDER BY l.so_num, l.so_line_id
"""


@dataclass(frozen=True, slots=True)
class Released:
    """The change of a line's released revenue, in its currency and the organisation's, at 1e-4; may be negative."""

    line: Row
    amount: int
    accounted: int


def release(store: Store, org: Row, period: Period) -> list[Released]:
    """Release what the lines of an organisation have earned by the end of the period; returns what changed."""
    done = list(_changes(store, org, period))
    for each in done:
        _schedule(store, each, period)
    return done


def earned(line: Row, period: Period) -> int:
    """Revenue of a line earned by the end of a period, at 1e-4 of the major unit.

    Right to bill: the whole price once the end date lies in the period or before. Otherwise progress x price, by the
    line's latest event; none is no progress, more than everything is everything.
    """
    price: int = line["ext_sll_prc"]
    if line["right_to_bill"] == "Y":
        return price if line["end_date"] <= period.last.isoformat() else 0
    if line["total_qty"] is None:
        return 0
    progress = min(Fraction(line["completed_qty"]) / Fraction(line["total_qty"]), Fraction(1))
    unit: int = SCALE // 10 ** exponent(line["curr"])
    return divide_half_away(price // unit * progress.numerator, progress.denominator) * unit


def converted(amount: int, rate: str, currency: str) -> int:
    """An amount at 1e-4 in another currency, rounded to its minor unit; ``rate`` is units of it per unit."""
    exact = _WIDE.multiply(Decimal(amount).scaleb(-SCALE_PLACES, context=_WIDE), Decimal(rate))
    return to_scaled(round_half_away(exact, exponent(currency)))


def _changes(store: Store, org: Row, period: Period) -> Iterator[Released]:
    for line in store.select(_LINES, (org["org_id"], period.last.isoformat(), org["org_id"])):
        cumulative = earned(line, period)
        if cumulative != line["released"]:
            accounted = converted(cumulative, line["f_ex_rate"], line["f_cur"])
            yield Released(line, cumulative - line["released"], accounted - line["released_accounted"])


def _schedule(store: Store, released: Released, period: Period) -> None:
    line = released.line
    key = {"rc_line_id": line["id"], "period": str(period)}
    entry = store.one("schedule", key)
    if entry is None:
        values = {
            **key,
            "rc_id": line["rc_id"],
            "org_id": line["org_id"],
            "curr": line["curr"],
            "amount": released.amount,
            "f_cur": line["f_cur"],
            "accounted": released.accounted,
        }
        store.insert("schedule", values, label=f"schedule {line['so_line_id']} {period}")
        return
    values = {
        "amount": entry["amount"] + released.amount,
        "accounted": entry["accounted"] + released.accounted,
    }
    store.update("schedule", entry["id"], values)
