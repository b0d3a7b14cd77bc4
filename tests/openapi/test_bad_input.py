"""Whatever a client sends: refused in the vendor's shape, never HTML, never a failure of ours, nothing stored."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest

from sandbox.core.wire import SYSTEMS, Request, Response, dumps
from tests.mocks.adapters import Adapter, adapters
from tests.openapi.fuzzing import is_fault
from tests.openapi.stage import Stage, stage

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(10))
    + b"]><b>&a9;</b>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY e SYSTEM "file:///etc/passwd">]><b>&e;</b>'
BODIES = {
    "no JSON": (b'{"a": ', "application/json"),
    "JSON of another kind": (b"[[[null]]]", "application/json"),
    "a number beyond any type": (b'{"a": 1' + b"0" * 400 + b"}", "application/json"),
    "nested beyond reading": (b"[" * 100_000, "application/json"),
    "not UTF-8": (b'{"a": "\xff\xfe\x00"}', "application/json"),
    "malformed XML": (b"<a><b></a>", "text/xml"),
    "an XML bomb": (BOMB, "text/xml"),
    "an XML entity from outside": (OUTSIDE, "application/xml"),
    "CSV with a broken quote": (b'"Type","So Num\n"SO', "text/csv"),
    "a form with broken escapes": (b"a=%zz&=&&&%00", "application/x-www-form-urlencoded"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png"),
    "a form in parts without a boundary": (b"--x\r\n\r\n", "multipart/form-data"),
    "a content type that is none": (b"{}", ";;;=\x80"),
}
_HR = re.compile(r"/ccx/service/[^/]*/Human_Resources")
# Longer than any field, shorter than the limit of a body.
LONG = "x" * 2_000_000


@pytest.fixture(params=SYSTEMS)
def there(request: pytest.FixtureRequest) -> Stage:
    return stage(request.param)


@pytest.fixture(params=adapters(), ids=lambda adapter: adapter.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    chosen: Adapter = request.param
    return chosen


def check(answer: Response, request: Request) -> None:
    told = f"{request.method} {request.path[:200]}?{request.query[:200]}"
    fault = answer.status >= 400 and _is_soap(request) and is_fault(answer.body)
    assert answer.status < 500 or (fault and answer.status == 500), told
    assert "html" not in (answer.header("content-type") or ""), told
    assert b"root:" not in answer.body, told
    assert b"a" * 600 not in answer.body, told
    if fault:
        assert (answer.header("content-type") or "").startswith("text/xml"), told
    elif answer.status >= 400 and answer.body:
        assert isinstance(answer.json(), dict | list), told


def _is_soap(request: Request) -> bool:
    """Addresses of SOAP: there a refusal is a fault under status 500."""
    return request.path.startswith("/services/Soap/") or bool(_HR.match(request.path))


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_none_is_refused_at_every_address(there: Stage, name: str) -> None:
    """Actions on a record that do not read their body answer for the record, which is not there."""
    body, kind = BODIES[name]
    started = time.perf_counter()
    for route in there.mock.all_routes:
        if route.surface != "vendor" or route.method == "GET":
            continue
        path = re.sub(r"<[^>]*>", "x", route.path.replace("<version>", "v59.0"))
        request = Request(route.method, path, "", {"content-type": kind}, body)
        answer, committed = there.send(request)
        check(answer, request)
        assert not committed or answer.ok, path
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("name", [name for name in BODIES if name != "a content type that is none"])
def test_a_create_with_a_body_that_is_none_stores_nothing(adapter: Adapter, name: str) -> None:
    mock = adapter.make()
    request = adapter.create(1)
    request.body, request.headers["content-type"] = BODIES[name]
    before = mock.dump()
    answer = mock.handle(request)
    if adapter.name == "files" and request.body.isascii():
        # Any text is a file; a result file says later what is wrong with it.
        assert answer.status == 201
        return
    assert 400 <= answer.status < 500
    assert request.path.startswith("/_sandbox/") or adapter.error_ok(answer)
    assert mock.dump() == before


def test_an_oversized_body_is_refused_in_the_vendors_shape(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    mock = adapter.make()
    request = adapter.create(1)
    monkeypatch.setattr(type(mock), "body_max", len(request.body) - 1)
    before = mock.dump()
    answer = mock.handle(request)
    assert answer.status == 413
    assert adapter.error_ok(answer)
    assert mock.dump() == before
    monkeypatch.setattr(type(mock), "body_max", len(request.body))
    assert mock.handle(adapter.create(1)).ok


@pytest.mark.parametrize(
    "dots",
    ["..", "%2e%2e", "..%2f..%2f..%2fetc%2fpasswd", "....//", "..%5c..%5cwindows", "%00", "%ff%fe", "é", "z" * 9000],
)
def test_a_path_that_leads_elsewhere_leads_nowhere(there: Stage, dots: str) -> None:
    for route in there.mock.all_routes:
        if route.surface != "vendor":
            continue
        for part in re.findall(r"<[^>]*>", route.path):
            path = re.sub(r"<[^>]*>", "x", route.path.replace(part, dots).replace("<version>", "v59.0"))
            request = Request(route.method, quote(path, safe="/%:!.@"), "", {"content-type": "text/csv"}, b"x")
            answer, committed = there.send(request)
            check(answer, request)
            assert not committed, path


def test_control_and_person_surfaces_are_not_reached_on_a_vendor_path(there: Stage) -> None:
    for route in there.mock.all_routes:
        if route.surface != "vendor" or "<" in route.path:
            continue
        for way in ("/../_sandbox/manual", "/..%2f_sandbox/openapi.json", "/%2e%2e/_sandbox/ui"):
            request = Request("GET", route.path + way)
            answer, _ = there.send(request)
            check(answer, request)
            assert answer.status >= 400 or b"openapi" not in answer.body, request.path


# -- query languages --------------------------------------------------------------------------------------------------

_TEXTS = (
    "",
    "SELECT",
    "SELECT FROM",
    "SELECT * FROM",
    "SELECT Id FROM Nowhere",
    "SELECT Id FROM Account WHERE",
    "SELECT Id FROM Account WHERE Name = 'it",
    "SELECT Id FROM Account; DROP TABLE Account",
    "DELETE FROM Account",
    "SELECT id FROM customer UNION SELECT",
    "SELECT ((((id FROM customer",
    "SELECT id FROM sqlite_master",
    "SELECT load_extension('x') FROM customer",
    "PRAGMA table_info(customer)",
    "SELECT workerActive FROM allWorkers WHERE workerActive = ",
    "SELECT nothing FROM allWorkers",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000 + " FROM customer",
    "\x00",
    "SELECT Id FROM Account WHERE Name = '" + LONG[:100_000] + "' AND",
)

_Ask = Callable[[str], Request]
_LANGUAGES: dict[str, tuple[str, _Ask]] = {
    "SOQL": ("crm", lambda text: Request("GET", "/services/data/v59.0/query", "q=" + quote(text, safe=""))),
    "SuiteQL": (
        "erp",
        lambda text: Request(
            "POST",
            "/services/rest/query/v1/suiteql",
            "",
            {"prefer": "transient", "content-type": "application/json"},
            _json(text, "q"),
        ),
    ),
    "WQL": (
        "hris",
        lambda text: Request("POST", _wql_path(), "", {"content-type": "application/json"}, _json(text, "query")),
    ),
}


def _json(text: str, name: str) -> bytes:
    return dumps({name: text})


def _wql_path() -> str:
    tenant: str = vars(stage("hris").mock)["tenant_name"]
    return f"/ccx/api/wql/v1/{tenant}/data"


@pytest.mark.parametrize("language", _LANGUAGES)
@pytest.mark.parametrize("text", _TEXTS, ids=lambda text: repr(text[:40]))
def test_a_malformed_query_is_refused(language: str, text: str) -> None:
    system, ask = _LANGUAGES[language]
    request = ask(text)
    answer, committed = stage(system).send(request)
    check(answer, request)
    assert 400 <= answer.status < 500
    assert not committed


# -- texts longer than any field --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "method", "path", "body"),
    [
        ("crm", "POST", "/services/data/v59.0/sobjects/Account", {"Name": LONG}),
        ("erp", "POST", "/services/rest/record/v1/customer", {"companyName": LONG}),
        ("revenue", "POST", "/api/integration/v1/job/collection/template", {"rc_template_name": LONG, "org_id": 1}),
    ],
)
def test_a_text_longer_than_its_field_is_refused(system: str, method: str, path: str, body: dict[str, object]) -> None:
    request = Request(method, path, "", {"content-type": "application/json"}, dumps(body))
    answer, committed = stage(system).send(request)
    check(answer, request)
    assert 400 <= answer.status < 500
    assert not committed


def test_an_upload_with_a_broken_quote_keeps_nothing() -> None:
    there = stage("revenue")
    header = {"templatename": "PSA_TXN", "filename": "broken.csv", "content-type": "text/csv"}
    body = b'"Type","So Num\n"SO","1\n'
    answer, committed = there.send(Request("POST", "/api/integration/v1/csv/upload", "", header, body))
    assert answer.status == 400
    assert {"status", "Status", "message", "Message"} <= answer.json().keys()
    assert not committed
