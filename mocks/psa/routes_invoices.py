"""Invoices (the pre-bill) and payments."""

from __future__ import annotations

from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes, rules_invoices
from mocks.psa.envelope import deleted, today, written
from mocks.psa.errors import JSON
from mocks.psa.resources import EXTERNAL_PAYMENTS, INVOICES
from mocks.psa.rules import ADMINISTRATORS, LEADING, demand, required
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("POST", "/api/v1/invoices", "invoices.create")
def create_invoice(call: Call) -> Response:
    """Draft or issue an invoice."""
    demand(call.principal, LEADING)
    invoice = rules_invoices.create(call.store, intakes.INVOICE.one(call.request), today(call))
    return written(call, INVOICES, [invoice])


@ROUTES.add("GET", "/api/v1/invoices/next_invoice_number", "invoices.next_number")
def read_next_number(call: Call) -> Response:
    """The number the next invoice would get, as text."""
    number = str(rules_invoices.next_number(call.store))
    return json_response(200, {"next_invoice_number": number}, content_type=JSON)


@ROUTES.add("PUT", "/api/v1/invoices/<record_id>", "invoices.update")
def change_invoice(call: Call, record_id: str) -> Response:
    """Change or issue an invoice."""
    demand(call.principal, LEADING)
    invoice = required(call.store, INVOICES, record_id)
    return written(call, INVOICES, [rules_invoices.alter(call.store, invoice, intakes.INVOICE.change(call.request))])


@ROUTES.add("PUT", "/api/v1/invoices/<record_id>/cancel", "invoices.cancel")
def cancel_invoice(call: Call, record_id: str) -> Response:
    """Void an invoice and free its lines."""
    demand(call.principal, LEADING)
    return written(call, INVOICES, [rules_invoices.cancel(call.store, required(call.store, INVOICES, record_id))])


@ROUTES.add("DELETE", "/api/v1/invoices/<record_id>", "invoices.delete")
def delete_invoice(call: Call, record_id: str) -> Response:
    """Throw a draft away."""
    demand(call.principal, LEADING)
    rules_invoices.discard(call.store, required(call.store, INVOICES, record_id))
    return deleted()


@ROUTES.add("POST", "/api/v1/external_payments", "external_payments.create")
def create_payment(call: Call) -> Response:
    """Record cash. There is no key against doing it twice."""
    demand(call.principal, ADMINISTRATORS)
    payment, _ = rules_invoices.pay(call.store, intakes.EXTERNAL_PAYMENT.one(call.request), today(call))
    return written(call, EXTERNAL_PAYMENTS, [payment])
