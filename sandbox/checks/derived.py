"""Facts that no single record holds: computed from several records of the systems that own them.

Written apart from the engine on purpose: what a figure checks must not be computed by the code it checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.checks import derived_missing, derived_spend, workforce
from sandbox.checks.approved import approved_time
from sandbox.checks.credits import bill_given_back, take_back
from sandbox.checks.derived_change import added_lines, agreed, budgets, changed_by_line, sold_minutes, undecided_of
from sandbox.checks.derived_cost import cost_progress
from sandbox.core.clock import SECOND_US
from sandbox.core.money import SCALE, exponent, line_net_minor
from sandbox.core.observe import Row
from sandbox.core.periods import Period

if TYPE_CHECKING:
    from sandbox.checks.case import Case

Facts = dict[str, Row]
# Facts that are progress, and what the revenue system calls the events that say it.
EVENT_TYPES = {"progress": ("Budgeted Hours", "Revenue", "Acceptance"), "cost_progress": ("Budgeted Cost",)}
# How the CRM calls the owners of dead letters.
_TEAMS = {"finance": "Finance"}


def derived_facts(name: str, case: Case) -> Facts:
    """Facts by ref; raises KeyError for a name nobody derives."""
    facts: Facts = _DERIVED[name](case)
    return facts


# -- obligations -------------------------------------------------------------------------------------------------------


def obligations(case: Case) -> Facts:
    """What is promised from the signature on: a line each; milestones for themselves when acceptance earns them, else
    with the work they are paid for. Time that is billed as worked is promised month by month: see ``usage``."""
    lines: dict[str, list[Row]] = {}
    for line in case.rows("crm.OpportunityLineItem").values():
        lines.setdefault(line["OpportunityId"], []).append(line)
    found: Facts = {}
    changed = changed_by_line(case)
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
            fact["amount"] += line["TotalPrice"] + changed.get(line["Contract_Line_Code__c"], 0)
    for line_code, deal in added_lines(case).items():
        opportunity = case.rows("crm.Opportunity")[deal]
        if opportunity["StageName"] == "Closed Won":
            row = {"engagement": opportunity["Engagement_Code__c"], "currency": opportunity["CurrencyIsoCode"]}
            found[line_code] = {**row, "amount": changed[line_code]}
    waiting = undecided_of(case)
    for ref, fact in found.items():
        held = waiting.get(ref)
        if held is not None and not held["is_new"] and held["new_price"] == fact["amount"]:
            # Rightly sent, and held until it is decided and a run applies it.
            fact["amount"] = held["old_price"]
    return found


# -- time --------------------------------------------------------------------------------------------------------------


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
        row = {"engagement": engagement, "currency": case.plan.currency_of(terms), "amount": 0}
        return found.setdefault(pattern.replace("{line}", line).replace("{period}", str(period)), row)

    for opportunity in case.rows("crm.Opportunity").values():
        code = opportunity["Engagement_Code__c"]
        if opportunity["StageName"] == "Closed Won" and _released(case, code) == "right_to_invoice":
            obligation(code, case.terms[code].line, Period.of(date.fromisoformat(opportunity["Project_Start__c"])))
    for entry, engagement, line, period in approved_time(case):
        if _released(case, engagement) == "right_to_invoice":
            obligation(engagement, line, period)["amount"] += value_of(entry)
    for item, engagement, line, period in written_down(case):
        if _released(case, engagement) == "right_to_invoice":
            obligation(engagement, line, period)["amount"] += item["amount"]
    return found


def progress(case: Case) -> Facts:
    """What obligations have reached: approved minutes to date per month end against the budget, or of those bought; a
    milestone that is accepted; and amounts accepted of what is earned over time."""
    minutes: dict[tuple[str, str], dict[Period, int]] = {}
    for entry, engagement, line, period in approved_time(case):
        if _released(case, engagement) in ("percent_complete", "hours_used"):
            of_line = minutes.setdefault((engagement, line), {})
            of_line[period] = of_line.get(period, 0) + entry["time_in_minutes"]
    found: Facts = {}
    for (engagement, line), by_period in minutes.items():
        so_far = 0
        by_hours = _released(case, engagement) == "percent_complete"
        kind = "Budgeted Hours" if by_hours else "Revenue"
        for period in sorted(by_period):
            so_far += by_period[period]
            total = sold_minutes(case, engagement, line, period.last) if by_hours else None
            found[f"{line} {kind} {period.last}"] = _reached(completed=so_far, total=total)
    return found | _acceptances(case)


def _acceptances(case: Case) -> Facts:
    found: Facts = {}
    due: dict[str, int] = {}
    stories = case.rows("psa.story")
    milestones = case.rows("psa.billing_milestone")
    for milestone_id, row in sorted(milestones.items(), key=lambda item: str(item[1]["date_to_invoice"])):
        engagement = case.ref("psa.workspace", row["workspace_id"])
        line = case.ref("psa.billing_milestone", milestone_id)
        done = row["story_id"] in stories and stories[row["story_id"]]["state"] == "completed"
        if line is None or engagement not in case.terms or not done or row["date_to_invoice"] is None:
            continue
        if _released(case, str(engagement)) == "on_acceptance":
            found[f"{line} Revenue {row['date_to_invoice']}"] = _reached(percent=100)
            continue
        which = case.terms[str(engagement)].line
        due[which] = due.get(which, 0) + row["amount"]
        found[f"{which} Acceptance {row['date_to_invoice']}"] = _reached(amount=due[which])
    return found


def _reached(
    completed: int | None = None, total: int | None = None, percent: int | None = None, amount: int | None = None
) -> Row:
    return {"completed": completed, "total": total, "percent": percent, "amount": amount}


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

    def of_time(engagement: str, line: str, period: Period) -> str:
        pattern = obligations[case.interface.posting[case.terms[engagement].kind].release]
        return pattern.replace("{line}", line).replace("{period}", str(period))

    for entry, engagement, line, period in approved_time(case):
        invoice = invoices.get(entry["invoice_id"] or "")
        if invoice is not None:
            add(invoice, of_time(engagement, line, period), value_of(entry))
    for item, engagement, line, period in written_down(case):
        invoice = invoices.get(item["invoice_id"])
        if invoice is not None:
            add(invoice, of_time(engagement, line, period), item["amount"])
    for expense, line, invoice in derived_spend.billed_expenses(case, invoices):
        add(invoice, derived_spend.rebilled_ref(case, line, invoice), expense["amount"])
    for item in case.rows("psa.fixed_fee_item").values():
        invoice, story = invoices.get(item["invoice_id"]), case.ref("psa.story", item["story_id"])
        if invoice is not None and story is not None:
            add(invoice, obligations["percent_complete"].replace("{line}", story), item["amount"])
    bill_given_back(case, add)
    billed = {(ref.partition("-")[0], row["so_line_id"]): row["amount"] for ref, row in found.items()}
    take_back(case, billed, add)
    return found


def written_down(case: Case) -> Iterable[tuple[Row, str, str, Period]]:
    """(additional item, engagement, contract line, posting month it is taken from) on pre-bills of time that stand.

    The month is the one that has most time on the pre-bill, the earlier of two that have as much.
    """
    items = case.rows("psa.additional_item").values()
    by_month: dict[str, dict[tuple[str, str, Period], int]] = {item["invoice_id"]: {} for item in items}
    for entry, engagement, line, period in approved_time(case) if by_month else ():
        if entry["invoice_id"] in by_month:
            months = by_month[entry["invoice_id"]]
            at = (engagement, line, period)
            months[at] = months.get(at, 0) + value_of(entry)
    invoices = case.rows("psa.invoice")
    for item in items:
        months = by_month.get(item["invoice_id"], {})
        if months and invoices[item["invoice_id"]]["status"] != "cancelled":
            engagement, line, period = max(sorted(months), key=lambda at: months[at])
            yield item, engagement, line, period


def issued(case: Case) -> dict[str, Row]:
    """Pre-bills that were approved and not cancelled; credit notes are no pre-bills."""
    return {
        ref: row
        for ref, row in case.rows("psa.invoice").items()
        if not row["draft"] and row["status"] != "cancelled" and row.get("credited_invoice_id") is None
    }


def _numbers(case: Case) -> dict[str, str]:
    """Pre-bill -> number of its invoice."""
    found: dict[str, str] = {}
    for record_id, row in case.rows("erp.invoice").items():
        ref = case.ref("erp.invoice", record_id)
        if ref is not None:
            found[ref] = row["tranId"]
    for record_id, row in case.rows("erp.creditMemo").items():
        ref = case.ref("erp.creditMemo", record_id)
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
    for row in case.rows("erp.creditMemo").values():
        engagement = case.ref("erp.job", row["job"])
        if engagement in found:
            found[str(engagement)]["billed"] -= row["subtotal"]
    for application in case.rows("erp.paymentApplication").values():
        engagement = of_invoice.get(application["invoice"])
        if engagement is not None:
            found[engagement]["paid"] += application["amount"]
    return found


# -- dead letters ------------------------------------------------------------------------------------------------------


def letters(case: Case) -> Facts:
    """Every dead letter there ever was, as the engine lists it at the end, and whether it is over: resolved, waived, or
    under way again because its owner said so. Amounts at 1e-4 where they are money."""
    found: Facts = {}
    for letter in case.truth.get("letters", ()):
        amount, _, currency = letter["amount"].partition(" ")
        is_money = len(currency) == 3 and currency.isupper()
        found[letter["case"]] = {
            "team": _TEAMS.get(letter["owner"], letter["owner"]),
            "amount": int(Decimal(amount) * SCALE) if is_money else None,
            "CurrencyIsoCode": currency if is_money else None,
            "due_us": letter["due_us"] // SECOND_US * SECOND_US,
            "flow": letter["flow"],
            "about": letter["about"],
            "closed": int(letter["state"] != "open"),
        }
    return found


def settlements(case: Case) -> Facts:
    """What each bank line settled of an invoice, cash and withheld tax together, as the ledger applied it."""
    found: Facts = {}
    payments = case.rows("erp.customerPayment")
    for application in case.rows("erp.paymentApplication").values():
        ref = case.ref("erp.customerPayment", application["payment"])
        payment = payments.get(application["payment"])
        if ref is not None and payment is not None:
            found.setdefault(ref, {"amount": 0, "date": payment["tranDate"]})["amount"] += application["amount"]
    return found


def statement_lines(case: Case) -> Facts:
    """Lines at the bank whose statement lies in the firm's folder: of the others nobody can know yet."""
    files = {row["name"] for row in case.rows("files.file").values()}
    issued = {
        (row["account"], row["day"]) for row in case.rows("files.bank_statement").values() if row["file_name"] in files
    }
    return {
        ref: row for ref, row in case.rows("files.bank_line").items() if (row["account"], row["booked_on"]) in issued
    }


def latest_events(rows: Mapping[str, Row]) -> dict[str, tuple[str, Row]]:
    """``line type day`` -> (record id, row) of the event that counts: the last one uploaded for it."""
    found: dict[str, tuple[str, Row]] = {}
    for record_id, row in rows.items():
        ref = f"{row['so_line_id']} {row['event_type']} {row['event_date']}"
        if ref not in found or row["position"] > found[ref][1]["position"]:
            found[ref] = (record_id, row)
    return found


_DERIVED: dict[str, Any] = {
    "workers": workforce.workers,
    "obligations": obligations,
    "bills": bills,
    "deal_totals": deal_totals,
    "usage": usage,
    "progress": progress,
    "letters": letters,
    "reports": workforce.reports,
    "cost_rates": workforce.cost_rates,
    "absences": workforce.absences,
    "cost_progress": cost_progress,
    "agreed": agreed,
    "budgets": budgets,
    "settlements": settlements,
    "missing_time": derived_missing.accruals,
    "estimates": derived_missing.estimates,
    "statement_lines": statement_lines,
    "rebilled": lambda case: derived_spend.rebilled(case, issued(case)),
    "project_bills": derived_spend.project_bills,
    "payroll_time": derived_spend.payroll_time,
    "payroll_journals": derived_spend.payroll_journals,
}
