"""One quote of an opportunity may be synchronised with it: then their lines are twins.

Starting replaces the opportunity's lines by the quote's; from then on a line written or deleted on one side is written
or deleted on the other. Custom fields of the same name travel too (the vendor needs a trigger for that, and most
organisations have one: assumed). Ending it leaves the lines of both sides as they are.
"""

from __future__ import annotations

from mocks.crm import errors
from mocks.crm.organisation import Desk
from mocks.crm.records import STANDARD
from mocks.crm.rules_lines import entry_of
from mocks.crm.rules_numbers import free_number
from mocks.crm.rules_totals import refresh_opportunity, refresh_quote
from mocks.crm.rules_uniques import check_uniques
from sandbox.core.observe import Row

_DEAL_LINE, _QUOTE_LINE = (STANDARD.by_name[name] for name in ("OpportunityLineItem", "QuoteLineItem"))
_COPIED = tuple(
    each.name
    for each in _DEAL_LINE.record_type.fields
    if each.name in _QUOTE_LINE.record_type.by_name and each.name != "LastModifiedById"
)


def check_quote(desk: Desk, opportunity: Row) -> None:
    """Raises CrmRefusal when the quote to be synchronised is not one of the opportunity's."""
    quote = desk.store.get("Quote", opportunity["SyncedQuoteId"])
    if quote is None or quote["OpportunityId"] != opportunity["Id"]:
        raise errors.cross_reference("SyncedQuoteId")


def switch(desk: Desk, before: Row, after: Row) -> None:
    """End one synchronisation and start another, after the opportunity's ``SyncedQuoteId`` was written."""
    if before["SyncedQuoteId"] is not None:
        _end(desk, before["SyncedQuoteId"])
    if after["SyncedQuoteId"] is not None:
        _start(desk, after)


def deal_line_written(desk: Desk, opportunity: Row, old: Row | None, new: Row | None) -> None:
    """Carry a line of a synchronised opportunity to the quote. A deleted one has taken its twin along already."""
    quote_id = opportunity["SyncedQuoteId"]
    if old is None and new is not None:
        line = {name: new[name] for name in _COPIED}
        label = f"twin of {new['Id']}"
        line.update(
            QuoteId=quote_id,
            OpportunityLineItemId=new["Id"],
            LineNumber=free_number(desk, "QuoteLineItem", "LineNumber", label),
            LastModifiedById=desk.user_id,
        )
        desk.store.insert("QuoteLineItem", line, label=label)
    elif new is not None:
        twin = desk.store.one("QuoteLineItem", {"OpportunityLineItemId": new["Id"]})
        if twin is not None:
            _copy(desk, new, "QuoteLineItem", twin)
    refresh_quote(desk, quote_id)


def quote_line_written(desk: Desk, opportunity: Row, old: Row | None, new: Row | None) -> None:
    """Carry a line of the synchronised quote to its opportunity."""
    line: Row = new or old or {}
    twin = None
    if old is None and new is not None:
        _add_deal_line(desk, opportunity, new)
    elif line["OpportunityLineItemId"] is not None:
        twin = desk.store.get("OpportunityLineItem", line["OpportunityLineItemId"])
    if twin is not None and new is None:
        desk.store.delete("OpportunityLineItem", twin["Id"])
    elif twin is not None and new is not None:
        check_uniques(desk, _DEAL_LINE, new, twin["Id"])
        _copy(desk, new, "OpportunityLineItem", twin)
    refresh_opportunity(desk, opportunity, None)


def _start(desk: Desk, opportunity: Row) -> None:
    quote_id = opportunity["SyncedQuoteId"]
    quote = desk.store.get("Quote", quote_id) or {}
    desk.store.update("Quote", quote_id, {"IsSyncing": 1, "LastModifiedById": desk.user_id}, quote)
    for line in desk.store.find("OpportunityLineItem", {"OpportunityId": opportunity["Id"]}):
        desk.store.delete("OpportunityLineItem", line["Id"])
    for line in desk.store.find("QuoteLineItem", {"QuoteId": quote_id}):
        _add_deal_line(desk, opportunity, line)
    if quote["Pricebook2Id"] not in (None, opportunity["Pricebook2Id"]):
        book = {"Pricebook2Id": quote["Pricebook2Id"], "LastModifiedById": desk.user_id}
        opportunity = desk.store.update("Opportunity", opportunity["Id"], book)
    refresh_opportunity(desk, opportunity, None)


def _end(desk: Desk, quote_id: str) -> None:
    stamp = {"LastModifiedById": desk.user_id}
    if desk.store.get("Quote", quote_id) is not None:
        desk.store.update("Quote", quote_id, {"IsSyncing": 0, **stamp})
    for line in desk.store.find("QuoteLineItem", {"QuoteId": quote_id}):
        desk.store.update("QuoteLineItem", line["Id"], {"OpportunityLineItemId": None, **stamp}, line)


def _add_deal_line(desk: Desk, opportunity: Row, line: Row) -> None:
    check_uniques(desk, _DEAL_LINE, line, None)
    entry = entry_of(desk, line["PricebookEntryId"])
    twin = {name: line[name] for name in _COPIED}
    twin.update(
        OpportunityId=opportunity["Id"],
        Name=f"{opportunity['Name']} {entry['Name']}",
        ProductCode=entry["ProductCode"],
        LastModifiedById=desk.user_id,
    )
    code = line["Contract_Line_Code__c"]
    label = f"twin of {line['Id']}" if code is None else f"Contract_Line_Code__c={code}"
    twin_id = desk.store.insert("OpportunityLineItem", twin, label=label)["Id"]
    link = {"OpportunityLineItemId": twin_id, "LastModifiedById": desk.user_id}
    desk.store.update("QuoteLineItem", line["Id"], link, line)


def _copy(desk: Desk, line: Row, name: str, twin: Row) -> None:
    written = {field: line[field] for field in _COPIED if line[field] != twin[field]}
    if written:
        desk.store.update(name, twin["Id"], {**written, "LastModifiedById": desk.user_id}, twin)
