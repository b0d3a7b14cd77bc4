"""What ``sandbox up`` told, and its control port, for tests of real clients."""

from __future__ import annotations

from typing import Any

from tests.live.ports import ask


class Up:
    """A world that is up. ``told`` is its JSON line."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    def url(self, system: str) -> str:
        """Base URL of a system."""
        url: str = self.told["systems"][system]["url"]
        return url

    def given(self, system: str) -> dict[str, Any]:
        """URL and credentials of a system, for a client program."""
        return {"url": self.url(system), **self.told["systems"][system]["credentials"]}

    @property
    def gateway(self) -> dict[str, str]:
        """``proxy`` and ``ca``."""
        gateway: dict[str, str] = self.told["gateway"]
        return gateway

    def control(self, method: str, path: str, sent: Any = None) -> Any:
        """An answer of the control port."""
        answer = ask(f"{self.told['control']['url']}/_sandbox/{path}", method, sent, seconds=120)
        assert answer.status == 200, answer.body
        return answer.json()

    def advance(self, by: str) -> None:
        """Let simulated time pass."""
        self.control("POST", "clock/advance", {"by": by})

    def person(self, name: str, system: str, action: str, form: Any) -> Any:
        """What somebody of the firm does at a screen of a system, and what it shows."""
        person = self.control("GET", "people")["people"][name]
        answer = ask(
            f"{self.url(system)}/_sandbox/ui/{action}",
            "POST",
            form,
            x_sandbox_person=person["email"],
            authorization=f"Sandbox {person['screen_token']}",
        )
        assert answer.status == 200, answer.body
        return answer.json()
