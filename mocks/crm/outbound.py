"""Outbound messages: a written record is told to a listener by SOAP until the listener says it has it (section 9).

An outbox written with the change. The agenda hands what is due to a callable of the driver and plans the next try; only
an acknowledgement ends it, or a day. At least once, and with the values of the moment of sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mocks.crm.objects import SObject
from mocks.crm.organisation import Org
from mocks.crm.records import Schema
from mocks.crm.values import Renderer, renderers
from mocks.crm.xml import Unreadable, element, parse
from mocks.kit.app import Mock
from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from sandbox.core.errors import UsageError, nearest
from sandbox.core.ids import salesforce_id
from sandbox.core.observe import Change, Row
from sandbox.core.tenants import CrmOutboundMessage

TABLE = (
    'CREATE TABLE IF NOT EXISTS "_outbox" (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, message TEXT, '
    "record_id TEXT, created_us INTEGER, due_us INTEGER, tries INTEGER)"
)
SEND = "outbound.send"
PER_MESSAGE = 100
# A listener has a minute to answer; then the gap to the next try doubles, up to two hours, for a day (section 9; how
# the gap grows is assumed).
ANSWER_US, FIRST_GAP_US, GAP_MAX_US, GIVEN_UP_US = MINUTE_US, 30 * SECOND_US, 2 * HOUR_US, DAY_US
_SENT_AFTER_US = SECOND_US
_VERSION = "59.0"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it goes out: where to, its headers and SOAP body, and the notifications in it."""

    url: str
    headers: dict[str, str]
    body: bytes
    notification_ids: tuple[str, ...]


# Takes a delivery over and returns at once; it must not call this system again before it has returned.
Sender = Callable[[Delivery], None]


@dataclass(frozen=True, slots=True)
class _Rule:
    message: CrmOutboundMessage
    sobject: SObject
    fields: tuple[str, ...]


class Outbound:
    """The outbound messages of one organisation. ``sender`` and ``base_url`` are the driver's to set."""

    def __init__(self, mock: Mock, org: Org, messages: Iterable[CrmOutboundMessage]) -> None:
        self._mock = mock
        self._org_id = org.id
        self._rules = {each.name: _rule(each, org.schema) for each in messages}
        # An enterprise or partner client writes instants with Z.
        self._renderers = renderers(mock.context.clock.epoch, "Z")
        self.sender: Sender | None = None
        self.base_url = "https://crm.sandbox.test"

    def note(self, changes: Iterable[Change]) -> None:
        """Put what these changes have to tell into the outbox; part of their transaction."""
        if not self._rules:
            return
        changes = list(changes)
        now_us = self._mock.context.clock.now_us()
        for rule in self._rules.values():
            mine = (change for change in changes if change.record_type == rule.sobject.name and change.op != "delete")
            written = dict.fromkeys(change.record_id for change in mine)
            for record_id in written:
                self._put(rule, record_id, now_us)
            if written:
                self._plan(rule.message.name, now_us + _SENT_AFTER_US)

    def send(self, message: str) -> None:
        """Hand over what is due of one message, and plan the next try; part of the running transaction."""
        rule, now_us = self._rules[message], self._mock.context.clock.now_us()
        store = self._mock.store
        store.write('DELETE FROM "_outbox" WHERE created_us <= ?', (now_us - GIVEN_UP_US,))
        sql = 'SELECT id, record_id, tries FROM "_outbox" WHERE message = ? AND due_us <= ? ORDER BY number'
        due = store.read(sql, (message, now_us))
        for start in range(0, len(due), PER_MESSAGE):
            self._hand_over(rule, due[start : start + PER_MESSAGE], now_us)
        ((following,),) = store.read('SELECT min(due_us) FROM "_outbox" WHERE message = ?', (message,))
        if following is not None:
            self._plan(message, following)

    def answered(self, delivery: Delivery, body: bytes) -> bool:
        """What a listener answered: with ``<Ack>true</Ack>`` its notifications are done, else they are tried again."""
        if not _acknowledges(body):
            return False
        store = self._mock.store
        alone = not store.db.in_transaction
        marks = ", ".join("?" * len(delivery.notification_ids))
        store.write(f'DELETE FROM "_outbox" WHERE id IN ({marks})', delivery.notification_ids)
        if alone:
            store.commit()
        return True

    def pending(self) -> list[tuple[str, str, int]]:
        """Notifications not yet acknowledged: id, record, tries so far; oldest first."""
        return list(self._mock.store.read('SELECT id, record_id, tries FROM "_outbox" ORDER BY number'))

    def _plan(self, message: str, due_us: int) -> None:
        """Have a message looked at by then; once is enough, for each look plans the next."""
        planned = self._mock.agenda.planned(SEND)
        if not any(job.due_us <= due_us and job.arguments["message"] == message for job in planned):
            self._mock.agenda.add(due_us, SEND, message=message)

    def _put(self, rule: _Rule, record_id: str, now_us: int) -> None:
        ((count,),) = self._mock.store.read("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '_outbox'")
        notification = salesforce_id("04l", self._mock.context.seed_label, "crm", "notification", str(count + 1))
        self._mock.store.write(
            'INSERT INTO "_outbox" (id, message, record_id, created_us, due_us, tries) VALUES (?, ?, ?, ?, ?, 0)',
            (notification, rule.message.name, record_id, now_us, now_us),
        )

    def _hand_over(self, rule: _Rule, due: list[tuple[str, str, int]], now_us: int) -> None:
        going: list[tuple[str, Row]] = []
        for notification, record_id, tries in due:
            row = self._mock.store.get(rule.sobject.name, record_id)
            if row is None:
                # Deleted meanwhile: there is no state to send (assumed).
                self._mock.store.write('DELETE FROM "_outbox" WHERE id = ?', (notification,))
                continue
            going.append((notification, row))
            again_us = now_us + ANSWER_US + min(FIRST_GAP_US << min(tries, 20), GAP_MAX_US)
            self._mock.store.write(
                'UPDATE "_outbox" SET tries = tries + 1, due_us = ? WHERE id = ?', (again_us, notification)
            )
        if going and self.sender is not None:
            headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
            ids = tuple(notification for notification, _ in going)
            self.sender(Delivery(rule.message.url, headers, self._envelope(rule, going), ids))

    def _envelope(self, rule: _Rule, going: list[tuple[str, Row]]) -> bytes:
        action = salesforce_id("04k", self._mock.context.seed_label, "crm", "outbound message", rule.message.name)
        parts = [
            element("OrganizationId", self._org_id),
            element("ActionId", action),
            '<SessionId xsi:nil="true"/>',
            element("EnterpriseUrl", f"{self.base_url}/services/Soap/c/{_VERSION}/{self._org_id[:15]}"),
            element("PartnerUrl", f"{self.base_url}/services/Soap/u/{_VERSION}/{self._org_id[:15]}"),
            *(self._notification(rule, notification, row) for notification, row in going),
        ]
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            '<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
            f"{''.join(parts)}</notifications></soapenv:Body></soapenv:Envelope>"
        ).encode()

    def _notification(self, rule: _Rule, notification: str, row: Row) -> str:
        cells = [rule.sobject.cell_of[name] for name in rule.fields]
        fields = "".join(
            element(f"sf:{name}", _text(row[column], self._renderers.get(kind)))
            for name, column, kind in cells
            if row[column] is not None
        )
        space = 'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"'
        record = f'<sObject xsi:type="sf:{rule.sobject.name}" {space}>{fields}</sObject>'
        return f"<Notification>{element('Id', notification)}{record}</Notification>"


def _rule(message: CrmOutboundMessage, schema: Schema) -> _Rule:
    """Raises UsageError for an object or a field there is not."""
    sobject = schema.by_lower.get(message.sobject.lower())
    if sobject is None:
        raise _unknown(message, "object", message.sobject, list(schema.by_name))
    names = ["Id"]
    for name in message.fields:
        column = sobject.by_lower.get(name.lower())
        if column is None or column.type == "address":
            raise _unknown(message, f"field of {sobject.name}", name, list(sobject.by_name))
        names.append(column.name)
    return _Rule(message, sobject, tuple(dict.fromkeys(names)))


def _unknown(message: CrmOutboundMessage, what: str, name: str, known: list[str]) -> UsageError:
    near = nearest(name, known)
    hint = f"; nearest: {near}" if near else ""
    return UsageError(f"outbound message {message.name}: no {what} is named {name!r}{hint}")


def _acknowledges(body: bytes) -> bool:
    try:
        envelope = parse(body)
    except Unreadable:
        return False
    inner = envelope.child("Body")
    response = inner.child("notificationsResponse") if inner else None
    return response is not None and response.text_of("Ack").lower() in ("true", "1")


def _text(value: Any, renderer: Renderer | None) -> str:
    shown = value if renderer is None else renderer(value)
    return str(shown).lower() if isinstance(shown, bool) else str(shown)
