"""Refusals as NetSuite spells them: the error envelope, codes and texts of erp-netsuite.md section 7.

Texts marked there as general knowledge or as the sandbox's choice are ours.
"""

from __future__ import annotations

from typing import Any

from mocks.kit.answers import json_response
from mocks.kit.records import RecordType
from mocks.kit.refusal import Refusal
from sandbox.core.damage import Damage
from sandbox.core.ids import numeric_id
from sandbox.core.wire import Request, Response

ERROR_JSON = "application/vnd.oracle.resource+json; type=error"
_SPECIFICATION = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    429: "Bad Request",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_TOO_MANY = "Concurrent request limit exceeded. Request blocked."
_PREFIX = "Error while accessing a resource. "


class ErpRefusal(Refusal):
    """``status``, vendor code, detail, and where: ``o:errorPath``, ``o:errorHeader`` or ``o:errorQueryParam``."""

    def __init__(self, status: int, code: str, detail: str, *, title: str | None = None, **where: str | None) -> None:
        super().__init__(detail, code=code)
        self.status = status
        self.title = title
        self.where = {f"o:error{name}": value for name, value in where.items() if value is not None}
        self.headers: dict[str, str] = {}

    def response(self, request: Request) -> Response:
        return envelope(self.status, self.code, self.message, self.title, self.where, self.headers)


class ActionRefusal(ErpRefusal):
    """A refused record action: detail and code stand at the top, there is no list (section 7)."""

    def __init__(self, cause: ErpRefusal) -> None:
        super().__init__(cause.status, cause.code, cause.message, title=cause.title)

    def response(self, request: Request) -> Response:
        whole = super().response(request).json()
        top = {name: whole[name] for name in ("type", "title", "status")}
        return json_response(self.status, {**top, "detail": self.message, "o:errorCode": self.code}, None, ERROR_JSON)


def envelope(
    status: int,
    code: str,
    detail: str,
    title: str | None = None,
    where: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The error body: type, title, status and one detail."""
    section = f"#sec10.{status // 100}.{status % 100 + 1}" if status != 429 else ""
    content: dict[str, Any] = {
        "type": _SPECIFICATION + section,
        "title": title or _TITLES[status],
        "status": status,
    }
    if status == 429:
        # Unlike all others it carries a code at the top as well (section 12.2).
        content["o:errorCode"] = "USER_ERROR"
    content["o:errorDetails"] = [{"detail": detail, "o:errorCode": code, **(where or {})}]
    return json_response(status, content, headers, ERROR_JSON)


def user_error(text: str, path: str | None = None) -> ErpRefusal:
    """What a person at the screen would be told as well."""
    return ErpRefusal(400, "USER_ERROR", _PREFIX + text, Path=path)


def invalid_value(value: object, name: str, path: str, reason: str = "") -> ErpRefusal:
    """The value of a field is not possible here; ``reason`` is an addition of ours for who has to find out why."""
    tail = f" {reason}" if reason else ""
    return user_error(f"You have entered an Invalid Field Value {value} for the following field: {name}.{tail}", path)


def invalid_content(detail: str, path: str | None = None) -> ErpRefusal:
    """A value of the wrong type or form."""
    return ErpRefusal(400, "INVALID_CONTENT", _PREFIX + detail, Path=path)


def missing(labels: list[str]) -> ErpRefusal:
    """Required fields without a value."""
    return user_error(f"Please enter value(s) for: {', '.join(labels)}.")


def not_balanced(debits: str, credits_: str) -> ErpRefusal:
    """A journal whose sides differ."""
    return user_error(f"Please balance this transaction: debits are {debits}, credits are {credits_}.", "line")


def already_exists(record_type: RecordType) -> ErpRefusal:
    """The external id or number is taken; entities have a text of their own."""
    noun = "entity" if "entityId" in record_type.by_name else "record"
    return user_error(f"This {noun} already exists.")


def dependent_records(what: str) -> ErpRefusal:
    """Not deleted, not moved: others refer to it."""
    return user_error(f"This record cannot be changed or deleted because it has dependent records: {what}.")


def locked(name: str, state: str) -> ErpRefusal:
    """A value that its record's state no longer lets change."""
    return user_error(f"The field {name} cannot be changed because this record is {state}.", name)


def closed_period() -> ErpRefusal:
    """Text of section 7 (the vendor's is not public)."""
    return user_error("The transaction date you specified is not within the date range of an open accounting period.")


def wrong_combination(field: str, reference: str, subsidiary: str) -> ErpRefusal:
    """Subsidiary or currency does not go with the record it is combined with."""
    detail = f"{_PREFIX}Invalid {field} reference key {reference} for subsidiary {subsidiary}."
    return ErpRefusal(400, "INVALID_KEY_OR_REF", detail, Path=field)


def no_rate(kind: str, currency: str, into: str, when: str) -> ErpRefusal:
    """A foreign document without a rate; ours, NetSuite falls back to what it has (O16 of accounting.md)."""
    return user_error(f"There is no {kind} exchange rate from {currency} to {into} {when}.", "exchangeRate")


def unknown_property(path: str) -> ErpRefusal:
    """Only under ``X-NetSuite-PropertyNameValidation: error``."""
    return ErpRefusal(400, "NONEXISTENT_FIELD", f"{_PREFIX}Unknown reference or field: {path}.", Path=path)


def no_record() -> ErpRefusal:
    """No record of that id or external id."""
    return ErpRefusal(404, "NONEXISTENT_ID", "Record does not exist.")


def no_record_type(name: str) -> ErpRefusal:
    """No such type, or not offered by this sandbox; the vendor's text is not public."""
    return ErpRefusal(404, "NOT_FOUND", f"Record type {name!r} does not exist.")


def operation_refused(name: str, allowed: list[str]) -> ErpRefusal:
    """The record type is not written by REST (code and status as seen in a public connector's log)."""
    valid = ", ".join(allowed)
    detail = f"This operation is not allowed for a {name} record. Valid operations: {valid}."
    return ErpRefusal(405, "INVALID_METHOD", detail)


def no_transform(source: str, target: str) -> ErpRefusal:
    """No such transform; the vendor's text is not public."""
    return bad_request(f"A {source} record cannot be transformed into a {target} record.")


def bad_request(detail: str) -> ErpRefusal:
    """A URL or body that cannot be understood."""
    return ErpRefusal(400, "INVALID_REQUEST", detail)


def bad_parameter(name: str, detail: str) -> ErpRefusal:
    """A query parameter with an impossible value."""
    return ErpRefusal(400, "INVALID_PARAMETER", detail, QueryParam=name)


def bad_header(name: str, detail: str) -> ErpRefusal:
    """A header that is missing or has an impossible value."""
    return ErpRefusal(400, "INVALID_HEADER", detail, Header=name)


def used_key(location: str) -> ErpRefusal:
    """An idempotency key that has made a job already; ``location`` is that job's (section 6)."""
    refusal = ErpRefusal(
        400, "IDEMPOTENCY_ERROR", "A request with this idempotency key was accepted before.", title="Conflict"
    )
    refusal.headers["Location"] = location
    return refusal


def bad_query(detail: str) -> ErpRefusal:
    """SuiteQL that does not hold."""
    return ErpRefusal(
        400, "INVALID_PARAMETER", f"Search error occurred: {detail}", title="Invalid search query.", QueryParam="q"
    )


def invalid_login(realm: str, problem: str) -> ErpRefusal:
    """Signature, token or nonce not accepted; ``problem`` as OAuth's problem reporting names it."""
    refusal = ErpRefusal(401, "INVALID_LOGIN", f"Invalid login attempt. Problem: {problem}.")
    refusal.headers["WWW-Authenticate"] = f'OAuth realm="{realm}", error="{problem}"'
    return refusal


def invalid_bearer() -> ErpRefusal:
    """A bearer token that was never given out or has expired; the answer does not say which."""
    refusal = ErpRefusal(401, "INVALID_LOGIN", "Invalid login attempt. Problem: token_rejected.")
    refusal.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return refusal


def too_many_at_once() -> ErpRefusal:
    """The account's concurrency limit (section 7); there is no Retry-After."""
    return ErpRefusal(429, "CONCURRENCY_LIMIT_EXCEEDED", _TOO_MANY)


def damaged(damage: Damage, request: Request) -> Response:
    """429 for too many requests at once, 500 with an error id, 503."""
    headers = {"Retry-After": str(damage.params["retry_after"])} if "retry_after" in damage.params else None
    if damage.status == 429:
        return envelope(429, "CONCURRENCY_LIMIT_EXCEEDED", _TOO_MANY, headers=headers)
    if damage.status == 503:
        detail = "The service is temporarily unavailable. Please try again later."
        return envelope(503, "SERVICE_UNAVAILABLE", detail, headers=headers)
    error_id = numeric_id("erp error", request.method, request.path, digits=10)
    detail = f"An unexpected error occurred. Error ID: {error_id}"
    return envelope(damage.status, "UNEXPECTED_ERROR", detail, headers=headers)
