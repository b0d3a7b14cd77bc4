"""From the options of ``sandbox up`` to a served world, and its leave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from sandbox.core.durations import length_us
from sandbox.core.errors import UsageError
from sandbox.core.tenant_shape import AS_SOLD
from sandbox.drivers.gateway import Gateway, make_authority
from sandbox.drivers.serving import wait_for_the_end
from sandbox.live.remote import PLACE, Remote, leave_address, take_address_away
from sandbox.live.saving import holds_snapshot, read_about
from sandbox.live.tenant_file import load_shape
from sandbox.live.triggers import with_triggers
from sandbox.live.up import LOOPBACK, Stand, Wanted
from sandbox.live.vendor_hosts import CLIENTS, DOMAINS, system_of
from sandbox.live.world import Cast
from sandbox.making import Wanted as Run
from sandbox.making import make


def cast_of(
    scenario: str, *, seed: int = 1, engine: str = "none", faults: str = "none", interface: str | None = None,
    seed_only: bool = False, triggers: Sequence[str] = (), tenant: Path | None = None,
) -> Cast:  # fmt: skip
    """What a world is made from; raises UsageError for anything unknown or malformed."""
    plan, contract, policy = make(Run(scenario, seed=seed, engine=engine, faults=faults, interface=interface))
    if seed_only:
        plan = plan.model_copy(update={"deeds": (), "faults": ()})
    return Cast(plan, with_triggers(contract, triggers), policy, AS_SOLD if tenant is None else load_shape(tenant))


def serve(
    *, json: bool, scenario: str, seed_only: bool, seed: int, engine: str, faults: str, interface: str | None,
    host: str, port_base: int, data: Path | None, clock: str, pace: str, token: str | None, gateway: bool,
    triggers: Sequence[str] = (), tenant: Path | None = None,
) -> int:  # fmt: skip
    """Start, tell where everything is, serve until the end, leave."""
    cast = cast_of(
        scenario,
        seed=seed,
        engine=engine,
        faults=faults,
        interface=interface,
        seed_only=seed_only,
        triggers=triggers,
        tenant=tenant,
    )
    if data is not None:
        _same_world(cast, data / "world")
    rate = {"stepped": None, "real": 1_000_000}.get(clock, length_us(pace))
    stand = Stand(cast, Wanted(host, port_base, data, rate, token, gateway))
    stand.start()
    try:
        leave_address(stand.describe())
        _announce(stand, json=json, host=host)
        wait_for_the_end()
    finally:
        take_address_away()
        stand.close()
    if data is not None:
        click.echo(f"saved in {data}", err=True)
    return 0


def _same_world(cast: Cast, folder: Path) -> None:
    if not holds_snapshot(folder):
        return
    about = read_about(folder)
    if (about["scenario"], about["seed"]) != (cast.plan.scenario, cast.plan.seed):
        raise UsageError(
            f"{folder.parent} holds a world of {about['scenario']} with seed {about['seed']}; "
            f"start it with --scenario {about['scenario']} --seed {about['seed']}, or choose another --data",
            code="other_world",
        )
    if about.get("tenant", "") != cast.shape.mark:
        made = "a tenant file other than this one" if about.get("tenant") else "no tenant file"
        raise UsageError(
            f"{folder.parent} holds a world made with {made}; its systems have that shape for good: "
            "start it with the same --tenant, or choose another --data",
            code="other_tenant",
        )


def _announce(stand: Stand, *, json: bool, host: str) -> None:
    if json:
        click.echo(orjson.dumps(stand.describe()).decode())
        return
    click.echo(f"{'control':8} {stand.urls['control']}  {'no token on loopback' if host in LOOPBACK else stand.token}")
    for name, access in stand.accesses().items():
        click.echo(f"{name:8} {access.url}  {access.title}  {access.paste}")
        click.echo(f"{'':8} {access.call}")
    clock = stand.live.now_iso if stand.live.stage.rate is None else f"{stand.live.now_iso}, running"
    if stand.gateway is not None:
        _tell_clients(stand.gateway["proxy"], stand.gateway["ca"])
    click.echo(f"clock    {clock}  sandbox clock advance --by 1d")
    click.echo("Ready")


def serve_gateway(remote: Remote, *, port: int, folder: Path | None, json: bool) -> int:
    """A gateway of its own before a world that is up, until the end."""
    systems = remote.ask("GET", "systems")["systems"]

    def behind(host: str) -> str | None:
        system = system_of(host)
        return str(systems[system]["url"]) if system is not None else None

    authority = make_authority(DOMAINS, folder or PLACE.parent)
    proxy = Gateway(authority, behind, port=port)
    proxy.start()
    try:
        ca = str(authority.certificate.resolve())
        if json:
            click.echo(orjson.dumps({"proxy": proxy.url, "ca": ca}).decode())
        else:
            _tell_clients(proxy.url, ca)
            click.echo("Ready")
        wait_for_the_end()
    finally:
        proxy.stop()
    return 0


def _tell_clients(proxy: str, ca: str) -> None:
    click.echo(f"gateway  {proxy}")
    for family, variables, step in CLIENTS:
        told = " ".join(f"{name}={value.format(proxy=proxy, ca=ca)}" for name, value in variables.items())
        click.echo(f"{'':8} {family}: {told}")
        if step:
            click.echo(f"{'':8}   {step.format(proxy=proxy, ca=ca)}")
