"""CometD: handshake, subscribe with a replay id, connect for what is pending (crm-salesforce.md section 9).

A connect without news is held by a live driver, which asks ``would_wait``; in simulated time it answers at once and
advises when to come again. There is no acknowledgement: the position
of a subscription moves when its events are handed out, and a client that lost an answer shakes hands again and
subscribes with the replay id it stored. All client state is volatile.
"""

from __future__ import annotations

from typing import Any

from mocks.crm.events import FEED, RETENTION_US, last_replay_id, message
from mocks.crm.records import Schema
from mocks.crm.values import renderers
from mocks.kit.app import Mock, Principal
from mocks.kit.feeds import FeedRow
from sandbox.core.clock import HOUR_US
from sandbox.core.ids import secret_for

Message = dict[str, Any]

NEW_ONLY, ALL_RETAINED = -1, -2
# A client that is silent for longer is forgotten (the vendor's limit is shorter and unpublished: assumed).
CLIENT_IDLE_US = 2 * HOUR_US
# Between two connects when nothing more is pending. The vendor holds the connect and says 0. A real client reads this
# as seconds (aiocometd-ng 0.5.6, run), so it must be small; one second is what that client then waits.
INTERVAL_MS = 1
TIMEOUT_MS = 110_000
EVENTS_PER_CONNECT = 500
# Integers below are exact in every JSON reader.
_EXACT = 2**53

_RETRY = {"reconnect": "retry", "interval": INTERVAL_MS, "timeout": TIMEOUT_MS}
_HANDSHAKE_AGAIN = {"reconnect": "handshake", "interval": 0}
_GIVE_UP = {"reconnect": "none"}


class Comet:
    """The streaming clients of one organisation."""

    def __init__(self, mock: Mock, schema: Schema) -> None:
        self._mock = mock
        self._schema = schema
        # Events spell instants with Z, records with +0000.
        self._renderers = renderers(mock.context.clock.epoch, "Z")

    def answer(self, messages: list[Message], caller: Principal | None) -> list[Message]:
        """The replies to one POST, in order; ``caller`` is None without a valid session."""
        return [reply for each in messages for reply in self._answer(each, caller)]

    def would_wait(self, messages: list[Message]) -> bool:
        """Whether these messages are one connect of a client that is known and has nothing pending.

        The first connect after a handshake is answered at once, as by any CometD server: clients subscribe after it.
        """
        if [each.get("channel") for each in messages] != ["/meta/connect"]:
            return False
        sent = messages[0]
        advice = sent.get("advice")
        client = self._clients.get(str(sent.get("clientId")))
        if client is None or not client["connected"] or (isinstance(advice, dict) and advice.get("timeout") == 0):
            return False
        positions = client["subscriptions"].values()
        return client["until_us"] > self._mock.context.clock.now_us() and not (
            positions and self._read(min(positions), limit=1)
        )

    def _answer(self, sent: Message, caller: Principal | None) -> list[Message]:
        channel = str(sent.get("channel", ""))
        if caller is None:
            advice = _GIVE_UP if channel == "/meta/handshake" else _HANDSHAKE_AGAIN
            return [_failure(sent, "401::Authentication invalid", advice)]
        if channel == "/meta/handshake":
            return [self._handshake(sent, caller)]
        client = self._client(sent, caller)
        if client is None:
            return [_failure(sent, "403::Unknown client", _HANDSHAKE_AGAIN)]
        if channel == "/meta/connect":
            return self._connect(sent, client)
        if channel == "/meta/subscribe":
            return [self._subscribe(sent, client)]
        if channel == "/meta/unsubscribe":
            client["subscriptions"].pop(str(sent.get("subscription")), None)
            return [_success(sent, subscription=_echo(sent.get("subscription")))]
        if channel == "/meta/disconnect":
            del self._clients[str(sent["clientId"])]
            return [_success(sent)]
        return [_failure(sent, f"403::Channel {channel} cannot be published to", _RETRY)]

    def _handshake(self, sent: Message, caller: Principal) -> Message:
        now_us = self._mock.context.clock.now_us()
        for client_id in [key for key, client in self._clients.items() if client["until_us"] <= now_us]:
            del self._clients[client_id]
        self._mock.volatile["handshakes"] = count = self._mock.volatile.get("handshakes", 0) + 1
        client_id = secret_for(self._mock.context.seed_label, "crm", "cometd", str(count))
        self._clients[client_id] = {
            "user_id": caller.user_id,
            "until_us": now_us + CLIENT_IDLE_US,
            "connected": False,
            "subscriptions": {},
        }
        return {
            **_success({**sent, "clientId": client_id}),
            "version": "1.0",
            "minimumVersion": "1.0",
            "supportedConnectionTypes": ["long-polling"],
            "ext": {"replay": True, "payload.format": True},
            "advice": dict(_RETRY),
        }

    def _subscribe(self, sent: Message, client: Message) -> Message:
        channel = str(sent.get("subscription"))
        if channel not in self._schema.channels:
            error = f"404::The channel {channel} does not exist"
            return {**_failure(sent, error, _RETRY), "subscription": channel}
        extension = sent.get("ext")
        replay = extension.get("replay") if isinstance(extension, dict) else None
        wanted = replay.get(channel, NEW_ONLY) if isinstance(replay, dict) else NEW_ONLY
        position = self._position(wanted)
        if position is None:
            error = (
                f"400::The replayId {{{wanted}}} you provided was invalid. Please provide a valid ID, "
                "-2 to replay all events, or -1 to replay only new events."
            )
            return {**_failure(sent, error, _RETRY), "subscription": channel}
        client["subscriptions"][channel] = position
        return _success(sent, subscription=channel)

    def _position(self, wanted: Any) -> int | None:
        """After which feed position a subscription reads; None for a replay id that is not retained."""
        if wanted == NEW_ONLY:
            return last_replay_id(self._mock)
        if wanted == ALL_RETAINED:
            return 0
        if isinstance(wanted, bool) or not isinstance(wanted, int) or not 0 < wanted <= _EXACT:
            return None
        rows = self._read(wanted - 1, limit=1)
        return wanted if rows and rows[0].position == wanted else None

    def _connect(self, sent: Message, client: Message) -> list[Message]:
        client["connected"] = True
        subscriptions: dict[str, int] = client["subscriptions"]
        rows: list[FeedRow] = []
        if subscriptions:
            rows = self._read(min(subscriptions.values()), limit=EVENTS_PER_CONNECT + 1)
        more = len(rows) > EVENTS_PER_CONNECT
        rows = rows[:EVENTS_PER_CONNECT]
        # By name: a restored client has its subscriptions in that order too.
        handed = [reply for channel in sorted(subscriptions) for reply in self._hand_out(channel, subscriptions, rows)]
        advice = {**_RETRY, "interval": 0} if more else dict(_RETRY)
        return [*handed, {**_success(sent), "advice": advice}]

    def _hand_out(self, channel: str, subscriptions: dict[str, int], rows: list[FeedRow]) -> list[Message]:
        position, entity = subscriptions[channel], self._schema.channels[channel]
        if not rows or rows[-1].position <= position:
            return []
        subscriptions[channel] = rows[-1].position
        mine = [row for row in rows if row.position > position and entity in (None, row.content["entity"])]
        if not mine:
            return []
        going = self._mock.deliver(FEED, mine, _event_id, str(position), str(rows[-1].position))
        epoch = self._mock.context.clock.epoch
        return [message(row, channel, epoch, self._renderers, self._schema) for row in going]

    def _read(self, after: int, limit: int) -> list[FeedRow]:
        now_us = self._mock.context.clock.now_us()
        return self._mock.feeds[FEED].after(after, now_us=now_us, since_us=now_us - RETENTION_US, limit=limit)

    def _client(self, sent: Message, caller: Principal) -> Message | None:
        client = self._clients.get(str(sent.get("clientId")))
        now_us = self._mock.context.clock.now_us()
        if client is None or client["user_id"] != caller.user_id or client["until_us"] <= now_us:
            return None
        client["until_us"] = now_us + CLIENT_IDLE_US
        return client

    @property
    def _clients(self) -> dict[str, Message]:
        clients: dict[str, Message] = self._mock.volatile.setdefault("streaming", {})
        return clients


def _event_id(row: FeedRow) -> str:
    return f"{row.content['entity']}:{row.position}"


def _success(sent: Message, **more: Any) -> Message:
    return {**_reply(sent), "successful": True, **more}


def _failure(sent: Message, error: str, advice: Message) -> Message:
    # Advice goes with every failure: some clients stop for good without it.
    return {**_reply(sent), "successful": False, "error": error, "advice": dict(advice)}


def _reply(sent: Message) -> Message:
    echoed: Message = {name: _echo(sent[name]) for name in ("clientId", "id") if name in sent}
    return {"channel": _echo(sent.get("channel")), **echoed}


def _echo(value: Any) -> Any:
    """What a client sent as it goes back: a text, or a number that every JSON reader takes; else its text."""
    small = isinstance(value, int) and abs(value) < _EXACT
    return value if value is None or isinstance(value, str) or small else str(value)[:255]
