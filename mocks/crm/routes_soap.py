"""SOAP as clients log in and out with it: the partner and the enterprise address (section 1).

What is answered bears no prefixes, and a fault is a 500 with ``sf:`` codes: clients read both with patterns.
"""

from __future__ import annotations

from mocks.crm import errors
from mocks.crm.credentials import user_named
from mocks.crm.organisation import ORG_ZONE
from mocks.crm.sessions import IDLE_US
from mocks.crm.versions import VERSIONS
from mocks.crm.xml import Element, Unreadable, element, parse
from mocks.kit.answers import external_url
from mocks.kit.app import Call
from mocks.kit.refusal import Refusal
from mocks.kit.routing import Routes
from sandbox.core.clock import SECOND_US
from sandbox.core.observe import Row
from sandbox.core.wire import Request, Response

ROUTES = Routes()
SOAP = "/services/Soap/"
_XML = {"Content-Type": "text/xml;charset=UTF-8"}
_DIALECTS = {"u": "partner", "c": "enterprise"}
_LOGIN = "Invalid username, password, security token; or user locked out."
_INCOMPLETE = "Invalid username, password, security token; or user locked out. A security token is required."


class SoapFault(Refusal):
    """A fault. ``code`` with a kind of detail is the vendor's own (``sf:``), without one it is the client's mistake."""

    def __init__(self, message: str, code: str = "Client", kind: str = "") -> None:
        super().__init__(message, code=code)
        self._kind = kind

    def response(self, request: Request) -> Response:
        dialect = "enterprise" if request.path.startswith(SOAP + "c/") else "partner"
        prefix, said, detail = "soapenv", self.message, ""
        if self._kind:
            prefix, said = "sf", f"{self.code}: {self.message}"
            inner = element("sf:exceptionCode", self.code) + element("sf:exceptionMessage", self.message)
            detail = f'<detail><sf:{self._kind} xsi:type="sf:{self._kind}">{inner}</sf:{self._kind}></detail>'
        fault = element("faultcode", f"{prefix}:{self.code}") + element("faultstring", said) + detail
        content = f"<soapenv:Fault>{fault}</soapenv:Fault>"
        return Response(500, dict(_XML), _envelope(content, f'xmlns:sf="urn:fault.{dialect}.soap.sforce.com"'))


@ROUTES.add("POST", SOAP + "u/<version>", "soap.login", needs_login=False)
def partner(call: Call, version: str) -> Response:
    """A call of the partner API: login and logout."""
    return _serve(call, "u", version)


@ROUTES.add("POST", SOAP + "c/<version>", "soap.login_enterprise", needs_login=False)
def enterprise(call: Call, version: str) -> Response:
    """The same of the enterprise API."""
    return _serve(call, "c", version)


def damaged(request: Request, status: int) -> Response:
    """An outage or a throttle as a SOAP client sees it."""
    code = {429: "REQUEST_LIMIT_EXCEEDED", 503: "SERVER_UNAVAILABLE"}.get(status, "UNKNOWN_EXCEPTION")
    fault = SoapFault("The request could not be served", code, "UnexpectedErrorFault").response(request)
    return Response(status, fault.headers, fault.body)


def _serve(call: Call, dialect: str, version: str) -> Response:
    if f"v{version}" not in VERSIONS:
        raise errors.not_found()
    try:
        envelope = parse(call.request.body)
    except Unreadable as why:
        raise SoapFault(str(why)) from None
    body = envelope.child("Body") if envelope.name == "Envelope" else None
    if body is None or len(body.children) != 1:
        raise SoapFault("The message is no SOAP envelope with one call in its body")
    asked = body.children[0]
    if asked.name == "login":
        content = _login(call, dialect, version, envelope, asked)
    elif asked.name == "logout":
        content = _logout(call, envelope)
    else:
        raise SoapFault(f"No operation available for request {asked.name[:255]}")
    space = f"urn:{_DIALECTS[dialect]}.soap.sforce.com"
    return Response(200, dict(_XML), _envelope(content, f'xmlns="{space}"'))


def _login(call: Call, dialect: str, version: str, envelope: Element, asked: Element) -> str:
    username = asked.text_of("username")
    verdict = call.mock.credentials.check(username, asked.text_of("password"))
    if verdict == "token missing":
        raise SoapFault(_INCOMPLETE, "LOGIN_MUST_USE_SECURITY_TOKEN", "LoginFault")
    user = user_named(call.store, username)
    if verdict != "good" or user is None or not _same_organisation(call, envelope):
        raise SoapFault(_LOGIN, "INVALID_LOGIN", "LoginFault")
    session = call.mock.sessions.open(user["Id"], user["Username"], call.now_us)
    organisation = call.mock.org.id[:15]
    content = "".join(
        element(name, text)
        for name, text in {
            "metadataServerUrl": external_url(call.request, f"{SOAP}m/{version}/{organisation}"),
            "passwordExpired": "false",
            "sandbox": "true",
            "serverUrl": external_url(call.request, f"{SOAP}{dialect}/{version}/{organisation}"),
            "sessionId": session,
            "userId": user["Id"],
        }.items()
    )
    return f"<loginResponse><result>{content}<userInfo>{_user_info(call, user)}</userInfo></result></loginResponse>"


def _same_organisation(call: Call, envelope: Element) -> bool:
    """Whether the login is meant for this organisation, when it says for which."""
    header = envelope.child("Header")
    scope = header.child("LoginScopeHeader") if header else None
    wanted = scope.text_of("organizationId") if scope else ""
    return not wanted or wanted[:15] == call.mock.org.id[:15]


def _user_info(call: Call, user: Row) -> str:
    org = call.mock.org
    values = {
        "accessibilityMode": "false",
        "orgHasPersonAccounts": "false",
        "organizationId": org.id,
        "organizationMultiCurrency": "true",
        "organizationName": org.name,
        "sessionSecondsValid": str(IDLE_US // SECOND_US),
        "userDefaultCurrencyIsoCode": user["CurrencyIsoCode"],
        "userEmail": user["Email"],
        "userFullName": user["Name"],
        "userId": user["Id"],
        "userLanguage": user["LanguageLocaleKey"],
        "userLocale": user["LocaleSidKey"],
        "userName": user["Username"],
        "userTimeZone": ORG_ZONE,
        "userType": user["UserType"],
        "userUiSkin": "Theme3",
    }
    return "".join(element(name, text) for name, text in values.items())


def _logout(call: Call, envelope: Element) -> str:
    header = envelope.child("Header")
    session = header.child("SessionHeader") if header else None
    if session is None or not call.mock.sessions.close(session.text_of("sessionId")):
        raise SoapFault(
            "Invalid Session ID found in SessionHeader: Illegal Session", "INVALID_SESSION_ID", "UnexpectedErrorFault"
        )
    return "<logoutResponse/>"


def _envelope(content: str, space: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" {space} '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>'
    ).encode()
