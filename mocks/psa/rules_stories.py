"""Tasks: their states move with progress, time and sub-tasks (psa-kantata.md section 8)."""

from __future__ import annotations

from typing import Any

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.present import minor_scale
from mocks.psa.records import COMPLETED, ISSUE_STATES, NOT_STARTED, STARTED
from mocks.psa.rules import Given, change, delete_with_references, picked, pointed_to, refer
from sandbox.core.observe import Row

DEPTH_MAX = 4

_PLAIN = (
    "title",
    "story_type",
    "description",
    "start_date",
    "due_date",
    "billable",
    "fixed_fee",
    "time_estimate_in_minutes",
)


def create_story(store: Store, given: Given) -> Row:
    """A task of a project."""
    workspace = pointed_to(store, "workspace", given["workspace_id"], "workspace_id")
    parent_id = given.get("parent_id")
    if parent_id is not None:
        _check_parent(store, workspace["id"], parent_id)
    values = {
        "billable": 1 - workspace["tasks_default_non_billable"],
        "fixed_fee": workspace["stories_are_fixed_fee_by_default"],
        "state": NOT_STARTED,
        "percentage_complete": 0,
        "story_type": "task",
        **picked(given, _PLAIN),
        "workspace_id": workspace["id"],
        "parent_id": parent_id,
        "currency": workspace["currency"],
        **_budget(given, workspace["currency"]),
    }
    values.update(moved(values, given))
    _check(values)
    story = store.insert("story", values)
    _start_parents(store, story)
    refer(store, "Story", story, given)
    return story


def change_story(store: Store, story: Row, given: Given) -> Row:
    """Other attributes or progress of a task; it stays in its project and under its parent."""
    for name in ("workspace_id", "parent_id"):
        if given.get(name, story[name]) != story[name]:
            raise invalid(name, f"{name} of a task cannot be changed")
    values = {**picked(given, _PLAIN), **_budget(given, story["currency"]), **moved(story, given)}
    _check({**story, **values})
    if story["state"] == COMPLETED and values.get("state", COMPLETED) != COMPLETED:
        _demand_unbilled(store, story)
    if given.get("state", story["state"]) != story["state"]:
        values["selections"] = story["selections"] + 1
    after = _moved_to(store, story, values)
    if after["state"] != story["state"]:
        _start_parents(store, after)
    refer(store, "Story", story, given)
    return after


def delete_story(store: Store, story: Row) -> None:
    """A task and its sub-tasks. Raises 422 when time is logged on one of them (assumed)."""
    for part in _tree(store, story):
        if store.one("time_entry", {"workspace_id": story["workspace_id"], "story_id": part["id"]}) is not None:
            raise invalid("base", "a task with logged time cannot be deleted")
        if store.one("billing_milestone", {"story_id": part["id"]}) is not None:
            raise invalid("base", "a task with a billing milestone cannot be deleted")
        for move in store.find("story_state_change", {"story_id": part["id"]}):
            store.delete("story_state_change", move["id"])
        delete_with_references(store, "Story", part["id"])


def start(store: Store, story: Row) -> None:
    """Time was logged: a task not started is started."""
    if story["state"] == NOT_STARTED:
        _start_parents(store, _moved_to(store, story, {"state": STARTED}))


def moved(story: Given, given: Given) -> dict[str, Any]:
    """State and progress after a change of either: completed is 100 %, 0 % is not started, more is started.

    Leaving the completed state without saying how far it got falls back to 0 % (assumed).
    """
    state, percent = given.get("state"), given.get("percentage_complete")
    if percent is not None and not 0 <= percent <= 100:
        raise invalid("percentage_complete", "percentage_complete must be between 0 and 100")
    if state is not None:
        percent = story["percentage_complete"] if percent is None else percent
        if state == COMPLETED:
            percent = 100
        elif state == NOT_STARTED or percent == 100:
            percent = 0
        return {"state": state, "percentage_complete": percent}
    if percent is None:
        return {}
    state = story["state"]
    if percent == 100:
        state = COMPLETED
    elif percent == 0:
        state = NOT_STARTED
    elif state in (NOT_STARTED, COMPLETED):
        state = STARTED
    return {"state": state, "percentage_complete": percent}


def _moved_to(store: Store, story: Row, values: Given) -> Row:
    """A task as changed; a move to another state is kept with who caused it (story_state_changes)."""
    after = change(store, story, "story", values)
    if after["state"] != story["state"]:
        by = store.creator if store.creator.isdigit() else None
        move = {"story_id": story["id"], "workspace_id": story["workspace_id"], "state": after["state"], "user_id": by}
        store.insert("story_state_change", move, label=f"{story['id']} {after['_version']}")
    return after


def _demand_unbilled(store: Store, story: Row) -> None:
    """What a client has been billed for cannot be taken back as not done (assumed)."""
    for milestone in store.find("billing_milestone", {"story_id": story["id"]}):
        if milestone["invoice_id"] is not None:
            raise invalid("state", f"billing milestone {milestone['id']} of this task is on an invoice")


def _check(after: Given) -> None:
    if after["story_type"] != "issue" and after["state"] in ISSUE_STATES:
        raise invalid("state", f"state {after['state']!r} is for issues")
    start_date, due = after.get("start_date"), after.get("due_date")
    if start_date is not None and due is not None and due < start_date:
        raise invalid("due_date", "due_date must not be before start_date")
    estimate = after.get("time_estimate_in_minutes")
    if estimate is not None and estimate < 0:
        raise invalid("time_estimate_in_minutes", "time_estimate_in_minutes must not be negative")


def _budget(given: Given, currency: str) -> dict[str, Any]:
    if "budget_estimate_in_cents" not in given:
        return {}
    cents = given["budget_estimate_in_cents"]
    return {"budget_estimate": None if cents is None else cents * minor_scale(currency)}


def _check_parent(store: Store, workspace_id: str, parent_id: str) -> None:
    depth = 0
    above: str | None = parent_id
    while above is not None:
        parent = pointed_to(store, "story", above, "parent_id")
        if parent["workspace_id"] != workspace_id:
            raise invalid("parent_id", f"task {parent_id} belongs to another project")
        depth, above = depth + 1, parent["parent_id"]
    if depth > DEPTH_MAX:
        raise invalid("parent_id", f"tasks nest at most {DEPTH_MAX} deep")


def _start_parents(store: Store, story: Row) -> None:
    """A task under way starts the tasks above it that were not started."""
    while story["state"] != NOT_STARTED and story["parent_id"] is not None:
        parent = store.get("story", story["parent_id"])
        if parent is None or parent["state"] != NOT_STARTED:
            return
        story = _moved_to(store, parent, {"state": STARTED})


def _tree(store: Store, story: Row) -> list[Row]:
    found = [story]
    for each in found:
        found += store.find("story", {"parent_id": each["id"]})
    return found
