"""Where a person finds things in the PSA; what was found once is remembered."""

from __future__ import annotations

from typing import Any

from sandbox.firm.desk import Blocked, Desk, listed

_PAGE = 200


async def workspace_of(desk: Desk, engagement: str) -> dict[str, Any]:
    """The engagement's project; raises Blocked until it is there."""
    rows = listed(await desk.psa("GET", "/workspaces.json", query={"search": engagement, "optional_fields": "stage"}))
    named = [row for row in rows if row["title"].startswith(f"{engagement} ")]
    if not named:
        raise Blocked(f"project {engagement} is not in the PSA")
    return named[0]


async def open_workspace_id(desk: Desk, engagement: str) -> str:
    """Id of the engagement's project once it is open for time; raises Blocked until then."""
    key = ("open workspace", engagement)
    if key not in desk.records.remembered:
        workspace = await workspace_of(desk, engagement)
        if not workspace["time_trackable"]:
            raise Blocked(f"project {engagement} is not open for time")
        desk.records.remembered[key] = workspace["id"]
    return desk.records.remembered[key]


async def story_id(desk: Desk, engagement: str, line: str | None = None) -> str:
    """Id of the task of a contract line, the engagement's own when none is named; raises Blocked until it is there."""
    key = ("story", line or engagement)
    if key not in desk.records.remembered:
        workspace_id = await open_workspace_id(desk, engagement)
        line = line or desk.terms(engagement).line
        rows = listed(await desk.psa("GET", "/stories.json", query={"workspace_id": workspace_id}))
        named = [row for row in rows if row["title"].startswith(f"{line} ")]
        if not named:
            raise Blocked(f"task {line} is not in the PSA")
        desk.records.remembered[key] = named[0]["id"]
    return desk.records.remembered[key]


async def user_id(desk: Desk, person: str) -> str:
    """Id of a colleague's PSA user; raises Blocked until it is there."""
    key = ("user", person)
    if key not in desk.records.remembered:
        email = desk.plan.people[person].email
        rows = listed(await desk.psa("GET", "/users.json", query={"by_email_address": email}))
        if not rows:
            raise Blocked(f"{person} is not a user of the PSA")
        desk.records.remembered[key] = rows[0]["id"]
    return desk.records.remembered[key]


async def role_id(desk: Desk, role: str) -> str:
    """Id of a role; raises Blocked when the PSA has none of that name."""
    key = ("role", role)
    if key not in desk.records.remembered:
        for row in listed(await desk.psa("GET", "/roles.json", query={"per_page": 200})):
            desk.records.remembered["role", row["name"]] = row["id"]
    if key not in desk.records.remembered:
        raise Blocked(f"role {role} is not in the PSA")
    return desk.records.remembered[key]


async def all_rows(desk: Desk, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of every page of a PSA collection."""
    rows: list[dict[str, Any]] = []
    page = 1
    while True:
        found = listed(await desk.psa("GET", path, query={**query, "per_page": _PAGE, "page": page}))
        rows += found
        if len(found) < _PAGE:
            return rows
        page += 1


async def entries_of(desk: Desk, engagement: str, person: str, first: str, last: str) -> list[dict[str, Any]]:
    """A person's time entries on an engagement in a span, oldest first."""
    query = {
        "workspace_id": await open_workspace_id(desk, engagement),
        "with_user_ids": await user_id(desk, person),
        "date_performed_between": f"{first}:{last}",
        "order": "date_performed:asc",
    }
    return await all_rows(desk, "/time_entries.json", query)


async def billing_milestone(desk: Desk, engagement: str, code: str) -> dict[str, Any]:
    """The engagement's billing milestone of that code; raises Blocked until it is there."""
    workspace_id = await open_workspace_id(desk, engagement)
    rows = listed(await desk.psa("GET", "/billing_milestones.json", query={"workspace_ids": workspace_id}))
    named = [row for row in rows if row["title"].startswith(f"{engagement}-{code} ")]
    if not named:
        raise Blocked(f"milestone {code} of {engagement} is not in the PSA")
    return named[0]
