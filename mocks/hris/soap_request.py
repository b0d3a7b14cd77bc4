"""What is asked of Get_Workers or Get_Organizations, read from the elements sent (hris-workday.md section 6).

The public schema has more elements than are offered here. One that would choose other workers is refused by name
instead of being passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeVar

from mocks.hris.markup import Node
from mocks.hris.prompts import EVER, TENANT_ZONE
from mocks.hris.soap_errors import invalid
from sandbox.core.clock import instant, zone_of

COUNT_DEFAULT, COUNT_MAX = 100, 999
REFERENCES_MAX = 1000
_PAGE_MAX = 10**6
_DIGITS_MAX = 9
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reference:
    """A worker or organisation by an id of a type, and where that stood."""

    kind: str
    value: str
    xpath: str


@dataclass(frozen=True, slots=True)
class LogCriteria:
    """Windows of the transaction log, all ends inclusive: instants of entry, instants of effect, process types.

    Instants in microseconds since the epoch. A window that was not asked for is None.
    """

    entered: tuple[int, int] | None
    effective: tuple[int, int] | None
    processes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``references`` None asks for everything that passes the criteria; ``as_of`` None is today.

    ``kinds`` are types of organisations by their ids, none of them meaning all.
    """

    references: tuple[Reference, ...] | None = None
    skip_unknown: bool = False
    log: tuple[LogCriteria, ...] = ()
    exclude_inactive: bool = True
    exclude_employees: bool = False
    as_of: date | None = None
    known_us: int | None = None
    page: int = 1
    count: int = COUNT_DEFAULT
    group: Mapping[str, bool] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()

    def includes(self, flag: str) -> bool:
        """Whether the response group asks for something."""
        return self.group.get(flag, False)


def read(node: Node, epoch: datetime) -> Asked:
    """Read ``Get_Workers_Request``; raises SoapFault naming the first element that does not fit."""
    _only(node, "Request_References", "Request_Criteria", "Response_Filter", "Response_Group")
    references, criteria = node.child("Request_References"), node.child("Request_Criteria")
    if references is not None and criteria is not None:
        raise invalid("Request_References and Request_Criteria exclude each other", criteria.path())
    paging = node.child("Response_Filter")
    day, known_us, page, count = _filter(paging, epoch) if paging is not None else (None, None, 1, COUNT_DEFAULT)
    log, inactive, employees = _criteria(criteria, epoch) if criteria is not None else ((), True, False)
    group = node.child("Response_Group")
    return Asked(
        _references(references, "Worker", _WORKER_IDS) if references is not None else None,
        references is not None and _flag_of(references, "Skip_Non_Existing_Instances"),
        log,
        inactive,
        employees,
        day,
        known_us,
        page,
        count,
        _group(group) if group is not None else {},
    )


def read_organisations(node: Node, epoch: datetime) -> Asked:
    """Read ``Get_Organizations_Request``; raises SoapFault naming the first element that does not fit."""
    _only(node, "Request_References", "Request_Criteria", "Response_Filter", "Response_Group")
    references, criteria = node.child("Request_References"), node.child("Request_Criteria")
    if references is not None and criteria is not None:
        raise invalid("Request_References and Request_Criteria exclude each other", criteria.path())
    paging, group = node.child("Response_Filter"), node.child("Response_Group")
    day, known_us, page, count = _filter(paging, epoch) if paging is not None else (None, None, 1, COUNT_DEFAULT)
    return Asked(
        references=None if references is None else _references(references, "Organization", _ORGANISATION_IDS),
        skip_unknown=references is not None and _flag_of(references, "Skip_Non_Existing_Instances"),
        kinds=frozenset() if criteria is None else _organisation_kinds(criteria),
        as_of=day,
        known_us=known_us,
        page=page,
        count=count,
        group=_group(group) if group is not None else {},
    )


def _organisation_kinds(node: Node) -> frozenset[str]:
    _only(node, "Organization_Type_Reference", "Include_Inactive")
    for each in node.all("Include_Inactive"):
        # An organisation without anybody in it is none here.
        _flag(each)
    kinds = set()
    for each in node.all("Organization_Type_Reference"):
        ids = {found.attributes.get("type", ""): found.text for found in each.all("ID")}
        if "Organization_Type_ID" not in ids:
            raise invalid("expected an ID of type Organization_Type_ID", each.path())
        kinds.add(ids["Organization_Type_ID"])
    return frozenset(kinds)


_WORKER_IDS = ("WID", "Employee_ID", "Contingent_Worker_ID")
_ORGANISATION_IDS = ("WID", "Organization_Reference_ID")


def _references(node: Node, of: str, kinds: tuple[str, ...]) -> tuple[Reference, ...]:
    _only(node, f"{of}_Reference")
    found = []
    for each in node.children:
        ids = list(each.all("ID"))
        if not ids:
            raise invalid(f"{of}_Reference has no ID", each.path())
        chosen = ids[0]
        kind = chosen.attributes.get("type", "")
        if kind not in kinds:
            raise invalid(f"Invalid ID type. '{kind}' is not a valid ID type for {of}", chosen.path())
        found.append(Reference(kind, chosen.text, chosen.path()))
    if not 1 <= len(found) <= REFERENCES_MAX:
        raise invalid(f"expected 1 to {REFERENCES_MAX} references, got {len(found)}", node.path())
    return tuple(found)


def _criteria(node: Node, epoch: datetime) -> tuple[tuple[LogCriteria, ...], bool, bool]:
    log, flags = "Transaction_Log_Criteria_Data", ("Exclude_Inactive_Workers", "Exclude_Employees")
    _only(node, log, *flags, "Exclude_Contingent_Workers")
    for each in node.all("Exclude_Contingent_Workers"):
        # There are none in this tenant.
        _flag(each)
    inactive, employees = (node.child(name) for name in flags)
    return (
        tuple(_log_criteria(each, epoch) for each in node.all(log)),
        True if inactive is None else _flag(inactive),
        False if employees is None else _flag(employees),
    )


def _log_criteria(node: Node, epoch: datetime) -> LogCriteria:
    _only(node, "Transaction_Date_Range_Data", "Transaction_Type_References")
    dates, types = node.child("Transaction_Date_Range_Data"), node.child("Transaction_Type_References")
    entered = effective = None
    if dates is not None:
        _only(dates, "Updated_From", "Updated_Through", "Effective_From", "Effective_Through")
        entered = _window(dates, "Updated", epoch)
        effective = _window(dates, "Effective", epoch)
    processes = set()
    if types is not None:
        _only(types, "Transaction_Type_Reference")
        for each in types.children:
            ids = {found.attributes.get("type", ""): found.text for found in each.all("ID")}
            if "Business_Process_Type" not in ids:
                raise invalid("expected an ID of type Business_Process_Type", each.path())
            processes.add(ids["Business_Process_Type"])
    return LogCriteria(entered, effective, frozenset(processes))


def _window(node: Node, kind: str, epoch: datetime) -> tuple[int, int] | None:
    first, last = node.child(f"{kind}_From"), node.child(f"{kind}_Through")
    if first is None and last is None:
        return None
    return (
        EVER[0] if first is None else _instant(first, epoch),
        EVER[1] if last is None else _instant(last, epoch),
    )


def _filter(node: Node, epoch: datetime) -> tuple[date | None, int | None, int, int]:
    _only(node, "As_Of_Effective_Date", "As_Of_Entry_DateTime", "Page", "Count")
    day, moment = node.child("As_Of_Effective_Date"), node.child("As_Of_Entry_DateTime")
    page, count = node.child("Page"), node.child("Count")
    return (
        None if day is None else _day(day),
        None if moment is None else _instant(moment, epoch),
        1 if page is None else _whole(page, _PAGE_MAX),
        COUNT_DEFAULT if count is None else _whole(count, COUNT_MAX),
    )


def _group(node: Node) -> dict[str, bool]:
    for each in node.children:
        if not each.name.startswith(("Include_", "Exclude_")):
            raise invalid(f"Element {each.name} is not expected here", each.path())
    return {each.name: _flag(each) for each in node.children}


def _only(node: Node, *names: str) -> None:
    for each in node.children:
        if each.name not in names:
            raise invalid(f"Element {each.name} is not offered here; expected {' or '.join(names)}", each.path())


def _read(node: Node, expected: str, reader: Callable[[str], _T]) -> _T:
    try:
        return reader(node.text)
    except (ValueError, OverflowError) as wrong:
        raise invalid(f"{node.name}: expected {expected}, got '{node.text}'", node.path()) from wrong


def _flag(node: Node) -> bool:
    return _read(node, "true, false, 1 or 0", lambda text: _FLAGS.index(text) % 2 == 1)


def _flag_of(node: Node, attribute: str) -> bool:
    return node.attributes.get(attribute, "") in ("true", "1")


_FLAGS = ("false", "true", "0", "1")


def _whole(node: Node, high: int) -> int:
    def whole(text: str) -> int:
        if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX and 1 <= int(text) <= high:
            return int(text)
        raise ValueError(text)

    return _read(node, f"a whole number from 1 to {high}", whole)


def _day(node: Node) -> date:
    # A zone behind the date is that of whoever wrote it; the calendar day is what is meant.
    return _read(node, "a date YYYY-MM-DD", lambda text: date.fromisoformat(text[:10]))


def _instant(node: Node, epoch: datetime) -> int:
    return _read(node, "a date-time", lambda text: instant(epoch, _moment(text)))


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    # Without a zone it is the tenant's wall clock, and a date alone its midnight.
    aware = when.replace(tzinfo=zone_of(TENANT_ZONE)) if when.tzinfo is None else when
    return aware.astimezone(UTC)
