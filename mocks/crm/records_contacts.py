"""Who is spoken to at a client: contacts (section 10)."""

from __future__ import annotations

from mocks.crm.fields import Column, lookup, shown, text
from mocks.crm.objects import SObject

_ADDRESS = ("MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry")

CONTACT = SObject(
    "Contact",
    "003",
    "Contacts",
    (
        lookup("AccountId", "Account", "Contacts", on_delete="cascade"),
        text("LastName", 80, required=True, indexed=True),
        text("FirstName", 40),
        shown(text("Name", 121, indexed=True)),
        Column("MailingStreet", "textarea", length=255, compound="MailingAddress"),
        text("MailingCity", 40, compound="MailingAddress"),
        text("MailingState", 80, compound="MailingAddress"),
        text("MailingPostalCode", 20, compound="MailingAddress"),
        text("MailingCountry", 80, compound="MailingAddress"),
        shown(Column("MailingAddress", "address", parts=_ADDRESS)),
        Column("Phone", "phone", length=40),
        Column("Email", "email", length=80),
        text("Title", 128),
        text("Department", 80),
        lookup("ReportsToId", "Contact"),
    ),
    owned=True,
)
