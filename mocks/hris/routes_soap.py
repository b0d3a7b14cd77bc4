"""The SOAP service Human_Resources: its WSDL, Get_Workers and Get_Organizations.

Who calls is said in the message (WS-Security UsernameToken, ``user@tenant``), so the routes need no login of their own.
"""

from __future__ import annotations

import re
from datetime import date

from mocks.hris.errors import HrisRefusal, unauthorized
from mocks.hris.markup import Node, element, escaped, parse
from mocks.hris.organisations import Chart
from mocks.hris.prompts import TENANT_ZONE
from mocks.hris.soap_errors import ENVELOPE, NAMESPACE, SoapFault, envelope, invalid, unauthenticated, unreadable
from mocks.hris.soap_request import Asked, read, read_organisations
from mocks.hris.soap_select import selected, selected_organisations
from mocks.hris.soap_workers import Renderer, leaf, section, stamp
from mocks.hris.soap_wsdl import wsdl
from mocks.kit.answers import external_url
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.clock import local_date
from sandbox.core.wire import Response

ROUTES = Routes()
_PATH = "/ccx/service/<tenant>/Human_Resources/<version>"
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")


@ROUTES.add("GET", _PATH, "soap.wsdl", needs_login=False)
def description(call: Call, tenant: str, version: str) -> Response:
    """``?wsdl``: the service with the address this client reached us at."""
    if tenant != call.mock.tenant_name:
        raise unauthorized()
    asked = {name.lower() for name in call.request.params()}
    if "wsdl" not in asked or _VERSION.fullmatch(version) is None:
        raise HrisRefusal(404, "The requested resource was not found.")
    address = external_url(call.request, f"/ccx/service/{tenant}/Human_Resources/{version}")
    return Response(200, {"Content-Type": "text/xml;charset=UTF-8"}, wsdl(escaped(address)))


@ROUTES.add("POST", _PATH, "soap.call", needs_login=False)
def service(call: Call, tenant: str, version: str) -> Response:
    """An operation of the service, by the element of the body."""
    header, operation = _message(call.request.body)
    _log_in(call, tenant, header)
    if _VERSION.fullmatch(version) is None:
        raise SoapFault("Client", f"there is no version {version} of Human_Resources")
    reader = READERS.get(operation.name) if operation.namespace == NAMESPACE else None
    if reader is None:
        raise invalid(f"Operation {operation.name} is not offered by this sandbox; expected {' or '.join(READERS)}")
    return _answer(call, operation.name, reader(operation, call.mock.context.clock.epoch), version)


def _message(body: bytes) -> tuple[Node | None, Node]:
    """Header, and the element of the body; raises SoapFault."""
    try:
        root = parse(body)
    except ValueError as wrong:
        raise unreadable(str(wrong)) from wrong
    if root.name != "Envelope":
        raise unreadable(f"expected a SOAP envelope, got {root.name}")
    if root.namespace != ENVELOPE:
        raise SoapFault("VersionMismatch", "expected an envelope of SOAP 1.1")
    content = root.child("Body")
    if content is None or len(content.children) != 1:
        raise SoapFault("Client", "expected one element in the body")
    return root.child("Header"), content.children[0]


def _log_in(call: Call, tenant: str, header: Node | None) -> None:
    """Raises SoapFault unless the message carries the user's name and password, in plain text."""
    security = None if header is None else header.child("Security")
    token = None if security is None else security.child("UsernameToken")
    if token is None:
        raise unauthenticated()
    username, password = token.child("Username"), token.child("Password")
    if username is None or password is None or password.attributes.get("Type", "").endswith("#PasswordDigest"):
        raise unauthenticated()
    user, _, of_tenant = username.text.rpartition("@")
    if of_tenant != tenant or tenant != call.mock.tenant_name or not call.mock.knows(user, password.text):
        raise unauthenticated()


READERS = {"Get_Workers_Request": read, "Get_Organizations_Request": read_organisations}


def _answer(call: Call, operation: str, asked: Asked, version: str) -> Response:
    mock, epoch = call.mock, call.mock.context.clock.epoch
    as_of: date = asked.as_of or local_date(epoch, call.now_us, TENANT_ZONE)
    known_us: int = call.now_us if asked.known_us is None else asked.known_us
    everybody = mock.projections.standing(as_of, asked.known_us, call.now_us)
    renderer = Renderer(asked, mock.setup, Chart.of(mock.context.seed_label, everybody), known_us)
    first, behind = (asked.page - 1) * asked.count, asked.page * asked.count
    if operation == "Get_Workers_Request":
        workers = selected(everybody, asked, known_us, epoch)
        total, shown = len(workers), [renderer.worker(each) for each in workers[first:behind]]
    else:
        organisations = selected_organisations(renderer.chart.all(), asked)
        total, shown = len(organisations), [renderer.organisation(each) for each in organisations[first:behind]]
    pair = section(
        "Response_Filter",
        leaf("As_Of_Effective_Date", as_of.isoformat()),
        leaf("As_Of_Entry_DateTime", stamp(epoch, known_us)),
        leaf("Page", asked.page),
        leaf("Count", asked.count),
    )
    results = section(
        "Response_Results",
        leaf("Total_Results", total),
        leaf("Total_Pages", -(-total // asked.count)),
        leaf("Page_Results", len(shown)),
        leaf("Page", asked.page),
    )
    attributes = {"xmlns:wd": NAMESPACE, "wd:version": version}
    name = operation.replace("Request", "Response")
    return envelope(element(f"wd:{name}", pair, results, section("Response_Data", *shown), **attributes))
