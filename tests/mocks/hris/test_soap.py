"""SOAP: the description, who may call, what a message may be, and what a worker looks like."""

from __future__ import annotations

from datetime import date
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from mocks.hris.soap_schema import GROUP, TYPES
from mocks.hris.system import Hris
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US, ManualClock
from sandbox.core.damage import Damage, NoFaults
from sandbox.core.tenants import HrisTenant, HrisWorker
from sandbox.core.wire import Request
from tests.mocks.hris.client import BASIC, EPOCH, HR, event_of, make
from tests.mocks.hris.soap import PATH, WD, ask, fault, ids, message, pair, request, send, texts

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
EVERYTHING = (
    "<wd:Response_Group>"
    + "".join(f"<wd:{name}>{str(name.startswith('Include')).lower()}</wd:{name}>" for name in GROUP)
    + "</wd:Response_Group>"
)


def reference(value: str, kind: str = "Employee_ID") -> str:
    return f'<wd:Worker_Reference><wd:ID wd:type="{kind}">{value}</wd:ID></wd:Worker_Reference>'


def references(*values: str, skip: str = "false") -> str:
    inner = "".join(reference(each) for each in values)
    return f'<wd:Request_References wd:Skip_Non_Existing_Instances="{skip}">{inner}</wd:Request_References>'


def test_the_description_names_the_address_it_was_asked_at(mock: Hris) -> None:
    for headers, expected in (
        ({"host": "127.0.0.1:8080", "x-forwarded-proto": "http"}, "http://127.0.0.1:8080"),
        ({"host": "wd2-impl-services1.workday.com"}, "https://wd2-impl-services1.workday.com"),
    ):
        response = mock.handle(Request("GET", PATH, "wsdl", headers))
        assert (response.status, response.header("Content-Type")) == (200, "text/xml;charset=UTF-8")
        root = fromstring(response.body)
        assert root.get("targetNamespace") == "urn:com.workday/bsvc/Human_Resources"
        addresses = [each.get("location") for each in root.iter("{http://schemas.xmlsoap.org/wsdl/soap/}address")]
        assert addresses == [expected + PATH]
        assert [each.get("name") for each in root.find(f"{WSDL}portType") or ()] == ["Get_Workers", "Get_Organizations"]


def test_the_description_is_whole(mock: Hris) -> None:
    root = fromstring(mock.handle(Request("GET", PATH, "WSDL")).body)
    names = {each.get("name") for each in root.iter() if each.get("name")}
    used = {
        value.partition(":")[2]
        for each in root.iter()
        for key, value in each.attrib.items()
        if key in ("type", "element", "message", "binding") and value.startswith("wd")
    }
    assert used <= names


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (PATH, "", 404),
        (PATH.replace("v44.2", "latest"), "wsdl", 404),
        (PATH.replace("firm", "other"), "wsdl", 401),
        (PATH.replace("Human_Resources", "Payroll"), "wsdl", 404),
    ],
)
def test_there_is_no_other_description(mock: Hris, path: str, query: str, status: int) -> None:
    assert mock.handle(Request("GET", path, query, dict(BASIC))).status == status


def test_without_a_group_a_worker_is_a_reference_and_little_else(mock: Hris) -> None:
    worker = ask(mock).find(f"{WD}Response_Data/{WD}Worker")
    assert worker is not None
    assert [each.tag.removeprefix(WD) for each in worker] == ["Worker_Reference", "Worker_Descriptor", "Worker_Data"]
    assert texts(worker, "Worker_Data/Worker_ID") == ["W-0001"]
    assert texts(worker, "Worker_Data/Personal_Data") == []
    kinds = [each.get(WD + "type") for each in worker.iter(WD + "ID")]
    assert kinds == ["WID", "Employee_ID"]


def conforms(node: Element, kind: str) -> None:
    """Elements as the schema has them: known, in order, repeated only where they may be."""
    declared = [member.name for member in TYPES[kind].members]
    found = [each.tag.removeprefix(WD) for each in node]
    assert found == sorted(found, key=declared.index), kind
    assert {key.removeprefix(WD) for key in node.attrib} <= TYPES[kind].attributes.keys(), kind
    for member in TYPES[kind].members:
        assert member.many or found.count(member.name) <= 1, member.name
        for each in node.findall(WD + member.name):
            if member.kind in TYPES:
                conforms(each, member.kind)


def test_an_answer_with_everything_in_it_is_of_the_described_schema() -> None:
    mock = make(ManualClock(EPOCH, DAY_US), salary_in_workers_report=True)
    event_of(mock, "change_job", employee_id="W-0002", effective_date="2026-01-12", manager_employee_id="W-0001")
    leave = {"leave_type": "Parental", "first_day": "2026-01-12", "expected_last_day": "2026-02-01"}
    event_of(mock, "place_on_leave", employee_id="W-0002", **leave)
    event_of(
        mock, "rescind", event_wid=event_of(mock, "terminate", employee_id="W-0001", termination_date="2026-02-01")
    )
    answer = ask(mock, EVERYTHING)
    conforms(answer, "Get_Workers_ResponseType")
    tags = {each.tag.removeprefix(WD) for each in answer.iter()}
    reached = {
        name: kind for name, kind in TYPES.items() if not name.startswith(("Get_Organizations", "Organization_Re"))
    }
    del reached["Organizations_Response_DataType"], reached["OrganizationType"], reached["Organization_DataType"]
    unused = {member.name for kind in reached.values() for member in kind.members} - tags
    # Elements of requests and faults, and those that are sent instead of shown.
    assert {each for each in unused if not each.startswith(("Include", "Exclude", "Transaction", "Updated"))} == {
        "Request_References", "Request_Criteria", "Response_Group", "Effective_From", "Effective_Through",
        "Termination_Date", "Termination_Last_Day_of_Work", "Validation_Error", "Message", "Detail_Message", "Xpath",
    }  # fmt: skip


def test_sections_say_what_the_reports_say(mock: Hris) -> None:
    event_of(
        mock, "change_job", employee_id="W-0002", effective_date="2026-01-11", fte=0.8, manager_employee_id="W-0001"
    )
    answer = ask(mock, references("W-0002") + EVERYTHING)
    data = "Response_Data/Worker/Worker_Data/"
    position = data + "Employment_Data/Worker_Job_Data/Position_Data/"
    assert texts(answer, position + "Full_Time_Equivalent_Percentage") == ["80"]
    assert texts(answer, position + "Scheduled_Weekly_Hours") == ["32"]
    assert texts(answer, position + "Business_Site_Summary_Data/Name") == ["New York"]
    assert texts(answer, data + "Organization_Data/Worker_Organization_Data/Organization_Data/Organization_Code") == [
        "SUP_W-0001",
        "US",
    ]
    status = data + "Employment_Data/Worker_Status_Data/"
    assert [texts(answer, status + each)[0] for each in ("Active", "Hire_Date", "Terminated")] == [
        "1", "2024-05-02", "0",
    ]  # fmt: skip
    # Security by domain: no salary, and no word about it.
    assert texts(answer, data + "Compensation_Data") == []


def test_excluded_organisations_are_left_out(mock: Hris) -> None:
    group = "<wd:Include_Organizations>1</wd:Include_Organizations><wd:Exclude_Companies>true</wd:Exclude_Companies>"
    answer = ask(mock, references("W-0001") + f"<wd:Response_Group>{group}</wd:Response_Group>")
    assert [each.text for each in answer.iter(WD + "Organization_Code")] == ["SUP_TOP"]


def hire(mock: Hris, n: int) -> None:
    person = {"employee_id": f"W-{n:04}", "first_name": "New", "last_name": str(n), "email": f"n{n}@firm.example"}
    job = {"hire_date": "2026-01-01", "grade": "analyst", "company": "US", "location": "New York"}
    event_of(mock, "hire", **person, **job)


def crowd(clock: ManualClock) -> Hris:
    workers = tuple(
        HrisWorker(f"W-{n:04}", "F", str(n), f"w{n}@firm.example", date(2024, 5, 1), "analyst", "US", "Oslo", None)
        for n in range(1001, 1066)
    )
    people = {HR["x-sandbox-person"]: "hr-token"}
    return Hris(Context(clock, Chance(1)), HrisTenant("firm", "ISU_PSA", "pw", people, workers))


def test_pages_of_one_as_of_pair_hold_while_somebody_is_hired() -> None:
    clock = ManualClock(EPOCH, DAY_US)
    mock = crowd(clock)
    first = ask(mock, pair(count=30))
    assert texts(first, "Response_Results/Total_Results") == ["65"]
    assert texts(first, "Response_Results/Total_Pages") == ["3"]
    assert (texts(first, "Response_Results/Page_Results"), len(ids(first))) == (["30"], 30)
    as_of, known = (texts(first, f"Response_Filter/As_Of_{each}")[0] for each in ("Effective_Date", "Entry_DateTime"))
    clock.advance_to(DAY_US + 1)
    hire(mock, 1)
    rest = [ask(mock, pair(as_of or "", known or "", page, 30)) for page in (2, 3)]
    assert [len(ids(each)) for each in rest] == [30, 5]
    assert len({*ids(first), *ids(rest[0]), *ids(rest[1])}) == 65
    # Without the pair the pages shift: the last one of page 1 shows up again on page 2.
    assert ids(ask(mock, pair(page=2, count=30)))[0] == ids(first)[-1]
    assert texts(ask(mock, pair(page=9, count=30)), "Response_Results/Page_Results") == ["0"]


def test_references_choose_workers_in_their_order_also_those_who_left(mock: Hris) -> None:
    event_of(mock, "terminate", employee_id="W-0001", termination_date="2026-01-01")
    assert ids(ask(mock)) == ["W-0002"]
    assert ids(ask(mock, references("W-0002", "W-0001"))) == ["W-0002", "W-0001"]
    assert ids(ask(mock, references("W-0002", "99999", skip="true"))) == ["W-0002"]


def test_an_unknown_id_is_named_with_its_type(mock: Hris) -> None:
    response = send(mock, message(request(references("99999"))))
    assert response.status == 500
    code, text = fault(response)
    assert code == "SOAP-ENV:Client.validationError"
    assert "'99999' is not a valid ID value for type = 'Employee_ID'" in text
    assert (
        b"<wd:Xpath>/wd:Get_Workers_Request/wd:Request_References/wd:Worker_Reference/wd:ID</wd:Xpath>" in response.body
    )


@pytest.mark.parametrize(
    ("user", "password"),
    [("ISU_PSA@firm", "no"), ("ISU_PSA", "pw"), ("ISU_PSA@other", "pw"), ("x@firm", "pw"), ("", "")],
)
def test_wrong_credentials_are_a_fault(mock: Hris, user: str, password: str) -> None:
    response = send(mock, message(request(), user, password))
    assert response.status == 500
    assert fault(response) == ("SOAP-ENV:Client.authenticationError", "invalid username or password")


def test_a_password_of_another_kind_or_none_opens_nothing(mock: Hris) -> None:
    plain = message(request())
    digest = plain.replace(b"<w:Password>", b'<w:Password Type="x#PasswordDigest">')
    bare = plain.replace(b"Security", b"Insecurity")
    for body in (digest, bare):
        assert fault(send(mock, body))[0] == "SOAP-ENV:Client.authenticationError"
    # Nor does the password of the reports.
    assert mock.handle(Request("POST", PATH, headers=dict(BASIC), body=bare)).status == 500


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<a>",
        b"<a/>",
        BOMB + message(request()),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 100 + b"</a>" * 100,
        b"<a>" + b"<b/>" * 100_001 + b"</a>",
        b"<a>" + b" " * 4_000_001 + b"</a>",
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b"\xff\xfe\x00",
        b"<a>&b;</a>",
    ],
)
def test_what_is_no_message_is_refused_without_being_read_further(mock: Hris, body: bytes) -> None:
    response = send(mock, body)
    assert response.status == 400
    assert fault(response)[0] == "SOAP-ENV:Client"


@given(st.binary(max_size=200) | st.text("<>/&;ab:=\"'! ", max_size=80).map(str.encode))
def test_whatever_is_sent_the_answer_is_a_fault(body: bytes) -> None:
    response = send(SHARED, body)
    assert response.status == 400
    assert fault(response)[0].startswith("SOAP-ENV:")


SHARED = make()
CRITERIA = "<wd:Request_Criteria>{}</wd:Request_Criteria>"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<wd:Respose_Filter/>", "Respose_Filter"),
        (CRITERIA.format("<wd:Organization_Reference/>"), "Organization_Reference"),
        (CRITERIA.format("<wd:Exclude_Employees>maybe</wd:Exclude_Employees>"), "'maybe'"),
        (CRITERIA.format("") + references("W-0001"), "exclude each other"),
        ("<wd:Response_Filter><wd:Page>0</wd:Page></wd:Response_Filter>", "Page"),
        ("<wd:Response_Filter><wd:Count>1000</wd:Count></wd:Response_Filter>", "from 1 to 999"),
        (pair(as_of="soon"), "As_Of_Effective_Date"),
        (pair(known="2026-13-01"), "As_Of_Entry_DateTime"),
        ("<wd:Response_Group><wd:Include_Pay>x</wd:Include_Pay></wd:Response_Group>", "Include_Pay"),
        ("<wd:Response_Group><wd:Pay>1</wd:Pay></wd:Response_Group>", "Pay"),
        ("<wd:Request_References/>", "1 to 1000"),
        (f"<wd:Request_References>{reference('x', 'Name')}</wd:Request_References>", "'Name'"),
        ("<wd:Request_References><wd:Worker_Reference/></wd:Request_References>", "no ID"),
    ],
)
def test_what_does_not_fit_is_a_fault_that_names_it(mock: Hris, content: str, text: str) -> None:
    response = send(mock, message(request(content)))
    assert response.status == 500
    code, said = fault(response)
    assert code == "SOAP-ENV:Client.validationError"
    assert text in said


def test_another_operation_version_or_envelope_is_refused(mock: Hris) -> None:
    assert "expected Get_Workers_Request" in fault(send(mock, message("<wd:Get_Locations_Request/>")))[1]
    assert fault(send(mock, message(request()), PATH.replace("v44.2", "now")))[0] == "SOAP-ENV:Client"
    newer = message(request()).replace(
        b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"
    )
    assert fault(send(mock, newer))[0] == "SOAP-ENV:VersionMismatch"
    assert fault(send(mock, message("")))[0] == "SOAP-ENV:Client"


def test_throttling_is_a_fault_with_status_500_for_this_surface() -> None:
    class Throttled(NoFaults):
        def before(self, system: str, operation: str, request: Request) -> Damage | None:
            return Damage("M01", 429, {"retry_after": "30"})

    response = send(make(faults=Throttled()), message(request()))
    assert (response.status, response.header("Retry-After")) == (500, None)
    assert fault(response)[0] == "SOAP-ENV:Server.processingError"


def organisations(mock: Hris, content: str = "") -> Element:
    response = send(mock, message(f"<wd:Get_Organizations_Request>{content}</wd:Get_Organizations_Request>"))
    assert response.status == 200, response.body
    found: Element = fromstring(response.body)[0][0]
    conforms(found, "Get_Organizations_ResponseType")
    return found


def codes(answer: Element) -> list[str | None]:
    return texts(answer, "Response_Data/Organization/Organization_Data/Organization_Code")


def test_organisations_are_chosen_by_type_and_by_reference(mock: Hris) -> None:
    event_of(mock, "change_job", employee_id="W-0002", effective_date="2026-01-11", manager_employee_id="W-0001")
    everything = organisations(mock)
    assert codes(everything) == ["US", "SUP_W-0001", "SUP_TOP"]
    assert [each.text for each in everything.iter(WD + "ID") if each.get(WD + "type") == "Employee_ID"] == ["W-0001"]
    of_type = '<wd:ID wd:type="Organization_Type_ID">{}</wd:ID>'
    kind = f"<wd:Organization_Type_Reference>{of_type}</wd:Organization_Type_Reference>"
    assert codes(organisations(mock, CRITERIA.format(kind.format("COMPANY")))) == ["US"]
    assert codes(organisations(mock, CRITERIA.format(kind.format("PAY_GROUP")))) == []
    second = organisations(mock, pair(page=2, count=2))
    assert (texts(second, "Response_Results/Total_Pages"), codes(second)) == (["2"], ["SUP_TOP"])
    named = (
        '<wd:Organization_Reference><wd:ID wd:type="Organization_Reference_ID">{}</wd:ID></wd:Organization_Reference>'
    )
    asked = "<wd:Request_References>{}</wd:Request_References>"
    assert codes(organisations(mock, asked.format(named.format("SUP_TOP") + named.format("US")))) == ["SUP_TOP", "US"]
    unknown = f"<wd:Get_Organizations_Request>{asked.format(named.format('UK'))}</wd:Get_Organizations_Request>"
    assert "'UK' is not a valid ID value" in fault(send(mock, message(unknown)))[1]
    log = CRITERIA.format("<wd:Transaction_Log_Criteria/>")
    body = message(f"<wd:Get_Organizations_Request>{log}</wd:Get_Organizations_Request>")
    assert "Transaction_Log_Criteria is not offered" in fault(send(mock, body))[1]


def test_organisations_are_those_of_the_as_of_pair(mock: Hris) -> None:
    event_of(mock, "transfer", employee_id="W-0002", effective_date="2026-02-01", company="UK")
    assert codes(organisations(mock)) == ["US", "SUP_TOP"]
    assert codes(organisations(mock, pair("2026-02-01"))) == ["UK", "US", "SUP_TOP"]
    assert codes(organisations(mock, pair("2026-02-01", "2026-01-11T00:00:00Z"))) == ["US", "SUP_TOP"]
