"""A SOAP client by hand, for tests: what the vendor's clients write, and what they read."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from mocks.hris.system import Hris
from sandbox.core.wire import Request, Response

PATH = "/ccx/service/firm/Human_Resources/v44.2"
WD = "{urn:com.workday/bsvc}"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


def message(content: str, user: str = "ISU_PSA@firm", word: str = "pw") -> bytes:
    """An envelope with a user name token."""
    token = f"<w:UsernameToken><w:Username>{user}</w:Username><w:Password>{word}</w:Password></w:UsernameToken>"
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:w="{_WSSE}" '
        f'xmlns:wd="urn:com.workday/bsvc"><s:Header><w:Security>{token}</w:Security></s:Header>'
        f"<s:Body>{content}</s:Body></s:Envelope>"
    ).encode()


def send(mock: Hris, body: bytes, path: str = PATH) -> Response:
    return mock.handle(Request("POST", path, headers={"content-type": "text/xml"}, body=body))


def request(content: str = "") -> str:
    return f'<wd:Get_Workers_Request wd:version="v44.2">{content}</wd:Get_Workers_Request>'


def ask(mock: Hris, content: str = "") -> Element:
    """``Get_Workers_Response``."""
    response = send(mock, message(request(content)))
    assert response.status == 200, response.body
    root: Element = fromstring(response.body)
    found = root[0][0]
    assert found.tag == WD + "Get_Workers_Response"
    return found


def ids(answer: Element) -> list[str]:
    """Employee ids of the workers of an answer, in order."""
    references = answer.findall(f"{WD}Response_Data/{WD}Worker/{WD}Worker_Reference/{WD}ID")
    return [each.text or "" for each in references if each.get(WD + "type") == "Employee_ID"]


def texts(answer: Element, path: str) -> list[str | None]:
    """Texts at a path of local names."""
    return [each.text for each in answer.findall("/".join(WD + name for name in path.split("/")))]


def fault(response: Response) -> tuple[str, str]:
    """Code and text of a fault."""
    found = fromstring(response.body)[0][0]
    assert found.tag.endswith("}Fault")
    return found.findtext("faultcode") or "", found.findtext("faultstring") or ""


def window(**bounds: str) -> str:
    """Criteria of a window of the log, inactive workers included."""
    dates = "".join(f"<wd:{name}>{value}</wd:{name}>" for name, value in bounds.items())
    log = f"<wd:Transaction_Date_Range_Data>{dates}</wd:Transaction_Date_Range_Data>"
    return (
        f"<wd:Request_Criteria><wd:Transaction_Log_Criteria_Data>{log}</wd:Transaction_Log_Criteria_Data>"
        "<wd:Exclude_Inactive_Workers>false</wd:Exclude_Inactive_Workers></wd:Request_Criteria>"
    )


def pair(as_of: str = "", known: str = "", page: int = 1, count: int = 100) -> str:
    """A response filter."""
    day = f"<wd:As_Of_Effective_Date>{as_of}</wd:As_Of_Effective_Date>" if as_of else ""
    moment = f"<wd:As_Of_Entry_DateTime>{known}</wd:As_Of_Entry_DateTime>" if known else ""
    return (
        f"<wd:Response_Filter>{day}{moment}<wd:Page>{page}</wd:Page><wd:Count>{count}</wd:Count></wd:Response_Filter>"
    )
