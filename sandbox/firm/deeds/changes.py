"""Change orders: entered as signed in the CRM, approved in the PSA, decided by the revenue accountant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import exponent, round_half_away
from sandbox.firm.deeds.lookups import open_workspace_id
from sandbox.firm.deeds.selling import created, opportunity_of, rows_of
from sandbox.firm.desk import Blocked, Desk, listed, must
from sandbox.firm.tenants import PRODUCTS

# How CRM and revenue system call a treatment.
_IN_CRM = {"catch_up": "Cumulative Catch-up", "prospective": "Prospective", "separate": "Separate Contract"}
_IN_REVENUE = {"catch_up": "cumulative_catch_up", "prospective": "prospective", "separate": "separate_contract"}
_ACTIVATED = "Activated"


async def sign_change_order(desk: Desk, args: dict[str, Any]) -> None:
    """Enter the order with its products, then activate it with the day the client approved it."""
    terms = desk.terms(args["engagement"])
    number = f"{terms.code}-{args['number']}"
    entry = await _entry(desk, args["engagement"])
    found = await rows_of(desk, f"SELECT Id, Status FROM Order WHERE Change_Order_Number__c = '{number}'")
    if found and found[0]["Status"] == _ACTIVATED:
        return
    order_id = str(found[0]["Id"]) if found else await _order(desk, args, number, entry)
    there = await rows_of(desk, f"SELECT Id, Description FROM OrderItem WHERE OrderId = '{order_id}'")
    for what in ("price", "bonus"):
        if Decimal(args[what]) and what not in {row["Description"] for row in there}:
            product = {
                "OrderId": order_id,
                "PricebookEntryId": entry["Id"],
                "Quantity": 1,
                "UnitPrice": Decimal(args[what]),
                "Description": what,
                "Contract_Line_Code__c": args.get("line") or terms.line,
            }
            await created(desk, "OrderItem", product)
    signed = {"Status": _ACTIVATED, "Approved_On__c": args["on"]}
    must(await desk.crm("PATCH", f"/sobjects/Order/{order_id}", json=signed), 204)


async def approve_change(desk: Desk, args: dict[str, Any]) -> None:
    """The project lead approves what waits on the project, until its price is the one agreed."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    (workspace,) = listed(await desk.psa("GET", f"/workspaces/{workspace_id}.json"))
    places = exponent(desk.plan.currency_of(desk.terms(args["engagement"])))
    if workspace["price_in_cents"] == int(Decimal(args["price"]).scaleb(places)):
        return
    shown = await desk.screen("psa", "change_orders", {"workspace_id": workspace_id})
    if not shown["budget_change_orders"]:
        raise Blocked(f"no change of {args['engagement']} waits in the PSA")
    reason = {"workspace_id": workspace_id, "reason": args["number"]}
    await desk.screen("psa", "approve_change_order", reason)


async def decide_change(desk: Desk, args: dict[str, Any]) -> None:
    """Decide how a held change of the contract's line, or the line a change adds, is treated."""
    terms = desk.terms(args["engagement"])
    line = args.get("line") or terms.line
    shown = await desk.screen("revenue", "modifications", {"org": terms.entity})
    mine = [row for row in shown["modifications"] if row["line"] == line]
    if any(row["status"] == "Pending" for row in mine):
        decision = {"line": line, "treatment": _IN_REVENUE[args["treatment"]]}
        await desk.screen("revenue", "decide_modification", decision)
    elif not any(row["ct_mod_date"] >= args["on"] for row in mine):
        raise Blocked(f"no change of {line} waits for a decision")


async def _entry(desk: Desk, engagement: str) -> dict[str, Any]:
    terms = desk.terms(engagement)
    entries = await rows_of(
        desk,
        f"SELECT Id, Pricebook2Id FROM PricebookEntry WHERE Product2.ProductCode = '{PRODUCTS[terms.kind][0]}' "
        f"AND CurrencyIsoCode = '{desk.plan.currency_of(terms)}'",
    )
    return entries[0]


async def _order(desk: Desk, args: dict[str, Any], number: str, entry: dict[str, Any]) -> str:
    terms = desk.terms(args["engagement"])
    opportunity = await opportunity_of(desk, terms.code)
    record = {
        "AccountId": opportunity["AccountId"],
        "OpportunityId": opportunity["Id"],
        "Pricebook2Id": entry["Pricebook2Id"],
        "CurrencyIsoCode": desk.plan.currency_of(terms),
        "Name": f"{number} {terms.title}",
        "EffectiveDate": args["on"],
        "Status": "Draft",
        "Type": "Change Order",
        "Change_Order_Number__c": number,
        "Change_Treatment__c": _IN_CRM[args["treatment"]],
        "Budget_Hours_Change__c": round_half_away(Decimal(args["minutes"]) / 60, 2),
        **({"Project_End__c": args["end"]} if args["end"] else {}),
    }
    return await created(desk, "Order", record)
