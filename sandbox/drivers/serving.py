"""Live use: several ports in one process, served by waitress on one socket map."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask
from waitress.wasyncore import close_all, loop

from sandbox.core.errors import UsageError
from sandbox.core.wire import Response
from sandbox.drivers.doors import Dropped

# Held requests occupy a thread each.
THREADS = 32
# What a body may weigh; larger ones are refused unread. The largest a vendor takes is a bulk upload of 150 MB of CSV
# (crm-salesforce.md section 7); nobody rehearses with more than a tenth of it.
BODY_MAX = 16 * 1024 * 1024
_POLL_S = 1

Application = Callable[..., Iterable[bytes]]
# (status, reason) -> how this port says that a request cannot be read at all.
Complaint = Callable[[int, str], Response]


def wait_for_the_end() -> None:
    """Until somebody interrupts or ends this process: SIGTERM is as good as Ctrl-C."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        # In pieces: an untimed wait would not notice a signal everywhere.
        while not told.wait(_POLL_S):
            pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _DoorTask(WSGITask):  # type: ignore[misc]
    """Serves a request, or cuts the connection when the door says so."""

    def execute(self) -> None:
        try:
            super().execute()
        except Dropped:
            # As if a header had been sent: then nothing more is, and the connection is closed.
            self.wrote_header = True
            self.chunked_response = False
            self.close_on_finish = True


class _UnreadableTask(ErrorTask):  # type: ignore[misc]
    """Refuses what is no HTTP request in the words of the port."""

    def execute(self) -> None:
        complaint: Complaint | None = getattr(self.channel.server.application, "complaint", None)
        error = self.request.error
        if complaint is None:
            super().execute()
            return
        response = complaint(int(error.code), str(error.body))
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(response.headers.items())
        self.content_length = len(response.body)
        self.set_close_on_finish()
        self.response_headers.append(("Connection", "close"))
        self.write(response.body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _DoorTask
    error_task_class = _UnreadableTask


class Ports:
    """Open ports. ``run`` serves until ``stop``; applications may be added until then."""

    def __init__(self, host: str, threads: int = THREADS) -> None:
        self.host = host
        self._map: dict[int, Any] = {}
        self._dispatcher = ThreadedTaskDispatcher()
        self._dispatcher.set_thread_count(threads)
        self._servers: list[Any] = []
        self._stopping = False
        self._thread: threading.Thread | None = None
        # Waitress logs a warning whenever requests queue for a thread: that is its job.
        logging.getLogger("waitress").setLevel(logging.ERROR)

    def open(self, application: Application, port: int = 0) -> int:
        """Listen on a port, a free one for 0; returns its number. Raises UsageError when it is taken."""
        try:
            server = create_server(
                application,
                map=self._map,
                _dispatcher=self._dispatcher,
                host=self.host,
                port=port,
                ident="sandbox",
                max_request_body_size=BODY_MAX,
                channel_timeout=300,
                cleanup_interval=60,
                connection_limit=1000,
                backlog=512,
                # Our gateway says by a header that its client speaks TLS.
                clear_untrusted_proxy_headers=False,
            )
        except OSError as taken:
            raise UsageError(f"port {port} on {self.host}: {taken.strerror}", code="port_taken", port=port) from taken
        server.channel_class = _Channel
        self._servers.append(server)
        return int(server.effective_port)

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread = threading.Thread(target=self._serve, name="sandbox-ports", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close all ports; requests that are being served are finished."""
        self._stopping = True
        if self._servers:
            self._servers[0].pull_trigger()
        if self._thread is not None:
            self._thread.join()
        self._dispatcher.shutdown()
        # The ports, and connections that clients keep open.
        close_all(self._map)

    def _serve(self) -> None:
        while not self._stopping:
            loop(timeout=_POLL_S, map=self._map, count=1, use_poll=True)
