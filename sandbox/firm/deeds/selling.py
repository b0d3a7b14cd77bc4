"""Sales: clients, opportunities with their lines, contracts, the win."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import round_half_away
from sandbox.firm.desk import Blocked, Desk, must
from sandbox.firm.tenants import PRODUCTS
from sandbox.plan import Client, ContractLine, Kind, Terms

# How the CRM calls a way of charging: type of engagement and method of revenue.
_TYPES: dict[Kind, tuple[str, str]] = {
    "time_and_materials": ("T&M", "Right to Invoice"),
    "capped_time": ("T&M", "Over Time - Hours"),
    "fixed_fee": ("Fixed Fee", "Over Time - Hours"),
    "fixed_fee_by_cost": ("Fixed Fee", "Over Time - Cost"),
    "milestone": ("Milestone", "Point in Time"),
    "milestone_over_time": ("Milestone", "Over Time - Cost"),
    "prepaid_hours": ("Retainer", "Prepaid Hours"),
    "stand_ready": ("Retainer", "Ratable"),
}
_PLANS: dict[Kind, str] = {
    "time_and_materials": "Time",
    "capped_time": "Time",
    "prepaid_hours": "In Advance Monthly",
    "stand_ready": "In Advance Monthly",
}
FIRST_STAGE, PROPOSAL, WON = "Qualification", "Proposal/Price Quote", "Closed Won"


async def sell(desk: Desk, args: dict[str, Any]) -> None:
    """Enter the client if new, the opportunity and its lines."""
    terms, client = desk.terms(args["engagement"]), desk.client(args["client"])
    account_id = await _account(desk, client)
    opportunity_id = await _opportunity(desk, terms, client, account_id)
    for line in terms.contract_lines:
        await _line(desk, terms, line, opportunity_id)


async def propose(desk: Desk, args: dict[str, Any]) -> None:
    """Send the proposal."""
    opportunity = await opportunity_of(desk, args["engagement"])
    if opportunity["StageName"] == FIRST_STAGE:
        must(await desk.crm("PATCH", f"/sobjects/Opportunity/{opportunity['Id']}", json={"StageName": PROPOSAL}), 204)


async def start_at_risk(desk: Desk, args: dict[str, Any]) -> None:
    """Work begins before the signature: sales says so on the deal."""
    opportunity = await opportunity_of(desk, args["engagement"])
    if not opportunity["At_Risk_Start__c"]:
        ticked = {"At_Risk_Start__c": True}
        must(await desk.crm("PATCH", f"/sobjects/Opportunity/{opportunity['Id']}", json=ticked), 204)


async def sign(desk: Desk, args: dict[str, Any]) -> None:
    """The client signs: contract activated, opportunity won."""
    terms = desk.terms(args["engagement"])
    opportunity = await opportunity_of(desk, args["engagement"])
    contract = await _contract(desk, terms, opportunity)
    if contract["Status"] != "Activated":
        must(await desk.crm("PATCH", f"/sobjects/Contract/{contract['Id']}", json={"Status": "Activated"}), 204)
    if opportunity["StageName"] != WON:
        won = {"StageName": WON, "ContractId": contract["Id"]}
        must(await desk.crm("PATCH", f"/sobjects/Opportunity/{opportunity['Id']}", json=won), 204)


async def rows_of(desk: Desk, soql: str) -> list[dict[str, Any]]:
    """What a query of the CRM finds."""
    found: list[dict[str, Any]] = must(await desk.crm("GET", "/query", query={"q": soql}), 200).json()["records"]
    return found


async def created(desk: Desk, kind: str, record: dict[str, Any]) -> str:
    """Id of a new record of the CRM."""
    return str(must(await desk.crm("POST", f"/sobjects/{kind}", json=record), 201).json()["id"])


async def _account(desk: Desk, client: Client) -> str:
    rows = await rows_of(desk, f"SELECT Id FROM Account WHERE AccountNumber = '{client.code}'")
    if rows:
        return str(rows[0]["Id"])
    record = {
        "Name": client.name,
        "AccountNumber": client.code,
        "Type": "Customer - Direct",
        "BillingCountry": client.country,
        **({"BillingState": client.state} if client.state else {}),
        "CurrencyIsoCode": client.currency,
        **({"VAT_Number__c": client.vat_number} if client.vat_number else {}),
    }
    return await created(desk, "Account", record)


async def _opportunity(desk: Desk, terms: Terms, client: Client, account_id: str) -> str:
    rows = await rows_of(desk, f"SELECT Id FROM Opportunity WHERE Engagement_Code__c = '{terms.code}'")
    if rows:
        return str(rows[0]["Id"])
    record = {
        "Name": f"{client.name} - {terms.title}",
        "AccountId": account_id,
        "StageName": FIRST_STAGE,
        "CloseDate": terms.signed.isoformat(),
        "CurrencyIsoCode": desk.plan.currency_of(terms),
        "Engagement_Code__c": terms.code,
        "Engagement_Type__c": _TYPES[terms.kind][0],
        "Revenue_Method__c": _TYPES[terms.kind][1],
        **({"Cap_Amount__c": terms.price} if terms.kind == "capped_time" else {}),
        **({"Rate_Card__c": terms.rate_card} if terms.rate_card else {}),
        "Legal_Entity__c": terms.entity,
        "Project_Start__c": terms.start.isoformat(),
        "Project_End__c": terms.end.isoformat(),
    }
    return await created(desk, "Opportunity", record)


async def _line(desk: Desk, terms: Terms, line: ContractLine, opportunity_id: str) -> None:
    if await rows_of(desk, f"SELECT Id FROM OpportunityLineItem WHERE Contract_Line_Code__c = '{line.code}'"):
        return
    product = PRODUCTS[terms.kind][0]
    entries = await rows_of(
        desk,
        f"SELECT Id FROM PricebookEntry WHERE Product2.ProductCode = '{product}' "
        f"AND CurrencyIsoCode = '{desk.plan.currency_of(terms)}'",
    )
    record = {
        "OpportunityId": opportunity_id,
        "PricebookEntryId": entries[0]["Id"],
        "Quantity": 1,
        "UnitPrice": line.price,
        "Description": line.title,
        "Contract_Line_Code__c": line.code,
        "Budget_Hours__c": round_half_away(Decimal(line.budget_minutes) / 60, 2),
        "Billing_Plan__c": "On Acceptance" if line.due else _PLANS.get(terms.kind, "Fixed Schedule"),
        **({"Milestone_Date__c": line.due.isoformat()} if line.due else {}),
    }
    await created(desk, "OpportunityLineItem", record)


async def opportunity_of(desk: Desk, engagement: str) -> dict[str, Any]:
    """The deal of an engagement; raises Blocked until it is there."""
    rows = await rows_of(
        desk,
        f"SELECT Id, StageName, AccountId, At_Risk_Start__c FROM Opportunity WHERE Engagement_Code__c = '{engagement}'",
    )
    if not rows:
        raise Blocked(f"opportunity {engagement} is not in the CRM")
    return rows[0]


async def _contract(desk: Desk, terms: Terms, opportunity: dict[str, Any]) -> dict[str, Any]:
    rows = await rows_of(desk, f"SELECT Id, Status FROM Contract WHERE Opportunity__c = '{opportunity['Id']}'")
    if rows:
        return rows[0]
    record = {
        "AccountId": opportunity["AccountId"],
        "Status": "Draft",
        "StartDate": terms.start.isoformat(),
        "ContractTerm": 12,
        "Opportunity__c": opportunity["Id"],
        "Payment_Terms_Days__c": terms.payment_terms_days,
        "PO_Number__c": f"PO-{terms.code}",
    }
    return {"Id": await created(desk, "Contract", record), "Status": "Draft"}
