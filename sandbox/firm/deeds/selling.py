"""Sales: clients, opportunities with their lines, contracts, the win."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import round_half_away
from sandbox.firm.desk import Blocked, Desk, must
from sandbox.firm.tenants import PRODUCTS
from sandbox.plan import Client, Terms

_TYPES = {"time_and_materials": "T&M", "fixed_fee": "Fixed Fee"}
FIRST_STAGE, PROPOSAL, WON = "Qualification", "Proposal/Price Quote", "Closed Won"


async def sell(desk: Desk, args: dict[str, Any]) -> None:
    """Enter the client if new, the opportunity and its line."""
    terms, client = desk.terms(args["engagement"]), desk.client(args["client"])
    account_id = await _account(desk, client)
    opportunity_id = await _opportunity(desk, terms, client, account_id)
    await _line(desk, terms, client, opportunity_id)


async def propose(desk: Desk, args: dict[str, Any]) -> None:
    """Send the proposal."""
    opportunity = await _existing(desk, args["engagement"])
    if opportunity["StageName"] == FIRST_STAGE:
        must(await desk.crm("PATCH", f"/sobjects/Opportunity/{opportunity['Id']}", json={"StageName": PROPOSAL}), 204)


async def sign(desk: Desk, args: dict[str, Any]) -> None:
    """The client signs: contract activated, opportunity won."""
    terms = desk.terms(args["engagement"])
    opportunity = await _existing(desk, args["engagement"])
    contract = await _contract(desk, terms, opportunity)
    if contract["Status"] != "Activated":
        must(await desk.crm("PATCH", f"/sobjects/Contract/{contract['Id']}", json={"Status": "Activated"}), 204)
    if opportunity["StageName"] != WON:
        won = {"StageName": WON, "ContractId": contract["Id"]}
        must(await desk.crm("PATCH", f"/sobjects/Opportunity/{opportunity['Id']}", json=won), 204)


async def _rows(desk: Desk, soql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = must(await desk.crm("GET", "/query", query={"q": soql}), 200).json()["records"]
    return found


async def _created(desk: Desk, kind: str, record: dict[str, Any]) -> str:
    return str(must(await desk.crm("POST", f"/sobjects/{kind}", json=record), 201).json()["id"])


async def _account(desk: Desk, client: Client) -> str:
    rows = await _rows(desk, f"SELECT Id FROM Account WHERE AccountNumber = '{client.code}'")
    if rows:
        return str(rows[0]["Id"])
    record = {
        "Name": client.name,
        "AccountNumber": client.code,
        "Type": "Customer - Direct",
        "BillingCountry": client.country,
        "CurrencyIsoCode": client.currency,
        **({"VAT_Number__c": client.vat_number} if client.vat_number else {}),
    }
    return await _created(desk, "Account", record)


async def _opportunity(desk: Desk, terms: Terms, client: Client, account_id: str) -> str:
    rows = await _rows(desk, f"SELECT Id FROM Opportunity WHERE Engagement_Code__c = '{terms.code}'")
    if rows:
        return str(rows[0]["Id"])
    record = {
        "Name": f"{client.name} - {terms.title}",
        "AccountId": account_id,
        "StageName": FIRST_STAGE,
        "CloseDate": terms.signed.isoformat(),
        "CurrencyIsoCode": client.currency,
        "Engagement_Code__c": terms.code,
        "Engagement_Type__c": _TYPES[terms.kind],
        "Legal_Entity__c": terms.entity,
        "Project_Start__c": terms.start.isoformat(),
        "Project_End__c": terms.end.isoformat(),
    }
    return await _created(desk, "Opportunity", record)


async def _line(desk: Desk, terms: Terms, client: Client, opportunity_id: str) -> None:
    if await _rows(desk, f"SELECT Id FROM OpportunityLineItem WHERE Contract_Line_Code__c = '{terms.line}'"):
        return
    product = PRODUCTS[terms.kind][0]
    entries = await _rows(
        desk,
        f"SELECT Id FROM PricebookEntry WHERE Product2.ProductCode = '{product}' "
        f"AND CurrencyIsoCode = '{client.currency}'",
    )
    record = {
        "OpportunityId": opportunity_id,
        "PricebookEntryId": entries[0]["Id"],
        "Quantity": 1,
        "UnitPrice": terms.price,
        "Description": terms.title,
        "Contract_Line_Code__c": terms.line,
        "Budget_Hours__c": round_half_away(Decimal(terms.budget_minutes) / 60, 2),
    }
    await _created(desk, "OpportunityLineItem", record)


async def _existing(desk: Desk, engagement: str) -> dict[str, Any]:
    rows = await _rows(
        desk, f"SELECT Id, StageName, AccountId FROM Opportunity WHERE Engagement_Code__c = '{engagement}'"
    )
    if not rows:
        raise Blocked(f"opportunity {engagement} is not in the CRM")
    return rows[0]


async def _contract(desk: Desk, terms: Terms, opportunity: dict[str, Any]) -> dict[str, Any]:
    rows = await _rows(desk, f"SELECT Id, Status FROM Contract WHERE Opportunity__c = '{opportunity['Id']}'")
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
    return {"Id": await _created(desk, "Contract", record), "Status": "Draft"}
