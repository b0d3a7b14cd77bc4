"""What went wrong and who looks after it: cases (section 10). An integration files its dead letters here."""

from __future__ import annotations

from mocks.crm.fields import Column, currency, flag, lookup, picklist, shown, text
from mocks.crm.objects import SObject

NEW, CLOSED = "New", "Closed"
TEAMS = ("IT", "PMO", "Finance")
RESOLUTIONS = ("Replayed", "Corrected", "Waived")

CASE = SObject(
    "Case",
    "500",
    "Cases",
    (
        shown(text("CaseNumber", 30, defaulted=True, indexed=True)),
        lookup("AccountId", "Account", "Cases", on_delete="restrict"),
        lookup("ParentId", "Case", "Cases"),
        picklist("Type", "Problem", "Feature Request", "Question"),
        # The vendor takes other values too; here the organisation restricts the field (assumed).
        picklist("Status", NEW, "Working", "Escalated", CLOSED, restricted=True, defaulted=True, default=NEW),
        picklist("Reason"),
        picklist("Origin", "Phone", "Email", "Web"),
        text("Subject", 255),
        picklist("Priority", "High", "Medium", "Low", defaulted=True, default="Medium"),
        Column("Description", "textarea", length=32000),
        shown(flag("IsClosed")),
        shown(Column("ClosedDate", "datetime")),
        flag("IsEscalated"),
        text("Dead_Letter_Key__c", 80, external_id=True, unique=True),
        picklist("Owner_Team__c", *TEAMS, restricted=True),
        currency("Amount__c"),
        Column("Due_Date__c", "datetime"),
        text("Flow__c", 40),
        text("Record_Key__c", 80, indexed=True),
        picklist("Resolution__c", *RESOLUTIONS, restricted=True),
    ),
    owned=True,
    name_field="CaseNumber",
)
