"""Requests made of requests: composite with references, batch without, and trees of new records (section 5).

A part is served by the route it names, in a savepoint of its own.
"""

from __future__ import annotations

from typing import Any

from mocks.crm import errors, references
from mocks.crm.bodies import flag_of, json_object, list_of, text_of
from mocks.crm.trees import planted
from mocks.crm.versions import DATA, DataRoutes
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.refusal import Refusal
from sandbox.core.wire import Request, Response, dumps

ROUTES = DataRoutes()
PARTS_MAX, QUERIES_MAX = 25, 5
_ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."
_ALLOWED = ("sobject", "record.", "external.", "query.", "replication.", "collections.")
_ALLOWED_IN_BATCH = (*_ALLOWED, "limits.", "resources.")
_COUNTED = ("query.", "collections.")
_HEADERS_SHOWN = ("Location", "ETag")
_PASSED_ON = (
    *("host", "authorization", "x-forwarded-proto"),
    *("sforce-call-options", "sforce-query-options", "sforce-duplicate-rule-header"),
)


@ROUTES.data("GET", "/composite", "composite.list")
def list_resources(call: Call, version: str) -> Response:
    """What there is below."""
    base = f"{DATA}/{version}/composite"
    return json_response(200, {name: f"{base}/{name}" for name in ("tree", "batch", "sobjects")})


@ROUTES.data("POST", "/composite", "composite.run")
def composite(call: Call, version: str) -> Response:
    """Up to 25 requests in turn, later ones with values of earlier answers."""
    sent = json_object(call.request)
    parts = _parts(sent, "compositeRequest")
    names = [text_of(part, "referenceId") for part in parts]
    _check_names(names)
    _check_counted(call, parts)
    answers: dict[str, Any] = {}
    shown: list[dict[str, Any]] = []

    def attempt() -> None:
        for name, part in zip(names, parts, strict=True):
            answer = _composite_part(call, part, answers)
            answers[name] = answer.json() if answer.body and answer.ok else None
            shown.append(_shown(name, answer))
            if all_or_none and not answer.ok:
                raise _Undone

    all_or_none = flag_of(sent, "allOrNone")
    try:
        with call.store.savepoint():
            attempt()
    except _Undone:
        halted = errors.halted(_ROLLED_BACK)
        failed = shown.pop()
        before, after = names[: len(shown)], names[len(shown) + 1 :]
        answer = halted.response(call.request)
        shown = [*(_shown(name, answer) for name in before), failed, *(_shown(name, answer) for name in after)]
    return json_response(200, {"compositeResponse": shown})


@ROUTES.data("POST", "/composite/batch", "composite.batch")
def batch(call: Call, version: str) -> Response:
    """Up to 25 requests that know nothing of each other."""
    sent = json_object(call.request)
    halting, halted = flag_of(sent, "haltOnError"), False
    results: list[dict[str, Any]] = []
    for part in _parts(sent, "batchRequests"):
        if halting and halted:
            message = "haltOnError is true, and an earlier request failed"
            answer = errors.CrmRefusal(412, "BATCH_PROCESSING_HALTED", message).response(call.request)
        else:
            path = text_of(part, "url")
            path = path if path.startswith("/") else f"{DATA}/{path}"
            answer = _served(call, part, path, part.get("richInput"), _ALLOWED_IN_BATCH)
        halted = halted or not answer.ok
        results.append({"statusCode": answer.status, "result": answer.json() if answer.body else None})
    return json_response(200, {"hasErrors": halted, "results": results})


@ROUTES.data("POST", "/composite/tree/<sobject>", "composite.tree")
def tree(call: Call, version: str, sobject: str) -> Response:
    """New records with their children, all or none."""
    refused, results = planted(call, sobject, json_object(call.request))
    return json_response(400 if refused else 201, {"hasErrors": refused, "results": results})


class _Undone(Exception):
    """Everything is taken back; never seen outside."""


def _parts(sent: dict[str, Any], name: str) -> list[dict[str, Any]]:
    parts = list_of(sent, name)
    if not parts or len(parts) > PARTS_MAX:
        raise errors.CrmRefusal(400, "LIMIT_EXCEEDED", f"'{name}' has one to {PARTS_MAX} requests, got {len(parts)}")
    for part in parts:
        if not isinstance(part, dict):
            raise errors.value_unreadable(name, part)
        text_of(part, "method")
        text_of(part, "url")
    return parts


def _check_names(names: list[str]) -> None:
    for name in names:
        if not references.NAME.fullmatch(name):
            raise errors.CrmRefusal(400, "INVALID_REFERENCE_ID", f"referenceId {name[:80]!r} is no name")
    if len(set(names)) < len(names):
        raise errors.CrmRefusal(400, "DUPLICATE_REFERENCE_ID", "a referenceId is given twice")


def _check_counted(call: Call, parts: list[dict[str, Any]]) -> None:
    counted = 0
    for part in parts:
        found = call.mock.resolve(Request(part["method"].upper(), part["url"].partition("?")[0]))
        counted += not isinstance(found, Response) and found[0].operation.startswith(_COUNTED)
    if counted > QUERIES_MAX:
        message = f"at most {QUERIES_MAX} requests of a composite are queries or collections, got {counted}"
        raise errors.CrmRefusal(400, "LIMIT_EXCEEDED", message)


def _composite_part(call: Call, part: dict[str, Any], answers: dict[str, Any]) -> Response:
    try:
        path = references.resolved(part["url"], answers)
        body = references.resolved(part.get("body"), answers)
    except errors.CrmRefusal as refusal:
        return refusal.response(call.request)
    return _served(call, part, str(path), body, _ALLOWED)


def _served(call: Call, part: dict[str, Any], address: str, body: Any, allowed: tuple[str, ...]) -> Response:
    """The answer to one part; what it refuses is undone alone."""
    path, _, query = address.partition("?")
    own = part.get("httpHeaders") or {}
    if not isinstance(own, dict):
        return errors.value_unreadable("httpHeaders", own).response(call.request)
    headers = {name: call.request.headers[name] for name in _PASSED_ON if name in call.request.headers}
    headers.update((str(name).lower(), str(value)) for name, value in own.items())
    try:
        raw = b"" if body is None else dumps(body)
    except TypeError:
        # An integer of more than 64 bits: no field holds one.
        return errors.body_unreadable("a number of the body is out of range").response(call.request)
    request = Request(part["method"].upper(), path, query, headers, raw, call.request.meta)
    found = call.mock.resolve(request)
    if isinstance(found, Response):
        return found
    route, values = found
    if not route.operation.startswith(allowed):
        return errors.not_found("This resource is not offered inside another request").response(request)
    try:
        with call.store.savepoint():
            answer: Response = route.view(Call(call.mock, request, call.principal, route.operation), **values)
            return answer
    except Refusal as refusal:
        return refusal.response(request)


def _shown(name: str, answer: Response) -> dict[str, Any]:
    headers = {key: value for key, value in answer.headers.items() if key in _HEADERS_SHOWN}
    body = answer.json() if answer.body else None
    return {"body": body, "httpHeaders": headers, "httpStatusCode": answer.status, "referenceId": name}
