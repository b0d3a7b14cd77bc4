"""``sandbox up``: five systems, files and a control port in one process and one world, until it is told to leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mocks.kit.app import Mock
from sandbox.core.damage import Damage
from sandbox.core.errors import UsageError
from sandbox.core.ids import secret_for
from sandbox.core.wire import SYSTEMS, Request, Response, loads
from sandbox.drivers.calling import call_job
from sandbox.drivers.doors import Door
from sandbox.drivers.gateway import Gateway, make_authority
from sandbox.drivers.serving import Ports
from sandbox.live.advancing import Advancing
from sandbox.live.control import Control
from sandbox.live.credentials import Access, accesses
from sandbox.live.remote import PLACE
from sandbox.live.saving import Shelf, about_snapshot, holds_snapshot, read_snapshot, write_snapshot
from sandbox.live.triggers import Triggers
from sandbox.live.vendor_hosts import DOMAINS, system_of
from sandbox.live.world import Cast, LiveWorld

SERVED = SYSTEMS
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asked for. Without a port base all ports are free ones; the control port comes first."""

    host: str = "127.0.0.1"
    port_base: int = 0
    data: Path | None = None
    # Simulated microseconds per real second; None: the clock stands until it is advanced.
    rate: int | None = None
    control_token: str | None = None
    gateway: bool = False


class Stand:
    """Open ports before a living world. ``close`` saves what is to be saved and leaves."""

    def __init__(self, cast: Cast, wanted: Wanted) -> None:
        self._wanted = wanted
        saved = wanted.data / "world" if wanted.data is not None else None
        self._saved = saved
        snapshot = read_snapshot(saved) if saved is not None and holds_snapshot(saved) else None
        self.resumed = snapshot is not None
        self.live = LiveWorld(cast, snapshot)
        self.token = wanted.control_token or secret_for(str(cast.plan.seed), "control")
        self.shelf = Shelf(self.live, wanted.data / "snapshots" if wanted.data is not None else None)
        self.advancing = Advancing(self.live, Triggers(cast.interface.triggers, call_job))
        guarded = wanted.host not in LOOPBACK
        control = Control(self.live, self.advancing, self.shelf, self.describe, self.token if guarded else None)
        self._ports = Ports(wanted.host)
        self.urls: dict[str, str] = {}
        for offset, (name, application) in enumerate(self._applications(control)):
            port = self._ports.open(application, wanted.port_base + offset if wanted.port_base else 0)
            self.urls[name] = f"http://{wanted.host}:{port}"
        self._gateway: Gateway | None = None
        self.gateway: Mapping[str, str] | None = None
        if wanted.gateway:
            authority = make_authority(DOMAINS, wanted.data or PLACE.parent)
            self._gateway = Gateway(authority, self._behind, wanted.host)
            self.gateway = {"proxy": self._gateway.url, "ca": str(authority.certificate.resolve())}

    def _applications(self, control: Control) -> list[tuple[str, Callable[..., Any]]]:
        doors = [(name, self._door(name)) for name in SERVED]
        return [("control", control.app()), *doors]

    def _door(self, name: str) -> Door:
        door = Door(name, self.live.stage, lambda: self.live)
        door.complaint = lambda status, reason: _complaint(self.live.systems[name], status)
        return door

    def open(self, application: Callable[..., Any]) -> int:
        """One more application on the same server, before it starts; returns its port."""
        return self._ports.open(application)

    def start(self) -> None:
        """Serve."""
        if self._wanted.rate is not None:
            self.live.stage.pace(self._wanted.rate)
        self._ports.start()
        if self._gateway is not None:
            self._gateway.start()

    def _behind(self, host: str) -> str | None:
        system = system_of(host)
        return self.urls[system] if system is not None else None

    def close(self) -> None:
        """Stop serving, keep the world on disk when it lives there."""
        self.live.stage.close()
        if self._gateway is not None:
            self._gateway.stop()
        self._ports.stop()
        if self._saved is not None:
            self.save()

    def save(self) -> None:
        """Keep the world on disk."""
        if self._saved is None:
            raise UsageError("this world does not live on disk; start it with --data", code="no_data")
        snapshot = self.live.snapshot()
        write_snapshot(self._saved, snapshot, about_snapshot(self.live.cast, snapshot))

    # -- what is told ----------------------------------------------------------------------------------------------

    def accesses(self) -> dict[str, Access]:
        """How to reach each system."""
        return accesses(self.live.tenants, self.urls, self._crm_token())

    def describe(self) -> dict[str, Any]:
        """Where everything is, as one JSON object."""
        return {
            "control": {"url": self.urls["control"], "token": self.token},
            "systems": {name: access.as_json() for name, access in self.accesses().items()},
            "gateway": None if self.gateway is None else dict(self.gateway),
        }

    def _crm_token(self) -> str:
        """A session of the integration user, logged in as any client does."""
        tenant = self.live.tenants.crm
        form = {
            "grant_type": "client_credentials",
            "client_id": tenant.consumer_key,
            "client_secret": tenant.consumer_secret,
        }
        body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "host": self.urls["crm"].rpartition("/")[2]}
        with self.live.stage.turn():
            answer = self.live.systems["crm"].handle(Request("POST", "/services/oauth2/token", "", headers, body))
        token: str = loads(answer.body)["access_token"]
        return token


def _complaint(mock: Mock, status: int) -> Response:
    """What is no HTTP request, refused in the vendor's shape."""
    return mock.damaged(Damage("HTTP", status), Request("GET", "/"))
