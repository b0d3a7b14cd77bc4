"""Staging an upload: every row judged by itself and against what is already there, then kept as valid or in error.

A row in error stays where it is until a row with the same key is staged (re-sent by the upstream system, section 4.4);
it never stops the rows beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from mocks.kit.store import Store
from mocks.revenue.records import IN_ERROR, INVOICE, ORDER, STAGED_STATUS, WAITING
from mocks.revenue.rules_rows import EVENT_CHECKS, Staged, own_error, read_row, stored_values, transaction_checks
from mocks.revenue.templates import PSA_TXN, TEMPLATES
from sandbox.core.errors import HarnessError
from sandbox.core.observe import Row
from sandbox.core.wire import loads

# Room for the rows of one upload between the positions of two.
_POSITIONS_PER_UPLOAD = 100_000

Orgs = Mapping[str, Row]
Judge = Callable[[Store, Orgs, Staged], tuple[str | None, dict[str, Any]]]


def stage_upload(store: Store, upload_id: str) -> None:
    """Turn the rows of a received upload into staged ones. The rows belong to whoever uploaded them."""
    upload = store.get("upload", upload_id)
    if upload is None:
        raise HarnessError(f"staging of an upload that is not there: {upload_id}")
    store.creator = upload["_creator"]
    template = TEMPLATES[upload["template"]]
    orgs = {org["code"]: org for org in store.find("org")}
    judge = _judge_transaction if template is PSA_TXN else _judge_event
    errors = 0
    for number, cells in enumerate(loads(upload["content"].encode()), start=1):
        row = read_row(template, cells)
        error, known = judge(store, orgs, row)
        values = {
            **stored_values(template, row),
            **known,
            "upload_id": upload_id,
            "position": upload["position"] * _POSITIONS_PER_UPLOAD + number,
            "processed_flag": IN_ERROR if error else WAITING,
            "err_msg": error,
        }
        _drop_replaced(store, template.stage, values)
        store.insert(template.stage, values, label=f"{upload['filename']} {number}")
        errors += error is not None
    store.update("upload", upload_id, {"status": STAGED_STATUS, "content": None, "error_count": errors})


def _judge_transaction(store: Store, orgs: Orgs, row: Staged) -> tuple[str | None, dict[str, Any]]:
    org = orgs.get(row.cells["business_unit"])
    known: dict[str, Any] = {"org_id": None if org is None else org["org_id"]}
    error = own_error(row, org, transaction_checks(row))
    if error is not None or org is None:
        return error, known
    if row.values["f_ex_rate"] is None:
        known["f_ex_rate"] = "1"
    line = order_line(store, row.values["so_line_id"])
    if row.values["type"] == ORDER:
        return _order_error(store, org, row, line), known
    return _invoice_error(store, org, row, line), known


def _judge_event(store: Store, orgs: Orgs, row: Staged) -> tuple[str | None, dict[str, Any]]:
    line = order_line(store, row.values["so_line_id"])
    # A waiting row names its organisation as the file did, a collected line as the tenant does: the same code.
    known = {"org_code": None if line is None else line.get("org_code") or line["business_unit"]}
    error = own_error(row, None, EVENT_CHECKS)
    if error is None and line is None:
        error = f"SBX-00006 order line {row.cells['so_line_id']} is not known"
    return error, known


def order_line(store: Store, so_line_id: str | None) -> Row | None:
    """What is known of an order line: its newest staged row that waits for collection, else the collected line."""
    if so_line_id is None:
        return None
    waiting = store.find(
        "stage_txn",
        {"so_line_id": so_line_id, "type": ORDER, "processed_flag": WAITING},
        order='"position" DESC',
        limit=1,
    )
    return waiting[0] if waiting else store.one("rc_line", {"so_line_id": so_line_id})


def _order_error(store: Store, org: Row, row: Staged, line: Row | None) -> str | None:
    values = row.values
    if line is not None:
        if line["org_id"] != org["org_id"]:
            return f"RPRO-10000 order line {values['so_line_id']} has been processed in another organisation"
        if line["so_num"] != values["so_num"]:
            return f"SBX-00002 order line {values['so_line_id']} belongs to order {line['so_num']}"
        if line["curr"] == values["curr"] and Decimal(line["f_ex_rate"]) != (values["f_ex_rate"] or 1):
            return f"RPRO-00077 exchange rate {row.cells['f_ex_rate']} differs from {line['f_ex_rate']} of the line"
    order = _order(store, org, values["so_num"])
    for name, text in (("curr", "currency"), ("def_segments", "deferred segments")):
        if order is not None and order[name] != values[name]:
            return f"SBX-00002 {text} {values[name]} of order {values['so_num']} was {order[name]} before"
    return None


def _order(store: Store, org: Row, so_num: str) -> Row | None:
    """Any line of an order waiting for collection, else its contract: what all its lines have in common."""
    key = {"so_num": so_num, "org_id": org["org_id"]}
    waiting = store.one("stage_txn", {**key, "type": ORDER, "processed_flag": WAITING})
    return waiting or store.one("rc", key)


def _invoice_error(store: Store, org: Row, row: Staged, line: Row | None) -> str | None:
    values = row.values
    if line is None or line["org_id"] != org["org_id"]:
        return f"RPRO-00064 invoice refers to order line {row.cells['so_line_id']!r}, which is not known"
    if values["so_num"] is not None and values["so_num"] != line["so_num"]:
        return f"SBX-00002 order line {values['so_line_id']} belongs to order {line['so_num']}"
    if values["curr"] != line["curr"]:
        return f"SBX-00002 currency {values['curr']} of the invoice is not {line['curr']} of its order line"
    if values["ext_sll_prc"] < 0:
        # Order lines are never negative here, so this is the whole rule.
        return f"RPRO-00078 sign of invoice amount {row.cells['ext_sll_prc']} differs from its order line"
    invoice_line_id = values["inv_line_id"]
    waiting = {"inv_line_id": invoice_line_id, "type": INVOICE, "processed_flag": WAITING}
    if store.one("stage_txn", waiting) or store.one("rc_bill", {"inv_line_id": invoice_line_id}):
        return f"SBX-00001 duplicate invoice line id {invoice_line_id}"
    return None


def _drop_replaced(store: Store, stage: str, values: Mapping[str, Any]) -> None:
    """Delete rows in error that this row was sent again for."""
    if stage == "stage_evt":
        names = ["so_line_id", "event_date"]
    else:
        names = ["type", "inv_line_id" if values["type"] == INVOICE else "so_line_id"]
    key = {name: values[name] for name in names}
    if None in key.values():
        return
    for old in store.find(stage, {**key, "processed_flag": IN_ERROR}):
        store.delete(stage, old["id"])
