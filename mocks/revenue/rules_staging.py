"""Staging an upload: every row judged by itself and against what is already there, then kept as valid or in error.

A row in error stays where it is until a row with the same key is staged (re-sent by the upstream system, section 4.4);
it never stops the rows beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from mocks.kit.store import Store
from mocks.revenue.records import (
    COLLECTED,
    CREDIT,
    ESTIMATE,
    EVENT_TYPES,
    IN_ERROR,
    INVOICE,
    ORDER,
    REDUCTION_ORDER,
    STAGED_STATUS,
    WAITING,
)
from mocks.revenue.rules_events import event_error
from mocks.revenue.rules_period import open_period
from mocks.revenue.rules_rows import Staged, own_error, read_row, stored_values
from mocks.revenue.rules_rows_events import RATE_CHECKS, event_checks
from mocks.revenue.rules_rows_transactions import transaction_checks
from mocks.revenue.rules_staging_credits import credit_error, reduction_error
from mocks.revenue.shape import Uploads
from mocks.revenue.templates import PSA_EVT, PSA_RATE, PSA_TXN
from sandbox.core.errors import HarnessError
from sandbox.core.money import from_scaled
from sandbox.core.observe import Row
from sandbox.core.wire import loads

# Room for the rows of one upload between the positions of two.
_POSITIONS_PER_UPLOAD = 100_000
# The sandbox's own: the vendor documents no passing reason, and a stage may be busy for any.
_BUSY = "SBX-00014 row not processed, staging is busy: send it again"

Orgs = Mapping[str, Row]
Judge = Callable[[Store, Orgs, Staged], tuple[str | None, dict[str, Any]]]


def stage_upload(store: Store, uploads: Uploads, upload_id: str, busy: Collection[int] = ()) -> None:
    """Turn the rows of a received upload into staged ones. The rows belong to whoever uploaded them.

    Rows at ``busy``, counted from 0, are in error whatever they say, until they are sent again.
    """
    upload = store.get("upload", upload_id)
    if upload is None:
        raise HarnessError(f"staging of an upload that is not there: {upload_id}")
    store.creator = upload["_creator"]
    template = uploads.templates[upload["template"]]
    own_checks = uploads.checks.get(template.name, ())
    orgs = {org["code"]: org for org in store.find("org")}
    judge = _JUDGES[template.name]
    errors = 0
    for number, cells in enumerate(loads(upload["content"].encode()), start=1):
        row = read_row(template, cells)
        error, known = judge(store, orgs, row)
        error = error or own_error(row, None, own_checks)
        if number - 1 in busy:
            error = _BUSY
        values = {
            **stored_values(template, row),
            **known,
            "upload_id": upload_id,
            "position": upload["position"] * _POSITIONS_PER_UPLOAD + number,
            "processed_flag": IN_ERROR if error else WAITING,
            "err_msg": error,
        }
        _drop_replaced(store, template.stage, values)
        if template.name == PSA_RATE.name and error is None:
            # A rate needs no job: it holds as soon as it is staged.
            _set_rate(store, values)
            values["processed_flag"] = COLLECTED
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
    kind = row.values["type"]
    if kind == CREDIT:
        error, so_line_id = credit_error(store, org, row)
        return error, {**known, "so_line_id": so_line_id}
    if kind == REDUCTION_ORDER:
        line = order_line(store, row.values["orig_so_line_id"])
        return reduction_error(store, org, row, line), known
    line = order_line(store, row.values["so_line_id"])
    if kind == ORDER:
        return _order_error(store, org, row, line), known
    return _invoice_error(store, org, row, line), known


def _judge_event(store: Store, orgs: Orgs, row: Staged) -> tuple[str | None, dict[str, Any]]:
    line = order_line(store, row.values["so_line_id"])
    # A waiting row names its organisation as the file did, a collected line as the tenant does: the same code.
    known = {"org_code": None if line is None else line.get("org_code") or line["business_unit"]}
    error = own_error(row, None, event_checks(row))
    if error is None and line is None:
        error = f"SBX-00006 order line {row.cells['so_line_id']} is not known"
    if error is None and line is not None:
        error = event_error(row, line)
    return error, known


def _judge_rate(store: Store, orgs: Orgs, row: Staged) -> tuple[str | None, dict[str, Any]]:
    return own_error(row, None, RATE_CHECKS), {}


_JUDGES: dict[str, Judge] = {
    PSA_TXN.name: _judge_transaction,
    PSA_EVT.name: _judge_event,
    PSA_RATE.name: _judge_rate,
}


def _set_rate(store: Store, values: Mapping[str, Any]) -> None:
    """A month's average rate, given for the first time or corrected."""
    key = {"from_curr": values["from_curr"], "to_curr": values["to_curr"], "period": values["rate_date"][:7]}
    known = store.one("rate", key)
    if known is None:
        label = f"rate {key['from_curr']} {key['to_curr']} {key['period']}"
        store.insert("rate", {**key, "rate": values["rate"]}, label=label)
    elif known["rate"] != values["rate"]:
        store.update("rate", known["id"], {"rate": values["rate"]})


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
        reduced = line.get("reduced", 0)
        if values["ext_sll_prc"] < from_scaled(reduced):
            return f"RPRO-00357 price {row.cells['ext_sll_prc']} is less than its reduction orders"
    if values["pob_template"] == ESTIMATE and _is_past(store, org, values["end_date"]):
        return f"SBX-00013 the period of the estimate, {values['end_date'][:7]}, is closed"
    order = _order(store, org, values["so_num"])
    for name, text in (("curr", "currency"), ("def_segments", "deferred segments")):
        if order is not None and order[name] != values[name]:
            return f"SBX-00002 {text} {values[name]} of order {values['so_num']} was {order[name]} before"
    return None


def _is_past(store: Store, org: Row, day: str) -> bool:
    current = open_period(store, org)
    return current is None or day[:7] < current["name"]


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
    elif stage == "stage_rate":
        names = ["from_curr", "to_curr", "rate_date"]
    else:
        names = ["type", "inv_line_id" if values["type"] in (INVOICE, CREDIT) else "so_line_id"]
    key = {name: values[name] for name in names}
    if None in key.values():
        return
    for old in store.find(stage, {**key, "processed_flag": IN_ERROR}):
        # Of one day a line may have events of several types; a type that is none was a slip.
        if stage != "stage_evt" or old["event_type"] in (values["event_type"], *_no_types(old)):
            store.delete(stage, old["id"])


def _no_types(row: Row) -> tuple[str | None, ...]:
    return () if row["event_type"] in EVENT_TYPES else (row["event_type"],)
