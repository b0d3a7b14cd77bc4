"""The WSDL of Human_Resources, written from ``soap_schema`` with the address this client reached us at.

Document/literal over SOAP 1.1 (hris-workday.md section 6).
"""

from __future__ import annotations

from functools import cache

from mocks.hris.markup import element
from mocks.hris.soap_errors import NAMESPACE
from mocks.hris.soap_schema import ELEMENTS, OPERATIONS, TYPES, Complex

SERVICE_NAMESPACE = f"{NAMESPACE}/Human_Resources"
_HTTP = "http://schemas.xmlsoap.org/soap/http"
_SPACES = {
    "xmlns:wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "xmlns:soapbind": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
    "xmlns:wd": NAMESPACE,
    "xmlns:wd-wsdl": SERVICE_NAMESPACE,
}
_FAULTS = ("Validation_Fault", "Processing_Fault")
_PLACE = "\x00address\x00"


def wsdl(address: str) -> bytes:
    """The document with ``address`` as the service's; ``address`` is XML-escaped by the caller."""
    return _document().replace(_PLACE, address).encode()


@cache
def _document() -> str:
    parts = (
        element("wsdl:types", _schema()),
        *(_message(name, element_name) for name, element_name in _MESSAGES.items()),
        _port_type(),
        _binding(),
        _service(),
    )
    attributes = {**_SPACES, "name": "Human_Resources", "targetNamespace": SERVICE_NAMESPACE}
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + element("wsdl:definitions", *parts, **attributes)


_MESSAGES = {
    **{f"{name}InputMsg": f"{name}_Request" for name in OPERATIONS},
    **{f"{name}OutputMsg": f"{name}_Response" for name in OPERATIONS},
    "Common_Header_Msg": "Workday_Common_Header",
    **{f"{name}Msg": name for name in _FAULTS},
}


def _message(name: str, element_name: str) -> str:
    return element("wsdl:message", element("wsdl:part", name="body", element=f"wd:{element_name}"), name=name)


def _port_type() -> str:
    faults = [element("wsdl:fault", name=name, message=f"wd-wsdl:{name}Msg") for name in _FAULTS]
    operations = (
        element(
            "wsdl:operation",
            element("wsdl:input", message=f"wd-wsdl:{name}InputMsg"),
            element("wsdl:output", message=f"wd-wsdl:{name}OutputMsg"),
            *faults,
            name=name,
        )
        for name in OPERATIONS
    )
    return element("wsdl:portType", *operations, name="Human_ResourcesPort")


def _binding() -> str:
    body = element("soapbind:body", use="literal")
    header = element("soapbind:header", message="wd-wsdl:Common_Header_Msg", part="body", use="literal")
    parts = (
        element("soapbind:operation", soapAction="", style="document"),
        element("wsdl:input", body, header),
        element("wsdl:output", body),
        *(element("wsdl:fault", element("soapbind:fault", name=name, use="literal"), name=name) for name in _FAULTS),
    )
    operations = (element("wsdl:operation", *parts, name=name) for name in OPERATIONS)
    style = element("soapbind:binding", style="document", transport=_HTTP)
    return element("wsdl:binding", style, *operations, name="Human_Resources", type="wd-wsdl:Human_ResourcesPort")


def _service() -> str:
    address = f'<soapbind:address location="{_PLACE}"/>'
    port = element("wsdl:port", address, name="Human_Resources", binding="wd-wsdl:Human_Resources")
    return element("wsdl:service", port, name="Human_ResourcesService")


def _schema() -> str:
    attributes = {
        "elementFormDefault": "qualified",
        "attributeFormDefault": "qualified",
        "targetNamespace": NAMESPACE,
    }
    parts = (
        *(element("xsd:element", name=name, type=f"wd:{kind}") for name, kind in ELEMENTS.items()),
        _reference_id(),
        *(_complex(name, each) for name, each in TYPES.items()),
    )
    return element("xsd:schema", *parts, **attributes)


def _reference_id() -> str:
    kind = element("xsd:attribute", name="type", type="xsd:string")
    extended = element("xsd:simpleContent", element("xsd:extension", kind, base="xsd:string"))
    return element("xsd:complexType", extended, name="ReferenceIDType")


def _complex(name: str, each: Complex) -> str:
    members = (
        element(
            "xsd:element",
            name=member.name,
            type=member.type_name,
            minOccurs="0",
            **({"maxOccurs": "unbounded"} if member.many else {}),
        )
        for member in each.members
    )
    attributes = (element("xsd:attribute", name=key, type=kind) for key, kind in each.attributes.items())
    return element("xsd:complexType", element("xsd:sequence", *members), *attributes, name=name)
