"""Bulk jobs: states by the clock, rows written one by one, results as clients read them, queries in pages."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest

from sandbox.core.clock import MINUTE_US, SECOND_US, ManualClock
from sandbox.core.wire import Request, Response
from tests.mocks.crm.client import EPOCH, Client, V, error, keep_alive, make
from tests.mocks.crm.streams import Subscriber

JOBS, QUERIES = "jobs/ingest", "jobs/query"


class Bulk:
    """A session whose clock is moved by hand."""

    def __init__(self) -> None:
        self.clock = ManualClock(EPOCH)
        self.crm = Client(make(self.clock))
        keep_alive(self.crm.mock)

    def open(self, operation: str = "insert", name: str = "Account", **more: str) -> str:
        response = self.crm.send("POST", JOBS, {"object": name, "operation": operation, **more})
        assert response.status == 200, response.body
        assert response.json()["state"] == "Open"
        return str(response.json()["id"])

    def upload(self, job: str, body: bytes) -> Response:
        return self.crm.send("PUT", f"{JOBS}/{job}/batches", body, content_type="text/csv; charset=UTF-8")

    def close(self, job: str) -> Response:
        return self.crm.send("PATCH", f"{JOBS}/{job}", {"state": "UploadComplete"})

    def wait(self) -> None:
        self.clock.advance_to(self.clock.now_us() + MINUTE_US)
        self.crm.mock.run_due()
        self.clock.advance_to(self.clock.now_us() + MINUTE_US)
        self.crm.mock.run_due()

    def load(self, body: str | bytes, operation: str = "insert", name: str = "Account", **more: str) -> str:
        job = self.open(operation, name, **more)
        assert self.upload(job, body.encode() if isinstance(body, str) else body).status == 201
        assert self.close(job).status == 200
        self.wait()
        return job

    def job(self, job: str, kind: str = JOBS) -> dict[str, Any]:
        content: dict[str, Any] = self.crm.send("GET", f"{kind}/{job}").json()
        return content

    def rows(self, job: str, which: str) -> list[dict[str, str]]:
        response = self.crm.send("GET", f"{JOBS}/{job}/{which}")
        assert response.status == 200, response.body
        return list(csv.DictReader(StringIO(response.body.decode())))

    def query(self, soql: str, operation: str = "query", **more: str) -> str:
        response = self.crm.send("POST", QUERIES, {"operation": operation, "query": soql, **more})
        assert (response.status, response.json()["state"]) == (200, "UploadComplete"), response.body
        self.wait()
        return str(response.json()["id"])


@pytest.fixture
def bulk() -> Bulk:
    return Bulk()


# -- ingest -----------------------------------------------------------------------------------------------------------


def test_a_job_goes_through_its_states_as_time_goes_by(bulk: Bulk) -> None:
    opened = bulk.crm.send("POST", JOBS, {"object": "account", "operation": "insert"}).json()
    job = opened["id"]
    assert opened == {
        "id": job, "operation": "insert", "object": "Account", "createdById": bulk.crm.user_id,
        "createdDate": "2026-01-12T00:00:00.000+0000", "systemModstamp": "2026-01-12T00:00:00.000+0000",
        "state": "Open", "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": opened["apiVersion"],
        "lineEnding": "LF", "columnDelimiter": "COMMA", "contentUrl": f"services/data/v59.0/jobs/ingest/{job}/batches",
    }  # fmt: skip
    assert str(opened["apiVersion"]) == "59.0"
    assert job.startswith("750")
    uploaded = bulk.upload(job, b"Name\nBulk\n")
    assert (uploaded.status, uploaded.body) == (201, b"")
    assert bulk.close(job).json()["state"] == "UploadComplete"
    states = []
    for second in range(1, 6):
        states.append(bulk.job(job)["state"])
        bulk.clock.advance_to(second * SECOND_US)
        bulk.crm.mock.run_due()
    assert states == ["UploadComplete", "InProgress", "InProgress", "InProgress", "InProgress"]
    done = bulk.job(job)
    assert (done["state"], done["jobType"]) == ("JobComplete", "V2Ingest")
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"], done["retries"]) == (1, 0, 0)
    assert done["totalProcessingTime"] == 5000
    assert "Bulk" in bulk.crm.column("SELECT Name FROM Account")


def test_a_bad_row_fails_alone_and_the_job_is_complete(bulk: Bulk) -> None:
    good = "".join(f"Contact {number},{number}\n" for number in range(100))
    job = bulk.load(f"Name,Phone\n{good},1\n")
    done = bulk.job(job)
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 101, 1)
    successful, (failed,) = bulk.rows(job, "successfulResults"), bulk.rows(job, "failedResults")
    assert {row["sf__Created"] for row in successful} == {"true"}
    assert len(successful) == len({row["sf__Id"] for row in successful}) == 100
    assert list(successful[0]) == ["sf__Id", "sf__Created", "Name", "Phone"]
    assert failed == {
        "sf__Id": "", "sf__Error": "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
        "Name": "", "Phone": "1",
    }  # fmt: skip
    assert bulk.rows(job, "unprocessedrecords") == bulk.rows(job, "unprocessedRecords") == []


def test_rows_belong_to_who_opened_the_job_and_are_announced(bulk: Bulk) -> None:
    stream = Subscriber(bulk.crm, "/data/AccountChangeEvent")
    job = bulk.load("Name\nOne\nTwo\n")
    record = bulk.crm.get("Account", bulk.rows(job, "successfulResults")[0]["sf__Id"])
    assert (record["CreatedById"], record["OwnerId"], record["LastModifiedById"]) == (bulk.crm.user_id,) * 3
    events = stream.connect()
    assert [event["data"]["payload"]["Name"] for event in events] == ["One", "Two"]
    assert events[0]["data"]["payload"]["ChangeEventHeader"]["changeOrigin"] == "com/salesforce/api/bulk/59.0"


def test_cells_become_values_of_their_fields(bulk: Bulk) -> None:
    account = bulk.crm.account()
    header = "Name;StageName;CloseDate;Amount;AccountId;Description\r\n"
    text = '"Deal; ""big""\nand wide"'
    bulk.load(
        f"{header}{text};Prospecting;2026-03-31;12.5;{account};é\r\n".encode("utf-8-sig"),
        name="Opportunity", columnDelimiter="SEMICOLON", lineEnding="CRLF",
    )  # fmt: skip
    (row,) = bulk.crm.query("SELECT FIELDS(ALL) FROM Opportunity LIMIT 1")
    assert (row["Name"], row["CloseDate"], str(row["Amount"])) == ('Deal; "big"\nand wide', "2026-03-31", "12.5")
    assert (row["AccountId"], row["Description"]) == (account, "é")


def test_an_empty_cell_leaves_a_field_alone_and_a_word_empties_it(bulk: Bulk) -> None:
    kept, emptied = (bulk.crm.create("Account", Name=name, Phone="1") for name in ("kept", "emptied"))
    job = bulk.load(f"Id,Phone,Credit_Hold__c\n{kept},,TRUE\n{emptied[:15]},#N/A,\n", "update")
    assert bulk.job(job)["numberRecordsFailed"] == 0
    assert {row["sf__Created"] for row in bulk.rows(job, "successfulResults")} == {"false"}
    assert (bulk.crm.get("Account", kept)["Phone"], bulk.crm.get("Account", emptied)["Phone"]) == ("1", None)
    assert bulk.crm.get("Account", kept)["Credit_Hold__c"] is True


@pytest.mark.parametrize(
    ("header", "cell", "code"),
    [
        ("Credit_Hold__c", "perhaps", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("AnnualRevenue", "much", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("ParentId", "x", "MALFORMED_ID"),
        ("CurrencyIsoCode", "XXX", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Phone", "1" * 41, "STRING_TOO_LONG"),
        ("CreatedDate", "2026-01-01T00:00:00.000Z", "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Id", "001000000000000", "INVALID_FIELD"),
    ],
)
def test_a_cell_that_does_not_fit_fails_its_row(bulk: Bulk, header: str, cell: str, code: str) -> None:
    job = bulk.load(f"Name,{header}\nx,{cell}\n")
    (failed,) = bulk.rows(job, "failedResults")
    assert failed["sf__Error"].startswith(code + ":")


def test_whole_numbers_and_instants_are_read(bulk: Bulk) -> None:
    account = bulk.crm.account()
    body = f"AccountId,StartDate,ContractTerm\n{account},2026-02-01,12\n{account},2026-02-01,1.5\n"
    job = bulk.load(body, name="Contract")
    (good,), (bad,) = bulk.rows(job, "successfulResults"), bulk.rows(job, "failedResults")
    assert bulk.crm.get("Contract", good["sf__Id"])["ContractTerm"] == 12
    assert bad["sf__Error"].startswith("INVALID_TYPE_ON_FIELD_IN_RECORD:'1.5' is not a valid value")
    case = bulk.load("Subject,Due_Date__c\nx,2026-02-01T10:00:00.000Z\n", name="Case")
    (row,) = bulk.rows(case, "successfulResults")
    assert bulk.crm.get("Case", row["sf__Id"])["Due_Date__c"] == "2026-02-01T10:00:00.000+0000"


def test_upserts_and_deletes(bulk: Bulk) -> None:
    known = bulk.crm.create("Account", Name="known", ERP_Customer_Id__c="E-1")
    body = "ERP_Customer_Id__c,Name\nE-1,renamed\nE-2,new\n,nobody\n"
    upserted = bulk.load(body, "upsert", externalIdFieldName="ERP_Customer_Id__c")
    results = bulk.rows(upserted, "successfulResults")
    assert [(row["sf__Created"], row["Name"]) for row in results] == [("false", "renamed"), ("true", "new")]
    assert results[0]["sf__Id"] == known
    assert bulk.rows(upserted, "failedResults")[0]["sf__Error"].startswith("MISSING_ARGUMENT:")
    opportunity = bulk.crm.opportunity()
    deleted = bulk.load(f"Id\n{known}\n{opportunity}\n{known}\nx\n", "delete")
    assert [row["Id"] for row in bulk.rows(deleted, "successfulResults")] == [known]
    errors = [row["sf__Error"].partition(":")[0] for row in bulk.rows(deleted, "failedResults")]
    assert errors == ["INVALID_CROSS_REFERENCE_KEY", "ENTITY_IS_DELETED", "MALFORMED_ID"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'Name\n"broken\n', "Failed to parse CSV"),
        (b'Name\n"a"b\n', "Failed to parse CSV"),
        (b"Name\n\xff\xfe\n", "Failed to parse CSV"),
        (b"Name,Phone\nx\n", "Record 1 has 1 columns, the header has 2"),
        (b"Name,Nmae\nx,y\n", "Field name not found : Nmae"),
        (b"Name,name\nx,y\n", "A field name stands twice"),
    ],
)
def test_csv_that_cannot_be_read_fails_the_job_and_stores_nothing(bulk: Bulk, body: bytes, words: str) -> None:
    before = bulk.crm.mock.dump()
    job = bulk.load(body)
    failed = bulk.job(job)
    assert (failed["state"], failed["numberRecordsProcessed"]) == ("Failed", 0)
    assert failed["errorMessage"].startswith(f"InvalidBatch : {words}")
    assert bulk.crm.mock.dump() == before
    raw = bulk.crm.send("GET", f"{JOBS}/{job}/unprocessedrecords")
    assert raw.body == body.decode("utf-8", "replace").encode()
    assert bulk.rows(job, "successfulResults") == []


def test_a_job_without_rows_is_complete(bulk: Bulk) -> None:
    job = bulk.open()
    bulk.close(job)
    bulk.wait()
    assert (bulk.job(job)["state"], bulk.job(job)["numberRecordsProcessed"]) == ("JobComplete", 0)
    assert bulk.rows(bulk.load("Name\n"), "failedResults") == []


def test_an_aborted_job_writes_nothing(bulk: Bulk) -> None:
    job = bulk.open()
    bulk.upload(job, b"Name\nnever\n")
    bulk.close(job)
    bulk.clock.advance_to(2 * SECOND_US)
    bulk.crm.mock.run_due()
    aborted = bulk.crm.send("PATCH", f"{JOBS}/{job}", {"state": "Aborted"})
    assert aborted.json()["state"] == "Aborted"
    bulk.wait()
    assert bulk.job(job)["state"] == "Aborted"
    assert "never" not in bulk.crm.column("SELECT Name FROM Account")
    assert bulk.rows(job, "unprocessedrecords") == [{"Name": "never"}]
    assert error(bulk.crm.send("PATCH", f"{JOBS}/{job}", {"state": "Aborted"})) == (400, "INVALIDJOBSTATE", None)


def test_steps_out_of_order_are_refused(bulk: Bulk) -> None:
    job = bulk.open()
    refused = (400, "INVALIDJOBSTATE", None)
    assert error(bulk.crm.send("DELETE", f"{JOBS}/{job}")) == refused
    assert error(bulk.crm.send("GET", f"{JOBS}/{job}/successfulResults")) == refused
    bulk.upload(job, b"Name\nx\n")
    assert error(bulk.upload(job, b"Name\ny\n")) == refused
    bulk.close(job)
    assert error(bulk.close(job)) == refused
    assert error(bulk.upload(job, b"Name\ny\n")) == refused
    bulk.wait()
    deleted = bulk.crm.send("DELETE", f"{JOBS}/{job}")
    assert (deleted.status, deleted.body) == (204, b"")
    assert error(bulk.crm.send("GET", f"{JOBS}/{job}")) == (404, "NOT_FOUND", None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"object": "Nothing"}, "INVALIDENTITY"),
        ({"object": "User"}, "INVALIDENTITY"),
        ({"object": None}, "MISSING_ARGUMENT"),
        ({"operation": "merge"}, "JSON_PARSER_ERROR"),
        ({"operation": ["insert"]}, "JSON_PARSER_ERROR"),
        ({"operation": "hardDelete"}, "FEATURENOTENABLED"),
        ({"operation": "upsert"}, "MISSING_ARGUMENT"),
        ({"contentType": "JSON"}, "JSON_PARSER_ERROR"),
        ({"columnDelimiter": ","}, "JSON_PARSER_ERROR"),
        ({"lineEnding": "CR"}, "JSON_PARSER_ERROR"),
    ],
)
def test_a_job_that_makes_no_sense_is_not_opened(bulk: Bulk, changed: dict[str, Any], code: str) -> None:
    sent = {"object": "Account", "operation": "insert", **changed}
    assert error(bulk.crm.send("POST", JOBS, sent)) == (400, code, None)
    assert bulk.crm.send("GET", JOBS).json() == {"done": True, "nextRecordsUrl": None, "records": []}


def test_an_upload_of_another_kind_is_refused(bulk: Bulk) -> None:
    response = bulk.crm.send("PUT", f"{JOBS}/{bulk.open()}/batches", b"{}")
    assert error(response) == (415, "UNSUPPORTED_MEDIA_TYPE", None)


def test_jobs_are_listed_and_found_by_short_ids(bulk: Bulk) -> None:
    first, second = bulk.open(), bulk.open("delete")
    assert [job["id"] for job in bulk.crm.send("GET", JOBS).json()["records"]] == [first, second]
    assert bulk.job(first[:15])["id"] == first
    for wrong in ("x", "750" + "0" * 12):
        assert error(bulk.crm.send("GET", f"{JOBS}/{wrong}")) == (404, "NOT_FOUND", None)
    assert error(bulk.crm.send("GET", f"{JOBS}/{first}/otherResults")) == (404, "NOT_FOUND", None)
    assert error(bulk.crm.send("GET", f"{QUERIES}/{first}")) == (404, "NOT_FOUND", None)


def test_a_job_goes_on_after_a_snapshot(bulk: Bulk) -> None:
    job = bulk.open()
    bulk.upload(job, b"Name\nafter\n")
    bulk.close(job)
    restored = Bulk()
    restored.crm.mock.deserialize(bulk.crm.mock.serialize())
    keep_alive(restored.crm.mock)
    restored.wait()
    assert restored.job(job)["state"] == "JobComplete"
    assert "after" in restored.crm.column("SELECT Name FROM Account")


# -- queries ----------------------------------------------------------------------------------------------------------


def page(bulk: Bulk, job: str, query: str = "") -> Response:
    response = bulk.crm.send("GET", f"{QUERIES}/{job}/results", query=query)
    assert response.status == 200, response.body
    return response


def test_a_query_is_read_as_quoted_csv_and_the_last_page_says_null(bulk: Bulk) -> None:
    deal = bulk.crm.opportunity('A "deal"', AccountId=bulk.crm.account(), Amount=5)
    bulk.crm.opportunity("Other")
    fields = "Id, Name, Account.Name, Amount, IsWon, CloseDate, CreatedDate"
    job = bulk.query(f"SELECT {fields} FROM Opportunity ORDER BY Name")
    done = bulk.job(job, QUERIES)
    assert (done["state"], done["numberRecordsProcessed"], done["object"]) == ("JobComplete", 2, "Opportunity")
    response = page(bulk, job)
    first = f'"{deal}","A ""deal""","Acme","5.0","false","2026-03-31","2026-01-12T00:00:00.000Z"'
    header, line, other = response.body.decode().splitlines()
    assert header == '"Id","Name","Account.Name","Amount","IsWon","CloseDate","CreatedDate"'
    assert line == first
    assert other.split(",")[2:4] == ['""', '""']
    assert (response.header("Sforce-Locator"), response.header("Sforce-NumberOfRecords")) == ("null", "2")
    assert (response.header("Content-Type") or "").startswith("text/csv")


def test_a_long_result_is_read_page_by_page(bulk: Bulk) -> None:
    bulk.load("Name,AccountNumber\n" + "".join(f"N {number:02},many\n" for number in range(25)))
    job = bulk.query("SELECT Name FROM Account WHERE AccountNumber = 'many' ORDER BY Name")
    seen: list[str] = []
    locator, sizes = "", []
    while locator != "null":
        response = page(bulk, job, f"maxRecords=10{'&locator=' + locator if locator else ''}")
        lines = response.body.decode().splitlines()
        assert lines[0] == '"Name"'
        seen += lines[1:]
        sizes.append(response.header("Sforce-NumberOfRecords"))
        locator = response.header("Sforce-Locator") or ""
    assert seen == [f'"N {number:02}"' for number in range(25)]
    assert sizes == ["10", "10", "5"]


def test_a_result_without_rows_has_a_header_and_a_count_of_none(bulk: Bulk) -> None:
    response = page(bulk, bulk.query("SELECT Name FROM Account WHERE Name = 'nobody'"))
    assert (response.body, response.header("Sforce-NumberOfRecords")) == (b'"Name"\n', "0")
    assert response.header("Sforce-Locator") == "null"


def test_a_bulk_query_may_show_what_was_deleted(bulk: Bulk) -> None:
    bulk.crm.delete("Account", bulk.crm.create("Account", Name="gone"))
    soql = "SELECT Name, IsDeleted FROM Account WHERE Name = 'gone'"
    assert page(bulk, bulk.query(soql)).header("Sforce-NumberOfRecords") == "0"
    shown = page(bulk, bulk.query(soql, "queryAll", columnDelimiter="TAB", lineEnding="CRLF"))
    assert shown.body == b'"Name"\t"IsDeleted"\r\n"gone"\t"true"\r\n'


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Nmae FROM Account", "INVALID_FIELD"),
        ("SELECT Name FROM Nothing", "INVALID_TYPE"),
        ("SELECT COUNT() FROM Account", "API_ERROR"),
        ("SELECT COUNT(Id) FROM Account", "API_ERROR"),
        ("SELECT Name FROM Account GROUP BY Name", "API_ERROR"),
        ("SELECT Name FROM Account LIMIT 1 OFFSET 1", "API_ERROR"),
        ("SELECT BillingAddress FROM Account", "API_ERROR"),
        ("SELECT Id, (SELECT Id FROM Opportunities) FROM Account", "API_ERROR"),
    ],
)
def test_a_query_that_has_no_place_in_a_job_is_refused_at_once(bulk: Bulk, soql: str, code: str) -> None:
    assert error(bulk.crm.send("POST", QUERIES, {"operation": "query", "query": soql})) == (400, code, None)
    assert bulk.crm.send("GET", QUERIES).json()["records"] == []


def test_a_query_can_be_aborted_listed_and_forgotten(bulk: Bulk) -> None:
    sent = {"operation": "query", "query": "SELECT Id FROM Account"}
    job = bulk.crm.send("POST", QUERIES, sent).json()["id"]
    assert error(bulk.crm.send("GET", f"{QUERIES}/{job}/results")) == (400, "INVALIDJOBSTATE", None)
    assert bulk.crm.send("PATCH", f"{QUERIES}/{job}", {"state": "Aborted"}).json()["state"] == "Aborted"
    bulk.wait()
    assert [each["state"] for each in bulk.crm.send("GET", QUERIES).json()["records"]] == ["Aborted"]
    assert bulk.crm.send("DELETE", f"{QUERIES}/{job}").status == 204
    assert bulk.crm.send("GET", QUERIES).json()["records"] == []


@pytest.mark.parametrize(
    "query", ["maxRecords=0", "maxRecords=x", "maxRecords=-1", "locator=%21", "locator=OTk5", "locator=eHg"]
)
def test_a_page_that_is_none_is_refused(bulk: Bulk, query: str) -> None:
    job = bulk.query("SELECT Id FROM Account")
    assert bulk.crm.send("GET", f"{QUERIES}/{job}/results", query=query).status == 400


def test_jobs_count_as_used_of_the_day(bulk: Bulk) -> None:
    job = bulk.open()
    bulk.close(job)
    bulk.crm.send("POST", QUERIES, {"operation": "query", "query": "SELECT Id FROM Account"})
    limits = bulk.crm.send("GET", "limits").json()
    assert limits["DailyBulkApiBatches"] == {"Max": 15_000, "Remaining": 14_999}
    assert limits["DailyBulkV2QueryJobs"] == {"Max": 10_000, "Remaining": 9_999}


# -- the first bulk API -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_the_first_bulk_api_is_switched_off_and_says_so_in_the_format_it_was_asked(crm: Client, method: str) -> None:
    path = "/services/async/59.0/job"
    response = crm.send(method, path, {"operation": "insert"})
    assert (response.status, response.json()) == (
        400,
        {"exceptionCode": "FeatureNotEnabled", "exceptionMessage": "Async API not enabled"},
    )
    spoken = crm.mock.handle(Request(method, path, headers={"content-type": "application/xml"}))
    assert (spoken.status, spoken.header("Content-Type")) == (400, "application/xml")
    assert b"<exceptionCode>FeatureNotEnabled</exceptionCode>" in spoken.body
    assert crm.send("GET", V + "/limits").status == 200
