"""Files connector: drop folders of partners, read and written by name; a name is used once."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from sandbox.core.client import StaticBearer
from sandbox.core.ports import Ports
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller, Refused, Unavailable
from sandbox.engine.settings import Settings

_BASE = "/v1"
_TEXT = {"content-type": "text/csv; charset=utf-8"}
_NAME_USED = 409


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file in a folder, and the digest of what is in it."""

    name: str
    digest: str


class FilesConnector:
    """The partners' folders as the engine sees them."""

    def __init__(self, ports: Ports, settings: Settings, policy: Policy, capability: str) -> None:
        self._caller = Caller(ports, "files", StaticBearer(settings.files_token or ""), policy, capability)

    async def listed(self, partner: str, folder: str) -> list[FileInfo]:
        """The files of a folder, in the order they appeared."""
        rows = (await self._caller.send("GET", f"{_BASE}/{partner}/{folder}")).json()["files"]
        return [FileInfo(row["name"], row["sha256"]) for row in rows]

    async def read(self, partner: str, folder: str, name: str, digest: str) -> str:
        """The content of a file; raises Unavailable when it arrives other than it was listed."""
        response = await self._caller.send("GET", f"{_BASE}/{partner}/{folder}/{name}")
        if sha256(response.body).hexdigest() != digest:
            raise Unavailable(f"{partner}/{folder}/{name} did not arrive as it was listed")
        return response.body.decode("utf-8")

    async def put(self, partner: str, folder: str, name: str, content: str) -> None:
        """Deliver a file; the same again changes nothing. Raises Refused when the name stands for something else."""
        path = f"{_BASE}/{partner}/{folder}/{name}"
        response = await self._caller.send("PUT", path, headers=_TEXT, body=content.encode(), accept=(_NAME_USED,))
        if response.status == _NAME_USED:
            raise Refused(f"{partner}/{folder}/{name} was delivered with other content", _NAME_USED)
