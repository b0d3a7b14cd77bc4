"""Refusals as Salesforce spells them: a JSON array of ``{message, errorCode, fields}``, an object for OAuth.

Codes and statuses: crm-salesforce.md section 8. A message keeps the words clients look for, the rest is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocks.kit.answers import json_response
from mocks.kit.refusal import Refusal
from sandbox.core.damage import Damage
from sandbox.core.wire import Request, Response


class CrmRefusal(Refusal):
    """One element of the error array; ``fields`` is left out when None."""

    def __init__(self, status: int, code: str, message: str, fields: Sequence[str] | None = None) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.fields_named = fields

    def response(self, request: Request) -> Response:
        named = {} if self.fields_named is None else {"fields": list(self.fields_named)}
        return json_response(self.status, [{"message": self.message, "errorCode": self.code, **named}])


class OAuthRefusal(Refusal):
    """The object body of the token endpoint, always 400 (section 1)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description, code=error)

    def response(self, request: Request) -> Response:
        return json_response(400, {"error": self.code, "error_description": self.message})


# -- addresses and sessions -------------------------------------------------------------------------------------------


def session_invalid() -> CrmRefusal:
    """No session, an unknown one, or one that idled out."""
    return CrmRefusal(401, "INVALID_SESSION_ID", "Session expired or invalid")


def quota_used_up() -> CrmRefusal:
    """The calls of the day are used up; clients stop on it."""
    return CrmRefusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def not_found(message: str = "The requested resource does not exist") -> CrmRefusal:
    """Unknown address, object, version or id."""
    return CrmRefusal(404, "NOT_FOUND", message)


def async_not_enabled(request: Request) -> Response:
    """The first bulk API is switched off; clients fall back on it, in the format they spoke."""
    code, message = "FeatureNotEnabled", "Async API not enabled"
    if "xml" in request.headers.get("content-type", "") + request.headers.get("accept", ""):
        space = "http://www.force.com/2009/06/asyncapi/dataload"
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><error xmlns="{space}"><exceptionCode>{code}</exceptionCode>'
            f"<exceptionMessage>{message}</exceptionMessage></error>"
        )
        return Response(400, {"Content-Type": "application/xml"}, body.encode())
    return json_response(400, {"exceptionCode": code, "exceptionMessage": message})


def method_not_allowed(method: str) -> CrmRefusal:
    """The address exists for another method."""
    return CrmRefusal(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed.")


def too_large() -> CrmRefusal:
    """More bytes than any request may have; code and text are ours."""
    return CrmRefusal(413, "REQUEST_ENTITY_TOO_LARGE", "Request body is too large")


def malformed_id(text: str, *, label: str = "", field: str | None = None) -> CrmRefusal:
    """Not 15 or 18 characters of an id, or a checksum that does not fit."""
    if field is None:
        return CrmRefusal(400, "MALFORMED_ID", f"malformed id {text}")
    return CrmRefusal(400, "MALFORMED_ID", f"{label}: value not of required type: {text}", [field])


def entity_is_deleted() -> CrmRefusal:
    """A write to a record in the bin."""
    return CrmRefusal(404, "ENTITY_IS_DELETED", "entity is deleted", [])


def operation_refused(name: str, deed: str) -> CrmRefusal:
    """The object as a whole does not allow inserting, updating or deleting."""
    return CrmRefusal(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {deed}: {name}", [])


# -- bodies and fields ------------------------------------------------------------------------------------------------


def body_unreadable(detail: str) -> CrmRefusal:
    """No JSON, or not an object."""
    return CrmRefusal(400, "JSON_PARSER_ERROR", detail)


def media_type_refused(named: str) -> CrmRefusal:
    """A body in a format this address does not take."""
    return CrmRefusal(
        415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Type header specified in HTTP request is not supported: {named[:255]}"
    )


def value_unreadable(kind: str, value: Any) -> CrmRefusal:
    """JSON of another type than the field's."""
    return CrmRefusal(
        400, "JSON_PARSER_ERROR", f"Cannot deserialize instance of {kind} from {_token(value)} value {_shown(value)}"
    )


def no_such_field(name: str, sobject: str) -> CrmRefusal:
    """A body names a field nobody knows."""
    return CrmRefusal(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")


def field_not_in_body(name: str) -> CrmRefusal:
    """The id, or the external id that stands in the address already."""
    return CrmRefusal(400, "INVALID_FIELD", f"The {name} field should not be specified in the sobject data.")


def read_only(names: Sequence[str]) -> CrmRefusal:
    """Fields that the API never writes, or not in this operation."""
    return CrmRefusal(
        400, "INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields: {', '.join(names)}.", names
    )


def required_missing(names: Sequence[str]) -> CrmRefusal:
    """All missing fields at once."""
    return CrmRefusal(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names)


def too_long(label: str, field: str, value: str, length: int) -> CrmRefusal:
    """A text over its length; the message carries the limit."""
    message = f"{label}: data value too large: {value[:255]} (max length={length})"
    return CrmRefusal(400, "STRING_TOO_LONG", message, [field])


def out_of_range(label: str, field: str, value: object) -> CrmRefusal:
    """A number or date the field cannot hold."""
    message = f"{label}: value outside of valid range on numeric field: {_shown(value)}"
    return CrmRefusal(400, "NUMBER_OUTSIDE_VALID_RANGE", message, [field])


def bad_choice(label: str, field: str, value: object) -> CrmRefusal:
    """A value outside a restricted picklist."""
    message = f"{label}: bad value for restricted picklist field: {_shown(value)}"
    return CrmRefusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field])


def cross_reference(field: str) -> CrmRefusal:
    """A look-up to a record that is not there."""
    return CrmRefusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field])


def duplicate(field: str, existing: str) -> CrmRefusal:
    """A unique value that another record holds."""
    message = f"duplicate value found: {field} duplicates value on record with id: {existing}"
    return CrmRefusal(400, "DUPLICATE_VALUE", message, [])


def integrity(message: str, *fields: str) -> CrmRefusal:
    """Fields that do not go together, in this record or across records."""
    return CrmRefusal(400, "FIELD_INTEGRITY_EXCEPTION", message, fields)


def row_locked() -> CrmRefusal:
    """Somebody else holds the record for the moment: try again."""
    return CrmRefusal(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records", [])


def halted(message: str) -> CrmRefusal:
    """A part of a composite request that is not served, or taken back, because of another."""
    return CrmRefusal(400, "PROCESSING_HALTED", message)


def delete_failed(name: str, children: str) -> CrmRefusal:
    """Records that hang on this one would be orphaned."""
    message = f"Your attempt to delete {name} could not be completed because it is associated with {children}"
    return CrmRefusal(400, "DELETE_FAILED", message, [])


# -- queries ----------------------------------------------------------------------------------------------------------


def malformed_query(message: str) -> CrmRefusal:
    """The query does not parse, or uses what is not offered."""
    return CrmRefusal(400, "MALFORMED_QUERY", message)


def invalid_field(message: str) -> CrmRefusal:
    """A query names or uses a field in a way it does not allow."""
    return CrmRefusal(400, "INVALID_FIELD", message)


def invalid_locator() -> CrmRefusal:
    """A locator nobody gave out, of somebody else, or expired."""
    return CrmRefusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")


# -- faults -----------------------------------------------------------------------------------------------------------

_DAMAGE = {
    429: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    503: ("SERVER_UNAVAILABLE", "The server is temporarily unavailable."),
}


def damaged(damage: Damage) -> Response:
    """429, 500 and 503 as an error array (a 429 is the sandbox's own: Salesforce says 403 when a quota is used up)."""
    code, message = _DAMAGE.get(damage.status, ("UNKNOWN_EXCEPTION", "An unexpected error occurred."))
    response = json_response(damage.status, [{"message": message, "errorCode": code}])
    if "retry_after" in damage.params:
        response.headers["Retry-After"] = str(damage.params["retry_after"])
    return response


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "VALUE_TRUE" if value else "VALUE_FALSE"
    names = {str: "VALUE_STRING", int: "VALUE_NUMBER_INT", dict: "START_OBJECT", list: "START_ARRAY"}
    return names.get(type(value), "VALUE_NUMBER_FLOAT")


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 255 else text[:255] + "..."
