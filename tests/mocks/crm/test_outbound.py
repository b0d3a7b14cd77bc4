"""Outbound messages: told until acknowledged, with the values of the moment, for a day at most."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from mocks.crm.outbound import Delivery
from mocks.crm.system import Crm
from mocks.crm.xml import Element, parse
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, ManualClock
from sandbox.core.errors import UsageError
from sandbox.core.tenants import CrmOutboundMessage
from tests.mocks.crm.client import EPOCH, Client, keep_alive, tenant

MESSAGE = CrmOutboundMessage("deals", "Opportunity", "https://listener.example/deals", ("Name", "IsWon", "amount"))
ACK = (
    b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><notificationsResponse '
    b'xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></e:Body></e:Envelope>'
)


class Listener:
    """Takes deliveries and answers them when it is told to."""

    def __init__(self, *messages: CrmOutboundMessage) -> None:
        self.clock = ManualClock(EPOCH)
        self.tenant = replace(tenant(), outbound_messages=messages or (MESSAGE,))
        self.crm = Client(self.make())
        keep_alive(self.crm.mock)
        self.taken: list[Delivery] = []
        self.crm.mock.outbound.sender = self.taken.append

    def make(self) -> Crm:
        return Crm(Context(self.clock, Chance(1)), self.tenant)

    def wait(self, us: int) -> list[Delivery]:
        """What arrived within a span of time."""
        known, until = len(self.taken), self.clock.now_us() + us
        while (due := self.crm.mock.next_due_us()) is not None and due <= until:
            self.clock.advance_to(max(due, self.clock.now_us()))
            self.crm.mock.run_due()
        self.clock.advance_to(until)
        return self.taken[known:]

    def acknowledge(self, delivery: Delivery, body: bytes = ACK) -> bool:
        return self.crm.mock.outbound.answered(delivery, body)


def notifications(delivery: Delivery) -> list[tuple[str, dict[str, str]]]:
    """Ids and fields of the records in a message."""
    inside = told(delivery)
    found = []
    for each in inside.children:
        record = each.child("sObject")
        if record is not None:
            found.append((each.text_of("Id"), {field.name: field.text for field in record.children}))
    return found


def told(delivery: Delivery) -> Element:
    body = parse(delivery.body).child("Body")
    inside = body.child("notifications") if body else None
    assert inside is not None
    return inside


def test_a_written_record_is_told_with_what_the_listener_wants_to_know() -> None:
    listener = Listener()
    deal = listener.crm.opportunity("Deal & <co>", Amount=12.5)
    listener.crm.create("Account", Name="of no interest")
    (delivery,) = listener.wait(2 * SECOND_US)
    assert delivery.url == "https://listener.example/deals"
    assert delivery.headers["Content-Type"] == "text/xml; charset=utf-8"
    ((notification, fields),) = notifications(delivery)
    assert fields == {"Id": deal, "Name": "Deal & <co>", "IsWon": "false", "Amount": "12.5"}
    assert (notification[:3], len(notification)) == ("04l", 18)
    inside = told(delivery)
    assert inside.text_of("OrganizationId") == listener.crm.mock.org.id
    assert inside.text_of("PartnerUrl").endswith(f"/services/Soap/u/59.0/{listener.crm.mock.org.id[:15]}")
    assert inside.text_of("ActionId").startswith("04k")


def test_every_write_is_told_but_only_with_the_values_of_the_moment_of_sending() -> None:
    listener = Listener()
    deal = listener.crm.opportunity("first")
    listener.crm.update("Opportunity", deal, Name="second")
    (delivery,) = listener.wait(2 * SECOND_US)
    told_of = notifications(delivery)
    assert [fields["Name"] for _, fields in told_of] == ["second", "second"]
    assert len({notification for notification, _ in told_of}) == 2


def test_an_acknowledged_message_is_not_told_again() -> None:
    listener = Listener()
    listener.crm.opportunity()
    (delivery,) = listener.wait(2 * SECOND_US)
    assert listener.acknowledge(delivery) is True
    assert listener.wait(2 * DAY_US) == []
    assert listener.crm.mock.outbound.pending() == []


@pytest.mark.parametrize("body", [b"", b"ok", b"<html/>", ACK.replace(b"true", b"false"), ACK.replace(b"Ack", b"Nack")])
def test_any_other_answer_leaves_it_to_the_next_try(body: bytes) -> None:
    listener = Listener()
    listener.crm.opportunity()
    (delivery,) = listener.wait(2 * SECOND_US)
    assert listener.acknowledge(delivery, body) is False
    (again,) = listener.wait(2 * MINUTE_US)
    assert again.notification_ids == delivery.notification_ids
    assert listener.acknowledge(again) is True
    assert listener.wait(DAY_US) == []


def test_tries_grow_apart_up_to_two_hours_and_end_after_a_day() -> None:
    listener = Listener()
    listener.crm.opportunity()
    at: list[int] = []
    listener.crm.mock.outbound.sender = lambda _: at.append(listener.clock.now_us())
    listener.wait(3 * DAY_US)
    gaps = [later - earlier for earlier, later in pairwise(at)]
    assert gaps[:3] == [90 * SECOND_US, 120 * SECOND_US, 180 * SECOND_US]
    assert gaps == sorted(gaps)
    assert max(gaps) == 2 * HOUR_US + MINUTE_US
    assert at[-1] < DAY_US
    assert listener.crm.mock.outbound.pending() == []


def test_one_that_is_acknowledged_does_not_stop_the_tries_of_another() -> None:
    listener = Listener()
    listener.crm.opportunity("answered")
    (first,) = listener.wait(20 * SECOND_US)
    listener.crm.opportunity("unanswered")
    (second,) = listener.wait(20 * SECOND_US)
    listener.acknowledge(first)
    assert [each.notification_ids for each in listener.wait(2 * MINUTE_US)] == [second.notification_ids]
    assert len(listener.crm.mock.agenda.planned("outbound.send")) == 1


def test_a_message_holds_at_most_a_hundred_notifications() -> None:
    listener = Listener(replace(MESSAGE, sobject="Account", fields=()))
    records = [{"attributes": {"type": "Account"}, "Name": str(number)} for number in range(150)]
    listener.crm.send("POST", "composite/sobjects", {"records": records})
    assert [len(delivery.notification_ids) for delivery in listener.wait(2 * SECOND_US)] == [100, 50]


def test_a_record_deleted_meanwhile_is_not_told_and_neither_is_what_was_taken_back() -> None:
    listener = Listener()
    listener.crm.delete("Opportunity", listener.crm.opportunity())
    bad = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-03-31", "AccountId": "001" + "0" * 12}
    assert listener.crm.send("POST", "sobjects/Opportunity", bad).status == 400
    assert listener.wait(DAY_US) == []


def test_without_a_sender_nothing_leaves_and_the_outbox_empties_after_a_day() -> None:
    listener = Listener()
    listener.crm.mock.outbound.sender = None
    listener.crm.opportunity()
    listener.wait(HOUR_US)
    assert [tries > 1 for _, _, tries in listener.crm.mock.outbound.pending()] == [True]
    listener.wait(2 * DAY_US)
    assert listener.crm.mock.outbound.pending() == []


def test_an_outbox_survives_a_snapshot() -> None:
    listener = Listener()
    listener.crm.opportunity("kept")
    restored = listener.make()
    restored.deserialize(listener.crm.mock.serialize())
    listener.crm.mock = restored
    restored.outbound.sender = listener.taken.append
    (delivery,) = listener.wait(2 * SECOND_US)
    assert notifications(delivery)[0][1]["Name"] == "kept"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sobject": "Oportunity"}, "no object is named 'Oportunity'; nearest: Opportunity"),
        ({"fields": ("Nmae",)}, "no field of Opportunity is named 'Nmae'; nearest: Name"),
    ],
)
def test_a_message_about_what_is_not_there_is_refused_with_the_tenant(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Listener(replace(MESSAGE, **changed))
