"""Real clients, each family in an environment of its own: their pins contradict each other and ours.

Environments are made once, under ``.tox/client-environments``, and are named after what is in them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".tox" / "client-environments"
# A client that hangs is a failure, not a reason to wait.
PATIENCE_S = 120


class ClientFailed(AssertionError):
    """A client program ended badly; the message is what it wrote."""


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a client is told: nothing of ours, and no certificates or proxies this machine may have preset."""
    presets = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "NO_PROXY")
    hidden = {"PYTHONPATH", *presets, *(name.lower() for name in presets)}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.upper().endswith("_PROXY") and not name.startswith("SANDBOX_")
    }
    return {**kept, **(more or {})}


class PythonClient:
    """A family of Python clients. ``after`` is installed on top, where a pin has no wheel any more."""

    def __init__(self, name: str, requirements: Sequence[str], after: Sequence[str] = ()) -> None:
        self._requirements = list(requirements)
        self._after = list(after)
        digest = sha256("\n".join((sys.version, *requirements, *after)).encode()).hexdigest()[:12]
        self.folder = FOLDER / f"{name}-{digest}"

    @property
    def python(self) -> Path:
        """The interpreter, with the clients installed."""
        python = self.folder / "bin" / "python"
        if not (self.folder / "installed").is_file():
            shutil.rmtree(self.folder, ignore_errors=True)
            _must([sys.executable, "-m", "venv", str(self.folder)])
            for wanted in (self._requirements, self._after):
                if wanted:
                    _must([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted])
            (self.folder / "installed").touch()
        return python

    def run(self, program: str, given: Any = None, **environment: str) -> Any:
        """What a program prints as JSON in its last line; ``given`` is its ``GIVEN``. Raises ClientFailed."""
        text = f"import json, sys\nGIVEN = json.load(sys.stdin)\n{program}"
        return _json_of([str(self.python), "-c", text], given, environment)

    def command(self, *arguments: str, **environment: str) -> str:
        """What one of its commands prints; raises ClientFailed."""
        return _output([str(self.python.parent / arguments[0]), *arguments[1:]], "", environment)


class NodeClient:
    """A family of npm packages."""

    def __init__(self, name: str, packages: Sequence[str]) -> None:
        self._packages = list(packages)
        digest = sha256("\n".join(packages).encode()).hexdigest()[:12]
        self.folder = FOLDER / f"{name}-{digest}"

    def run(self, program: str, given: Any = None, **environment: str) -> Any:
        """What a program prints as JSON in its last line; ``given`` is its ``GIVEN``, and it may await."""
        if not (self.folder / "installed").is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            _must(
                ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(self.folder), *self._packages]
            )
            (self.folder / "installed").touch()
        text = f"const GIVEN = JSON.parse(require('fs').readFileSync(0));\n(async () => {{\n{program}\n}})();"
        return _json_of(["node", "-e", text], given, {**environment, "NODE_PATH": str(self.folder / "node_modules")})


def _must(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise ClientFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def _json_of(command: Sequence[str], given: Any, environment: Mapping[str, str]) -> Any:
    lines = _output(command, json.dumps(given), environment).strip().splitlines()
    if not lines:
        raise ClientFailed("the client printed nothing")
    return json.loads(lines[-1])


def _output(command: Sequence[str], given: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env=clean_environment(environment),
    )  # fmt: skip
    if done.returncode:
        raise ClientFailed(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout
