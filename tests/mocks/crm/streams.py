"""A CometD client of few lines, for tests: handshake, subscribe, connect, and the replay id it stored."""

from __future__ import annotations

from typing import Any

from tests.mocks.crm.client import Client


class Subscriber:
    """One subscription of one client."""

    def __init__(self, crm: Client, channel: str, replay: int | None = -1) -> None:
        self.crm = crm
        self.channel = channel
        self.client_id = ""
        self.stored = -2
        self.shake_hands()
        reply = self.subscribe(replay)
        assert reply["successful"], reply

    def shake_hands(self) -> None:
        (reply,) = self.crm.messages(
            {"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}
        )
        assert reply["successful"], reply
        self.client_id = reply["clientId"]

    def subscribe(self, replay: int | None) -> dict[str, Any]:
        message: dict[str, Any] = {
            "channel": "/meta/subscribe",
            "clientId": self.client_id,
            "subscription": self.channel,
        }
        if replay is not None:
            message["ext"] = {"replay": {self.channel: replay}}
        (reply,) = self.crm.messages(message)
        return reply

    def connect(self) -> list[dict[str, Any]]:
        """Events handed out; the newest replay id is stored."""
        *events, acknowledged = self.crm.messages(
            {"channel": "/meta/connect", "clientId": self.client_id, "connectionType": "long-polling"}
        )
        assert acknowledged["successful"], acknowledged
        for event in events:
            self.stored = event["data"]["event"]["replayId"]
        return events

    def names(self) -> list[str]:
        """Names in the events of a connect."""
        return [event["data"]["payload"]["Name"] for event in self.connect()]
