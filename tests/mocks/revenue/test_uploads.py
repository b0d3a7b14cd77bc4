"""A file is taken whole or not at all; what is taken is staged twenty seconds later, row by row."""

from __future__ import annotations

import re
from collections.abc import Set

import pytest

from mocks.revenue.files import LINES_MAX
from mocks.revenue.templates import PSA_EVT, PSA_TXN, TEMPLATES
from sandbox.core.damage import NoFaults
from sandbox.core.wire import Request
from tests.mocks.revenue.client import Desk, hours, invoice, order, table

GOOD = table(PSA_TXN, [order()])
HEADING = GOOD.splitlines()[0]
DATA = GOOD.splitlines()[1]


def test_an_upload_is_received_at_once_and_staged_later(desk: Desk) -> None:
    answer = desk.upload(GOOD, filename="orders.csv")
    body = answer.json()
    upload_id = body["result"]["id"]
    assert answer.status == 200
    assert re.fullmatch(r"\d{8}", upload_id)
    assert body["status"] == body["Status"] == "Success"
    assert body["message"] == body["Message"] == "Data Staged Successfully"
    assert body["result"] == body["Result"]
    assert body["result"] == {
        "client_id": 1,
        "id": upload_id,
        "message": "Data Received",
        "status": "Successfully Uploaded",
    }
    before = desk.call("GET", "/csv/upload/status", f"id={upload_id}").json()
    assert before["result"] == {
        "client_id": 1,
        "id": int(upload_id),
        "message": "Data Received",
        "status": "Successfully Uploaded",
    }
    desk.wait(19)
    assert desk.mock.dump()["stage_txn"] == {}
    desk.wait(1)
    (row,) = desk.mock.dump()["stage_txn"].values()
    assert (row["so_line_id"], row["ext_sll_prc"], row["so_date"], row["processed_flag"], row["_creator"]) == (
        "P-1-1",
        1_000_000,
        "2026-01-12",
        "N",
        "api@firm.example",
    )
    after = desk.call("GET", "/csv/upload/status", f"id={upload_id}").json()
    assert (after["result"]["message"], after["result"]["status"]) == ("Data Staged Successfully", "Staged")


def test_a_column_that_may_be_left_out_is_read_as_blank(desk: Desk) -> None:
    names = [column.name for column in PSA_TXN.columns if not column.optional]
    labels = [column.label for column in PSA_TXN.columns if not column.optional]
    assert len(labels) == 24
    row = order(pob_template="MILESTONE")
    desk.upload(",".join(labels).encode() + b"\n" + ",".join(row.get(name, "") for name in names).encode())
    desk.wait(20)
    assert desk.errors() == []
    (staged,) = desk.mock.dump()["stage_txn"].values()
    assert (staged["so_line_id"], staged["pob_template"], staged["ct_mod_date"]) == ("P-1-1", None, None)


def test_a_used_file_name_is_refused_and_named_with_the_earlier_upload(desk: Desk) -> None:
    first = desk.upload(GOOD, filename="orders.csv").json()["result"]["id"]
    before = desk.mock.dump()
    answer = desk.upload(table(PSA_TXN, [order(so_line_id="P-1-2")]), filename="orders.csv")
    assert answer.status == 400
    assert answer.json()["message"] == "File name orders.csv has been uploaded before"
    assert answer.json()["result"]["id"] == first
    assert desk.mock.dump() == before
    desk.wait(20)
    assert [row["so_line_id"] for row in desk.mock.dump()["stage_txn"].values()] == ["P-1-1"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (HEADING + b"\r\n" + DATA.replace(b'"Acme"', b'"Ac"me"'), "a quote is broken"),
        (HEADING + b"\r\n" + DATA.replace(b'"Acme"', b'Ac"me'), "a quote is broken"),
        (HEADING + b"\r\n" + DATA + b',"', "a quote is broken"),
        (HEADING.replace(b"So Num", b"So Nummer") + b"\r\n" + DATA, "column 'So Nummer' is not in template PSA_TXN"),
        (HEADING.replace(b'"So Num",', b"") + b"\r\n" + DATA, "column 'So Num' of template PSA_TXN is missing"),
        (HEADING.replace(b"So Line Id", b"So Num") + b"\r\n" + DATA, "column 'So Num' stands twice in the heading"),
        (HEADING + b"\r\n" + DATA + b',"more"', "data line 1 has 30 cells, the heading has 29"),
        (HEADING + b"\r\n" + DATA + b"\r\nSO", "data line 2 has 1 cells, the heading has 29"),
        (HEADING + b"\r\n" + DATA.replace(b"Acme", b"=1+1"), "data line 1, column 'Cstmr Nm': '=1+1' looks like"),
        (HEADING + b"\r\n" + DATA.replace(b"Acme", b"+49"), "'+49' looks like a formula"),
        (HEADING + b"\r\n" + DATA.replace(b"Acme", b" @SUM(A1)"), "'@SUM(A1)' looks like a formula"),
        (HEADING + b"\r\n" + DATA.replace(b"Acme", b"Acm\xe9"), "the file is not UTF-8 (byte"),
        (HEADING + b"\r\n", "the file has no data lines"),
        (b"", "the file has no data lines"),
        (HEADING + b"\r\n" + DATA.replace(b"Acme", b"A" * 200_000), "the file is not valid CSV: field larger"),
    ],
)
def test_a_file_that_does_not_fit_fails_whole_and_leaves_its_name_free(desk: Desk, body: bytes, reason: str) -> None:
    before = desk.mock.dump()
    answer = desk.upload(body, filename="orders.csv")
    assert answer.status == 400
    assert answer.json()["message"] == "Error loading Data into Staging Area"
    assert answer.json()["Status"] == "Error"
    assert answer.json()["result"]["status"] == "Failed"
    assert reason in answer.json()["result"]["message"]
    assert desk.mock.dump() == before
    assert desk.mock.next_due_us() is None
    assert desk.upload(GOOD, filename="orders.csv").status == 200


def test_one_formula_fails_the_good_rows_of_its_file_too(desk: Desk) -> None:
    body = table(PSA_TXN, [order(), order(so_line_id="P-1-2", item_num="=HYPERLINK()")])
    assert desk.upload(body).status == 400
    desk.wait(20)
    assert desk.mock.dump()["stage_txn"] == {}


def test_a_row_error_leaves_the_good_rows_of_its_file_alone(desk: Desk) -> None:
    desk.stage(order(cstmr_nm=""), order(so_line_id="P-1-2"), invoice(so_line_id="P-1-2"))
    assert desk.errors() == ["RPRO-00003 customer name is missing"]
    flags = [row["processed_flag"] for row in desk.mock.store.find("stage_txn", order='"position"')]
    assert flags == ["E", "N", "N"]
    (upload,) = desk.mock.dump()["upload"].values()
    assert (upload["status"], upload["row_count"], upload["error_count"], upload["content"]) == ("Staged", 3, 1, None)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"templatename": "PSA_TXN"}, "header filename is missing"),
        ({"templatename": "PSA_TXN", "filename": " "}, "header filename is missing"),
        ({"filename": "a.csv"}, "template '' does not exist"),
        ({"templatename": "PSA_TNX", "filename": "a.csv"}, "template 'PSA_TNX' does not exist; did you mean PSA_TXN?"),
    ],
)
def test_a_file_needs_a_name_and_a_template(desk: Desk, headers: dict[str, str], reason: str) -> None:
    answer = desk.call("POST", "/csv/upload", body=GOOD, **headers)
    assert (answer.status, answer.json()["result"]["message"]) == (400, reason)
    assert desk.mock.dump()["upload"] == {}


def test_quotes_commas_line_ends_and_a_byte_order_mark_are_read_as_rfc_4180_says(desk: Desk) -> None:
    name = 'Acme "North", Inc\nBoston'
    columns = list(reversed(PSA_TXN.columns))
    row = {**order(cstmr_nm='"Acme ""North"", Inc\nBoston"'), "ord_qty": " 1 "}
    lines = [",".join(column.label for column in columns), ",".join(row.get(column.name, "") for column in columns)]
    body = b"\xef\xbb\xbf" + "\n".join([*lines, ""]).encode()
    assert desk.upload(body).status == 200
    desk.wait(20)
    (staged,) = desk.mock.dump()["stage_txn"].values()
    assert (staged["cstmr_nm"], staged["ord_qty"], staged["err_msg"]) == (name, "1", None)


@pytest.mark.parametrize(("lines", "status"), [(LINES_MAX, 200), (LINES_MAX + 1, 400)])
def test_a_file_has_at_most_twenty_thousand_lines(desk: Desk, lines: int, status: int) -> None:
    rows = [hours()] * lines
    assert desk.upload(table(PSA_EVT, rows), PSA_EVT).status == status


def test_an_unknown_upload_has_no_data(desk: Desk) -> None:
    for query in ("id=12345678", ""):
        answer = desk.call("GET", "/csv/upload/status", query)
        assert (answer.status, answer.json()["message"]) == (400, "No data found")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_mapping_lists_the_columns_of_a_template(desk: Desk, method: str) -> None:
    answer = desk.call(method, "/upload/mapping", "templatename=PSA_EVT")
    body = answer.json()
    assert answer.status == 200
    assert body["Dateformat"] == "DD-MON-YYYY"
    assert [(each["seq"], each["label"], each["col_name"], each["data_type"]) for each in body["Mapping"]] == [
        (1, "Event Type", "EVENT_TYPE", "VARCHAR2"),
        (2, "So Line Id", "SO_LINE_ID", "VARCHAR2"),
        (3, "Event Date", "EVENT_DATE", "DATE"),
        (4, "Completed Qty", "COMPLETED_QTY", "NUMBER"),
        (5, "Total Qty", "TOTAL_QTY", "NUMBER"),
        (6, "Event Percent", "EVENT_PERCENT", "NUMBER"),
        (7, "Event Amount", "EVENT_AMOUNT", "NUMBER"),
    ]
    assert len({each["id"] for template in TEMPLATES.values() for each in template.mapping}) == 41
    assert desk.call(method, "/upload/mapping", "templatename=OTHER").status == 400


class Busy(NoFaults):
    """Refuses the first row of every upload but the second."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []

    def items(self, system: str, operation: str, request: Request, count: int) -> Set[int]:
        self.asked.append((system, operation, count))
        return {0} if len(self.asked) != 2 else set()


def test_a_row_the_staging_is_too_busy_for_is_in_error_until_it_is_sent_again() -> None:
    busy, desk = Busy(), Desk()
    desk.mock.context.faults = busy
    desk.stage(order(), order(so_line_id="P-1-2"))
    assert busy.asked == [("revenue", "csv.upload", 2)]
    assert desk.errors() == ["SBX-00014 row not processed, staging is busy: send it again"]
    assert [row["so_line_id"] for row in desk.mock.store.find("stage_txn", {"processed_flag": "N"})] == ["P-1-2"]
    desk.stage(order())
    assert desk.errors() == []
    assert len(desk.mock.store.find("stage_txn", {"processed_flag": "N"})) == 2


def test_a_file_that_is_refused_as_a_whole_asks_for_no_rows() -> None:
    busy, desk = Busy(), Desk()
    desk.mock.context.faults = busy
    assert desk.upload(b"nonsense").status == 400
    assert busy.asked == []


def test_rows_in_error_are_listed_with_where_they_came_from(desk: Desk) -> None:
    assert desk.call("GET", "/stage/error/transaction").status == 204
    assert desk.call("GET", "/stage/error/event").body == b""
    upload_id = desk.upload(table(PSA_TXN, [invoice()]), filename="bills.csv").json()["result"]["id"]
    desk.wait(20)
    body = desk.call("GET", "/stage/error/transaction").json()
    assert body["result"] == body["Result"]
    (error,) = body["result"]
    assert isinstance(error.pop("id"), int)
    assert error == {
        "client_id": 1,
        "type": "INV",
        "so_num": "P-1",
        "so_line_num": None,
        "so_line_id": "P-1-1",
        "inv_line_id": "INV-1-1",
        "inv_line_num": "1",
        "err_msg": "RPRO-00064 invoice refers to order line 'P-1-1', which is not known",
        "processed_flag": "E",
        "upload_id": upload_id,
        "sec_atr_val": "US",
        "crtd_by": "api@firm.example",
        "crtd_dt": "2026-01-12T00:00:20Z",
        "updt_by": "api@firm.example",
        "updt_dt": "2026-01-12T00:00:20Z",
    }
    assert desk.call("GET", "/stage/error/other").status == 400


def test_rows_without_a_key_replace_nothing(desk: Desk) -> None:
    desk.stage(order(so_line_id=""))
    desk.stage(order(so_line_id=""))
    assert desk.errors() == ["SBX-00003 order line id is missing"] * 2


def test_a_row_in_error_goes_when_it_is_sent_again(desk: Desk) -> None:
    desk.stage(order(cstmr_nm=""))
    desk.stage(order(cstmr_nm="", right_to_bill="?"))
    assert desk.errors() == ["RPRO-00003 customer name is missing"]
    desk.stage(order())
    assert desk.errors() == []
    desk.stage(hours(total_qty="0"))
    assert desk.errors("event") == ["INVALID_QUANTITY_EVENT total quantity 0 is not above zero"]
    desk.stage(hours())
    assert desk.errors("event") == []
    desk.stage(invoice(inv_qty=""))
    assert desk.errors() == ["RPRO-0007 invoice quantity is missing"]
    desk.stage(invoice())
    assert desk.errors() == []
