"""Asynchronous requests as data: a job, and a task per request it holds (erp-netsuite.md section 6)."""

from __future__ import annotations

from mocks.erp.properties import Property, record, reference, text

PROGRESS_PENDING, PROGRESS_RUNNING, PROGRESS_DONE, PROGRESS_FAILED = "pending", "processing", "succeeded", "failed"

ASYNC_JOB = record(
    "asyncJob",
    (
        text("idempotencyKey", unique=True),
        text("sender"),
        Property("parallel", "bool", default=0),
    ),
)
# ``request`` and ``answer`` are JSON: method, path, query, headers, body; status, headers, body.
ASYNC_TASK = record(
    "asyncTask",
    (
        reference("job", "asyncJob", indexed=True),
        Property("number", "int"),
        Property("request", "json"),
        text("progress", default=PROGRESS_PENDING),
        Property("startTime", "instant"),
        Property("endTime", "instant"),
        Property("answer", "json"),
    ),
)
ASYNC_RECORDS = (ASYNC_JOB, ASYNC_TASK)
