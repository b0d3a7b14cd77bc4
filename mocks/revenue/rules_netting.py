"""Netting at period end: what a contract's position holds as unbilled receivable and as contract asset.

First the unconditional unbilled value, then what is still a debit (posting-map.md section 2). Bills count by the
period of their invoice date, never by "now": a run for June does not see July's invoices.
"""

from __future__ import annotations

from dataclasses import dataclass

from mocks.kit.store import Store
from mocks.revenue.rules_release import converted
from sandbox.core.observe import Row
from sandbox.core.periods import Period

# Released and billed sums of each contract, all lines and those with the right to bill.
_POSITIONS = """
    SELECT l.rc_id,
           SUM(COALESCE(s.amount, 0)) AS revenue,
           SUM(COALESCE(b.amount, 0)) AS billed,
           SUM(CASE WHEN l.right_to_bill = 'Y' THEN COALESCE(s.amount, 0) - COALESCE(b.amount, 0) ELSE 0 END)
               AS unbilled
    FROM rc_line l
    LEFT JOIN (
        SELECT rc_line_id, SUM(amount) AS amount FROM schedule
        WHERE org_id = ? AND _deleted = 0 GROUP BY rc_line_id
    ) s ON s.rc_line_id = l.id
    LEFT JOIN (
        SELECT rc_line_id, SUM(ext_sll_prc) AS amount FROM rc_bill
        WHERE org_id = ? AND inv_date <= ? AND _deleted = 0 GROUP BY rc_line_id
    ) b ON b.rc_line_id = l.id
    WHERE l.org_id = ? AND l._deleted = 0
    GROUP BY l.rc_id
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

    Functional amounts use the rate of the order line that opened the contract: the reversal uses the same, so the
    choice is gone on the next day.
    """
    org_id, last = org["org_id"], period.last.isoformat()
    positions = {row["rc_id"]: row for row in store.select(_POSITIONS, (org_id, org_id, last, org_id))}
    before = {row["rc_id"]: row for row in store.find("netting", {"org_id": org_id, "period": str(period)})}
    done = []
    for contract in store.find("rc", {"org_id": org_id}, order='"so_num"'):
        unbilled, asset = split(positions[contract["id"]])
        was = before.get(contract["id"])
        values = {
            "unbilled": unbilled,
            "asset": asset,
            "accounted_unbilled": converted(unbilled, contract["f_ex_rate"], contract["f_cur"]),
            "accounted_asset": converted(asset, contract["f_ex_rate"], contract["f_cur"]),
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
