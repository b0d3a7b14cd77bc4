"""Contacts: a name made of two, an account they go with, somebody they report to."""

from __future__ import annotations

import pytest

from tests.mocks.crm.client import Client, error


def test_a_contact_is_called_by_both_names_and_follows_them(crm: Client) -> None:
    contact = crm.create("Contact", FirstName="Ada", LastName="Lovelace", Department="Numbers", MailingCity="London")
    record = crm.get("Contact", contact)
    assert contact.startswith("003")
    assert (record["Name"], record["OwnerId"], record["AccountId"]) == ("Ada Lovelace", crm.user_id, None)
    assert record["MailingAddress"]["city"] == "London"
    crm.update("Contact", contact, FirstName=None)
    assert crm.get("Contact", contact)["Name"] == "Lovelace"


def test_a_contact_needs_a_last_name_and_its_name_is_derived(crm: Client) -> None:
    before = crm.mock.dump()
    status, code, fields = error(crm.send("POST", "sobjects/Contact", {"FirstName": "Ada"}))
    assert (status, code, fields) == (400, "REQUIRED_FIELD_MISSING", ["LastName"])
    refused = crm.send("POST", "sobjects/Contact", {"LastName": "Lovelace", "Name": "Countess"})
    assert error(refused)[:2] == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert crm.mock.dump() == before


def test_contacts_are_asked_for_with_their_account_and_from_it(crm: Client) -> None:
    account = crm.account()
    crm.create("Contact", LastName="Byron", AccountId=account)
    crm.create("Contact", LastName="Alone")
    rows = crm.query("SELECT Name, Account.Id FROM Contact ORDER BY Name")
    assert [(row["Name"], row["Account"] and row["Account"]["Id"]) for row in rows] == [
        ("Alone", None), ("Byron", account),
    ]  # fmt: skip
    (row,) = crm.query(f"SELECT (SELECT Name FROM Contacts) FROM Account WHERE Id = '{account}'")
    assert [each["Name"] for each in row["Contacts"]["records"]] == ["Byron"]


def test_an_account_takes_its_contacts_with_it(crm: Client) -> None:
    account = crm.account()
    contact = crm.create("Contact", LastName="Byron", AccountId=account)
    below = crm.create("Contact", LastName="Below", ReportsToId=contact)
    assert crm.send("DELETE", f"sobjects/Account/{account}").status == 204
    assert crm.send("GET", f"sobjects/Contact/{contact}").status == 404
    assert crm.get("Contact", below)["ReportsToId"] is None


@pytest.mark.parametrize("wrong", ["itself", "an account"])
def test_a_contact_reports_to_another_contact(crm: Client, wrong: str) -> None:
    contact = crm.create("Contact", LastName="Byron")
    to = contact if wrong == "itself" else crm.account()
    assert crm.send("PATCH", f"sobjects/Contact/{contact}", {"ReportsToId": to}).status == 400
    assert crm.get("Contact", contact)["ReportsToId"] is None
