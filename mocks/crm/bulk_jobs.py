"""Bulk jobs as rows of a table of their own: what was asked, its state, what was uploaded, what came of it (section 7).

They are no records: nobody queries them, and nothing of them is announced. A job goes on by the agenda: taken up a
second after it is handed over, done three seconds and a millisecond per row later (assumed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from mocks.crm import errors
from mocks.crm.values import full_id, stamp
from mocks.kit.app import Mock
from sandbox.core.clock import SECOND_US
from sandbox.core.ids import salesforce_id
from sandbox.core.wire import canonical

TABLE = (
    'CREATE TABLE IF NOT EXISTS "_bulk_jobs" (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, kind TEXT, '
    "state TEXT, settings TEXT, upload BLOB, outcome TEXT)"
)
OPEN, UPLOADED, RUNNING, COMPLETE = "Open", "UploadComplete", "InProgress", "JobComplete"
FAILED, ABORTED = "Failed", "Aborted"
ENDED = (COMPLETE, FAILED, ABORTED)
WAIT_US, WORK_US, ROW_US = SECOND_US, 3 * SECOND_US, 1000
TAKE_UP, FINISH = "bulk.take_up", "bulk.finish"


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A job as it stands. ``settings`` is what was asked and counted, ``outcome`` what came of it, by kind of job."""

    id: str
    kind: str
    state: str
    settings: dict[str, Any]
    upload: bytes | None
    outcome: Any


class BulkJobs:
    """The bulk jobs of one organisation."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    def open(self, kind: str, state: str, user_id: str, settings: Mapping[str, Any]) -> BulkJob:
        """A new job of a kind, ``ingest`` or ``query``."""
        now_us = self._mock.context.clock.now_us()
        ((last,),) = self._mock.store.read('SELECT max(number) FROM "_bulk_jobs"')
        job_id = salesforce_id("750", self._mock.context.seed_label, "crm", "bulk", str((last or 0) + 1))
        kept = {**settings, "user_id": user_id, "created_us": now_us, "modified_us": now_us}
        self._mock.store.write(
            'INSERT INTO "_bulk_jobs" (id, kind, state, settings) VALUES (?, ?, ?, ?)',
            (job_id, kind, state, canonical(kept).decode()),
        )
        return BulkJob(job_id, kind, state, kept, None, None)

    def find(self, kind: str, job_id: str) -> BulkJob:
        """A job by its id of 15 or 18 characters; raises CrmRefusal."""
        found = self._select("kind = ? AND id = ?", (kind, full_id(job_id)))
        if not found:
            raise errors.not_found()
        return found[0]

    def all(self, kind: str) -> list[BulkJob]:
        """The jobs of a kind, oldest first."""
        return self._select("kind = ?", (kind,))

    def move(self, job: BulkJob, state: str, *, outcome: Any = None, **settings: Any) -> BulkJob:
        """The job in another state, with more to say of it."""
        kept = {**job.settings, **settings, "modified_us": self._mock.context.clock.now_us()}
        self._mock.store.write(
            'UPDATE "_bulk_jobs" SET state = ?, settings = ?, outcome = ? WHERE id = ?',
            (state, canonical(kept).decode(), None if outcome is None else canonical(outcome).decode(), job.id),
        )
        return BulkJob(job.id, job.kind, state, kept, job.upload, outcome)

    def upload(self, job: BulkJob, body: bytes) -> None:
        """Keep what was uploaded."""
        self._mock.store.write('UPDATE "_bulk_jobs" SET upload = ? WHERE id = ?', (body, job.id))

    def hand_over(self, job: BulkJob) -> None:
        """Have the agenda take the job up."""
        now_us = self._mock.context.clock.now_us()
        self._mock.agenda.add(now_us + WAIT_US, TAKE_UP, kind=job.kind, job_id=job.id)

    def take_up(self, job: BulkJob, rows: int) -> None:
        """Have the agenda finish the job that is being worked on."""
        self.move(job, RUNNING)
        now_us = self._mock.context.clock.now_us()
        self._mock.agenda.add(now_us + WORK_US + rows * ROW_US, FINISH, kind=job.kind, job_id=job.id)

    def due(self, kind: str, job_id: str, state: str) -> BulkJob | None:
        """A job whose time has come; None when it was aborted or deleted meanwhile."""
        found = self._select("kind = ? AND id = ? AND state = ?", (kind, job_id, state))
        return found[0] if found else None

    def delete(self, job: BulkJob) -> None:
        """Forget a job; raises CrmRefusal while it is open or being worked on."""
        if job.state in (OPEN, RUNNING):
            raise bad_state(f"A job in state {job.state} can not be deleted: abort it first")
        self._mock.store.write('DELETE FROM "_bulk_jobs" WHERE id = ?', (job.id,))

    def abort(self, job: BulkJob) -> BulkJob:
        """End a job before it is done; raises CrmRefusal when it has ended."""
        if job.state in ENDED:
            raise bad_state(f"Aborting a job in state {job.state} is not allowed")
        return self.move(job, ABORTED)

    def _select(self, where: str, arguments: tuple[Any, ...]) -> list[BulkJob]:
        columns = "id, kind, state, settings, upload, outcome"
        rows = self._mock.store.read(f'SELECT {columns} FROM "_bulk_jobs" WHERE {where} ORDER BY number', arguments)
        return [
            BulkJob(job_id, kind, state, orjson.loads(settings), upload, outcome and orjson.loads(outcome))
            for job_id, kind, state, settings, upload, outcome in rows
        ]


def shown(mock: Mock, job: BulkJob) -> dict[str, Any]:
    """What every answer says of a job."""
    epoch, settings = mock.context.clock.epoch, job.settings
    content = {
        "id": job.id,
        "operation": settings["operation"],
        "object": settings["object"],
        "createdById": settings["user_id"],
        "createdDate": stamp(epoch, settings["created_us"]),
        "systemModstamp": stamp(epoch, settings["modified_us"]),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": Decimal(settings["version"]),
        "lineEnding": settings["ending"],
        "columnDelimiter": settings["delimiter"],
    }
    if "external_field" in settings:
        content["externalIdFieldName"] = settings["external_field"]
    if job.kind == "ingest" and job.state == OPEN:
        content["contentUrl"] = f"services/data/v{settings['version']}/jobs/ingest/{job.id}/batches"
    return content


def counted(job: BulkJob) -> dict[str, Any]:
    """What the answer about one job adds: how far it is."""
    worked_ms = (job.settings["modified_us"] - job.settings["created_us"]) // 1000 if job.state in ENDED else 0
    content = {
        "jobType": "V2Ingest" if job.kind == "ingest" else "V2Query",
        "numberRecordsProcessed": job.settings.get("processed", 0),
        "retries": 0,
        "totalProcessingTime": worked_ms,
    }
    if job.kind == "ingest":
        content["numberRecordsFailed"] = job.settings.get("failed", 0)
        content["apiActiveProcessingTime"] = worked_ms
        content["apexProcessingTime"] = 0
    if "error" in job.settings:
        content["errorMessage"] = job.settings["error"]
    return content


def bad_state(message: str) -> errors.CrmRefusal:
    """The job is not where it would have to be."""
    return errors.CrmRefusal(400, "INVALIDJOBSTATE", message)
