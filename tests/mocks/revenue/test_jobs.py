"""Jobs go from pending to running to completed by the clock; collection turns waiting rows into contracts."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.revenue.rules import RC_TEMPLATE
from mocks.revenue.templates import PSA_TXN
from sandbox.core.wire import Response, dumps
from tests.mocks.revenue.client import Desk, hours, invoice, order, table

WRONG_ORG = "OrgId does not match the Org assigned to the role"


def submit(desk: Desk, org_id: Any = 1, template: Any = RC_TEMPLATE) -> Response:
    body = dumps({"rc_template_name": template, "org_id": org_id})
    return desk.call("POST", "/job/collection/template", body=body)


def number(answer: Response) -> str:
    return "".join(char for char in answer.json()["message"] if char.isdigit())


def program(desk: Desk, program_id: int, org_id: int = 1, parameters: Any = ()) -> Response:
    return desk.call("POST", f"/{org_id}/programs/{program_id}/submit", body=dumps({"parameters": parameters}))


def test_a_collection_job_runs_after_a_second_and_is_done_after_a_minute(desk: Desk) -> None:
    desk.stage(order())
    answer = submit(desk)
    job_id = number(answer)
    assert answer.json() == {
        "message": f"Job ID: {job_id} submitted successfully",
        "success": True,
        "Message": f"Job ID: {job_id} submitted successfully",
    }
    path = f"/job/collection/template/{job_id}"
    seen = []
    for seconds in (0, 1, 58, 1):
        desk.wait(seconds)
        seen.append(desk.call("GET", path).json()["data"]["status"])
    assert seen == ["Pending", "Running", "Running", "Completed"]
    assert desk.call("GET", path).json() == {
        "data": {
            "id": int(job_id),
            "program_name": "Data Collection Master",
            "status": "Completed",
            "message": "1 row(s) processed",
            "error_message": None,
            "sec_atr_val": "US",
            "actual_start_date": "2026-01-12T00:00:21Z",
            "actual_end_date": "2026-01-12T00:01:20Z",
            "crtd_by": "api@firm.example",
            "crtd_dt": "2026-01-12T00:00:20Z",
            "updt_dt": "2026-01-12T00:01:20Z",
        },
        "success": True,
    }


def test_at_most_two_collection_jobs_are_under_way_per_organisation(desk: Desk) -> None:
    assert [program(desk, 150).status for _ in range(3)] == [200, 200, 200]
    assert [submit(desk).status for _ in range(2)] == [200, 200]
    assert submit(desk).status == 400
    desk.wait(1)
    before = desk.mock.dump()
    third = submit(desk)
    assert third.status == 400
    assert third.json()["success"] is False
    assert third.json()["message"] == "2 collection jobs are Running or Pending for org 1"
    assert desk.mock.dump() == before
    assert submit(desk, org_id=2).status == 200
    assert program(desk, 149).status == 400
    assert program(desk, 150).status == 200
    desk.wait(60)
    assert submit(desk).status == 200


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b'{"rc_template_name": ', 400, "The request body is not valid JSON"),
        (b"[" * 100_000, 400, "The request body is not valid JSON"),
        (b"[]", 400, "The request body is not a JSON object"),
        (dumps({"rc_template_name": "OTHER", "org_id": 1}), 400,
         "RC template 'OTHER' does not exist; this tenant has PSA_RC_BY_SO_NUM"),
        (dumps({"rc_template_name": RC_TEMPLATE}), 403, WRONG_ORG),
        (dumps({"rc_template_name": RC_TEMPLATE, "org_id": 9}), 403, WRONG_ORG),
        (dumps({"rc_template_name": RC_TEMPLATE, "org_id": True}), 403, WRONG_ORG),
        (dumps({"rc_template_name": RC_TEMPLATE, "org_id": [1]}), 403, WRONG_ORG),
        (b'{"rc_template_name": "PSA_RC_BY_SO_NUM", "org_id": 1000000000000000000000}', 403, WRONG_ORG),
    ],
)  # fmt: skip
def test_a_collection_job_that_does_not_fit_is_refused(desk: Desk, body: bytes, status: int, message: str) -> None:
    before = desk.mock.dump()
    answer = desk.call("POST", "/job/collection/template", body=body)
    assert (answer.status, answer.json()["message"]) == (status, message)
    assert desk.mock.dump() == before


def test_an_organisation_without_an_open_period_takes_no_job(desk: Desk) -> None:
    for month in range(1, 7):
        desk.close(f"2026-0{month}")
    answer = submit(desk)
    assert answer.status == 400
    assert answer.json()["message"] == "No Period Status Found for ORG_ID:1,this job cannot be submitted"
    assert submit(desk, org_id=2).status == 200


def test_collection_makes_one_contract_per_order_and_organisation(desk: Desk) -> None:
    desk.collect(
        order(),
        order(so_line_id="P-1-2", item_num="T&M"),
        order(so_num="P-2", so_line_id="P-2-1"),
        invoice(),
        order(business_unit="UK", so_line_id="UK-1", f_cur="GBP", curr="GBP"),
    )
    contracts = desk.mock.dump()["rc"]
    assert sorted((each["org_code"], each["so_num"]) for each in contracts.values()) == [("US", "P-1"), ("US", "P-2")]
    lines = {each["so_line_id"]: each for each in desk.mock.dump()["rc_line"].values()}
    assert sorted(lines) == ["P-1-1", "P-1-2", "P-2-1"]
    assert lines["P-1-1"]["rc_id"] == lines["P-1-2"]["rc_id"] != lines["P-2-1"]["rc_id"]
    assert (lines["P-1-2"]["item_num"], lines["P-1-2"]["cstmr_nm"], lines["P-1-2"]["end_date"]) == (
        "T&M",
        "Acme",
        "2026-01-31",
    )
    (bill,) = desk.mock.dump()["rc_bill"].values()
    assert (bill["rc_line_id"], bill["ext_sll_prc"], bill["inv_date"]) == (
        lines["P-1-1"]["id"],
        1_000_000,
        "2026-01-20",
    )
    waiting = [row["so_line_id"] for row in desk.mock.dump()["stage_txn"].values() if row["processed_flag"] == "N"]
    assert waiting == ["UK-1"]
    desk.collect(org_id=2)
    assert len(desk.mock.dump()["rc"]) == 3


def test_a_row_in_error_is_not_collected(desk: Desk) -> None:
    desk.stage(order(cstmr_nm=""), order(so_line_id="P-1-2"))
    submit(desk)
    desk.wait(60)
    assert [line["so_line_id"] for line in desk.mock.dump()["rc_line"].values()] == ["P-1-2"]
    assert desk.errors() == ["RPRO-00003 customer name is missing"]


def test_an_order_line_again_sets_new_totals(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="100.00"))
    (before,) = desk.mock.dump()["rc_line"].values()
    desk.collect(order(ext_sll_prc="180.00", rev_segments="4000", cstmr_nm="Acme Group"))
    desk.collect(order(ext_sll_prc="150.00", cstmr_nm="Acme Group"))
    (after,) = desk.mock.dump()["rc_line"].values()
    assert (after["id"], after["ext_sll_prc"], after["rev_segments"]) == (before["id"], 1_500_000, "4010")
    (contract,) = desk.mock.dump()["rc"].values()
    assert contract["cstmr_nm"] == "Acme Group"


def test_of_two_waiting_rows_of_a_line_the_later_upload_wins(desk: Desk) -> None:
    desk.stage(order(ext_sll_prc="100.00"), order(ext_sll_prc="180.00"))
    desk.stage(order(ext_sll_prc="150.00"))
    desk.collect()
    (line,) = desk.mock.dump()["rc_line"].values()
    assert line["ext_sll_prc"] == 1_500_000


def test_the_order_of_two_uploads_at_one_instant_is_that_of_their_arrival(desk: Desk) -> None:
    for name, price in (("z.csv", "70.00"), ("a.csv", "90.00")):
        desk.upload(table(PSA_TXN, [order(ext_sll_prc=price)]), filename=name)
    desk.wait(20)
    desk.collect()
    (line,) = desk.mock.dump()["rc_line"].values()
    assert line["ext_sll_prc"] == 900_000


def test_the_same_totals_again_change_nothing(desk: Desk) -> None:
    desk.collect(order())
    before = (desk.mock.dump()["rc"], desk.mock.dump()["rc_line"])
    desk.collect(order())
    assert (desk.mock.dump()["rc"], desk.mock.dump()["rc_line"]) == before


def test_the_programs_are_listed_and_only_two_of_them_are_offered(desk: Desk) -> None:
    listed = desk.call("GET", "/programs").json()["data"]
    assert [(each["program_id"], each["program_name"]) for each in listed] == [
        (149, "Data Collection Master"),
        (150, "Event Process"),
        (151, "Event Process Master"),
        (152, "Accounting Transfer Master"),
        (153, "Transfer Batch for Org"),
    ]
    assert listed[0]["parameters"] == [
        {"id": 230, "mandatory": "N", "name": "RC Template Name", "sequence": 1, "type": "VARCHAR2"}
    ]
    for program_id in (151, 152, 153, 999):
        answer = program(desk, program_id)
        assert (answer.status, answer.json()["message"]) == (400, "This Program is not supported at the moment")
    assert desk.mock.dump()["job"] == {}


def test_the_event_process_turns_waiting_events_into_progress_after_half_a_minute(desk: Desk) -> None:
    desk.collect(order())
    desk.stage(hours(), hours(event_date="31-DEC-2025", completed_qty="0.5"))
    answer = program(desk, 150)
    job_id = answer.json()["job_id"]
    assert answer.json()["message"] == f"Request ID: {job_id} submitted successfully"
    desk.wait(29)
    assert desk.call("GET", f"/1/jobs/{job_id}").json()["data"]["status"] == "Running"
    assert desk.mock.dump()["pob_event"] == {}
    desk.wait(1)
    data = desk.call("GET", f"/1/jobs/{job_id}").json()["data"]
    assert (data["status"], data["message"], data["program_name"]) == (
        "Completed",
        "2 row(s) processed",
        "Event Process",
    )
    events = sorted(desk.mock.dump()["pob_event"].values(), key=lambda row: str(row["event_date"]))
    assert [(each["event_date"], each["completed_qty"], each["total_qty"]) for each in events] == [
        ("2025-12-31", "0.5", "100"),
        ("2026-01-31", "60", "100"),
    ]


def test_events_wait_until_their_line_is_collected_and_stay_in_their_organisation(desk: Desk) -> None:
    desk.stage(order())
    desk.stage(hours())
    program(desk, 150)
    desk.wait(30)
    assert desk.mock.dump()["pob_event"] == {}
    desk.collect()
    program(desk, 150, org_id=2)
    desk.wait(30)
    assert desk.mock.dump()["pob_event"] == {}
    program(desk, 150)
    desk.wait(30)
    assert len(desk.mock.dump()["pob_event"]) == 1


def test_data_collection_master_collects_like_the_endpoint(desk: Desk) -> None:
    desk.stage(order())
    parameters = [{"parameter_id": 230, "sequence": 1, "parameter_value": RC_TEMPLATE}]
    job_id = program(desk, 149, parameters=parameters).json()["job_id"]
    desk.wait(60)
    assert len(desk.mock.dump()["rc_line"]) == 1
    assert desk.call("GET", f"/job/collection/template/{job_id}").json()["data"]["status"] == "Completed"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "parameters: expected a list, got {}"),
        ([{"parameter_id": 1}], "{'parameter_id': 1} is not a parameter of Data Collection Master"),
        ([{"parameter_id": []}], "{'parameter_id': []} is not a parameter of Data Collection Master"),
        (["x"], "'x' is not a parameter of Data Collection Master"),
        (
            [{"parameter_id": 230, "parameter_value": "X"}],
            "RC template 'X' does not exist; this tenant has PSA_RC_BY_SO_NUM",
        ),
    ],
)
def test_parameters_that_do_not_fit_are_refused(desk: Desk, parameters: Any, message: str) -> None:
    answer = program(desk, 149, parameters=parameters)
    assert (answer.status, answer.json()["message"]) == (400, message)
    assert desk.mock.dump()["job"] == {}


def test_a_job_is_found_in_its_organisation_and_by_its_kind_only(desk: Desk) -> None:
    job_id = program(desk, 150).json()["job_id"]
    assert desk.call("GET", f"/1/jobs/{job_id}").status == 200
    for path in (f"/2/jobs/{job_id}", "/1/jobs/1", f"/job/collection/template/{job_id}"):
        answer = desk.call("GET", path)
        assert (answer.status, answer.json()["message"]) == (400, "No data found")
    for path in (f"/9/jobs/{job_id}", f"/x/jobs/{job_id}", f"/{'1' * 5000}/jobs/{job_id}", f"/True/jobs/{job_id}"):
        assert desk.call("GET", path).status == 403


def test_what_is_planned_survives_a_snapshot(desk: Desk) -> None:
    desk.stage(order())
    submit(desk)
    other = Desk()
    other.mock.deserialize(desk.mock.serialize())
    other.clock.advance_to(desk.clock.now_us())
    for each in (desk, other):
        each.wait(60)
    assert other.mock.dump() == desk.mock.dump()
    assert len(other.mock.dump()["rc_line"]) == 1
