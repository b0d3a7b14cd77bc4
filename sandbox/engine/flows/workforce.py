"""Workforce: workers become users of the PSA and employees of the ERP; leavers are let go after their last sheet.

What waits for a leaver's decision goes to the manager first, then the leaver is taken off projects and is no user any
more (O22). A last day that is taken back opens the door again, and puts back what was taken away.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sandbox.engine.canonical import Worker
from sandbox.engine.context import Context, digest
from sandbox.engine.resilience import Missing
from sandbox.engine.store import NewWork, Work

SOURCE = "hris.workers"
_DATES = ("hire_date", "last_day", "first_hired")
_OPEN, _CLOSED = "open", "closed"


class WorkforceFlow:
    """Workers to users and employees."""

    name = "workforce"

    def __init__(self, context: Context) -> None:
        self._c = context

    # -- learning ------------------------------------------------------------------------------------------------------

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
        known = await context.store.documents("worker")
        work = []
        for told in workers:
            worker = self._believed(told, known.get(told.employee_id))
            gone = context.policy.has_left(worker.last_day, today)
            look = digest(worker, gone)
            if look not in given_up and await context.store.sent(f"worker {worker.employee_id}") != look:
                lane = context.policy.lane(worker.employee_id, look)
                work.append(NewWork(self.name, lane, worker.employee_id, _payload(worker, gone, look), tier=1))
        await context.take(SOURCE, (), work, started)

    def _believed(self, worker: Worker, document: Any) -> Worker:
        """The worker with the last day that counts."""
        known = _worker(document)[0].last_day if document is not None else None
        return replace(worker, last_day=self._c.policy.last_day(known, worker.last_day))

    # -- doing ---------------------------------------------------------------------------------------------------------

    async def handle(self, work: Work) -> None:
        """Bring a worker's user and employee up to date."""
        context = self._c
        worker, gone, look = _worker(work.payload)
        await context.store.put_document("worker", worker.employee_id, work.payload)
        await self._employee(worker)
        user_id = await self._user(worker)
        if gone:
            await self._let_go(worker, user_id)
        else:
            await self._let_in_again(worker, user_id)
        if not gone:
            await self._membership(worker.employee_id)
        for ref, document in (await context.store.documents("worker")).items():
            # Whoever reports to somebody new here, or gone, has another manager from now on.
            if document["worker"]["manager"] == worker.employee_id and not document["gone"]:
                await self._membership(ref)
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
        return user_id

    async def _membership(self, employee_id: str) -> None:
        """Tell the PSA role and manager of somebody who works here, one after another and as they are by then."""
        context = self._c
        async with context.locks.hold(f"membership {employee_id}"):
            user_id = await context.store.native("worker", employee_id, "psa")
            if user_id is None:
                # Their own turn is still to come, and will find the manager of that day.
                return
            worker, _, _ = _worker(await context.store.document("worker", employee_id))
            manager_id = await self._manager_of(worker)
            key, told = f"membership {employee_id}", digest(worker.grade, manager_id)
            if await context.store.sent(key) != told:
                role_id = await context.psa.role_id(worker.grade)
                await context.psa.people.set_membership(user_id, role_id, manager_id)
                await context.store.mark_sent({key: told})

    async def _manager_of(self, worker: Worker) -> str | None:
        """The user of the next manager up the line who works here; None at the top, and while there is none yet."""
        context = self._c
        seen = {worker.employee_id}
        manager = worker.manager
        while manager is not None and manager not in seen:
            seen.add(manager)
            document = await context.store.document("worker", manager)
            if document is None or not document["gone"]:
                return await context.store.native("worker", manager, "psa")
            manager = document["worker"]["manager"]
        return None

    # -- leavers -------------------------------------------------------------------------------------------------------

    async def _let_go(self, worker: Worker, user_id: str) -> None:
        """Approvals to the manager, own sheets decided, off the projects, and then the door."""
        context = self._c
        door = f"door {worker.employee_id}"
        if await context.store.sent(door) == _closed(worker):
            await context.psa.disable_user(user_id)
            return
        projects = await context.psa.people.projects()
        if context.policy.reroutes_approvals():
            named = [project for project in projects if user_id in project.approver_ids]
            manager_id = await self._manager_of(worker) if named else None
            for project in named:
                others = [each for each in project.approver_ids if each not in (user_id, manager_id)]
                await context.psa.people.set_approvers(project, [*([manager_id] if manager_id else []), *others])
        waiting = await context.psa.open_submissions(user_id)
        if waiting:
            raise Missing(f"{waiting} sheets of {worker.employee_id} wait for a decision")
        left = [project.workspace_id for project in projects if user_id in project.participant_ids]
        before = await context.store.document("left", worker.employee_id) or {}
        if before.get("last_day") == str(worker.last_day):
            # Tried before: what was taken away then is not seen any more.
            left = sorted({*before["projects"], *left})
        kept = {"last_day": str(worker.last_day), "hire_date": str(worker.hire_date), "projects": left}
        await context.store.put_document("left", worker.employee_id, kept)
        for workspace_id in left:
            await context.psa.people.leave_project(workspace_id, user_id)
        # Said before it is done: whoever comes back must find the door open, whatever happens in between.
        await context.store.mark_sent({door: _closed(worker)})
        await context.psa.disable_user(user_id)

    async def _let_in_again(self, worker: Worker, user_id: str) -> None:
        """Whoever was let go and works here: a user again; on their projects again unless this is a new employment."""
        context = self._c
        door = f"door {worker.employee_id}"
        if not (await context.store.sent(door) or "").startswith(_CLOSED):
            return
        await context.psa.people.enable_user(user_id)
        left = await context.store.document("left", worker.employee_id) or {}
        if left.get("hire_date") == str(worker.hire_date):
            for workspace_id in left["projects"]:
                effect_id = f"psa back {worker.employee_id} {workspace_id} {left['last_day']}"
                await context.psa.people.join_project(workspace_id, user_id, effect_id)
        await context.store.mark_sent({door: _OPEN})


def _closed(worker: Worker) -> str:
    return f"{_CLOSED} {worker.last_day}"


def _payload(worker: Worker, gone: bool, look: str) -> dict[str, Any]:
    fields = asdict(worker)
    for name in _DATES:
        fields[name] = fields[name].isoformat() if fields[name] else None
    return {"worker": fields, "gone": gone, "look": look}


def _worker(payload: dict[str, Any]) -> tuple[Worker, bool, str]:
    fields = dict(payload["worker"])
    for name in _DATES:
        fields[name] = date.fromisoformat(fields[name]) if fields[name] else None
    return Worker(**fields), payload["gone"], payload["look"]
