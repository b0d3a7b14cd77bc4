"""Staffing: who takes part in a project, who is planned on it, and what people can do."""

from __future__ import annotations

from typing import Any

from sandbox.firm.deeds.lookups import all_rows, open_workspace_id, role_id, user_id
from sandbox.firm.desk import Desk, listed, must

# So many objects a request of the PSA may carry.
_BULK = 100


async def staff(desk: Desk, args: dict[str, Any]) -> None:
    """Let the team take part in the project, once it is open and everybody has a user; name who decides if asked to."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    if args.get("approver"):
        named = {"workspace": {"approver_ids": [await user_id(desk, args["approver"])]}}
        must(await desk.psa("PUT", f"/workspaces/{workspace_id}.json", json=named), 200)
    rows = listed(await desk.psa("GET", "/participations.json", query={"workspace_id": workspace_id, "per_page": 200}))
    there = {row["user_id"] for row in rows}
    team = [await user_id(desk, person) for person in args["team"]]
    missing = [
        {"workspace_id": workspace_id, "user_id": member, "role": "maven"} for member in team if member not in there
    ]
    if missing:
        must(await desk.psa("POST", "/participations.json", json={"participations": missing}), 200)


async def allocate(desk: Desk, args: dict[str, Any]) -> None:
    """Plan somebody, or a grade with a skill nobody is named for, on the project over some days."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    resource_id = await _resource_id(desk, workspace_id, args)
    query = {"workspace_resource_ids": resource_id, "per_page": 200}
    there = listed(await desk.psa("GET", "/workspace_allocations.json", query=query))
    wanted = {"start_date": args["first"], "end_date": args["last"], "minutes": args["minutes"], "hard": args["hard"]}
    if not any(all(row[name] == value for name, value in wanted.items()) for row in there):
        body = {"workspace_allocation": {"resource_id": resource_id, **wanted}}
        must(await desk.psa("POST", "/workspace_allocations.json", json=body), 200)


async def _resource_id(desk: Desk, workspace_id: str, args: dict[str, Any]) -> str:
    """The resource of the project that is somebody, or a grade and skill; made when it is not there."""
    wanted: dict[str, Any] = {"workspace_id": workspace_id}
    if args["person"] is not None:
        wanted["user_id"] = await user_id(desk, args["person"])
    else:
        wanted |= {"role_id": await role_id(desk, args["role"]), "label": args["skill"], "user_id": None}
    query = {"workspace_ids": workspace_id, "per_page": 200}
    for row in listed(await desk.psa("GET", "/workspace_resources.json", query=query)):
        if all(row[name] == value for name, value in wanted.items()):
            return str(row["id"])
    given = {name: value for name, value in wanted.items() if value is not None}
    made = listed(await desk.psa("POST", "/workspace_resources.json", json={"workspace_resource": given}))
    return str(made[0]["id"])


async def learn(desk: Desk, args: dict[str, Any]) -> None:
    """Enter what people can do; what is there already stays."""
    skills = {row["name"]: row["id"] for row in await all_rows(desk, "/skills.json", {})}
    known = {(row["user_id"], row["skill_id"]) for row in await all_rows(desk, "/skill_memberships.json", {})}
    missing = []
    for person, held in args["skills"].items():
        for skill in held:
            pair = (await user_id(desk, person), skills[skill["name"]])
            if pair not in known:
                missing.append({"user_id": pair[0], "skill_id": pair[1], "level": skill["level"]})
    for start in range(0, len(missing), _BULK):
        body = {"skill_memberships": missing[start : start + _BULK]}
        must(await desk.psa("POST", "/skill_memberships.json", json=body), 200)
