"""Files connector: drop folders of partners."""

from __future__ import annotations

from sandbox.core.client import StaticBearer
from sandbox.core.ports import Ports
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller
from sandbox.engine.settings import Settings


class FilesConnector:
    """The partners' folders as the engine sees them."""

    def __init__(self, ports: Ports, settings: Settings, policy: Policy, capability: str) -> None:
        self.used = settings.files_token is not None
        self._caller = Caller(ports, "files", StaticBearer(settings.files_token or ""), policy, capability)

    async def listed(self, folder: str) -> list[tuple[str, str]]:
        """(Name, SHA-256) of every file in a folder, in the order they appeared."""
        rows = (await self._caller.send("GET", f"/v1/{folder}")).json()["files"]
        return [(row["name"], row["sha256"]) for row in rows]

    async def read(self, folder: str, name: str) -> str:
        """Content of a file."""
        return (await self._caller.send("GET", f"/v1/{folder}/{name}")).body.decode()
