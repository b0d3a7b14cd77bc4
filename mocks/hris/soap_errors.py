"""Faults of the SOAP surface (hris-workday.md section 6); texts are ours where no public one is known."""

from __future__ import annotations

from mocks.hris.markup import element, escaped
from mocks.kit.refusal import Refusal
from sandbox.core.damage import Damage
from sandbox.core.wire import Request, Response

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "urn:com.workday/bsvc"
XML = "text/xml;charset=UTF-8"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def envelope(content: str, status: int = 200) -> Response:
    """A SOAP 1.1 message around a body."""
    body = element("SOAP-ENV:Body", content)
    text = element("SOAP-ENV:Envelope", body, **{"xmlns:SOAP-ENV": ENVELOPE})
    return Response(status, {"Content-Type": XML}, (_DECLARATION + text).encode())


class SoapFault(Refusal):
    """``code`` behind ``SOAP-ENV:``, a text, the detail as XML, and the HTTP status: 500 for what could be read."""

    def __init__(self, code: str, message: str, detail: str = "", status: int = 500) -> None:
        super().__init__(message, code=code)
        self.fault = code
        self.detail = detail
        self.status = status

    def response(self, request: Request) -> Response:
        parts = [element("faultcode", f"SOAP-ENV:{self.fault}"), element("faultstring", escaped(self.message))]
        if self.detail:
            parts.append(element("detail", self.detail))
        return envelope(element("SOAP-ENV:Fault", *parts, **{"xmlns:wd": NAMESPACE}), self.status)


def invalid(text: str, xpath: str = "") -> SoapFault:
    """A value or element that does not fit; ``xpath`` is where it stands."""
    error = [element("wd:Message", escaped(text)), element("wd:Detail_Message", escaped(text))]
    if xpath:
        error.append(element("wd:Xpath", escaped(xpath)))
    detail = element("wd:Validation_Fault", element("wd:Validation_Error", *error))
    return SoapFault("Client.validationError", f"Validation error occurred. {text}", detail)


def unauthenticated() -> SoapFault:
    """Wrong user, password or tenant."""
    return SoapFault("Client.authenticationError", "invalid username or password")


def unreadable(text: str) -> SoapFault:
    """What is no SOAP message at all: 400, there is no operation that could have failed."""
    return SoapFault("Client", text, status=400)


def not_processed(text: str) -> SoapFault:
    """A processing fault."""
    detail = element("wd:Processing_Fault", element("wd:Detail_Message", escaped(text)))
    return SoapFault("Server.processingError", text, detail)


def damaged(damage: Damage, request: Request) -> Response:
    """Throttling and outages: SOAP says them as a fault with status 500, an unreachable service as 503."""
    texts = {429: "The request was throttled: too many requests.", 503: "The service is temporarily unavailable."}
    fault = not_processed(texts.get(damage.status, "An unexpected error occurred."))
    fault.status = 503 if damage.status == 503 else 500
    return fault.response(request)
