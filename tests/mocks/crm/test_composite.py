"""Requests made of requests: references, what is undone with what, batches and trees."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.wire import Response
from tests.mocks.crm.client import Client, V, error

DAY = "2026-03-31"


def part(method: str, path: str, name: str, body: Any = None, **more: Any) -> dict[str, Any]:
    sent = {"method": method, "url": path if path.startswith("/") else f"{V}/{path}", "referenceId": name, **more}
    return sent if body is None else {**sent, "body": body}


def run(crm: Client, *parts: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    response = crm.send("POST", "composite", {"compositeRequest": list(parts), **more})
    assert response.status == 200, response.body
    answers: list[dict[str, Any]] = response.json()["compositeResponse"]
    return answers


def statuses(answers: list[dict[str, Any]]) -> list[int]:
    return [answer["httpStatusCode"] for answer in answers]


def count(crm: Client, name: str = "Account") -> int:
    return int(crm.ask(f"SELECT COUNT() FROM {name}").json()["totalSize"])


ACCOUNT = part("POST", "sobjects/Account", "account", {"Name": "New"})
DEAL = part(
    "POST", "sobjects/Opportunity", "deal",
    {"Name": "Deal for @{account.id}", "AccountId": "@{account.id}", "StageName": "Prospecting", "CloseDate": DAY},
)  # fmt: skip
BAD = part("POST", "sobjects/Account", "bad", {"Phone": "1"})


def test_later_parts_use_what_earlier_ones_answered(crm: Client) -> None:
    answers = run(
        crm,
        ACCOUNT,
        DEAL,
        part("GET", "sobjects/Opportunity/@{deal.id}?fields=Name,AccountId", "read"),
        part("GET", "query?q=SELECT+Id,Name+FROM+Account+WHERE+Id='@{account.id}'", "found"),
        part("PATCH", "sobjects/Account/@{found.records[0].Id}", "changed", {"Phone": "@{found.records[0].Name}!"}),
        part("DELETE", "sobjects/Opportunity/@{deal.id}", "gone"),
    )
    assert statuses(answers) == [201, 201, 200, 200, 204, 204]
    assert [answer["referenceId"] for answer in answers] == ["account", "deal", "read", "found", "changed", "gone"]
    account, deal = answers[0]["body"]["id"], answers[1]["body"]["id"]
    assert answers[0]["httpHeaders"] == {"Location": f"{V}/sobjects/Account/{account}"}
    assert (answers[2]["body"]["Name"], answers[2]["body"]["AccountId"]) == (f"Deal for {account}", account)
    assert answers[4]["body"] is None
    assert crm.get("Account", account)["Phone"] == "New!"
    assert crm.send("GET", f"sobjects/Opportunity/{deal}").status == 404


def test_without_all_or_none_a_failure_stops_only_what_refers_to_it(crm: Client) -> None:
    after = part("GET", "sobjects/Account/@{bad.id}", "after")
    answers = run(crm, BAD, after, ACCOUNT)
    assert statuses(answers) == [400, 400, 201]
    assert answers[0]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    (halted,) = answers[1]["body"]
    assert halted["errorCode"] == "PROCESSING_HALTED"
    assert halted["message"] == "Invalid reference specified. No value for bad.id found in bad"


def test_with_all_or_none_a_failure_takes_everything_back(crm: Client) -> None:
    before = count(crm)
    never = part("POST", "sobjects/Account", "never", {"Name": "never"})
    answers = run(crm, ACCOUNT, BAD, never, allOrNone=True)
    assert statuses(answers) == [400, 400, 400]
    assert [answer["referenceId"] for answer in answers] == ["account", "bad", "never"]
    assert [answer["body"][0]["errorCode"] for answer in answers] == [
        "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED",
    ]  # fmt: skip
    assert count(crm) == before
    assert statuses(run(crm, ACCOUNT, DEAL, allOrNone=True)) == [201, 201]


def test_a_failed_part_leaves_nothing_half_done(crm: Client) -> None:
    code = {"Name": "x", "StageName": "Prospecting", "CloseDate": DAY, "Engagement_Code__c": "E-1"}
    answers = run(
        crm, part("POST", "sobjects/Opportunity", "a", code), part("POST", "sobjects/Opportunity", "b", code), ACCOUNT
    )
    assert statuses(answers) == [201, 400, 201]
    assert answers[1]["body"][0]["errorCode"] == "DUPLICATE_VALUE"
    assert count(crm, "Opportunity") == 1


def test_a_composite_is_one_call_and_a_collection_may_be_part_of_it(crm: Client) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": "a"}, {"attributes": {"type": "Account"}}]
    response = crm.send(
        "POST", "composite", {"compositeRequest": [part("POST", "composite/sobjects", "c", {"records": records})]}
    )
    (answer,) = response.json()["compositeResponse"]
    assert [result["success"] for result in answer["body"]] == [True, False]
    assert response.header("Sforce-Limit-Info") == "api-usage=1/15000"


@pytest.mark.parametrize(
    "path",
    [
        "composite", "composite/batch", "jobs/query", "/_sandbox/ui", "/_sandbox/health", "/services/oauth2/token",
        "nothing", "/services/data/v59.0/../../../_sandbox/health", "", "é",
    ],
)  # fmt: skip
def test_what_is_not_offered_inside_is_not_found_inside(crm: Client, path: str) -> None:
    (answer,) = run(crm, part("POST", path or "/", "x", {}))
    assert answer["httpStatusCode"] in (404, 405)
    assert answer["body"][0]["errorCode"] in ("NOT_FOUND", "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "LIMIT_EXCEEDED"),
        ([part("GET", "limits", f"a{n}") for n in range(26)], "LIMIT_EXCEEDED"),
        ([part("GET", "query?q=SELECT+Id+FROM+Account", f"a{n}") for n in range(6)], "LIMIT_EXCEEDED"),
        ([ACCOUNT, ACCOUNT], "DUPLICATE_REFERENCE_ID"),
        ([part("GET", "limits", "")], "MISSING_ARGUMENT"),
        ([part("GET", "limits", "1 a")], "INVALID_REFERENCE_ID"),
        ([{"url": "x", "referenceId": "a"}], "MISSING_ARGUMENT"),
        ([{"method": "GET", "referenceId": "a"}], "MISSING_ARGUMENT"),
        (["x"], "JSON_PARSER_ERROR"),
        ({}, "JSON_PARSER_ERROR"),
    ],
)
def test_a_request_that_is_no_composite_is_refused_as_a_whole(crm: Client, parts: Any, code: str) -> None:
    before = count(crm)
    assert error(crm.send("POST", "composite", {"compositeRequest": parts})) == (400, code, None)
    assert count(crm) == before


def test_a_reference_in_a_list_or_beyond_what_is_there_is_looked_up_all_the_same(crm: Client) -> None:
    query = part("GET", "query?q=SELECT+Id+FROM+Account+ORDER+BY+Name", "q")
    ids = {"ids": ["@{q.records[0].Id}", "@{q.records[1].Id}"], "fields": ["Name"]}
    answers = run(
        crm,
        query,
        part("POST", "composite/sobjects/Account", "read", ids),
        part("GET", "sobjects/Account/@{q.records[9].Id}", "beyond"),
        part("GET", "sobjects/Account/@{nobody}", "unknown"),
        part("PATCH", "sobjects/Account/@{q.records[0].Id}", "held", {"Phone": "1"}, httpHeaders={"If-Match": '"x"'}),
    )
    assert [record["Name"] for record in answers[1]["body"]] == ["Acme", "Globex"]
    assert statuses(answers) == [200, 200, 400, 400, 412]
    assert statuses(run(crm, {**ACCOUNT, "httpHeaders": [1]})) == [400]


def test_the_family_is_listed(crm: Client) -> None:
    assert crm.send("GET", "composite").json()["tree"] == V + "/composite/tree"


# -- batch ------------------------------------------------------------------------------------------------------------


def batch(crm: Client, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = crm.send("POST", "composite/batch", {"batchRequests": list(parts), **more})
    assert response.status == 200, response.body
    answer: dict[str, Any] = response.json()
    return answer


def test_a_batch_serves_each_part_for_itself(crm: Client) -> None:
    good = {"method": "POST", "url": "v59.0/sobjects/Account", "richInput": {"Name": "b"}}
    answer = batch(crm, good, {**good, "richInput": {}}, {"method": "get", "url": f"{V}/limits"})
    assert answer["hasErrors"] is True
    assert [result["statusCode"] for result in answer["results"]] == [201, 400, 200]
    assert answer["results"][1]["result"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert "DailyApiRequests" in answer["results"][2]["result"]
    assert count(crm) == 4


def test_a_batch_that_halts_serves_nothing_after_a_failure(crm: Client) -> None:
    good = {"method": "POST", "url": "v59.0/sobjects/Account", "richInput": {"Name": "b"}}
    answer = batch(crm, good, {"method": "GET", "url": "v59.0/nothing"}, good, haltOnError=True)
    assert [result["statusCode"] for result in answer["results"]] == [201, 404, 412]
    assert answer["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert count(crm) == 4
    deleted = batch(crm, {"method": "DELETE", "url": f"v59.0/sobjects/Account/{answer['results'][0]['result']['id']}"})
    assert deleted == {"hasErrors": False, "results": [{"statusCode": 204, "result": None}]}


@pytest.mark.parametrize("parts", [[], [{"method": "GET", "url": "v59.0/limits"}] * 26, "x", [{}], [1]])
def test_a_request_that_is_no_batch_is_refused(crm: Client, parts: Any) -> None:
    assert crm.send("POST", "composite/batch", {"batchRequests": parts}).status == 400


# -- trees ------------------------------------------------------------------------------------------------------------


def leaf(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind, "referenceId": name}, **fields}


def deal(name: str, **fields: Any) -> dict[str, Any]:
    return leaf("Opportunity", name, **{"Name": name, "StageName": "Prospecting", "CloseDate": DAY, **fields})


def planted(crm: Client, *records: Any) -> Response:
    return crm.send("POST", "composite/tree/Account", {"records": list(records)})


def test_a_tree_plants_parents_before_children(crm: Client) -> None:
    first = leaf("Account", "a1", Name="one", Opportunities={"records": [deal("o1"), deal("o2")]})
    second = leaf("Account", "a2", Name="two", opportunities={"records": [deal("o3")]})
    response = planted(crm, first, second)
    answer = response.json()
    assert (response.status, answer["hasErrors"]) == (201, False)
    assert [result["referenceId"] for result in answer["results"]] == ["a1", "a2", "o1", "o2", "o3"]
    ids = {result["referenceId"]: result["id"] for result in answer["results"]}
    assert crm.get("Opportunity", ids["o3"])["AccountId"] == ids["a2"]


def test_a_tree_with_a_bad_leaf_plants_nothing_and_names_it(crm: Client) -> None:
    before = count(crm)
    bad = leaf("Account", "a2", Opportunities={"records": [deal("under")]})
    spoiled = leaf("Account", "a1", Name="x", Opportunities={"records": [deal("o1", StageName=None), deal("o2")]})
    response = planted(crm, spoiled, bad)
    answer = response.json()
    assert (response.status, answer["hasErrors"]) == (400, True)
    assert [result["referenceId"] for result in answer["results"]] == ["a2", "o1"]
    assert answer["results"][1]["errors"] == [
        {
            "statusCode": "REQUIRED_FIELD_MISSING",
            "message": "Required fields are missing: [StageName]",
            "fields": ["StageName"],
        }
    ]
    assert (count(crm), count(crm, "Opportunity")) == (before, 0)


@pytest.mark.parametrize(
    "records",
    [
        [leaf("Account", "a", Name="1"), leaf("Account", "a", Name="2")],
        [leaf("Account", str(n), Name="x") for n in range(201)],
        [leaf("Opportunity", "o")],
        [{"attributes": {"type": "Account"}, "Name": "x"}],
        [leaf("Account", "a", Name="x", Nothings={"records": []})],
        [leaf("Account", "a", Name="x", Opportunities={"records": {}})],
        [1],
    ],
)
def test_a_body_that_is_no_tree_is_refused(crm: Client, records: Any) -> None:
    before = count(crm)
    response = planted(crm, *records)
    assert response.status == 400
    assert {"message", "errorCode"} <= response.json()[0].keys()
    assert count(crm) == before


def test_a_tree_that_grows_too_deep_is_refused(crm: Client) -> None:
    case = leaf("Case", "c9", Subject="deepest")
    for depth in range(8, 0, -1):
        case = leaf("Case", f"c{depth}", Subject="x", Cases={"records": [case]})
    assert error(crm.send("POST", "composite/tree/Case", {"records": [case]})) == (400, "INVALID_INPUT", None)
