"""CRM connector: Salesforce change events over CometD, deals by SOQL, status fields written back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from sandbox.core.client import PasswordGrant
from sandbox.core.ports import Ports
from sandbox.engine.canonical import (
    CAPPED_TIME,
    FIXED_FEE,
    FIXED_FEE_BY_COST,
    MILESTONE,
    MILESTONE_OVER_TIME,
    PREPAID_HOURS,
    PROPOSED,
    STAND_READY,
    TIME_AND_MATERIALS,
    WON,
    Deal,
    DealChange,
    DealLine,
)
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller, Refused, Unavailable
from sandbox.engine.settings import Settings

_DATA = "/services/data/v62.0"
_CASE = _DATA + "/sobjects/Case/Dead_Letter_Key__c/{key}"
_COMETD = "/cometd/62.0"
_CHANNEL = "/data/ChangeEvents"
_STAGES = {"Proposal/Price Quote": PROPOSED, "Negotiation/Review": PROPOSED, "Closed Won": WON}
# By type and revenue method; a type alone means its first one.
_KINDS = {
    ("T&M", None): TIME_AND_MATERIALS,
    ("T&M", "Right to Invoice"): TIME_AND_MATERIALS,
    ("T&M", "Over Time - Hours"): CAPPED_TIME,
    ("Fixed Fee", None): FIXED_FEE,
    ("Fixed Fee", "Over Time - Hours"): FIXED_FEE,
    ("Fixed Fee", "Over Time - Cost"): FIXED_FEE_BY_COST,
    ("Milestone", None): MILESTONE,
    ("Milestone", "Point in Time"): MILESTONE,
    ("Milestone", "Over Time - Cost"): MILESTONE_OVER_TIME,
    ("Retainer", None): STAND_READY,
    ("Retainer", "Ratable"): STAND_READY,
    ("Retainer", "Prepaid Hours"): PREPAID_HOURS,
}
_DEAL = (
    "SELECT Id, Name, StageName, Amount, CurrencyIsoCode, Engagement_Code__c, Engagement_Type__c, "
    "Revenue_Method__c, Legal_Entity__c, Rate_Card__c, "
    "Project_Start__c, Project_End__c, At_Risk_Start__c, "
    "AccountId, Account.Name, Account.AccountNumber, Account.BillingCountry, "
    "Account.BillingState, Account.VAT_Number__c, "
    "(SELECT Id, Change_Order_Number__c, Approved_On__c, Budget_Hours_Change__c, Project_End__c, Change_Treatment__c "
    "FROM Orders WHERE Type = 'Change Order' AND Status = 'Activated' "
    "ORDER BY Approved_On__c, Change_Order_Number__c) FROM Opportunity WHERE Id = '{id}'"
)
_CHANGED = (
    "SELECT Id, OrderId, Contract_Line_Code__c, TotalPrice FROM OrderItem "
    "WHERE Order.OpportunityId = '{id}' AND Order.Type = 'Change Order' AND Order.Status = 'Activated' ORDER BY Id"
)
_SEPARATE = "Separate Contract"
_LINES = (
    "SELECT Id, Contract_Line_Code__c, Description, TotalPrice, Budget_Hours__c, Milestone_Date__c "
    "FROM OpportunityLineItem "
    "WHERE OpportunityId = '{id}' ORDER BY Contract_Line_Code__c"
)


@dataclass(frozen=True, slots=True)
class DealEvent:
    """Something about a deal changed. ``event_id`` tells repeats, ``replay_id`` is where to go on."""

    event_id: str
    replay_id: int
    entity: str
    record_ids: tuple[str, ...]
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A case of ours. ``word`` tells one closing with its resolution from another; empty while there is none."""

    case_id: str
    closed: bool
    resolution: str | None
    word: str


class CrmConnector:
    """The CRM as the engine sees it."""

    def __init__(self, ports: Ports, settings: Settings, policy: Policy, capability: str) -> None:
        auth = PasswordGrant(
            settings.crm_consumer_key, settings.crm_consumer_secret, settings.crm_username, settings.crm_password
        )
        self._caller = Caller(ports, "crm", auth, policy, capability)
        self._client_id: str | None = None
        self._user_id: str | None = None

    # -- events --------------------------------------------------------------------------------------------------------

    async def changes(self, after_replay_id: int) -> list[DealEvent]:
        """What happened after a replay id, oldest first; own changes are left out."""
        own = await self._own_user_id()
        messages = await self._connect(after_replay_id) or await self._connect(after_replay_id)
        if messages is None:
            raise Unavailable("CometD connect failed twice")
        events = [_event(message) for message in messages if message["channel"] != "/meta/connect"]
        return [event for event in events if event.payload["ChangeEventHeader"]["commitUser"] != own]

    async def _connect(self, after_replay_id: int) -> list[dict[str, Any]] | None:
        """What a connect brings; None when the server has forgotten this client and it must start anew."""
        asked = 0

        async def connect() -> dict[str, Any]:
            nonlocal asked
            asked += 1
            if asked > 1:
                # What the lost answer held was handed out already: only a new subscription brings it again.
                self.forget_client()
            if self._client_id is None:
                await self._subscribe(after_replay_id)
            message = {"channel": "/meta/connect", "clientId": self._client_id, "connectionType": "long-polling"}
            return {"json": [message]}

        try:
            messages: list[dict[str, Any]] = (await self._caller.send_anew("POST", _COMETD, connect)).json()
        except Unavailable:
            self.forget_client()
            raise
        if _is_logged_out(messages):
            await self._who_am_i()
        if not all(message.get("successful", True) for message in messages):
            self.forget_client()
            return None
        return messages

    def forget_client(self) -> None:
        """Subscribe anew at the next look: what was handed out and not taken in comes again."""
        self._client_id = None

    async def _subscribe(self, after_replay_id: int) -> None:
        hello = {
            "channel": "/meta/handshake",
            "version": "1.0",
            "supportedConnectionTypes": ["long-polling"],
            "ext": {"replay": True},
        }
        (answer,) = await self._bayeux([hello])
        client_id = answer["clientId"]
        (answer,) = await self._bayeux([_subscription(client_id, after_replay_id)])
        if not answer["successful"]:
            # Older than the retention: all that is retained, and the sweep for the rest.
            (answer,) = await self._bayeux([_subscription(client_id, -2)])
        if not answer["successful"]:
            raise Unavailable(f"CometD subscribe failed: {answer.get('error')}")
        self._client_id = client_id

    async def _bayeux(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = (await self._caller.send("POST", _COMETD, json=messages)).json()
        if _is_logged_out(answer):
            await self._who_am_i()
            answer = (await self._caller.send("POST", _COMETD, json=messages)).json()
        return answer

    async def _own_user_id(self) -> str:
        if self._user_id is None:
            self._user_id = await self._who_am_i()
        return self._user_id

    async def _who_am_i(self) -> str:
        return str((await self._caller.send("GET", "/services/oauth2/userinfo")).json()["user_id"])

    # -- records -------------------------------------------------------------------------------------------------------

    async def deal(self, opportunity_id: str) -> Deal | None:
        """A deal with client and lines; None when it is gone, neither proposed nor won, or has no engagement code.

        Raises Refused for a deal that lacks what it cannot be set up without.
        """
        rows = await self._query(_DEAL.format(id=opportunity_id))
        if not rows or not rows[0]["Engagement_Code__c"] or rows[0]["StageName"] not in _STAGES:
            return None
        lines = await self._query(_LINES.format(id=opportunity_id))
        deal = _deal(rows[0], lines)
        orders = (rows[0]["Orders"] or {}).get("records", [])
        if not orders:
            return deal
        items = await self._query(_CHANGED.format(id=opportunity_id))
        return replace(deal, changes=tuple(_change(order, items, deal) for order in orders))

    async def opportunity_of_order(self, order_id: str) -> str | None:
        """The deal an order belongs to, None for one without."""
        rows = await self._query(f"SELECT OpportunityId FROM Order WHERE Id = '{order_id}'")
        return rows[0]["OpportunityId"] if rows else None

    async def opportunity_of_line(self, line_id: str) -> str | None:
        """The deal a line belongs to."""
        rows = await self._query(f"SELECT OpportunityId FROM OpportunityLineItem WHERE Id = '{line_id}'")
        return str(rows[0]["OpportunityId"]) if rows else None

    async def opportunities_of_account(self, account_id: str) -> list[str]:
        """The deals of a client."""
        rows = await self._query(f"SELECT Id FROM Opportunity WHERE AccountId = '{account_id}' ORDER BY Id")
        return [str(row["Id"]) for row in rows]

    async def set_fields(self, kind: str, record_id: str, fields: dict[str, Any]) -> None:
        """Write fields the engine owns; setting the same again is harmless."""
        await self._caller.send("PATCH", f"{_DATA}/sobjects/{kind}/{record_id}", json=fields)

    # -- cases ---------------------------------------------------------------------------------------------------------

    async def case(self, key: str) -> Case | None:
        """The case of that key, None before there is one."""
        found = await self._caller.send("GET", _CASE.format(key=quote(key, safe="")), accept=(404,))
        if found.status == 404:
            return None
        row = found.json()
        said = row["IsClosed"] and row["Resolution__c"]
        word = f"{row['ClosedDate']} {row['Resolution__c']}" if said else ""
        return Case(row["Id"], row["IsClosed"], row["Resolution__c"], word)

    async def put_case(self, key: str | None, named: str, fields: dict[str, Any]) -> None:
        """Make or change the case of a key; without a key of its own it is made once more each time."""
        if key is not None:
            await self._caller.send("PATCH", _CASE.format(key=quote(key, safe="")), json=fields)
        else:
            await self._caller.send("POST", f"{_DATA}/sobjects/Case", json={**fields, "Subject": named})

    async def letter_keys(self, case_ids: list[str]) -> list[str]:
        """The keys of those of the cases that have one."""
        listed = ", ".join(f"'{case_id}'" for case_id in case_ids)
        rows = await self._query(f"SELECT Dead_Letter_Key__c FROM Case WHERE Id IN ({listed})")
        return [str(row["Dead_Letter_Key__c"]) for row in rows if row["Dead_Letter_Key__c"]]

    async def deal_worth(self, opportunity_id: str) -> str:
        """Amount and currency of a deal, nothing when it is gone."""
        rows = await self._query(f"SELECT Amount, CurrencyIsoCode FROM Opportunity WHERE Id = '{opportunity_id}'")
        return f"{rows[0]['Amount']} {rows[0]['CurrencyIsoCode']}" if rows and rows[0]["Amount"] else ""

    async def _query(self, soql: str) -> list[dict[str, Any]]:
        page = (await self._caller.send("GET", f"{_DATA}/query", query={"q": soql})).json()
        rows: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = (await self._caller.send("GET", page["nextRecordsUrl"])).json()
            rows += page["records"]
        return rows


def _is_logged_out(messages: list[dict[str, Any]]) -> bool:
    """Streaming says so inside a 200, where no client looks for it: a REST call makes it log in again."""
    return any(str(message.get("error", "")).startswith("401") for message in messages)


def _subscription(client_id: str, replay_id: int) -> dict[str, Any]:
    return {
        "channel": "/meta/subscribe",
        "clientId": client_id,
        "subscription": _CHANNEL,
        "ext": {"replay": {_CHANNEL: replay_id}},
    }


def _event(message: dict[str, Any]) -> DealEvent:
    payload = message["data"]["payload"]
    header = payload["ChangeEventHeader"]
    replay_id = message["data"]["event"]["replayId"]
    return DealEvent(
        event_id=f"{header['transactionKey']}/{header['sequenceNumber']}/{header['entityName']}",
        replay_id=int(replay_id),
        entity=header["entityName"],
        record_ids=tuple(header["recordIds"]),
        payload=payload,
    )


def _deal(row: dict[str, Any], lines: list[dict[str, Any]]) -> Deal:
    kind, account = _KINDS.get((row["Engagement_Type__c"], row["Revenue_Method__c"])), row["Account"] or {}
    missing = [name for name in ("Legal_Entity__c", "Project_Start__c", "Project_End__c") if not row[name]]
    missing += [] if account.get("AccountNumber") else ["AccountNumber"]
    missing += ["Contract_Line_Code__c"] if any(not line["Contract_Line_Code__c"] for line in lines) else []
    if kind is None or missing:
        lacking = ", ".join(missing) or "a known engagement type and revenue method"
        raise Refused(f"deal {row['Engagement_Code__c']} lacks {lacking}")
    return Deal(
        code=row["Engagement_Code__c"],
        native_id=row["Id"],
        name=row["Name"],
        stage=_STAGES[row["StageName"]],
        kind=kind,
        entity=row["Legal_Entity__c"],
        currency=row["CurrencyIsoCode"],
        amount=Decimal(row["Amount"] or 0),
        start=date.fromisoformat(row["Project_Start__c"]),
        end=date.fromisoformat(row["Project_End__c"]),
        client_code=account["AccountNumber"],
        client_id=row["AccountId"],
        client_name=account["Name"],
        client_country=account["BillingCountry"],
        client_vat=account["VAT_Number__c"],
        at_risk=bool(row["At_Risk_Start__c"]),
        rate_card=row["Rate_Card__c"],
        lines=tuple(
            DealLine(
                line["Contract_Line_Code__c"],
                line["Id"],
                Decimal(line["TotalPrice"]),
                int(Decimal(line["Budget_Hours__c"] or 0) * 60),
                line["Description"] or "",
                date.fromisoformat(line["Milestone_Date__c"]) if line["Milestone_Date__c"] else None,
            )
            for line in lines
        ),
        client_state=account["BillingState"],
    )


def _change(order: dict[str, Any], items: list[dict[str, Any]], deal: Deal) -> DealChange:
    """Raises Refused for an order without the day of approval, or about a line the deal does not have; only a separate
    one adds lines."""
    number, approved_on = order["Change_Order_Number__c"], order["Approved_On__c"]
    mine = [item for item in items if item["OrderId"] == order["Id"]]
    ids = {item["Contract_Line_Code__c"]: item["Id"] for item in mine}
    unknown = ids.keys() - {line.code for line in deal.lines}
    separate = order["Change_Treatment__c"] == _SEPARATE
    if not approved_on or None in unknown or (unknown and not separate):
        what = f"is about {', '.join(sorted(map(str, unknown)))}" if unknown else "has no day of approval"
        raise Refused(f"change order {number} of deal {deal.code} {what}")
    return DealChange(
        number=number,
        on=date.fromisoformat(approved_on),
        amounts=tuple((item["Contract_Line_Code__c"], Decimal(item["TotalPrice"])) for item in mine),
        minutes=int(Decimal(order["Budget_Hours_Change__c"] or 0) * 60),
        end=date.fromisoformat(order["Project_End__c"]) if order["Project_End__c"] else None,
        from_now_on=separate or order["Change_Treatment__c"] == "Prospective",
        lines=tuple(DealLine(code, ids[code], Decimal(0), 0, added=True) for code in sorted(unknown)),
    )
