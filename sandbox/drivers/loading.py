"""Live use: a client that keeps some connections busy, for benchmarks; it costs little beside the server."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CONNECTIONS = 8


class Connection:
    """One connection on which a request is under way."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        # Whether the server hangs up after the answer that was taken, as ours does after one without a body.
        self.closing = False
        self.socket = socket.create_connection((host, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""

    def take(self) -> int | None:
        """Status of the answer that is whole now; None while it is not. Raises OSError when the server hangs up."""
        received = self.socket.recv(65_536)
        if not received:
            raise ConnectionError("the server hung up")
        self._held += received
        head, separator, rest = self._held.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = _LENGTH.search(head)
        wanted = int(length[1]) if length is not None else 0
        if len(rest) < wanted:
            return None
        self._held = rest[wanted:]
        self.closing = b"\r\nconnection: close" in head.lower()
        return int(head.split(b" ", 2)[1])

    def again(self) -> Connection:
        """Another connection to the same port."""
        self.socket.close()
        return Connection(*self._to)


def keep_busy(url: str, requests: Sequence[bytes], connections: int = CONNECTIONS) -> tuple[float, dict[int, int]]:
    """Send all requests, each when a connection is free; returns seconds and how often each status came."""
    parts = urlsplit(url)
    waiting: Iterator[bytes] = iter(requests)
    statuses: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        opened = [Connection(parts.hostname or "", parts.port or 80) for _ in range(connections)]
        began = time.monotonic()
        for connection in opened:
            first = next(waiting, None)
            if first is not None:
                connection.socket.sendall(first)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
        left = len(selector.get_map())
        while left:
            for key, _ in selector.select():
                status = key.data.take()
                if status is None:
                    continue
                statuses[status] = statuses.get(status, 0) + 1
                another, connection = next(waiting, None), key.data
                if another is None:
                    selector.unregister(key.fileobj)
                    left -= 1
                    continue
                if connection.closing:
                    selector.unregister(key.fileobj)
                    opened.remove(connection)
                    connection = connection.again()
                    opened.append(connection)
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.socket.sendall(another)
        seconds = time.monotonic() - began
        for connection in opened:
            connection.socket.close()
    return seconds, statuses
