"""Facts about spending and payroll that no single record holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sandbox.core.clock import SECOND_US
from sandbox.core.observe import Row

if TYPE_CHECKING:
    from sandbox.checks.case import Case

Facts = dict[str, Row]


def billed_expenses(case: Case, invoices: Mapping[str, Row]) -> Iterable[tuple[Row, str, Row]]:
    """(expense, contract line, pre-bill) of every expense on one of these pre-bills."""
    for expense in case.rows("psa.expense").values():
        invoice, line = invoices.get(expense["invoice_id"] or ""), case.ref("psa.story", expense["story_id"])
        if invoice is not None and line is not None:
            yield expense, line, invoice


def rebilled_ref(case: Case, line: str, invoice: Row) -> str:
    """The obligation that expenses of a contract line are which are billed in an invoice's month."""
    pattern = case.interface.obligation_ids["upon_billing"]
    return pattern.replace("{line}", line).replace("{period}", invoice["invoice_date"][:7])


def rebilled(case: Case, invoices: Mapping[str, Row]) -> Facts:
    """What was spent and billed on by these pre-bills, per contract line and month of the invoice."""
    found: Facts = {}
    for expense, line, invoice in billed_expenses(case, invoices):
        row = {"engagement": case.ref("psa.workspace", expense["workspace_id"]), "currency": expense["currency"]}
        found.setdefault(rebilled_ref(case, line, invoice), {**row, "amount": 0})["amount"] += expense["amount"]
    return found


def project_bills(case: Case) -> Facts:
    """Suppliers' bills of the ERP that are for a project: what the PSA must show as an expense of it."""
    workspaces = {case.ref("psa.workspace", each): each for each in case.rows("psa.workspace")}
    bills, found = case.rows("erp.vendorBill"), Facts()
    for line in case.rows("erp.expenseLine").values():
        bill, engagement = bills.get(line["document"]), case.ref("erp.job", line["customer"])
        if bill is not None and engagement is not None:
            found[bill["id"]] = {
                "workspace_id": workspaces.get(engagement),
                "date": bill["tranDate"],
                "amount": line["amount"],
                "billable": line["isBillable"],
            }
    return found


# -- payroll -----------------------------------------------------------------------------------------------------------


def payroll_time(case: Case) -> Facts:
    """Time of every pay period past its cut-off that was approved by then, of people of the entity; by the name of the
    file that was accepted, else of the first."""
    found: Facts = {}
    accepted = {
        (row["entity"], row["period_end"]): row["file_name"]
        for row in case.rows("files.time_delivery").values()
        if row["status"] == "accepted"
    }
    for payroll in case.plan.firm.payroll:
        entity = case.plan.entity(payroll.entity)
        for period in payroll.periods:
            cutoff_us = case.interface.pay_cutoff_us(case.plan.start, entity, period.end)
            if cutoff_us >= case.plan.end_us:
                continue
            first = f"time-{entity.code}-{period.start}-{period.end}-1.csv"
            minutes = [
                entry["time_in_minutes"]
                for entry, decided_us in _approved_of(case, payroll.entity)
                if period.start.isoformat() <= entry["date_performed"] <= period.end.isoformat()
                and decided_us // SECOND_US <= cutoff_us // SECOND_US
            ]
            name = accepted.get((entity.code, period.end.isoformat()), first)
            found[name] = {"status": "accepted", "count": len(minutes), "minutes": sum(minutes)}
    return found


def _approved_of(case: Case, entity: str) -> Iterable[tuple[Row, int]]:
    """(time entry, instant of its approval) of people an entity employs."""
    submissions, companies = case.rows("psa.timesheet_submission"), _companies(case)
    for entry in case.rows("psa.time_entry").values():
        if entry["approved"] and companies.get(case.ref("psa.user", entry["user_id"]) or "") == entity:
            yield entry, submissions[entry["active_submission_id"]]["current_resolution_us"]


def _companies(case: Case) -> dict[str, str]:
    """Worker -> the company of their last completed event that names one."""
    names = {wid: row["employee_id"] for wid, row in case.rows("hris.worker").items()}
    events = sorted(case.rows("hris.event").values(), key=lambda row: (row["effective_date"], row["entered_us"]))
    return {
        names[event["worker_wid"]]: event["company"]
        for event in events
        if event["company"] and event["status"] == "Successfully Completed" and event["worker_wid"] in names
    }


def payroll_journals(case: Case) -> Facts:
    """The months of every pay run, as the provider's journals name them."""
    runs, found = case.rows("files.payroll_run"), Facts()
    for line in case.rows("files.payroll_journal_line").values():
        run = runs[line["run"]]
        found[f"PAY-{run['entity']}-{run['period_end']}-{line['period']}"] = {"month": line["period"]}
    return found
