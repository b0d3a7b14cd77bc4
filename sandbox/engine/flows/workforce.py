"""Workforce: workers become users of the PSA and employees of the ERP; leavers are let go after their last sheet."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from sandbox.engine.canonical import Worker
from sandbox.engine.context import Context, digest
from sandbox.engine.resilience import Missing
from sandbox.engine.store import NewWork, Work

SOURCE = "hris.workers"


class WorkforceFlow:
    """Workers to users and employees."""

    name = "workforce"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Read what was entered since the last look; once a day everybody, because a dated change announces nothing."""
        context = self._c
        started, today = context.ports.now_iso(), context.today()
        watermark = await context.store.watermark(SOURCE)
        same_day = watermark is not None and watermark[:10] == today.isoformat()
        workers = await context.hris.workers(today, watermark if same_day else None)
        if not workers:
            return
        given_up = {letter.payload["look"] for letter in await context.store.dead_letters() if letter.flow == self.name}
        work = []
        for worker in workers:
            gone = worker.last_day is not None and worker.last_day < today
            look = digest(worker, gone)
            if look not in given_up and await context.store.sent(f"worker {worker.employee_id}") != look:
                lane = context.policy.lane(worker.employee_id, look)
                work.append(NewWork(self.name, lane, worker.employee_id, _payload(worker, gone, look), tier=1))
        await context.take(SOURCE, (), work, started)

    async def handle(self, work: Work) -> None:
        """Bring a worker's user and employee up to date."""
        context = self._c
        worker, gone, look = _worker(work.payload)
        await self._employee(worker)
        user_id = await self._user(worker)
        if gone:
            waiting = await context.psa.open_submissions(user_id)
            if waiting:
                raise Missing(f"{waiting} sheets of {worker.employee_id} wait for a decision")
            await context.psa.disable_user(user_id)
        await context.store.mark_sent({f"worker {worker.employee_id}": look})

    async def _employee(self, worker: Worker) -> None:
        context = self._c
        if await context.store.native("worker", worker.employee_id, "erp") is None:
            found = await context.erp.find_employee(worker.email)
            if found is not None:
                await context.store.link("worker", worker.employee_id, "erp", found)
        await context.erp.put_employee(worker)

    async def _user(self, worker: Worker) -> str:
        context = self._c
        user_id = await context.store.native("worker", worker.employee_id, "psa")
        if user_id is None:
            user_id = await context.psa.find_user(worker.email)
            if user_id is None:
                user_id = await context.psa.invite_user(
                    worker.employee_id, f"{worker.first_name} {worker.last_name}", worker.email, worker.grade
                )
            await context.store.link("worker", worker.employee_id, "psa", user_id)
        role_key = f"role {worker.employee_id}"
        if await context.store.sent(role_key) != worker.grade:
            await context.psa.set_role(user_id, worker.grade)
            await context.store.mark_sent({role_key: worker.grade})
        return user_id


def _payload(worker: Worker, gone: bool, look: str) -> dict[str, Any]:
    fields = {**asdict(worker), "hire_date": worker.hire_date.isoformat()}
    fields["last_day"] = worker.last_day.isoformat() if worker.last_day else None
    return {"worker": fields, "gone": gone, "look": look}


def _worker(payload: dict[str, Any]) -> tuple[Worker, bool, str]:
    fields = dict(payload["worker"])
    fields["hire_date"] = date.fromisoformat(fields["hire_date"])
    fields["last_day"] = date.fromisoformat(fields["last_day"]) if fields["last_day"] else None
    return Worker(**fields), payload["gone"], payload["look"]
