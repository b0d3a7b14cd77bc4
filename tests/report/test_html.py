"""The page needs nothing else, escapes whatever it is told, and shows the verdict with its findings."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from sandbox.report.html import html_page
from tests.checks.builders import PENNY, Scene
from tests.report.conftest import Saved

HOSTILE = '<script>alert("x")</script>&'


class Page(HTMLParser):
    """Tags, what they load, and the text of a page; unclosed tags are remembered."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        # Cells stand apart on a page.
        self.text += f" {data}" if self.open and self.open[-1] in ("td", "th") else data


def page(scene: Scene, **about: Any) -> str:
    verdict = {
        "scenario": "tiny-thread", "seed": 3, "engine": "reference", "profile": "none", "requests": 7, "records": 9,
        **scene.verdict().as_json(),
    }  # fmt: skip
    return html_page(verdict, {"command": "sandbox run tiny-thread", **about}, scene.books)


def test_a_page_loads_nothing_from_anywhere_and_runs_no_script(good: Saved, bad: Saved) -> None:
    for saved in (good, bad):
        text = (saved.path / "report.html").read_text(encoding="utf-8")
        read = Page(text)
        assert read.loads == []
        assert not read.tags & {"script", "link", "iframe", "img", "object", "embed", "base", "form"}
        assert not re.search(r"https?://|//[a-z]|@import|url\(", text)
        assert read.open == []


def test_a_page_shows_result_command_engagements_hours_and_every_check(good: Saved) -> None:
    text = " ".join(Page((good.path / "report.html").read_text(encoding="utf-8")).text.split())
    assert "tiny-thread, seed 3, engine reference, faults none: pass" in text
    assert "sandbox run tiny-thread --seed 3 --engine reference --faults none" in text
    assert "ENG-01 Harbour Rail plc T&M GBP 5,000.00 1,700.01 1,700.01 0.00 50.0%" in text
    assert "Billable T&M hours 20:00 = billed 20:00 + unbilled 0:00 + written off 0:00" in text
    assert "does not add up" not in text
    for check in good.json("verdict.json")["checks"]:
        assert f"{check['id']} {check['title']} {check['result']}" in text
    assert "Faults that struck: none." in text


def test_a_page_tells_every_finding(bad: Saved) -> None:
    text = Page((bad.path / "report.html").read_text(encoding="utf-8")).text
    for check in bad.json("verdict.json")["checks"]:
        for finding in check["findings"]:
            assert finding["title"] in text
            assert finding["then"] in text
            assert all(line in text for line in finding["let"])
    assert re.search(r"Faults that struck: W04 \d+\.", text)


def test_names_of_clients_commands_and_reasons_are_escaped(tiny: Scene) -> None:
    clients = tuple(client.model_copy(update={"name": HOSTILE}) for client in tiny.plan.clients)
    tiny.alter_plan(clients=clients)
    tiny.give_up(f"time:{HOSTILE}", reason=HOSTILE)
    tiny.rows("crm.Account")[next(iter(tiny.rows("crm.Account")))]["Name"] = HOSTILE
    text = page(tiny, command=HOSTILE)
    read = Page(text)
    assert "script" not in read.tags
    assert HOSTILE not in text
    # The command, the client, the letter twice, and the finding about the client's name.
    assert read.text.count('<script>alert("x")</script>&') >= 5


def test_hours_that_do_not_add_up_are_marked(tiny: Scene) -> None:
    bill = next(iter(tiny.rows("erp.timeBill").values()))
    tiny.remove("erp.timeBill", bill)
    text = " ".join(Page(page(tiny)).text.split())
    assert "Billable T&M hours 20:00 = billed 13:20 + unbilled 0:00 + written off 0:00 does not add up" in text


def test_a_required_check_is_marked_and_dead_letters_are_listed(tiny: Scene) -> None:
    tiny.give_up("time:17", reason="the ERP has no such item")
    text = " ".join(Page(page(tiny)).text.split())
    assert "MONEY.identity every hour and cent is conserved pass yes 3 71 0" in text
    assert "time:17 open, overdue finance 2026-01-19T00:00:00Z the ERP has no such item" in text


def test_personal_names_are_masked(tiny: Scene) -> None:
    person = tiny.the("erp.employee", externalId="W-0003")
    right = str(person["lastName"])
    person["lastName"] = "Ruritanian"
    text = page(tiny)
    assert "erp.employee" in text
    assert "Ruritanian" not in text
    assert right not in text


def test_a_finding_of_a_penny_is_on_the_page(tiny: Scene) -> None:
    (invoice,) = tiny.rows("erp.invoice").values()
    invoice["taxTotal"] += PENNY
    text = Page(page(tiny)).text
    told = f"I12 an invoice is net plus tax, the tax is due, both copies agree: {invoice['tranId']} tax differs by 0.01"
    assert f"{told} GBP" in text
