"""Workday's records as data: the worker, and the dated entries of which everything else is a projection."""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

WORKER = RecordType(
    "worker",
    (
        Field("employee_id", external_id=True, required=True),
        Field("first_name", required=True),
        Field("last_name", required=True),
        Field("email", required=True, unique=True),
    ),
    key="wid",
)

# One row per completed business process. Effective date and entry moment are its two clocks. Nothing is overwritten: a
# rescind stamps the row, a correction stamps it and adds a row about the same event (``corrects_wid`` is the event's
# first row), so that a read "as known at" an older moment still finds what was known then.
EVENT = RecordType(
    "event",
    (
        Field("worker_wid", "reference", refers_to="worker"),
        Field("process", "picklist"),
        Field("effective_date", "date"),
        Field("entered_us", "instant"),
        Field("status", "picklist"),
        Field("rescinded_us", "instant"),
        Field("grade"),
        Field("company"),
        Field("location"),
        Field("manager_employee_id"),
        Field("initiator"),
        Field("fte", "decimal"),
        Field("annual_base", "money"),
        Field("currency"),
        Field("is_rehire", "bool", default=0),
        Field("leave_type"),
        Field("expected_last_day", "date"),
        Field("initiated_us", "instant"),
        Field("corrected_us", "instant"),
        Field("corrects_wid", "reference", refers_to="event"),
    ),
    key="wid",
    indexes=(("entered_us",), ("rescinded_us",)),
)

# Hours off on one day. Corrected and canceled like an event; ``corrects_wid`` is the entry's first row.
TIME_OFF = RecordType(
    "time_off",
    (
        Field("worker_wid", "reference", refers_to="worker"),
        Field("date", "date"),
        Field("minutes", "minutes"),
        Field("type", "picklist"),
        Field("status", "picklist"),
        Field("entered_us", "instant"),
        Field("initiated_us", "instant"),
        Field("canceled_us", "instant"),
        Field("corrected_us", "instant"),
        Field("corrects_wid", "reference", refers_to="time_off"),
        Field("initiator"),
    ),
    key="wid",
    indexes=(("worker_wid", "date"), ("date",), ("entered_us",), ("canceled_us",)),
)

# What an hour or day of work costs, of a worker or of a job profile, from a date on. Nothing is overwritten.
COST_RATE = RecordType(
    "cost_rate",
    (
        Field("employee_id"),
        Field("job_profile"),
        Field("company"),
        Field("rate_type", "picklist"),
        Field("amount", "money"),
        Field("currency"),
        Field("effective_date", "date"),
        Field("entered_us", "instant"),
        # Order of entry.
        Field("position", "int"),
    ),
    key="wid",
)

ALL = (WORKER, EVENT, TIME_OFF, COST_RATE)

HIRE = "Hire Employee"
CHANGE_JOB = "Change Job"
TRANSFER = "Transfer"
CHANGE_PAY = "Request Compensation Change"
PLACE_ON_LEAVE = "Place on Leave"
RETURN_FROM_LEAVE = "Return from Leave"
TERMINATE = "Terminate Employee"

COMPLETED = "Successfully Completed"
RESCINDED = "Rescinded"
# Status of a row that a later row replaced.
CORRECTED = "Corrected"
APPROVED = "Approved"
CANCELED = "Canceled"

JOB_FIELDS = ("grade", "company", "location", "manager_employee_id", "fte")
PAY_FIELDS = ("annual_base", "currency")
# The processes that say something about the job, and those a row of the job history stands for.
JOB_PROCESSES = (HIRE, CHANGE_JOB, TRANSFER)
VALUED_PROCESSES = (*JOB_PROCESSES, CHANGE_PAY)
