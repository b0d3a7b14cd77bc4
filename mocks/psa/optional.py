"""Attributes that cost something to work out and are sent with ``optional_fields=`` only (psa-kantata.md section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mocks.kit.store import Store
from mocks.psa.present import formatted
from mocks.psa.query import in_list
from mocks.psa.records import BUYER, INVOICE_CANCELLED, MAVEN
from sandbox.core.observe import Row

# The values of some rows by id; a row without one has the attribute as null, or as zero where it counts.
Optional = Callable[[Store, list[Row]], Mapping[str, Any]]

_MINUTES = "SELECT workspace_id, sum(time_in_minutes) FROM time_entry WHERE {} AND {} AND _deleted = 0 GROUP BY 1"
_ESTIMATES = "SELECT workspace_id, sum(time_estimate_in_minutes) FROM story WHERE {} AND _deleted = 0 GROUP BY 1"
_INVOICED = (
    "SELECT workspace_id, sum(total) FROM invoice WHERE {} AND draft = 0 AND status <> ? AND _deleted = 0 GROUP BY 1"
)
_LEADS = (
    "SELECT workspace_id, min(full_name) FROM participation JOIN user ON user.id = user_id "
    "WHERE {} AND role = ? AND is_team_lead = 1 AND participation._deleted = 0 GROUP BY 1"
)


def _by_workspace(store: Store, rows: list[Row], sql: str, *values: Any) -> dict[str, Any]:
    condition, bound = in_list("workspace_id", [row["id"] for row in rows])
    return dict(store.read(sql.format(condition), [*bound, *values]))


def _minutes(which: str) -> Optional:
    def read(store: Store, rows: list[Row]) -> Mapping[str, Any]:
        found = _by_workspace(store, rows, _MINUTES.format("{}", which))
        return {row["id"]: found.get(row["id"], 0) for row in rows}

    return read


def _estimated(store: Store, rows: list[Row]) -> Mapping[str, Any]:
    found = _by_workspace(store, rows, _ESTIMATES)
    return {row["id"]: found.get(row["id"]) or 0 for row in rows}


def _invoiced(store: Store, rows: list[Row]) -> Mapping[str, Any]:
    found = _by_workspace(store, rows, _INVOICED, INVOICE_CANCELLED)
    return {row["id"]: formatted(found.get(row["id"], 0), row["currency"]) for row in rows}


def _lead(role: str) -> Optional:
    return lambda store, rows: _by_workspace(store, rows, _LEADS, role)


def _locked(store: Store, rows: list[Row]) -> Mapping[str, Any]:
    ((locked_to,),) = store.read("SELECT max(locked_to) FROM line_item_lock WHERE _deleted = 0")
    return dict.fromkeys((row["id"] for row in rows), locked_to)


WORKSPACE_OPTIONS: Mapping[str, Optional] = {
    "minutes_logged": _minutes("1 = 1"),
    "billable_minutes": _minutes("billable = 1"),
    "non_billable_minutes": _minutes("billable = 0"),
    "total_minutes_approved": _minutes("approved = 1"),
    "estimated_minutes": _estimated,
    "total_invoiced": _invoiced,
    "client_lead_name": _lead(BUYER),
    "provider_lead_name": _lead(MAVEN),
    "lock_date": _locked,
}
