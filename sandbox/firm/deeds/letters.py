"""Dead letters: their owner mends the cause in the system that owns it, and closes the case with a word."""

from __future__ import annotations

from typing import Any

from sandbox.firm.deeds.lookups import entries_of, role_id
from sandbox.firm.desk import Blocked, Desk, must
from sandbox.firm.tenants import item_code


async def add_item(desk: Desk, args: dict[str, Any]) -> None:
    """The ERP gains a service item for a role; adding it again changes nothing."""
    role = args["role"]
    form = {"item_id": item_code(role), "display_name": f"Consulting, {role}", "role": role}
    await desk.screen("erp", "add_item", form)


async def resolve_case(desk: Desk, args: dict[str, Any]) -> None:
    """Close the cases about cards that could not be posted; whoever closed one already has had their word."""
    keys = await _keys(desk, args)
    listed = ", ".join(f"'{key}'" for key in keys)
    soql = f"SELECT Id, IsClosed, Record_Key__c FROM Case WHERE Record_Key__c IN ({listed})"
    cases = must(await desk.crm("GET", "/query", query={"q": soql}), 200).json()["records"]
    if len(cases) < len(keys):
        raise Blocked(f"{len(keys) - len(cases)} of {len(keys)} cards have no case yet")
    word = {"Status": "Closed", "Resolution__c": args["resolution"]}
    for case in cases:
        if not case["IsClosed"]:
            must(await desk.crm("PATCH", f"/sobjects/Case/{case['Id']}", json=word), 204)


async def _keys(desk: Desk, args: dict[str, Any]) -> list[str]:
    """What the cases of the cards are about: time entries by the PSA's id."""
    days: dict[str, list[tuple[str, str]]] = {}
    for card in args["cards"]:
        days.setdefault(card["person"], []).append((card["on"], await role_id(desk, card["role"])))
    found: list[str] = []
    for person, wanted in days.items():
        rows = await entries_of(desk, args["engagement"], person, min(wanted)[0], max(wanted)[0])
        found += [f"time:{row['id']}" for row in rows if (row["date_performed"], row["role_id"]) in wanted]
    if len(found) < len(args["cards"]):
        raise Blocked(f"{len(args['cards']) - len(found)} cards are not in the PSA")
    return found
