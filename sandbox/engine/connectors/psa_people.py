"""People in Kantata: memberships, who approves, who takes part, what an hour costs, who is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.money import exponent, round_half_away
from sandbox.core.wire import Response
from sandbox.engine.canonical import Assignment, BillRate
from sandbox.engine.resilience import Caller, Unavailable
from sandbox.engine.store import Store

_BASE = "/api/v1"
AllRows = Callable[[str, dict[str, Any]], Awaitable[list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Project:
    """A project with the ids of users who decide on its sheets by name, and who take part in it."""

    workspace_id: str
    approver_ids: tuple[str, ...]
    participant_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayOff:
    """Hours away on a day as the PSA has them."""

    entry_id: str
    user_id: str
    day: str
    hours: Decimal


class PsaPeople:
    """What the PSA knows of people."""

    def __init__(self, caller: Caller, store: Store, rows: AllRows) -> None:
        self._caller = caller
        self._store = store
        self._rows = rows

    # -- memberships -----------------------------------------------------------------------------------------------

    async def membership_id(self, user_id: str) -> str:
        """Id of a user's account membership."""
        for row in await self._rows("/account_memberships.json", {"user_id": user_id}):
            if str(row["user_id"]) == user_id:
                return str(row["id"])
        raise Unavailable(f"PSA user {user_id} has no account membership")

    async def set_membership(self, user_id: str, role_id: str, manager_id: str | None) -> None:
        """The role a user's time defaults to, and the user they report to."""
        body = {"account_membership": {"default_role_id": role_id, "manager_id": manager_id}}
        path = f"{_BASE}/account_memberships/{await self.membership_id(user_id)}.json"
        await self._caller.send("PUT", path, json=body)

    async def enable_user(self, user_id: str) -> None:
        """Somebody who was let go is a user again."""
        path = f"{_BASE}/account_memberships/{await self.membership_id(user_id)}/enable.json"
        await self._caller.send("PUT", path)

    async def set_cost_rate(self, user_id: str, cost: Decimal, currency: str) -> None:
        """What an hour of a user costs; a rate that is known is overridden, so that it may be sent twice."""
        rate = {
            "account_membership_id": await self.membership_id(user_id),
            "currency": currency,
            "amount_in_subunits": int(round_half_away(cost.scaleb(exponent(currency)), 0)),
        }
        await self._caller.send("POST", f"{_BASE}/cost_rates.json", json={"cost_rate": rate})

    # -- projects --------------------------------------------------------------------------------------------------

    async def projects(self) -> list[Project]:
        """All projects, with who decides and who takes part."""
        rows = await self._rows("/workspaces.json", {"include": "approvers,participants", "include_archived": "true"})
        return [Project(str(row["id"]), _ids(row["approver_ids"]), _ids(row["participant_ids"])) for row in rows]

    async def set_approvers(self, project: Project, approver_ids: list[str]) -> None:
        """Name who decides on a project's sheets."""
        body = {"workspace": {"approver_ids": approver_ids}}
        await self._caller.send("PUT", f"{_BASE}/workspaces/{project.workspace_id}.json", json=body)

    async def _parts(self, workspace_id: str, user_id: str) -> list[str]:
        rows = await self._rows("/participations.json", {"workspace_id": workspace_id})
        return [str(row["id"]) for row in rows if str(row["user_id"]) == user_id]

    async def leave_project(self, workspace_id: str, user_id: str) -> None:
        """Take somebody off a project; who is off already stays off."""
        for participation_id in await self._parts(workspace_id, user_id):
            await self._caller.send("DELETE", f"{_BASE}/participations/{participation_id}.json", accept=(404,))

    async def join_project(self, workspace_id: str, user_id: str, effect_id: str) -> None:
        """Let somebody take part in a project, unless they do."""

        async def find() -> str | None:
            return next(iter(await self._parts(workspace_id, user_id)), None)

        if await find() is not None:
            return
        body = {"workspace_id": workspace_id, "user_id": user_id, "role": "maven"}
        await self._caller.create(
            self._store,
            effect_id,
            find,
            "POST",
            f"{_BASE}/participations.json",
            _participation,
            json={"participation": body},
        )

    async def assignments(self) -> list[Assignment]:
        """All allocations with the user or role they are of."""
        rows = await self._rows("/workspace_allocations.json", {})
        if not rows:
            return []
        resources = {str(row["id"]): row for row in await self._rows("/workspace_resources.json", {})}
        found = []
        for row in rows:
            resource = resources.get(str(row["workspace_resource_id"]))
            if resource is None:
                # Made between the two looks: the next one has it.
                continue
            found.append(
                Assignment(
                    assignment_id=str(row["id"]),
                    workspace_id=str(row["workspace_id"]),
                    user_id=None if resource["user_id"] is None else str(resource["user_id"]),
                    role=resource["label"] or resource["role_name"] or "",
                    first=date.fromisoformat(row["start_date"]),
                    last=date.fromisoformat(row["end_date"]),
                    minutes=int(row["minutes"]),
                    hard=bool(row["hard"]),
                )
            )
        return found

    # -- rates -----------------------------------------------------------------------------------------------------

    async def rate_card_of(self, workspace_id: str) -> str:
        """Id of the rate card a project is priced by."""
        rows = await self._rows("/workspaces.json", {"only": workspace_id, "include_archived": "true"})
        return next((str(row["rate_card_id"]) for row in rows if row["rate_card_id"] is not None), "")

    async def bill_rates(self) -> list[BillRate]:
        """Every rate of every rate card."""
        roles = {str(row["id"]): row["name"] for row in await self._rows("/roles.json", {})}
        versions = {str(row["id"]): row for row in await self._rows("/rate_card_versions.json", {})}
        found = []
        for row in await self._rows("/rate_card_roles.json", {}):
            version = versions[str(row["rate_card_version_id"])]
            rate = Decimal(row["rate"]).scaleb(-exponent(row["currency"]))
            effective = date.fromisoformat(version["effective_date"])
            found.append(BillRate(str(version["rate_card_id"]), roles[str(row["role_id"])], effective, rate))
        return found

    # -- absences --------------------------------------------------------------------------------------------------

    async def days_off(self, first: str, last: str, user_id: str | None = None) -> list[DayOff]:
        """Time off from day to day, both included, of one user or of everybody."""
        query: dict[str, Any] = {"start_date": first, "end_date": last}
        if user_id is not None:
            query["user_ids"] = user_id
        rows = await self._rows("/time_off_entries.json", query)
        return [
            DayOff(str(row["id"]), str(row["user_id"]), row["requested_date"], Decimal(str(row["hours"])))
            for row in rows
        ]

    async def take_off(self, user_id: str, day: str, hours: Decimal, effect_id: str) -> None:
        """A day off that is not there yet; sent twice its hours would add up, so it is looked for before."""

        async def find() -> str | None:
            found = await self.days_off(day, day, user_id)
            return found[0].entry_id if found else None

        body = {"user_id": user_id, "requested_date": day, "hours": hours}
        await self._caller.create(
            self._store,
            effect_id,
            find,
            "POST",
            f"{_BASE}/time_off_entries.json",
            _day_off,
            json={"time_off_entry": body},
        )

    async def change_day_off(self, entry_id: str, hours: Decimal) -> None:
        """Other hours."""
        body = {"time_off_entry": {"hours": hours}}
        await self._caller.send("PUT", f"{_BASE}/time_off_entries/{entry_id}.json", json=body)

    async def drop_day_off(self, entry_id: str) -> None:
        """Somebody works that day after all."""
        await self._caller.send("DELETE", f"{_BASE}/time_off_entries/{entry_id}.json", accept=(404,))


def _ids(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in values)


def _participation(response: Response) -> str:
    return _only(response.json(), "participations")


def _day_off(response: Response) -> str:
    return _only(response.json(), "time_off_entries")


def _only(body: Mapping[str, Any], collection: str) -> str:
    return str(next(row["id"] for row in body["results"] if row["key"] == collection))
