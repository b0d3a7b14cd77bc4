"""Expected cost at completion (EAC): the project lead approves what the work will cost, for the run of a month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import exponent
from sandbox.firm.deeds.lookups import open_workspace_id
from sandbox.firm.desk import Blocked, Desk, listed, must
from sandbox.firm.tenants import EAC_COST, EAC_PERIOD


async def approve_eac(desk: Desk, args: dict[str, Any]) -> None:
    """Write cost and month into the project's fields, both at once; the currency is that of the entity."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    currency = desk.plan.entity(desk.terms(args["engagement"]).entity).currency
    wanted = {
        EAC_COST: [int(Decimal(args["cost"]).scaleb(exponent(currency))), currency],
        EAC_PERIOD: args["period"],
    }
    query = {"subject_type": "Workspace", "with_subject_id": workspace_id}
    rows = listed(await desk.psa("GET", "/custom_field_values.json", query=query))
    if {row["custom_field_name"]: row["value"] for row in rows}.items() >= wanted.items():
        return
    bodies = [
        {
            "subject_type": "Workspace",
            "subject_id": workspace_id,
            "custom_field_id": await _field_id(desk, name),
            "value": value,
        }
        for name, value in wanted.items()
    ]
    must(await desk.psa("POST", "/custom_field_values.json", json={"custom_field_values": bodies}), 200)


async def _field_id(desk: Desk, name: str) -> str:
    key = ("custom field", name)
    if key not in desk.records.remembered:
        for row in listed(await desk.psa("GET", "/custom_fields.json", query={"per_page": 200})):
            desk.records.remembered["custom field", row["name"]] = row["id"]
    if key not in desk.records.remembered:
        raise Blocked(f"the PSA has no field {name!r}")
    return desk.records.remembered[key]
