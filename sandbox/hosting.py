"""Hosting the engine: what an installation is told, starting it, and killing it the hard way."""

from __future__ import annotations

from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from sandbox.core.errors import HarnessError, UsageError, unknown_name
from sandbox.core.kernel import Task
from sandbox.core.ports import Ports, Surroundings
from sandbox.core.wire import Request, Response
from sandbox.drivers.simulated_kernel import SimulatedKernel
from sandbox.engine.context import Context
from sandbox.engine.engine import Engine
from sandbox.engine.policy import POLICIES, Policy
from sandbox.engine.settings import Settings
from sandbox.engine.store import DeadLetter, Store
from sandbox.engine.weakened import WEAKENED
from sandbox.firm.tenants import FIXED_FEE_ITEM, front_end_token, rate_card_name, tenants_of
from sandbox.interface import Interface
from sandbox.plan import Plan

# The reference engine's first instance.
INSTANCE = "1"


class EngineHost:
    """Keeps the engine running: starts it on its store, kills it, starts it again on what the store holds."""

    def __init__(
        self,
        plan: Plan,
        kernel: SimulatedKernel,
        around: Surroundings,
        interface: Interface,
        policy: type[Policy],
        database: bytes | None = None,
    ) -> None:
        self._kernel = kernel
        self._around = around
        self._interface = interface
        self._policy = policy
        self._settings = engine_settings(plan, INSTANCE)
        self.store = Store(database)
        self.engine: Engine | None = None

    @property
    def actor(self) -> str:
        """Name of the engine's lane."""
        return f"engine:{INSTANCE}"

    def start(self) -> None:
        """Start an instance on the store."""
        ports = Ports(self.actor, self._around)
        context = Context(ports, self.store, self._policy(), self._interface, self._settings)
        self.engine = Engine(context)
        self.engine.start(watch)

    def kill(self, restart_after_us: int) -> None:
        """Kill -9: every task ends at once, the store keeps what was committed; a new instance starts later."""
        database = self.store.serialize()
        self.store.close()
        self.engine = None
        self._around.notebook.note(self.actor, "engine", {"event": "crash"})
        self._kernel.cancel_all(f"{self.actor}/")
        self.store = Store(database)
        self._kernel.call_later(restart_after_us, self.start)

    def become(self, policy: type[Policy]) -> None:
        """Another engine takes over at once, on the store of the one before."""
        self._policy = policy
        self.kill(0)

    async def answer(self, request: Request) -> Response | None:
        """What the running instance answers itself; None while none is up or an engine does nothing at all."""
        if self.engine is None or not self._policy.runs:
            return None
        return await self.engine.service.handle(request)

    def pending(self) -> int:
        """Pieces of work that are due or waiting for another try."""
        return self.store.waiting()

    def dead_letters(self) -> list[DeadLetter]:
        """What the engine gave up on."""
        return self.store.letters()


def policy_named(name: str) -> type[Policy]:
    """The policy class of an engine: one that ships, or a user's own as ``file.py:Class`` or ``package.module:Class``.

    Raises UsageError with the nearest name, or what is wrong with the user's own.
    """
    source, colon, class_name = name.rpartition(":")
    if not colon:
        engines = {**POLICIES, **WEAKENED}
        if name not in engines:
            raise unknown_name("engine", name, engines)
        return engines[name]
    found = getattr(_module(source, name), class_name, None)
    if not (isinstance(found, type) and issubclass(found, Policy)):
        raise UsageError(
            f"engine {name!r}: {source} has no class {class_name} that extends sandbox.engine.policy.Policy",
            code="bad_engine",
        )
    return found


def _module(source: str, name: str) -> ModuleType:
    try:
        if not source.endswith(".py"):
            return import_module(source)
        spec = spec_from_file_location(Path(source).stem, source)
        if spec is None or spec.loader is None:
            raise ImportError(f"{source} is no Python file")  # noqa: TRY301 - told to the user below
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    except (ImportError, OSError, SyntaxError) as broken:
        raise UsageError(f"engine {name!r} cannot be loaded: {broken}", code="bad_engine") from broken
    return module


def watch(task: Task[Any]) -> None:
    """A task of firm or engine that fails is a bug of ours, and ends the run."""

    def ended() -> None:
        if task.error is not None:
            raise HarnessError(f"task {task.label} failed: {task.error!r}") from task.error

    task.on_done(ended)


def engine_settings(plan: Plan, instance: str) -> Settings:
    """What the engine is installed with."""
    tenants = tenants_of(plan)
    return Settings(
        instance=instance,
        start=plan.start,
        entities={entity.code: entity for entity in plan.firm.entities},
        crm_consumer_key=tenants.crm.consumer_key,
        crm_consumer_secret=tenants.crm.consumer_secret,
        crm_username=tenants.crm.users[0].username,
        crm_password=tenants.crm.users[0].password,
        psa_token=tenants.psa.users[0].token,
        hris_tenant=tenants.hris.tenant,
        hris_owner="ISU_PSA",
        hris_username=tenants.hris.username,
        hris_password=tenants.hris.password,
        erp_account=tenants.erp.account,
        erp_consumer_key=tenants.erp.consumer_key,
        erp_consumer_secret=tenants.erp.consumer_secret,
        erp_token_id=tenants.erp.token_id,
        erp_token_secret=tenants.erp.token_secret,
        revenue_user=tenants.revenue.user,
        revenue_password=tenants.revenue.password,
        revenue_role=tenants.revenue.role,
        revenue_clientname=tenants.revenue.clientname,
        revenue_grouping="PSA_RC_BY_SO_NUM",
        rate_cards={
            (entity.code, currency): rate_card_name(entity, currency)
            for entity in plan.firm.entities
            for currency in plan.firm.selling_currencies(entity)
        },
        role_item="ROLE-{role}",
        fixed_fee_item=FIXED_FEE_ITEM,
        files_token=tenants.files.customer_token if plan.firm.bank == "file" or plan.firm.payroll else None,
        takes_statements=plan.firm.bank == "file",
        pay_periods={payroll.entity: payroll.periods for payroll in plan.firm.payroll},
        front_end_token=front_end_token(plan),
    )
