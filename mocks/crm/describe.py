"""What the tenant says of its own objects: the list of them, and the fields of one (crm-salesforce.md section 3)."""

from __future__ import annotations

from typing import Any

from mocks.crm.fields import NUMBERS, TEXTS, Column
from mocks.crm.objects import SObject
from mocks.crm.organisation import Org
from mocks.crm.records import Schema
from mocks.crm.records_organisation import STAGES
from mocks.crm.versions import DATA

BATCH_MAX = 200
_NUMBERED = ("ContractNumber", "QuoteNumber", "LineNumber", "OrderNumber", "OrderItemNumber", "CaseNumber")


def listing(schema: Schema, version: str) -> dict[str, Any]:
    """``GET sobjects``."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": BATCH_MAX,
        "sobjects": [summary(sobject, version) for sobject in schema.objects],
    }


def summary(sobject: SObject, version: str) -> dict[str, Any]:
    """What the list says of one object."""
    base = f"{DATA}/{version}/sobjects/{sobject.name}"
    return {
        "name": sobject.name,
        "label": sobject.label or sobject.name,
        "labelPlural": sobject.plural,
        "keyPrefix": sobject.prefix,
        "custom": sobject.custom,
        "customSetting": False,
        "queryable": True,
        "createable": sobject.writable,
        "updateable": sobject.writable,
        "deletable": sobject.writable,
        "retrieveable": True,
        "searchable": False,
        "replicateable": True,
        "triggerable": sobject.writable,
        "undeletable": False,
        "mergeable": False,
        "layoutable": False,
        "activateable": False,
        "feedEnabled": False,
        "deprecatedAndHidden": False,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": base + "/{ID}"},
    }


def full(sobject: SObject, version: str, org: Org) -> dict[str, Any]:
    """``GET sobjects/X/describe``."""
    return {
        **summary(sobject, version),
        "fields": [_field(column, sobject, org) for column in sobject.columns],
        "childRelationships": [
            {
                "childSObject": child.name,
                "field": column.name,
                "relationshipName": column.children,
                "cascadeDelete": column.on_delete == "cascade",
                "restrictedDelete": column.on_delete == "restrict",
                "deprecatedAndHidden": False,
            }
            for child, column in org.schema.children[sobject.name]
        ],
        "recordTypeInfos": [],
    }


def _field(column: Column, sobject: SObject, org: Org) -> dict[str, Any]:
    length = column.length if column.type in (*TEXTS, "id", "reference") else 0
    return {
        "name": column.name,
        "label": column.label,
        "type": column.type,
        "length": length,
        "byteLength": 3 * length,
        "precision": column.precision if column.type in NUMBERS else 0,
        "scale": column.scale,
        "digits": column.precision if column.type == "int" else 0,
        "nillable": not (column.required or column.defaulted),
        "createable": column.createable and sobject.writable,
        "updateable": column.updateable and sobject.writable,
        "defaultedOnCreate": column.defaulted,
        "defaultValue": bool(column.default) if column.type == "boolean" else column.default,
        "calculated": False,
        "custom": column.custom,
        "externalId": column.external_id,
        "unique": column.unique,
        "idLookup": column.name == "Id" or column.external_id,
        "caseSensitive": False,
        "filterable": column.filterable,
        "sortable": column.filterable,
        "groupable": column.groupable,
        "nameField": column.name == sobject.name_field,
        "autoNumber": column.name in _NUMBERED,
        "restrictedPicklist": column.restricted or column.name == "CurrencyIsoCode",
        "picklistValues": _choices(column, org),
        "referenceTo": [column.refers_to] if column.refers_to else [],
        "relationshipName": column.relationship,
        "compoundFieldName": column.compound,
        "deprecatedAndHidden": False,
        "inlineHelpText": None,
    }


def _choices(column: Column, org: Org) -> list[dict[str, Any]]:
    values = {"CurrencyIsoCode": org.currencies, "StageName": tuple(STAGES)}.get(column.name, column.choices)
    default = org.corporate_currency if column.name == "CurrencyIsoCode" else column.default
    return [
        {"value": value, "label": value, "active": True, "defaultValue": value == default, "validFor": None}
        for value in values
    ]
