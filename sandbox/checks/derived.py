"""Facts that no single record holds: computed from several records of the systems that own them.

Written apart from the engine on purpose: what a figure checks must not be computed by the code it checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sandbox.core.clock import SECOND_US, moment
from sandbox.core.money import SCALE, exponent, line_net_minor
from sandbox.core.observe import Row
from sandbox.core.periods import Period

if TYPE_CHECKING:
    from sandbox.checks.case import Case

Facts = dict[str, Row]


def derived_facts(name: str, case: Case) -> Facts:
    """Facts by ref; raises KeyError for a name nobody derives."""
    facts: Facts = _DERIVED[name](case)
    return facts


# -- workers -----------------------------------------------------------------------------------------------------------


def workers(case: Case) -> Facts:
    """A worker as of the end: names, dates and grade from completed events; ``gone`` once the last day is past."""
    today = moment(case.epoch, case.truth["end_us"]).date().isoformat()
    events: dict[str, list[Row]] = {}
    for event in case.rows("hris.event").values():
        if event["status"] == "Successfully Completed":
            events.setdefault(event["worker_wid"], []).append(event)
    found: Facts = {}
    for wid, worker in case.rows("hris.worker").items():
        mine = sorted(events.get(wid, []), key=lambda event: (event["effective_date"], event["entered_us"]))
        hires = [event for event in mine if event["process"] == "Hire Employee"]
        if not hires:
            continue
        ends = [event["effective_date"] for event in mine if event["process"] == "Terminate Employee"]
        last_day = ends[-1] if ends else None
        grades = [
            event["grade"]
            for event in mine
            if event["grade"] and (event["effective_date"] <= today or event is hires[0])
        ]
        found[worker["employee_id"]] = {
            "first_name": worker["first_name"],
            "last_name": worker["last_name"],
            "full_name": f"{worker['first_name']} {worker['last_name']}",
            "email": worker["email"],
            "hire_date": hires[-1]["effective_date"],
            "last_day": last_day,
            "grade": grades[-1],
            "gone": int(last_day is not None and last_day < today),
        }
    return found


# -- obligations -------------------------------------------------------------------------------------------------------


def obligations(case: Case) -> Facts:
    """What is promised from the signature on: a line each; milestones for themselves when acceptance earns them, else
    with the work they are paid for. Time that is billed as worked is promised month by month: see ``usage``."""
    lines: dict[str, list[Row]] = {}
    for line in case.rows("crm.OpportunityLineItem").values():
        lines.setdefault(line["OpportunityId"], []).append(line)
    found: Facts = {}
    for opportunity_id, opportunity in case.rows("crm.Opportunity").items():
        release = _released(case, opportunity["Engagement_Code__c"])
        if opportunity["StageName"] != "Closed Won" or release in ("", "right_to_invoice"):
            continue
        of_deal = sorted(lines.get(opportunity_id, ()), key=lambda line: str(line["Contract_Line_Code__c"]))
        work = next((line["Contract_Line_Code__c"] for line in of_deal if not line["Milestone_Date__c"]), None)
        for line in of_deal:
            is_milestone = bool(line["Milestone_Date__c"])
            if release == "on_acceptance" and not is_milestone:
                continue
            ref = work if is_milestone and release != "on_acceptance" else line["Contract_Line_Code__c"]
            row = {"engagement": opportunity["Engagement_Code__c"], "currency": opportunity["CurrencyIsoCode"]}
            fact = found.setdefault(str(ref), {**row, "amount": 0})
            fact["amount"] += line["TotalPrice"]
    return found


# -- time --------------------------------------------------------------------------------------------------------------


def approved_time(case: Case) -> Iterable[tuple[Row, str, str, Period]]:
    """(time entry, engagement, contract line, posting period) of every approved timecard."""
    submissions = case.rows("psa.timesheet_submission")
    for entry in case.rows("psa.time_entry").values():
        if not entry["approved"]:
            continue
        engagement = case.ref("psa.workspace", entry["workspace_id"])
        line = case.ref("psa.story", entry["story_id"])
        if engagement is None or line is None or engagement not in case.terms:
            continue
        decided_us = submissions[entry["active_submission_id"]]["current_resolution_us"]
        entity = case.plan.entity(case.terms[engagement].entity)
        service = date.fromisoformat(entry["date_performed"])
        yield entry, engagement, line, case.interface.posting_period(case.plan.start, entity, service, decided_us)


def value_of(entry: Row) -> int:
    """Value of a time entry at 1e-4, rounded to the minor unit: minutes x rate when billable, else 0."""
    if not entry["billable"]:
        return 0
    places = exponent(entry["currency"])
    return int(line_net_minor(entry["time_in_minutes"], entry["rate"], places) * SCALE // 10**places)


def usage(case: Case) -> Facts:
    """Right to invoice per contract line and month, for engagements charged by time; the first month always exists."""
    found: Facts = {}
    pattern = case.interface.obligation_ids["right_to_invoice"]

    def obligation(engagement: str, line: str, period: Period) -> Row:
        terms = case.terms[engagement]
        row = {"engagement": engagement, "currency": case.plan.entity(terms.entity).currency, "amount": 0}
        return found.setdefault(pattern.replace("{line}", line).replace("{period}", str(period)), row)

    for opportunity in case.rows("crm.Opportunity").values():
        code = opportunity["Engagement_Code__c"]
        if opportunity["StageName"] == "Closed Won" and _released(case, code) == "right_to_invoice":
            obligation(code, case.terms[code].line, Period.of(date.fromisoformat(opportunity["Project_Start__c"])))
    for entry, engagement, line, period in approved_time(case):
        if _released(case, engagement) == "right_to_invoice":
            obligation(engagement, line, period)["amount"] += value_of(entry)
    return found


def progress(case: Case) -> Facts:
    """Approved minutes to date per fixed-fee line and month end, against the budget."""
    minutes: dict[tuple[str, str], dict[Period, int]] = {}
    for entry, engagement, line, period in approved_time(case):
        if _released(case, engagement) == "percent_complete":
            of_line = minutes.setdefault((engagement, line), {})
            of_line[period] = of_line.get(period, 0) + entry["time_in_minutes"]
    found: Facts = {}
    for (engagement, line), by_period in minutes.items():
        so_far = 0
        for period in sorted(by_period):
            so_far += by_period[period]
            total = case.terms[engagement].budget_minutes
            found[f"{line} {period.last}"] = {"completed": so_far, "total": total}
    return found


def _released(case: Case, engagement: str) -> str:
    terms = case.terms.get(engagement)
    return case.interface.posting[terms.kind].release if terms else ""


# -- billing -----------------------------------------------------------------------------------------------------------


def bills(case: Case) -> Facts:
    """What each issued pre-bill takes from each obligation, under the number of its invoice."""
    found: Facts = {}
    numbers = _numbers(case)
    obligations, bill_ids = case.interface.obligation_ids, case.interface.bill_id

    def add(invoice: Row, obligation: str, amount: int) -> None:
        ref = bill_ids.replace("{invoice}", invoice["id"]).replace("{obligation}", obligation)
        number = numbers.get(invoice["id"])
        row = {"so_line_id": obligation, "amount": 0, "date": invoice["invoice_date"], "number": number}
        found.setdefault(ref, row)["amount"] += amount

    invoices = issued(case)
    for entry, _, line, period in approved_time(case):
        invoice = invoices.get(entry["invoice_id"] or "")
        if invoice is not None:
            pattern = obligations["right_to_invoice"]
            add(invoice, pattern.replace("{line}", line).replace("{period}", str(period)), value_of(entry))
    for expense, line, invoice in billed_expenses(case):
        add(invoice, rebilled_ref(case, line, invoice), expense["amount"])
    for item in case.rows("psa.fixed_fee_item").values():
        invoice, story = invoices.get(item["invoice_id"]), case.ref("psa.story", item["story_id"])
        if invoice is not None and story is not None:
            add(invoice, obligations["percent_complete"].replace("{line}", story), item["amount"])
    return found


def billed_expenses(case: Case) -> Iterable[tuple[Row, str, Row]]:
    """(expense, contract line, pre-bill) of every expense on an issued pre-bill."""
    invoices = issued(case)
    for expense in case.rows("psa.expense").values():
        invoice, line = invoices.get(expense["invoice_id"] or ""), case.ref("psa.story", expense["story_id"])
        if invoice is not None and line is not None:
            yield expense, line, invoice


def rebilled_ref(case: Case, line: str, invoice: Row) -> str:
    """The obligation that expenses of a contract line are which are billed in an invoice's month."""
    pattern = case.interface.obligation_ids["upon_billing"]
    return pattern.replace("{line}", line).replace("{period}", invoice["invoice_date"][:7])


def rebilled(case: Case) -> Facts:
    """What was spent and billed on, per contract line and month of the invoice."""
    found: Facts = {}
    for expense, line, invoice in billed_expenses(case):
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


def issued(case: Case) -> dict[str, Row]:
    """Pre-bills that were approved and not cancelled."""
    return {
        ref: row for ref, row in case.rows("psa.invoice").items() if not row["draft"] and row["status"] != "cancelled"
    }


def _numbers(case: Case) -> dict[str, str]:
    """Pre-bill -> number of its invoice."""
    found: dict[str, str] = {}
    for record_id, row in case.rows("erp.invoice").items():
        ref = case.ref("erp.invoice", record_id)
        if ref is not None:
            found[ref] = row["tranId"]
    return found


def deal_totals(case: Case) -> Facts:
    """Billed and paid per engagement, from the ERP, for deals that have an invoice."""
    found: Facts = {}
    of_invoice: dict[str, str] = {}
    latest: dict[str, tuple[str, str]] = {}
    for invoice_id, row in case.rows("erp.invoice").items():
        engagement = case.ref("erp.job", row["job"])
        if engagement is None:
            continue
        of_invoice[invoice_id] = engagement
        totals = found.setdefault(engagement, {"billed": 0, "paid": 0, "last_number": None})
        totals["billed"] += row["subtotal"]
        latest[engagement] = max(latest.get(engagement, ("", "")), (row["tranDate"], row["tranId"]))
        totals["last_number"] = latest[engagement][1]
    for application in case.rows("erp.paymentApplication").values():
        engagement = of_invoice.get(application["invoice"])
        if engagement is not None:
            found[engagement]["paid"] += application["amount"]
    return found


def latest_events(rows: Mapping[str, Row]) -> dict[str, tuple[str, Row]]:
    """``line day`` -> (record id, row) of the event that counts: the last one uploaded for an obligation and day."""
    found: dict[str, tuple[str, Row]] = {}
    for record_id, row in rows.items():
        ref = f"{row['so_line_id']} {row['event_date']}"
        if ref not in found or row["position"] > found[ref][1]["position"]:
            found[ref] = (record_id, row)
    return found


_DERIVED: dict[str, Any] = {
    "workers": workers,
    "obligations": obligations,
    "bills": bills,
    "deal_totals": deal_totals,
    "usage": usage,
    "progress": progress,
    "rebilled": rebilled,
    "project_bills": project_bills,
    "payroll_time": payroll_time,
    "payroll_journals": payroll_journals,
}
