"""Netting at period end: what a contract's position holds as unbilled receivable and as contract asset.

First the unconditional unbilled value, then what is still a debit (posting-map.md section 2). Bills count by the
period of their invoice date, never by "now": a run for June does not see July's invoices.
"""

from __future__ import annotations

from dataclasses import dataclass

from mocks.kit.store import Store
from mocks.revenue.records import ACCEPTANCE
from mocks.revenue.rules_currency import average_rate, converted
from mocks.revenue.rules_methods import UNCONDITIONAL
from sandbox.core.money import SCALE_PLACES, divide_half_away, exponent
from sandbox.core.observe import Row
from sandbox.core.periods import Period

# Released, billed and accepted sums of each line, and what of them is an unconditional right: everything released and
# not billed of a line with the right to bill, the accepted rest of a milestone, what was accepted and not billed of
# work over time.
_LINES = f"""
    SELECT l.rc_id, l.right_to_bill, COALESCE(s.amount, 0) AS revenue, COALESCE(b.amount, 0) AS billed,
           COALESCE(s.accounted, 0) - COALESCE(b.accounted, 0) AS carried,
           CASE WHEN l.right_to_bill = 'Y' THEN COALESCE(s.amount, 0) - COALESCE(b.amount, 0)
                WHEN l.pob_template IN ({", ".join(f"'{name}'" for name in UNCONDITIONAL)})
                THEN MAX(0, COALESCE(s.amount, 0) - COALESCE(b.amount, 0))
                ELSE MAX(0, COALESCE((
                    SELECT event_amount FROM pob_event
                    WHERE rc_line_id = l.id AND event_type = :acceptance AND event_date <= :last AND _deleted = 0
                    ORDER BY event_date DESC, "position" DESC LIMIT 1), 0)
                    - COALESCE(b.amount, 0))
           END AS unbilled
    FROM rc_line l
    LEFT JOIN (
        SELECT rc_line_id, SUM(amount) AS amount, SUM(accounted) AS accounted FROM schedule
        WHERE org_id = :org_id AND period <= :period AND _deleted = 0 GROUP BY rc_line_id
    ) s ON s.rc_line_id = l.id
    LEFT JOIN (
        SELECT rc_line_id, SUM(ext_sll_prc) AS amount, SUM(accounted) AS accounted FROM rc_bill
        WHERE org_id = :org_id AND inv_date <= :last AND _deleted = 0 GROUP BY rc_line_id
    ) b ON b.rc_line_id = l.id
    WHERE l.org_id = :org_id AND l._deleted = 0
"""
_POSITIONS = f"""
    SELECT p.rc_id, SUM(p.revenue) AS revenue, SUM(p.billed) AS billed, SUM(p.unbilled) AS unbilled,
           SUM(p.carried) + COALESCE((
               SELECT SUM(accounted) FROM residue WHERE rc_id = p.rc_id AND period <= :period AND _deleted = 0), 0)
               AS carried
    FROM ({_LINES}) p GROUP BY p.rc_id
"""


@dataclass(frozen=True, slots=True)
class Netted:
    """The change of what is netted for a contract, at 1e-4: unbilled receivable and contract asset."""

    contract: Row
    unbilled: int
    asset: int
    accounted_unbilled: int
    accounted_asset: int


def net(store: Store, org: Row, period: Period) -> list[Netted]:
    """Bring the netting of a period up to date for every contract of an organisation; returns what changed.

    The reversal uses the same rates, so the choice of them is gone on the next day. Raises FormRefused for a missing
    average rate.
    """
    org_id, last = org["org_id"], period.last.isoformat()
    arguments = {"org_id": org_id, "period": str(period), "last": last, "acceptance": ACCEPTANCE}
    positions = {row["rc_id"]: row for row in store.select(_POSITIONS, arguments)}
    before = {row["rc_id"]: row for row in store.find("netting", {"org_id": org_id, "period": str(period)})}
    done = []
    for contract in store.find("rc", {"org_id": org_id}, order='"so_num"'):
        position = positions[contract["id"]]
        unbilled, asset = split(position)
        was = before.get(contract["id"])
        accounted_unbilled, accounted_asset = _accounted(store, contract, position, unbilled, asset, period)
        values = {
            "unbilled": unbilled,
            "asset": asset,
            "accounted_unbilled": accounted_unbilled,
            "accounted_asset": accounted_asset,
        }
        change = {name: value - (was[name] if was else 0) for name, value in values.items()}
        if any(change.values()):
            _keep(store, contract, period, was, values)
            done.append(Netted(contract, **change))
    return done


def split(position: Row) -> tuple[int, int]:
    """Unbilled receivable and contract asset of a contract: revenue, billed, unbilled right-to-bill sums."""
    unbilled = max(0, position["unbilled"])
    return unbilled, max(0, position["revenue"] - position["billed"] - unbilled)


def _accounted(
    store: Store, contract: Row, position: Row, unbilled: int, asset: int, period: Period
) -> tuple[int, int]:
    """The same in functional currency: a debit position leaves at what it is carried at, so that nothing stays.

    What goes beyond the position (accepted work that is not earned yet) and a position carried at nothing or less take
    the month's average.
    """
    if contract["curr"] == contract["f_cur"] or not unbilled + asset:
        return unbilled, asset
    debit = max(0, position["revenue"] - position["billed"])
    value = position["carried"] if debit else 0
    if debit and value <= 0:
        value = converted(debit, average_rate(store, contract, period), contract["f_cur"])
    if unbilled > debit:
        beyond = converted(unbilled - debit, average_rate(store, contract, period), contract["f_cur"])
        return value + beyond, 0
    unit = 10 ** (SCALE_PLACES - exponent(contract["f_cur"]))
    part = divide_half_away(value * unbilled, debit * unit) * unit
    return part, value - part


def _keep(store: Store, contract: Row, period: Period, was: Row | None, values: dict[str, int]) -> None:
    if was is not None:
        store.update("netting", was["id"], values)
        return
    key = {
        "rc_id": contract["id"],
        "org_id": contract["org_id"],
        "period": str(period),
        "curr": contract["curr"],
        "f_cur": contract["f_cur"],
    }
    label = f"netting {contract['org_code']} {contract['so_num']} {period}"
    store.insert("netting", {**key, **values}, label=label)
