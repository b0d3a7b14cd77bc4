"""Generated requests of every operation, a few each: the same every time, under a minute for all systems."""

from __future__ import annotations

import pytest
from schemathesis.generation import GenerationMode

from sandbox.core.wire import SYSTEMS, Response
from tests.openapi import fuzzing
from tests.openapi.fuzzing import Tally, fuzz, operations, planted
from tests.openapi.linked import chains

# For every operation of the document: those that fit it, and those that break it.
_CASES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
_CHAINS = 15
# Of all positive cases over all systems; what is refused is told by tox -e fuzz.
ACCEPTED_MIN = 0.6


def run(system: str) -> Tally:
    total = Tally()
    for identity in operations(system, GenerationMode.POSITIVE):
        for mode, cases in _CASES.items():
            fuzz(system, identity, mode, cases, total)
    return total


def test_what_the_documents_name_is_what_is_answered_and_most_is_accepted() -> None:
    """One test: what it makes ready takes as long as what it does."""
    tallies = {system: run(system) for system in SYSTEMS}
    problems = [f"{system}: {problem}" for system, tally in tallies.items() for problem in tally.problems]
    assert not problems, "\n".join(problems[:10])
    positive = sum(tally.positive for tally in tallies.values())
    accepted = sum(tally.accepted for tally in tallies.values())
    assert positive > 700
    assert accepted / positive >= ACCEPTED_MIN, f"{accepted} of {positive}"


@pytest.mark.parametrize("system", ["crm", "psa", "erp"])
def test_chains_along_the_links_are_answered_as_documented(system: str) -> None:
    """What was just created is read, changed and removed. The other systems have no creates by key."""
    found = chains(system, _CHAINS)
    assert not found.tally.problems, "\n".join(found.tally.problems[:10])
    assert found.followed
    assert found.accepted


# -- the harness finds what it is for ---------------------------------------------------------------------------------


def _answering(monkeypatch: pytest.MonkeyPatch, answer: Response, *, committed: bool = False) -> list[str]:
    monkeypatch.setattr(planted("revenue"), "send", lambda request: (answer, committed))
    tally = Tally()
    fuzz("revenue", "org.list", GenerationMode.POSITIVE, 1, tally)
    return tally.problems


_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Response(500, _JSON, b"{}"), "ServerError"),
        (Response(418, _JSON, b"{}"), "UndefinedStatusCode"),
        (Response(200, _JSON, b'{"dota": []}'), "JsonSchemaError"),
        (Response(200, {"Content-Type": "text/html"}, b"<html>"), "HTML"),
    ],
)
def test_an_answer_the_document_does_not_name_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, answer: Response, told: str
) -> None:
    assert any(told in problem for problem in _answering(monkeypatch, answer))


_XML = {"Content-Type": "text/xml"}
_FAULT = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    b"<faultcode>s:Client</faultcode><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("identity", "body", "problem"),
    [
        ("soap.call", _FAULT, False),
        ("soap.call", _FAULT.replace(b"Fault>", b"Answer>"), True),
        ("soap.call", b"Internal Server Error", True),
        ("wql.sources", _FAULT, True),
    ],
)
def test_a_status_of_500_is_no_problem_as_a_fault_of_soap_alone(
    monkeypatch: pytest.MonkeyPatch, identity: str, body: bytes, *, problem: bool
) -> None:
    monkeypatch.setattr(planted("hris"), "send", lambda request: (Response(500, _XML, body), False))
    tally = Tally()
    fuzz("hris", identity, GenerationMode.POSITIVE, 1, tally)
    assert any("ServerError" in each for each in tally.problems) == problem


def test_a_refusal_that_stores_something_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"status": "Error", "Status": "Error", "message": "no", "Message": "no"}'
    assert any("stored" in each for each in _answering(monkeypatch, Response(400, _JSON, body), committed=True))


def test_an_exception_of_ours_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(planted("revenue").mock, "handle", broken)
    tally = Tally()
    fuzz("revenue", "org.list", GenerationMode.POSITIVE, 1, tally)
    assert tally.problems
    assert "ZeroDivisionError" in tally.problems[0]


def test_cases_of_a_route_are_shared_among_its_operations() -> None:
    assert fuzzing.share("revenue", "org.list", 200) == 200
    assert 20 <= fuzzing.share("crm", "record.create.Account", 200) < 200
