"""Asynchronous requests: a job, its tasks, their results, and keys that make a replay harmless."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import SECOND_US, ManualClock
from sandbox.core.wire import Response
from tests.mocks.erp.client import HOST, RECORD, Caller, error, make, signed, text_of

ASYNC = {"prefer": "respond-async"}
COLLECTION = {**ASYNC, "content-type": "application/vnd.oracle.resource+json; type=collection"}
JOBS = "/services/rest/async/v1/job"
NEW = {"companyName": "New", "subsidiary": {"externalId": "UK"}}


def customer(code: str, **more: Any) -> dict[str, Any]:
    return {**NEW, "externalId": code, **more}


def later(clock: ManualClock, erp: Caller, seconds: int) -> None:
    clock.advance_to(clock.now_us() + seconds * SECOND_US)
    erp.mock.run_due()


def look(erp: Caller, path: str) -> Response:
    return erp.mock.handle(signed("GET", path))


def batch(erp: Caller, method: str, *items: dict[str, Any], **headers: str) -> str:
    request = signed(method, f"{RECORD}/customer", {"items": list(items)}, headers=ASYNC)
    request.headers |= COLLECTION | headers
    response = erp.mock.handle(request)
    assert response.status == 202, response.body
    return job_of(response)


def job_of(response: Response) -> str:
    location = response.header("Location") or ""
    assert location.startswith(f"https://{HOST}{JOBS}/")
    return location.removeprefix(f"https://{HOST}")


def test_a_request_becomes_a_job_that_the_agenda_runs(clock: ManualClock, erp: Caller) -> None:
    response = erp.call("POST", "customer", customer("A-1"), headers=ASYNC)
    assert (response.status, response.body) == (202, b"")
    assert response.header("Preference-Applied") == "respond-async"
    job = job_of(response)
    before = look(erp, job).json()
    assert (before["completed"], before["progress"]) == (False, "pending")
    assert before["task"]["links"] == [{"rel": "self", "href": f"https://{HOST}{job}/task"}]
    assert look(erp, f"{job}/task/1").json()["links"] == [{"rel": "self", "href": f"https://{HOST}{job}/task/1"}]
    assert look(erp, f"{job}/task/1/result").status == 404
    assert erp.call("GET", "customer/eid:A-1").status == 404
    later(clock, erp, 1)
    after = look(erp, job).json()
    assert (after["completed"], after["progress"]) == (True, "succeeded")
    assert [each["id"] for each in look(erp, f"{job}/task").json()["items"]] == ["1"]
    task = look(erp, f"{job}/task/1").json()
    assert (task["progress"], task["startTime"], task["endTime"]) == (
        "succeeded",
        "2026-01-12T00:00:00Z",
        "2026-01-12T00:00:01Z",
    )
    result = look(erp, f"{job}/task/1/result")
    assert result.status == 204
    assert (result.header("Location") or "").endswith(erp.get("customer", "eid:A-1")["id"])


def test_a_refused_task_keeps_its_refusal_and_stores_nothing(clock: ManualClock, erp: Caller) -> None:
    job = job_of(erp.call("POST", "customer", {"companyName": "x"}, headers=ASYNC))
    before = erp.mock.dump()["customer"]
    later(clock, erp, 1)
    assert erp.mock.dump()["customer"] == before
    assert look(erp, job).json()["progress"] == "failed"
    result = look(erp, f"{job}/task/1/result")
    assert error(result)[:2] == (400, "USER_ERROR")
    assert "Subsidiary" in text_of(result)


def test_reads_changes_transforms_and_deletions_may_be_asynchronous(clock: ManualClock, erp: Caller) -> None:
    calls = [
        ("GET", "customer", None, 200),
        ("GET", "customer/eid:C-1", None, 200),
        ("PATCH", "customer/eid:C-1", {"email": "a@b.example"}, 204),
        ("PUT", "customer/eid:A-2", NEW, 204),
        ("POST", "invoice/1/!transform/creditMemo", {}, 404),
        ("DELETE", "customer/eid:A-2", None, 204),
    ]
    jobs = [job_of(erp.call(method, path, body, headers=ASYNC)) for method, path, body, _ in calls]
    assert "email" not in erp.get("customer", "eid:C-1")
    later(clock, erp, 1)
    statuses = [look(erp, f"{job}/task/1/result").status for job in jobs]
    assert statuses == [status for *_, status in calls]
    assert erp.get("customer", "eid:C-1")["email"] == "a@b.example"


def test_a_used_idempotency_key_is_a_conflict_that_names_the_earlier_job(clock: ManualClock, erp: Caller) -> None:
    key = {**ASYNC, "x-netsuite-idempotency-key": "cac827ea"}
    first = erp.call("POST", "customer", NEW, headers=key)
    again = erp.call("POST", "customer", NEW, headers=key)
    assert error(again)[:2] == (400, "IDEMPOTENCY_ERROR")
    assert again.json()["title"] == "Conflict"
    assert again.header("Location") == first.header("Location")
    later(clock, erp, 5)
    assert erp.call("POST", "customer", NEW, headers=key).status == 400
    made = [row for row in erp.mock.dump()["customer"].values() if row["companyName"] == "New"]
    assert len(made) == 1


def test_the_same_request_without_a_key_is_done_twice(clock: ManualClock, erp: Caller) -> None:
    jobs = {job_of(erp.call("POST", "customer", NEW, headers=ASYNC)) for _ in range(2)}
    assert len(jobs) == 2
    later(clock, erp, 1)
    assert len([row for row in erp.mock.dump()["customer"].values() if row["companyName"] == "New"]) == 2


def test_a_batch_runs_its_items_one_after_the_other_each_with_a_result(clock: ManualClock, erp: Caller) -> None:
    job = batch(erp, "POST", customer("B-1"), {"companyName": "no subsidiary"}, customer("B-3"))
    later(clock, erp, 1)
    assert look(erp, job).json()["progress"] == "processing"
    assert erp.call("GET", "customer/eid:B-3").status == 404
    later(clock, erp, 2)
    assert look(erp, job).json()["progress"] == "failed"
    assert [look(erp, f"{job}/task/{number}/result").status for number in (1, 2, 3)] == [204, 400, 204]
    assert erp.get("customer", "eid:B-3")["companyName"] == "New"


def test_a_parallel_batch_is_done_at_once(clock: ManualClock, erp: Caller) -> None:
    prefer = 'respond-async, batch-processing="parallel"'
    job = batch(erp, "PUT", *(customer(f"B-{n}") for n in range(5)), prefer=prefer)
    later(clock, erp, 1)
    assert look(erp, job).json()["progress"] == "succeeded"


def test_items_of_a_batch_name_their_record_by_id_or_external_id(clock: ManualClock, erp: Caller) -> None:
    own = erp.get("customer", "eid:C-1")["id"]
    erp.client("C-2")
    job = batch(erp, "PATCH", {"id": own, "email": "1@b.example"}, {"externalId": "C-2", "email": "2@b.example"}, {})
    later(clock, erp, 3)
    assert [look(erp, f"{job}/task/{number}/result").status for number in (1, 2, 3)] == [204, 204, 400]
    assert [erp.get("customer", f"eid:C-{n}")["email"] for n in (1, 2)] == ["1@b.example", "2@b.example"]


def test_batches_of_reads_and_deletions_are_named_by_ids(clock: ManualClock, erp: Caller) -> None:
    erp.client("C-2")
    read = erp.call("GET", "customer", query="expandRecords=true&ids=eid:C-1,eid:C-2,1", headers=ASYNC)
    gone = erp.call("DELETE", "customer", query="ids=eid:C-2", headers=ASYNC)
    later(clock, erp, 3)
    results = [look(erp, f"{job_of(read)}/task/{number}/result") for number in (1, 2, 3)]
    assert [each.status for each in results] == [200, 404, 404]
    assert results[0].json()["externalId"] == "C-1"
    assert look(erp, f"{job_of(gone)}/task/1/result").status == 204


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"items": []}', "INVALID_REQUEST"),
        (b'{"items": [1]}', "INVALID_CONTENT"),
        (b'{"items": [{"memo": 1' + b"0" * 30 + b"}]}", "INVALID_CONTENT"),
        (b"{}", "INVALID_CONTENT"),
        (b"{", "INVALID_CONTENT"),
        (b'{"items": [' + b",".join([b"{}"] * 101) + b"]}", "INVALID_REQUEST"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused_at_once(erp: Caller, body: bytes, code: str) -> None:
    request = signed("POST", f"{RECORD}/customer", body, headers=ASYNC)
    request.headers |= COLLECTION
    assert error(erp.mock.handle(request))[:2] == (400, code)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_batch_without_preference_is_refused(erp: Caller, method: str) -> None:
    assert error(erp.call(method, "customer", {"items": []})) == (400, "INVALID_HEADER", "Prefer")


@pytest.mark.parametrize("path", [f"{JOBS}/1", f"{JOBS}/1/task", f"{JOBS}/1/task/1", f"{JOBS}/1/task/x/result"])
def test_a_job_there_is_not_is_not_found(erp: Caller, path: str) -> None:
    assert error(look(erp, path))[:2] == (404, "NONEXISTENT_ID")


def test_a_job_goes_on_in_a_restored_system(clock: ManualClock, erp: Caller) -> None:
    job = job_of(erp.call("POST", "customer", customer("A-1"), headers=ASYNC))
    other = Caller(make(clock))
    other.mock.deserialize(erp.mock.serialize())
    later(clock, other, 1)
    assert look(other, job).json()["progress"] == "succeeded"
    assert other.get("customer", "eid:A-1")["companyName"] == "New"


def test_no_credentials_are_kept_with_a_job(erp: Caller) -> None:
    erp.call("POST", "customer", customer("A-1"), headers=ASYNC)
    (task,) = erp.mock.dump()["asyncTask"].values()
    assert "oauth" not in task["request"].lower()
