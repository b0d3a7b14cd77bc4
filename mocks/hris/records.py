"""Workday's records as data: the worker, and the dated events of which everything else is a projection."""

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

# One row per completed business process. Effective date and entry moment are its two clocks; a rescind or a
# correction is a later row about an earlier one, so that a read "as known at" an older moment still finds it.
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
    ),
    key="wid",
    indexes=(("entered_us",), ("rescinded_us",)),
)

ALL = (WORKER, EVENT)

HIRE = "Hire Employee"
CHANGE_JOB = "Change Job"
TERMINATE = "Terminate Employee"
COMPLETED = "Successfully Completed"
RESCINDED = "Rescinded"
JOB_FIELDS = ("grade", "company", "location", "manager_employee_id")
