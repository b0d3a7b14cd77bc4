"""The interface contract: the one that ships fits the systems, tells times and months, and names each mistake."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from mocks.crm.system import Crm
from mocks.erp.system import Erp
from mocks.files.system import Files
from mocks.hris.system import Hris
from mocks.kit.app import Mock
from mocks.psa.system import Psa
from mocks.revenue.system import Revenue
from sandbox.core.clock import SECOND_US, epoch_of, instant
from sandbox.core.documents import parse_document
from sandbox.core.errors import UsageError
from sandbox.core.periods import Period
from sandbox.interface import (
    DEFAULT,
    ByAny,
    ByFactor,
    ByKey,
    ByMap,
    ByTemplate,
    Constant,
    Flow,
    Interface,
    Value,
    load_interface,
)
from sandbox.plan import Entity

# A Monday.
START = date(2026, 1, 12)
EPOCH = epoch_of(START)
SHIPPED = DEFAULT.read_text(encoding="utf-8")
INTERFACE = load_interface()
MOCKS: tuple[type[Mock], ...] = (Crm, Psa, Hris, Erp, Revenue, Files)
COLUMNS = {f"{mock.name}.{each.name}": set(each.columns) for mock in MOCKS for each in mock.record_types}


def entity(code: str, country: str, zone: str) -> Entity:
    return Entity(
        code=code, name=code, country=country, currency="GBP", zone=zone, location=zone, tax_rate=Decimal("0.20")
    )


LONDON = entity("UK", "GB", "Europe/London")
NEW_YORK = entity("US", "US", "America/New_York")


def at(text: str) -> int:
    """Instant of ``2026-02-02T12:00`` in UTC."""
    return instant(EPOCH, datetime.fromisoformat(text).replace(tzinfo=UTC))


# -- the one that ships ------------------------------------------------------------------------------------------------


def test_the_shipped_interface_contract_loads() -> None:
    assert (INTERFACE.name, INTERFACE.version, INTERFACE.drain_h) == ("default-firm", 1, 30)
    assert INTERFACE.calendar.time_cutoff.workday == 1
    assert INTERFACE.flows["time.actual"].class_ == "fact"
    assert INTERFACE.posting["fixed_fee"].release == "percent_complete"


def test_the_agreed_external_id_of_a_record_is_spelled_from_its_ref() -> None:
    assert INTERFACE.external_id("erp.timeBill", "TE-7") == "PSA-T-TE-7"
    assert INTERFACE.external_id("erp.employee", "W-0001") == "W-0001"
    with pytest.raises(KeyError, match=r"psa\.invoice"):
        INTERFACE.external_id("psa.invoice", "7")


@pytest.mark.parametrize("record", list(INTERFACE.records))
def test_every_record_with_a_rule_is_one_its_system_has_with_every_column_named(record: str) -> None:
    rule = INTERFACE.records[record]
    named = [*filter(None, (rule.ref, rule.code_in, rule.via)), *rule.same, *rule.references]
    named += [rule.ref_in.column] if rule.ref_in is not None else []
    named += ["externalId"] if rule.external_id is not None else []
    assert set(named) <= COLUMNS[record]
    for other in rule.same.values():
        name, _, column = other.rpartition(".")
        assert column in COLUMNS[name]
    assert rule.via is None or rule.via in rule.references


@pytest.mark.parametrize("record", list(INTERFACE.records))
def test_every_record_with_a_rule_has_a_way_to_be_told(record: str) -> None:
    rule = INTERFACE.records[record]
    assert any((rule.ref, rule.external_id, rule.external, rule.code_in, rule.ref_in, rule.same, rule.via))
    if rule.external is not None and rule.external.native is not None:
        # The one it refers to is the same thing under another roof.
        assert INTERFACE.records[rule.external.native].kind == rule.kind


@pytest.mark.parametrize("record", list(INTERFACE.groups))
def test_the_groups_of_a_record_are_columns_it_has_each_in_one_group(record: str) -> None:
    columns = [column for group in INTERFACE.groups[record].values() for column in group]
    assert set(columns) <= COLUMNS[record]
    assert len(columns) == len(set(columns))
    assert INTERFACE.versioned[record] == INTERFACE.groups[record]


def test_a_group_has_one_owner_and_no_flow_writes_into_it() -> None:
    written = {
        (name, field)
        for name, flow in INTERFACE.flows.items()
        for group in INTERFACE.groups.get(flow.target, {}).values()
        for field in flow.fields
        if field in group
    }
    # That a batch is transferred is the revenue system's own state, set through its own operation.
    assert written == {("revenue.transferred", "status")}


@pytest.mark.parametrize("name", list(INTERFACE.flows))
def test_a_flow_names_columns_that_both_its_sides_have(name: str) -> None:
    flow = INTERFACE.flows[name]
    assert set(flow.fields) <= COLUMNS[flow.target]
    assert set(flow.natural) <= set(flow.fields)
    for amount in amounts(flow):
        # The one sum over several rows that has a name of its own.
        assert amount in COLUMNS[flow.target] or amount == "journal_total"
    if flow.source.record is None:
        return
    paths = [path for value in flow.fields.values() for path in paths_of(value)]
    paths += [*flow.source.where, *filter(None, (flow.source.key,))]
    for path in paths:
        assert leads_somewhere(flow.source.record, path), path


@pytest.mark.parametrize("name", list(INTERFACE.flows))
def test_a_key_names_the_same_kind_of_thing_on_both_sides(name: str) -> None:
    flow = INTERFACE.flows[name]
    if flow.source.record is None:
        return
    for field, value in flow.fields.items():
        if isinstance(value, ByKey):
            theirs = INTERFACE.records[flow.target].references[field]
            ours = INTERFACE.records[flow.source.record].references[value.key]
            assert INTERFACE.records[theirs].kind == INTERFACE.records[ours].kind


@pytest.mark.parametrize("name", [*INTERFACE.before, *INTERFACE.order])
def test_what_stands_before_what_names_columns_that_both_have(name: str) -> None:
    rule = INTERFACE.before.get(name) or INTERFACE.order[name]
    assert {*rule.when, *filter(None, (rule.via, rule.named))} <= COLUMNS[rule.effect]
    assert set(rule.state) <= COLUMNS[rule.needs]
    if rule.via is None and rule.named is None:
        assert INTERFACE.records[rule.effect].kind == INTERFACE.records[rule.needs].kind


def test_closed_periods_composites_and_deadlines_name_columns_their_records_have() -> None:
    for period, closed in INTERFACE.closed_periods.items():
        assert {*closed.closed, *closed.named} <= COLUMNS[period]
        for posting, columns in closed.postings.items():
            assert ({columns} if isinstance(columns, str) else {*columns}) <= COLUMNS[posting]
    for composite in INTERFACE.composites.values():
        assert set(composite.source.where) <= COLUMNS[str(composite.source.record)]
        for record, part in composite.parts.items():
            assert {*part.built, *filter(None, (part.via, part.named))} <= COLUMNS[record]
            assert part.via is None or part.via in INTERFACE.records[record].references
    assert INTERFACE.deadlines is not None
    assert {flow.tier for flow in INTERFACE.flows.values()} <= set(INTERFACE.deadlines.tiers)


def test_every_posting_account_is_one_of_the_accounts() -> None:
    accounts = INTERFACE.accounts
    for posting in INTERFACE.posting.values():
        assert posting.revenue_account in accounts.revenue
        assert posting.position_account == accounts.position
        assert posting.release in INTERFACE.obligation_ids


def amounts(flow: Flow) -> list[str]:
    """Columns an amount is read from."""
    if flow.amount is None:
        return []
    return [flow.amount] if isinstance(flow.amount, str) else [flow.amount.minutes, flow.amount.rate]


def paths_of(value: Value) -> list[str]:
    """Paths a value is read from."""
    match value:
        case str():
            return [value]
        case ByKey():
            return [value.key]
        case ByMap() | ByFactor():
            return [value.path]
        case ByAny():
            return list(value.any)
        case ByTemplate():
            return [part.partition("}")[0] for part in value.template.split("{")[1:]]
        case Constant():
            return []


def leads_somewhere(record: str, path: str) -> bool:
    """Whether a path walks references there are to a column there is."""
    column, _, rest = path.partition(".")
    if not rest:
        return column in COLUMNS[record]
    return leads_somewhere(INTERFACE.records[record].references[column], rest)


# -- cut-off and posting period ----------------------------------------------------------------------------------------

CUTOFFS = [
    # The first of January is a holiday in both countries, the first of February a Sunday.
    (LONDON, "2025-12", "2026-01-02T12:00"),
    (LONDON, "2026-01", "2026-02-02T12:00"),
    (NEW_YORK, "2026-01", "2026-02-02T17:00"),
    # Summer time.
    (LONDON, "2026-03", "2026-04-01T11:00"),
    (NEW_YORK, "2026-06", "2026-07-01T16:00"),
    # The first of August is a Saturday.
    (LONDON, "2026-07", "2026-08-03T11:00"),
    # Friday the first is a holiday, then comes a weekend.
    (NEW_YORK, "2026-12", "2027-01-04T17:00"),
]


@pytest.mark.parametrize(("office", "period", "closes"), CUTOFFS)
def test_a_months_time_closes_on_the_first_workday_of_the_next_at_noon_of_its_office(
    office: Entity, period: str, closes: str
) -> None:
    assert INTERFACE.cutoff_us(START, office, Period.parse(period)) == at(closes)


@pytest.mark.parametrize(("office", "period", "closes"), CUTOFFS)
def test_time_approved_in_the_second_of_the_cutoff_is_in_time_and_a_second_later_it_is_not(
    office: Entity, period: str, closes: str
) -> None:
    month = Period.parse(period)
    for late_us in (-1, 0, 1, SECOND_US - 1):
        assert INTERFACE.posting_period(START, office, month.last, at(closes) + late_us) == month
    assert INTERFACE.posting_period(START, office, month.last, at(closes) + SECOND_US) == month.next()


@pytest.mark.parametrize(
    ("worked", "approved", "period"),
    [
        ((2026, 1, 31), "2026-01-31T09:00", "2026-01"),
        ((2026, 2, 2), "2026-02-02T09:00", "2026-02"),
        # Approved before it was worked: a plan is no reason for an earlier month.
        ((2026, 3, 1), "2026-02-02T09:00", "2026-03"),
        ((2025, 12, 15), "2026-01-02T12:00:01", "2026-01"),
        ((2025, 12, 15), "2026-02-02T12:00:01", "2026-02"),
        # Two months late: the cut-offs of December and January are both past.
        ((2025, 12, 15), "2026-03-02T11:59:59", "2026-02"),
        ((2025, 11, 30), "2025-12-31T23:59:59", "2025-12"),
    ],
)
def test_a_late_card_falls_into_the_first_month_that_is_still_open(
    worked: tuple[int, int, int], approved: str, period: str
) -> None:
    assert str(INTERFACE.posting_period(START, LONDON, date(*worked), at(approved))) == period


def test_another_workday_and_hour_move_the_cutoff() -> None:
    fifth = replaced('time_cutoff: {workday: 1, at: "12:00"}', 'time_cutoff: {workday: 5, at: "23:59"}')
    # Workdays 2, 3, 4, 5, 6 February.
    assert fifth.cutoff_us(START, LONDON, Period(2026, 1)) == at("2026-02-06T23:59")


# -- mistakes ----------------------------------------------------------------------------------------------------------

NO_RECORD = "value error, a record is written system.record with a system of crm, psa, hris, erp, revenue, files"


def line_of(text: str) -> int:
    """The line of the shipped file on which a text begins that stands in it once."""
    assert SHIPPED.count(text) == 1, text
    return SHIPPED[: SHIPPED.index(text)].count("\n") + 1


def replaced(old: str, new: str, folder: Path | None = None) -> Interface:
    """The shipped interface contract with something else in it."""
    assert SHIPPED.count(old) == 1, old
    if folder is None:
        return parsed(SHIPPED.replace(old, new))
    path = folder / "mine.yaml"
    path.write_text(SHIPPED.replace(old, new), encoding="utf-8")
    return load_interface(str(path))


def parsed(text: str) -> Interface:
    """An interface contract of this text."""
    return parse_document(text, "mine.yaml", Interface)


@pytest.mark.parametrize(
    ("old", "new", "path", "told"),
    [
        ("drain_h: 30", "drain_h: 0", "drain_h", "input should be greater than or equal to 1, got 0"),
        ("drain_h: 30\n", "", "drain_h", "'drain_h' is missing"),
        (
            '  psa.sweep: {daily_at: "03:00"}',
            '  psa.sweep: {daily_at: "25:00"}',
            "polling.psa.sweep.daily_at",
            "string should match pattern '^([01]\\d|2[0-3]):[0-5]\\d$', got '25:00'",
        ),
        (
            '  psa.sweep: {daily_at: "03:00"}',
            "  psa.sweep: {office_s: 5}",
            "polling.psa.sweep",
            "value error, give either office_s and otherwise_s, or daily_at, got {'office_s': 5}",
        ),
        (
            "  revenue: extid",
            "  revenue: sometimes",
            "capabilities.revenue",
            "input should be 'key', 'extid', 'strong_read' or 'none', got 'sometimes'",
        ),
        (
            "  psa.role: {kind: role, ref: name}",
            "  psa.role: {kind: role, reff: name}",
            "records.psa.role.reff",
            "unknown key 'reff'; did you mean 'ref'?",
        ),
        (
            "  psa.role: {kind: role, ref: name}",
            "  psa.role: {ref: name}",
            "records.psa.role.kind",
            "'kind' is missing",
        ),
        (
            "    source: {derived: usage}",
            "    source: {derived: usages}",
            "flows.revenue.usage.source",
            "value error, no derived facts 'usages'; did you mean 'usage'?, got {'derived': 'usages'}",
        ),
        (
            "    source: {derived: usage}",
            "    source: {derived: usage, record: crm.Account}",
            "flows.revenue.usage.source",
            "value error, give either record or derived, got {'derived': 'usage', 'record': 'crm.Account'}",
        ),
        (
            "    target: revenue.rc_bill",
            "    target: revnue.rc_bill",
            "flows.billing.bill.target",
            f"{NO_RECORD}, got 'revnue.rc_bill'",
        ),
        (
            "    target: revenue.rc_bill",
            "    target: revenue",
            "flows.billing.bill.target",
            f"{NO_RECORD}, got 'revenue'",
        ),
        (
            "references: {customer: erp.customer}",
            "references: {customer: sap.customer}",
            "records.erp.customerPayment.references.customer",
            f"{NO_RECORD}, got 'sap.customer'",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_path_and_what_was_expected(
    tmp_path: Path, old: str, new: str, path: str, told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        replaced(old, new, tmp_path)
    # A missing key is told at the beginning of what lacks it.
    line = line_of(old if new else "schema: 1")
    expected = f"{tmp_path / 'mine.yaml'}:{line}: {path}: {told}"
    assert caught.value.message == expected


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "    target: revenue.rc_bill",
            "    target: revenue.rc_bll",
            "flows.billing.bill: no rule for record 'revenue.rc_bll' under records",
        ),
        (
            "    source: {record: revenue.batch}",
            "    source: {record: revenue.bach}",
            "flows.revenue.journal: no rule for record 'revenue.bach' under records",
        ),
        (
            "references: {customer: erp.customer}",
            "references: {customer: erp.costumer}",
            "records.erp.customerPayment.references.customer: no rule for record 'erp.costumer'",
        ),
    ],
)
def test_a_record_without_a_rule_is_refused_where_it_is_named(old: str, new: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        replaced(old, new)
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("    natural: [job, memo]", "    natural: [job, mmeo]", "mmeo"),
        ("kind: worker, via: user_id,", "kind: worker, via: usr_id,", "usr_id"),
        ("    gate: psa.workspace", "    gate: psa.workpsace", "the gate psa.workpsace is none of the parts"),
        (
            "{effect: erp.invoiceLine, when: {sublist: [time]}, needs: erp.timeBill, via: doc,",
            "{effect: erp.invoiceLine, when: {sublist: [time]}, needs: erp.timeBill, via: doc, named: doc,",
            "give via or named, not both",
        ),
        ("      workspace_id: {key: OpportunityId}", "      workspace_id: {key: OpportunityID}", "OpportunityID"),
        ("same: {companyName: crm.Account.Name}", "same: {companyName: crm.Acount.Name}", "crm.Acount"),
        ("model: Opportunity, native: crm.Opportunity}", "model: Opportunity, native: crm.Oppty}", "crm.Oppty"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_before_a_world_is_made(old: str, new: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        replaced(old, new)


def test_a_rule_for_a_record_of_an_unknown_system_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        replaced("  psa.role: {kind: role, ref: name}", "  pas.role: {kind: role, ref: name}")
    line = line_of("  psa.role: {kind: role, ref: name}")
    assert caught.value.message.startswith(f"mine.yaml:{line}: records.pas.role")
    assert "a system of crm, psa, hris, erp, revenue, files, got 'pas.role'" in caught.value.message


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no interface contract .*nowhere\.yaml") as caught:
        load_interface(str(tmp_path / "nowhere.yaml"))
    assert caught.value.code == "unknown_interface"
    assert caught.value.fields == {"name": str(tmp_path / "nowhere.yaml")}


def test_a_file_that_is_no_text_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: m\xfcller\n")
    with pytest.raises(UsageError, match=r"mine\.yaml:1: not UTF-8"):
        load_interface(str(path))


def test_a_firm_may_bring_its_own(tmp_path: Path) -> None:
    mine = replaced("name: default-firm", "name: my-firm", tmp_path)
    assert mine.name == "my-firm"
    assert mine.flows == INTERFACE.flows
