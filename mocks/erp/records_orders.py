"""What is planned and sold, as data: tasks of projects, sales orders, billing schedules (erp-netsuite.md section 9)."""

from __future__ import annotations

from typing import Any

from mocks.erp.properties import Property, enum, external_id, record, reference, sublist, text

ORDER = "SalesOrd"
TASK_DONE = "COMPLETE"
TASK_STATUS = {"NOTSTART": "Not Started", "PROGRESS": "In Progress", TASK_DONE: "Completed"}
ORDER_PENDING, ORDER_BILLED = "pendingBilling", "fullyBilled"
ORDER_STATUS = {ORDER_PENDING: "Pending Billing", ORDER_BILLED: "Billed"}
# Ids of section 9.3; the names are general knowledge there.
BY_DATES, BY_MILESTONES = "3", "4"
SCHEDULE_TYPES = {
    "1": "Standard",
    "2": "Charge-Based",
    BY_DATES: "Fixed Bid, Interval",
    BY_MILESTONES: "Fixed Bid, Milestone",
    "5": "Time and Materials",
}


def _computed(name: str, kind: str = "money", **rest: Any) -> Property:
    return Property(name, kind, writable=False, **rest)


TASK = record(
    "projectTask",
    (
        reference("project", "job", required=True, indexed=True),
        text("title", required=True),
        enum("status", TASK_STATUS, default="NOTSTART"),
        Property("startDateTime", "date"),
        Property("endDate", "date"),
        Property("estimatedWork", "number"),
        Property("nonBillableTask", "bool", default=0),
        external_id(),
    ),
    display=("title",),
)

ORDER_LINES = sublist(
    "item",
    reference("item", "serviceSaleItem"),
    Property("quantity", "number"),
    Property("rate", "money"),
    Property("amount", "money"),
    text("description"),
    text("custcol_contract_line"),
    reference("billingSchedule", "billingSchedule"),
    _computed("custcol_billed"),
    Property("line", "int"),
)
SALES_ORDER = record(
    "salesOrder",
    (
        reference("entity", "customer", required=True, indexed=True, label="Customer"),
        reference("job", "job", indexed=True, label="Project"),
        Property("tranDate", "date", required=True, label="Date"),
        Property("exchangeRate", "decimal", derived=True),
        text("memo"),
        text("otherRefNum", length=45),
        external_id(),
        _computed("subsidiary", "reference", targets=("subsidiary",)),
        _computed("currency", "reference", targets=("currency",)),
        _computed("tranId", "text"),
        _computed("total"),
        _computed("status", "enum", names=ORDER_STATUS),
    ),
    display=("tranId",),
    sublists=(ORDER_LINES,),
)
ORDER_LINE = record(
    "salesOrderLine",
    (
        reference("salesOrder", "salesOrder", indexed=True),
        Property("line", "int"),
        reference("item", "serviceSaleItem"),
        Property("quantity", "number"),
        Property("rate", "money"),
        Property("amount", "money"),
        text("description"),
        text("custcol_contract_line"),
        reference("billingSchedule", "billingSchedule"),
    ),
)

MILESTONES = sublist(
    "milestone",
    text("milestoneId"),
    Property("milestoneDate", "date"),
    Property("milestoneActualCompletionDate", "date"),
    Property("milestoneCompleted", "bool"),
    Property("milestoneAmount", "money"),
    reference("projectTask", "projectTask"),
    text("comments"),
    _computed("invoice", "reference", targets=("invoice",)),
    Property("line", "int"),
)
RECURRENCES = sublist(
    "recurrence",
    Property("recurrenceDate", "date"),
    Property("amount", "money"),
    text("comments"),
    _computed("invoice", "reference", targets=("invoice",)),
    Property("line", "int"),
)
SCHEDULE = record(
    "billingSchedule",
    (
        text("name", required=True, length=80),
        enum("scheduleType", SCHEDULE_TYPES, required=True, label="Type"),
        reference("job", "job", required=True, indexed=True, label="Project"),
        Property("inArrears", "bool", default=0),
        Property("isInactive", "bool", default=0),
        external_id(),
        # Computed when asked for; the columns stay empty.
        _computed("custrecord_next_bill_date", "date"),
        _computed("custrecord_next_bill_amount"),
    ),
    display=("name",),
    sublists=(MILESTONES, RECURRENCES),
)
SCHEDULE_LINE = record(
    "billingScheduleLine",
    (
        reference("billingSchedule", "billingSchedule", indexed=True),
        Property("line", "int"),
        text("milestoneId"),
        Property("date", "date"),
        Property("amount", "money"),
        Property("completed", "bool"),
        Property("completedOn", "date"),
        reference("projectTask", "projectTask"),
        text("comments"),
    ),
)

ORDERS = (TASK, SALES_ORDER, ORDER_LINE, SCHEDULE, SCHEDULE_LINE)
ORDER_INDEXES = (
    'CREATE INDEX "invoiceLine.schedule" ON "invoiceLine"("billingSchedule") WHERE "billingSchedule" IS NOT NULL',
    'CREATE INDEX "invoice.createdFrom" ON "invoice"("createdFrom") WHERE "createdFrom" IS NOT NULL',
)
