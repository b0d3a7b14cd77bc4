"""Modifications: a change of a contract that has recognised revenue is held until an accountant decides its treatment.

What asks for a decision is an order row with a modification date that changes quantity, price, dates or method, or
that adds a line. Applied by the first run of a period that reaches that date (accounting.md J30, J31):

- cumulative catch-up: the new terms hold from the start, the difference is revenue on the approval date;
- prospective: what was earned stays, the rest of the price is earned by the rest of the work or term;
- separate contract: the addition is a line of its own, the old one stays as it was.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from mocks.revenue.records import APPLIED, CATCH_UP, DECIDED, LINE_FIELDS, MILESTONE, PROSPECTIVE, SEPARATE, UNDECIDED
from mocks.revenue.rules_journal import next_position
from mocks.revenue.rules_methods import RATABLE, SHARED, event_type_of, method_of, price_of, rounded
from mocks.revenue.rules_release import earned_at, event_at
from sandbox.core.observe import Row
from sandbox.core.periods import Period
from sandbox.core.wire import canonical, loads

_MATERIAL = ("ext_sll_prc", "start_date", "end_date", "right_to_bill", "pob_template")
_LINE_NAMES = tuple(field.name for field in LINE_FIELDS)
_APPLIED_NAMES = (
    *_LINE_NAMES,
    "event_type",
    "reduced",
    "held",
    "lead_line_id",
    "base_amount",
    "base_done",
    "base_date",
)


# -- held ---------------------------------------------------------------------------------------------------------


def has_revenue(store: Store, contract: Row) -> bool:
    """Whether a contract has recognised revenue."""
    return bool(
        store.read(
            'SELECT 1 FROM schedule WHERE rc_id = ? AND amount <> 0 AND "_deleted" = 0 LIMIT 1', [contract["id"]]
        )
    )


def hold(store: Store, contract: Row, line: Row, row: Row, values: dict[str, Any]) -> bool:
    """Keep an order row for a decision instead of setting the line; False when there is nothing to decide about it.

    A row that says again what a modification of the line has brought belongs to it, with or without its date.
    """
    latest = store.find("modification", {"rc_line_id": line["id"]}, order='"position" DESC', limit=1)
    waiting = latest[0] if latest and latest[0]["status"] == UNDECIDED else None
    if latest and _belongs(latest[0], values):
        return True
    if waiting is not None and waiting["is_new"]:
        # The whole line waits; its terms are the latest that came.
        store.update("rc_line", line["id"], values)
        store.update("modification", waiting["id"], _brought(row, values))
        return True
    if row["ct_mod_date"] is None:
        return False
    if not _differs(line, values):
        if waiting is not None:
            # Back to what holds: the change is withdrawn.
            store.delete("modification", waiting["id"])
        return waiting is not None
    if waiting is not None:
        store.update("modification", waiting["id"], _brought(row, values))
        return True
    if not has_revenue(store, contract):
        return False
    _queue(store, line, row, values, is_new=False)
    return True


def hold_new(store: Store, line: Row, row: Row, values: dict[str, Any]) -> None:
    """A line added to a contract that has recognised revenue: it is there, and releases nothing until decided."""
    _queue(store, line, row, values, is_new=True)


def _belongs(modification: Row, values: dict[str, Any]) -> bool:
    is_open = modification["status"] != APPLIED or modification["treatment"] == SEPARATE
    return is_open and not modification["is_new"] and not _differs(loads(modification["terms"].encode()), values)


def _differs(known: Row, values: dict[str, Any]) -> bool:
    if Decimal(known["ord_qty"]) != Decimal(values["ord_qty"]):
        return True
    return any(known[name] != values[name] for name in _MATERIAL)


def _brought(row: Row, values: dict[str, Any]) -> dict[str, Any]:
    brought = {"terms": canonical(values).decode(), "new_price": values["ext_sll_prc"]}
    return brought if row["ct_mod_date"] is None else {**brought, "ct_mod_date": row["ct_mod_date"]}


def _queue(store: Store, line: Row, row: Row, values: dict[str, Any], *, is_new: bool) -> None:
    position = next_position(store, "modification")
    modification = {
        **_about(line),
        **_brought(row, values),
        "is_new": int(is_new),
        "status": UNDECIDED,
        "position": position,
        "old_price": 0 if is_new else line["ext_sll_prc"],
    }
    store.insert("modification", modification, label=f"modification {line['so_line_id']} {position}")


def _about(line: Row) -> dict[str, Any]:
    key = {name: line[name] for name in ("rc_id", "org_id", "org_code", "so_num", "so_line_id")}
    return {**key, "rc_line_id": line["id"]}


# -- decided --------------------------------------------------------------------------------------------------------


def queue(store: Store, org: Row, status: str | None = None) -> list[Row]:
    """Modifications of an organisation in order of arrival, all or those in one status."""
    equal = {"org_id": org["org_id"]} if status is None else {"org_id": org["org_id"], "status": status}
    return store.find("modification", equal, order='"position"')


def decide(store: Store, so_line_id: str, treatment: str, lead: str | None, person: str, now_us: int) -> Row:
    """Decide the treatment of a line's waiting modification; a period run applies it.

    ``lead`` is the line whose obligation an added line joins; with one candidate it need not be named. Raises
    FormRefused when nothing waits for a decision or the treatment does not fit.
    """
    line = store.one("rc_line", {"so_line_id": so_line_id})
    if line is None:
        raise FormRefused(f"no order line {so_line_id}", field="line", status=404)
    waiting = store.one("modification", {"rc_line_id": line["id"], "status": UNDECIDED})
    if waiting is None:
        raise FormRefused(_nothing_waits(store, line), field="line")
    values = {"status": DECIDED, "treatment": treatment, "decided_by": person, "decided_us": now_us}
    if waiting["is_new"] and treatment != SEPARATE:
        values["lead_line_id"] = _lead(store, line, lead)
    elif lead is not None:
        raise FormRefused("only a line that is added to an obligation takes its lead line", field="lead_line")
    if not waiting["is_new"] and treatment == SEPARATE:
        values["separate_line_id"] = _separate_id(store, line, waiting)
    return store.update("modification", waiting["id"], values)


def _nothing_waits(store: Store, line: Row) -> str:
    decided = store.find("modification", {"rc_line_id": line["id"]}, order='"position" DESC', limit=1)
    if not decided:
        return f"order line {line['so_line_id']} has no modification to decide"
    last = decided[0]
    return (
        f"the modification of order line {line['so_line_id']} dated {last['ct_mod_date']} has been decided: "
        f"{last['treatment']} by {last['decided_by']}"
    )


def _lead(store: Store, line: Row, named: str | None) -> str | None:
    """Id of the line an added one shares its progress with; None where there is none to share."""
    method = method_of(line)
    if method not in SHARED:
        if named is not None:
            raise FormRefused(f"a line released by {method} shares no progress", field="lead_line")
        return None
    others = store.find("rc_line", {"rc_id": line["rc_id"], "held": 0}, order='"so_line_id"')
    fitting = {
        each["so_line_id"]: each["id"] for each in others if method_of(each) == method and not each["lead_line_id"]
    }
    if named is None and len(fitting) == 1:
        return str(next(iter(fitting.values())))
    if named not in fitting:
        names = ", ".join(fitting) or "none"
        raise FormRefused(f"the lead line of a {method} line is one of: {names}", field="lead_line")
    return str(fitting[named])


def _separate_id(store: Store, line: Row, modification: Row) -> str:
    """The line the addition becomes: it needs a price above zero, what was there before stays."""
    if modification["new_price"] <= modification["old_price"]:
        raise FormRefused("a change that adds nothing to the price cannot be a separate contract", field="treatment")
    earlier = store.find("modification", {"rc_line_id": line["id"], "treatment": SEPARATE})
    return f"{line['so_line_id']}.S{len(earlier) + 1}"


# -- applied --------------------------------------------------------------------------------------------------------


def apply_decided(store: Store, org: Row, period: Period) -> int:
    """Apply what was decided and is dated by the end of the period; returns how many."""
    decided = store.find(
        "modification", {"org_id": org["org_id"], "status": DECIDED}, order='"ct_mod_date", "position"'
    )
    due = [each for each in decided if each["ct_mod_date"] <= period.last.isoformat()]
    for modification in due:
        line = _line(store, modification["rc_line_id"])
        apply = _apply_new if modification["is_new"] else _apply_change
        applied = apply(store, modification, line, period)
        values = {"status": APPLIED, "applied_period": str(period), "applied_terms": _terms(applied)}
        store.update("modification", modification["id"], values)
    return len(due)


def _apply_change(store: Store, modification: Row, line: Row, period: Period) -> Row:
    terms = loads(modification["terms"].encode())
    if modification["treatment"] == SEPARATE:
        _add_separate(store, modification, line, terms)
        return line
    if modification["treatment"] == PROSPECTIVE:
        terms |= _earned_before(store, line, modification, terms)
    return store.update("rc_line", line["id"], {**terms, "event_type": event_type_of(terms)})


def _apply_new(store: Store, modification: Row, line: Row, period: Period) -> Row:
    values: dict[str, Any] = {"held": 0}
    if modification["lead_line_id"] is not None:
        lead = _line(store, modification["lead_line_id"])
        values["lead_line_id"] = lead["id"]
        if modification["treatment"] == PROSPECTIVE:
            before = _earned_before(store, lead, modification, lead)
            store.update("rc_line", lead["id"], before)
            values |= {**before, "base_amount": 0}
    added = store.update("rc_line", line["id"], values)
    if modification["treatment"] == CATCH_UP and added["lead_line_id"] is not None:
        _lead_caught_up(store, modification, _line(store, added["lead_line_id"]), period)
    return added


def _earned_before(store: Store, line: Row, modification: Row, terms: Row) -> dict[str, Any]:
    """What a prospective modification leaves alone: earned by its date, and by which measure.

    An event of that very day was work before the modification; of a term, the day is the first of the new one.
    """
    day = date.fromisoformat(modification["ct_mod_date"])
    method = method_of(line)
    before = day - timedelta(days=1) if method in RATABLE else day
    event = event_at(store, line, before)
    done = event["event_percent"] if method == MILESTONE else event["completed_qty"]
    return {
        "base_amount": rounded(earned_at(store, line, before), line["curr"]),
        "base_done": done or "0",
        "base_date": max(modification["ct_mod_date"], terms["start_date"] or ""),
    }


def _add_separate(store: Store, modification: Row, line: Row, terms: Row) -> None:
    added = modification["new_price"] - modification["old_price"]
    more = Decimal(terms["ord_qty"]) - Decimal(line["ord_qty"])
    values = {
        **terms,
        "ext_sll_prc": added,
        "ext_lst_prc": added,
        "ord_qty": f"{more if more > 0 else Decimal(terms['ord_qty']):f}",
        "event_type": event_type_of(terms),
    }
    if terms["end_date"] is not None:
        values["start_date"] = min(max(modification["ct_mod_date"], terms["start_date"]), terms["end_date"])
    key = {name: line[name] for name in ("rc_id", "org_id", "org_code", "so_num")}
    so_line_id = modification["separate_line_id"]
    store.insert("rc_line", {**key, "so_line_id": so_line_id, **values}, label=f"line {so_line_id}")


def _lead_caught_up(store: Store, modification: Row, lead: Row, period: Period) -> None:
    """The added line changes the progress its lead line has, so the lead catches up on the same date."""
    position = next_position(store, "modification")
    names = ("ct_mod_date", "treatment", "decided_by", "decided_us")
    values = {
        **_about(lead),
        **{name: modification[name] for name in names},
        "is_new": 0,
        "status": APPLIED,
        "position": position,
        "old_price": price_of(lead),
        "new_price": price_of(lead),
        "terms": canonical({name: lead[name] for name in _LINE_NAMES}).decode(),
        "applied_period": str(period),
        "applied_terms": _terms(lead),
    }
    store.insert("modification", values, label=f"modification {lead['so_line_id']} {position}")


def _terms(line: Row) -> str:
    return canonical({name: line[name] for name in _APPLIED_NAMES}).decode()


def _line(store: Store, line_id: str) -> Row:
    line = store.get("rc_line", line_id)
    # Lines are never deleted.
    assert line is not None, f"line {line_id} of a modification is not there"
    return line
