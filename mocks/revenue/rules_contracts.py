"""Collection: staged rows become contracts (one per order and organisation), lines, bills and progress events.

An order row that modifies a contract with recognised revenue is held (``rules_modifications``).
"""

from __future__ import annotations

from typing import Any

from mocks.kit.store import Store
from mocks.revenue.records import ATTRIBUTES, COLLECTED, LINE_FIELDS, ORDER, REDUCTION_ORDER, WAITING
from mocks.revenue.rules_currency import converted
from mocks.revenue.rules_methods import event_type_of
from mocks.revenue.rules_modifications import has_revenue, hold, hold_new
from sandbox.core.observe import Row

_LINE_NAMES = tuple(field.name for field in LINE_FIELDS)
_CUSTOMER_NAMES = ("cust_num", "cstmr_nm")
_BILL_NAMES = (
    "inv_num",
    "inv_line_id",
    "inv_line_num",
    "inv_date",
    "inv_qty",
    "ext_sll_prc",
    "curr",
    "f_cur",
    "f_ex_rate",
    "credit_rule",
    "orig_inv_line_id",
)
_EVENT_NAMES = (
    "so_line_id",
    "event_type",
    "event_date",
    "completed_qty",
    "total_qty",
    "event_percent",
    "event_amount",
    "position",
)


def collect(store: Store, org: Row, job_id: str) -> int:
    """Collect every valid waiting row of an organisation in order of arrival; returns how many."""
    rows = store.find("stage_txn", {"processed_flag": WAITING, "org_id": org["org_id"]}, order='"position"')
    for row in rows:
        if row["type"] == ORDER:
            _set_line(store, org, row)
            _keep_attributes(store, row)
        elif row["type"] == REDUCTION_ORDER:
            _reduce(store, row)
        else:
            _add_bill(store, row)
        store.update("stage_txn", row["id"], {"processed_flag": COLLECTED, "job_id": job_id})
    return len(rows)


def process_events(store: Store, org: Row, job_id: str | None = None) -> int:
    """Turn the waiting events of an organisation's collected lines into progress; returns how many."""
    rows = store.select(
        'SELECT e.*, l.id AS "rc_line_id", l.org_id FROM stage_evt e JOIN rc_line l ON l.so_line_id = e.so_line_id '
        'WHERE e.processed_flag = ? AND e._deleted = 0 AND l.org_id = ? AND l._deleted = 0 ORDER BY e."position"',
        (WAITING, org["org_id"]),
    )
    for row in rows:
        values = {name: row[name] for name in _EVENT_NAMES}
        values.update(rc_line_id=row["rc_line_id"], org_id=row["org_id"])
        store.insert("pob_event", values, label=f"event {row['id']}")
        store.update("stage_evt", row["id"], {"processed_flag": COLLECTED, "job_id": job_id})
    return len(rows)


def _set_line(store: Store, org: Row, row: Row) -> None:
    """Totals of an order line, new or again; what is as it was is not written."""
    values = {name: row[name] for name in _LINE_NAMES}
    line = store.one("rc_line", {"so_line_id": row["so_line_id"]})
    contract = store.one("rc", {"so_num": row["so_num"], "org_id": org["org_id"]})
    is_modification = line is None and contract is not None and row["ct_mod_date"] is not None
    if contract is None:
        contract = _open_contract(store, org, row)
    else:
        _update_changed(store, "rc", contract, {name: row[name] for name in _CUSTOMER_NAMES})
    if line is not None:
        if not hold(store, contract, line, row, values):
            _update_changed(store, "rc_line", line, {**values, "event_type": event_type_of(values)})
        return
    is_held = is_modification and has_revenue(store, contract)
    key = {
        "rc_id": contract["id"],
        "org_id": org["org_id"],
        "org_code": org["code"],
        "so_num": row["so_num"],
        "so_line_id": row["so_line_id"],
        "event_type": event_type_of(values),
        "held": int(is_held),
    }
    line = store.insert("rc_line", {**key, **values}, label=f"line {row['so_line_id']}")
    if is_held:
        hold_new(store, line, row, values)


def _keep_attributes(store: Store, row: Row) -> None:
    """What the tenant's attributes of a line say; no figure depends on them, so no accountant has to decide."""
    names = store.types["rc_line"].info.get(ATTRIBUTES, ())
    line = store.one("rc_line", {"so_line_id": row["so_line_id"]}) if names else None
    if line is not None:
        _update_changed(store, "rc_line", line, {name: row[name] for name in names})


def _reduce(store: Store, row: Row) -> None:
    """What a reduction order takes off its line; the same order again sets its amount anew."""
    line = store.one("rc_line", {"so_line_id": row["orig_so_line_id"]})
    # Staging let the reduction pass only with its order line known, and that line arrived before it.
    assert line is not None, f"order line {row['orig_so_line_id']} of a valid reduction is not collected"
    reduction = store.one("rc_reduction", {"so_line_id": row["so_line_id"]})
    amount = -row["ext_sll_prc"]
    if reduction is None:
        values = {"rc_line_id": line["id"], "org_id": line["org_id"], "so_num": line["so_num"], "amount": amount}
        values |= {name: row[name] for name in ("so_line_id", "orig_so_line_id", "so_date")}
        store.insert("rc_reduction", values, label=f"reduction {row['so_line_id']}")
        before = 0
    else:
        before = reduction["amount"]
        _update_changed(store, "rc_reduction", reduction, {"amount": amount, "so_date": row["so_date"]})
    _update_changed(store, "rc_line", line, {"reduced": line["reduced"] + amount - before})


def _open_contract(store: Store, org: Row, row: Row) -> Row:
    names = (*_CUSTOMER_NAMES, "so_num", "curr", "f_cur", "f_ex_rate", "def_segments")
    values = {"org_id": org["org_id"], "org_code": org["code"], **{name: row[name] for name in names}}
    return store.insert("rc", values, label=f"contract {org['code']} {row['so_num']}")


def _update_changed(store: Store, record_type: str, record: Row, values: dict[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if record[name] != value}
    if changed:
        store.update(record_type, record["id"], changed)


def _add_bill(store: Store, row: Row) -> None:
    line = store.one("rc_line", {"so_line_id": row["so_line_id"]})
    # Staging let the invoice pass only with its order line known, and that line arrived before it.
    assert line is not None, f"order line {row['so_line_id']} of a valid invoice is not collected"
    values = {name: row[name] for name in _BILL_NAMES}
    values["accounted"] = converted(row["ext_sll_prc"], row["f_ex_rate"], row["f_cur"])
    key = {name: line[name] for name in ("rc_id", "org_id", "so_num", "so_line_id")}
    store.insert("rc_bill", {**key, "rc_line_id": line["id"], **values}, label=f"bill {row['inv_line_id']}")
