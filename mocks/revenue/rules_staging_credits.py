"""Credit memos and reduction orders against what is there: they refer to something and take off no more than it has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mocks.kit.store import Store
from mocks.revenue.records import CREDIT, INVOICE, REDUCTION_ORDER, WAITING
from mocks.revenue.rules_rows import Staged
from sandbox.core.money import from_scaled
from sandbox.core.observe import Row

# What was billed and credited, collected or waiting, of an order line or of one invoice line.
_BILLED = """
    SELECT COALESCE((SELECT SUM(ext_sll_prc) FROM rc_bill WHERE {bill} AND _deleted = 0), 0)
         + COALESCE((SELECT SUM(ext_sll_prc) FROM stage_txn
                     WHERE {row} AND processed_flag = ? AND type IN (?, ?) AND _deleted = 0), 0)
"""
_OF_LINE = _BILLED.format(bill="so_line_id = ?", row="so_line_id = ?")
_OF_INVOICE = _BILLED.format(bill="? IN (inv_line_id, orig_inv_line_id)", row="? IN (inv_line_id, orig_inv_line_id)")
_REDUCED = """
    SELECT COALESCE(SUM(ext_sll_prc), 0) FROM stage_txn
    WHERE orig_so_line_id = ? AND so_line_id <> ? AND processed_flag = ? AND type = ? AND _deleted = 0
"""


def credit_error(store: Store, org: Row, row: Staged) -> tuple[str | None, str | None]:
    """The rule a credit memo breaks, and the order line it is about."""
    values = row.values
    named = values["orig_inv_line_id"]
    invoice = None if named is None else _invoice(store, named)
    if named is not None and invoice is None:
        return f"SBX-00011 credit memo refers to invoice line {named!r}, which is not known", values["so_line_id"]
    so_line_id = values["so_line_id"] or (None if invoice is None else invoice["so_line_id"])
    return _credit_error(store, org, row, invoice, so_line_id), so_line_id


def reduction_error(store: Store, org: Row, row: Staged, line: Row | None) -> str | None:
    """The rule a reduction order breaks against its order line."""
    values = row.values
    named = values["orig_so_line_id"]
    if line is None or line["org_id"] != org["org_id"] or line["so_num"] != values["so_num"]:
        return f"RPRO-00030 reduction order refers to order line {named!r}, which is not known"
    if values["curr"] != line["curr"]:
        return f"RPRO-00082 currency {values['curr']} of the reduction order is not {line['curr']} of its order line"
    if values["so_date"] < line["so_date"]:
        return (
            f"RPRO-00353 date {values['so_date']} of the reduction order is before {line['so_date']} of its order line"
        )
    if store.one("rc_line", {"so_line_id": values["so_line_id"]}) is not None:
        return f"SBX-00002 {values['so_line_id']} is an order line, not a reduction order"
    before = store.one("rc_reduction", {"so_line_id": values["so_line_id"]})
    if before is not None and before["orig_so_line_id"] != named:
        return f"SBX-00002 reduction order {values['so_line_id']} belongs to {before['orig_so_line_id']}"
    taken = line.get("reduced", 0) - (0 if before is None else before["amount"])
    ((waiting,),) = store.read(_REDUCED, (named, values["so_line_id"], WAITING, REDUCTION_ORDER))
    if -values["ext_sll_prc"] > from_scaled(line["ext_sll_prc"] - taken + waiting):
        return f"RPRO-00357 reduction {row.cells['ext_sll_prc']} is larger than what its order line {named} has left"
    return None


def _credit_error(store: Store, org: Row, row: Staged, invoice: Row | None, so_line_id: str | None) -> str | None:
    values = row.values
    line = None if so_line_id is None else store.one("rc_line", {"so_line_id": so_line_id})
    line = line or (None if so_line_id is None else store.one("stage_txn", {"so_line_id": so_line_id, "type": "SO"}))
    if line is None or line["org_id"] != org["org_id"]:
        return f"RPRO-00064 credit memo refers to order line {so_line_id or ''!r}, which is not known"
    if values["so_num"] is not None and values["so_num"] != line["so_num"]:
        return f"SBX-00002 order line {so_line_id} belongs to order {line['so_num']}"
    if invoice is not None and invoice["so_line_id"] != so_line_id:
        return f"SBX-00002 invoice line {values['orig_inv_line_id']} bills order line {invoice['so_line_id']}"
    if values["curr"] != line["curr"]:
        return f"SBX-00002 currency {values['curr']} of the credit memo is not {line['curr']} of its order line"
    key = {"inv_line_id": values["inv_line_id"]}
    if store.one("rc_bill", key) or any(
        store.one("stage_txn", {**key, "type": kind, "processed_flag": WAITING}) for kind in (INVOICE, CREDIT)
    ):
        return f"SBX-00001 duplicate invoice line id {values['inv_line_id']}"
    billed = _billed(store, _OF_LINE, so_line_id)
    if invoice is not None:
        billed = min(billed, _billed(store, _OF_INVOICE, values["orig_inv_line_id"]))
    if -values["ext_sll_prc"] > billed:
        return f"SBX-00012 credit {row.cells['ext_sll_prc']} is more than the {billed:f} that is billed"
    return None


def _invoice(store: Store, inv_line_id: str) -> Row | None:
    waiting = {"inv_line_id": inv_line_id, "type": INVOICE, "processed_flag": WAITING}
    return store.one("rc_bill", {"inv_line_id": inv_line_id}) or store.one("stage_txn", waiting)


def _billed(store: Store, sql: str, of: Any) -> Decimal:
    ((amount,),) = store.read(sql, (of, of, WAITING, INVOICE, CREDIT))
    return from_scaled(amount)
