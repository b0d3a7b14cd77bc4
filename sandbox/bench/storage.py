"""Storage: memory after many records, and how long a living world takes to be saved and to be restored."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from sandbox.core.wire import Request, dumps, loads
from sandbox.live.saving import read_snapshot, write_snapshot
from sandbox.live.starting import cast_of
from sandbox.live.world import LiveWorld

RECORDS = 100_000
_BATCH = 200


def figures() -> dict[str, Any]:
    """Measured in a process of its own, whose memory is nobody else's."""
    done = subprocess.run([sys.executable, "-m", "sandbox.bench.storage"], check=True, capture_output=True)
    told: dict[str, Any] = orjson.loads(done.stdout)
    return told


def main() -> None:
    """Fill a CRM with records through its API, then save and restore the world."""
    live = LiveWorld(cast_of("first-thread", seed_only=True))
    before = _resident()
    _fill(live, RECORDS)
    grown = _resident() - before
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world"
        began = time.perf_counter()
        write_snapshot(path, live.snapshot(), {})
        saved = time.perf_counter()
        live.restore(read_snapshot(path))
        restored = time.perf_counter()
    told = {
        "records_stored": RECORDS,
        "memory_of_records_mib": round(grown, 1),
        "save_s": round(saved - began, 2),
        "restore_s": round(restored - saved, 2),
    }
    sys.stdout.write(orjson.dumps(told).decode())


def _fill(live: LiveWorld, count: int) -> None:
    crm, tenant = live.systems["crm"], live.tenants.crm
    form = f"grant_type=client_credentials&client_id={tenant.consumer_key}&client_secret={tenant.consumer_secret}"
    host = {"host": "crm.sandbox.test"}
    login = {**host, "content-type": "application/x-www-form-urlencoded"}
    token = loads(crm.handle(Request("POST", "/services/oauth2/token", "", login, form.encode())).body)["access_token"]
    headers = {**host, "authorization": f"Bearer {token}", "content-type": "application/json"}
    for start in range(0, count, _BATCH):
        rows = [{"attributes": {"type": "Account"}, "Name": f"Account {start + n}"} for n in range(_BATCH)]
        body = dumps({"records": rows})
        answer = crm.handle(Request("POST", "/services/data/v59.0/composite/sobjects", "", dict(headers), body))
        if answer.status != 200:
            raise RuntimeError(f"the CRM answered {answer.status}: {answer.body!r}")


def _resident() -> float:
    # Not the greatest ever: a new process starts with its parent's.
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024**2


if __name__ == "__main__":
    main()
