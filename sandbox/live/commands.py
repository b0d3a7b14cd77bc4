"""The commands of living worlds: up, clock, snapshot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sandbox.live.remote import Remote

CommandType = Callable[..., Any]

as_json = click.option("--json", "json", is_flag=True, help="Print the result as JSON.")


def control_option(command: CommandType) -> CommandType:
    """``--control`` and ``--token`` of commands that talk to a world."""
    url = click.option(
        "--control", metavar="URL", envvar="SANDBOX_CONTROL", help="Control port; that of this folder's sandbox up."
    )
    token = click.option("--token", envvar="SANDBOX_TOKEN", help="Control token.")
    return url(token(command))


@click.command(epilog="Example: sandbox up --scenario first-thread --port-base 9000")
@click.option("--scenario", default="first-thread", show_default=True, envvar="SANDBOX_SCENARIO",
              help="The firm that lives here: a name, or a path ending in .yaml.")  # fmt: skip
@click.option("--seed-only", is_flag=True, envvar="SANDBOX_SEED_ONLY", help="Its tenants only: nobody acts.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, envvar="SANDBOX_SEED",
              help="Seed of everything that is drawn.")  # fmt: skip
@click.option("--engine", default="none", show_default=True, envvar="SANDBOX_ENGINE",
              help="An engine of ours inside; none: yours comes by the ports.")  # fmt: skip
@click.option("--faults", default="none", show_default=True, envvar="SANDBOX_FAULTS", help="Fault profile.")
@click.option("--interface", envvar="SANDBOX_INTERFACE", help="An interface contract of your own.")
@click.option("--trigger", "triggers", multiple=True, metavar="NAME=URL[,every=15min]", envvar="SANDBOX_TRIGGER",
              help="A job of your engine to call at simulated times; daily=02:00 for once a day.")  # fmt: skip
@click.option("--tenant", type=click.Path(path_type=Path), metavar="FILE", envvar="SANDBOX_TENANT",
              help="What your tenants add: custom fields, objects, choices, required fields, rules.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, envvar="SANDBOX_HOST",
              help="Address to listen on; the control port of any but loopback asks for its token.")  # fmt: skip
@click.option("--port-base", type=click.IntRange(0, 65_000), default=0, envvar="SANDBOX_PORT_BASE",
              help="Control port; the systems follow. 0: free ports.")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), envvar="SANDBOX_DATA",
              help="Folder the world lives in; one that is there goes on.")  # fmt: skip
@click.option("--clock", type=click.Choice(["stepped", "paced", "real"]), default="stepped", show_default=True,
              envvar="SANDBOX_CLOCK", help="Stands until advanced, runs by --pace, or as the wall clock.")  # fmt: skip
@click.option("--pace", default="1h", show_default=True, envvar="SANDBOX_PACE",
              help="Simulated time that passes in a second of a paced clock.")  # fmt: skip
@click.option("--gateway", is_flag=True, envvar="SANDBOX_GATEWAY",
              help="Also a proxy for clients whose host is built in.")  # fmt: skip
@click.option("--token", envvar="SANDBOX_TOKEN", help="Control token; derived from the seed otherwise.")
@as_json
def up(json: bool, **options: Any) -> int:
    """Start five systems on ports, and serve until Ctrl-C."""
    from sandbox.live.starting import serve

    return serve(json=json, **options)


@click.command(epilog="Example: sandbox gateway --port 9443")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, envvar="SANDBOX_PORT", help="0: a free one.")
@click.option("--ca-dir", type=click.Path(path_type=Path), envvar="SANDBOX_CA_DIR",
              help="Where the authority is kept; .sandbox otherwise.")  # fmt: skip
@control_option
@as_json
def gateway(port: int, ca_dir: Path | None, control: str | None, token: str | None, json: bool) -> int:
    """A proxy for clients with a vendor's host built in.

    It leads them to the systems that are up, prints what each family of clients must be told, and serves until Ctrl-C.
    """
    from sandbox.live.starting import serve_gateway

    return serve_gateway(_remote(control, token), port=port, folder=ca_dir, json=json)


@click.group()
def clock() -> None:
    """The clock of a living world."""


@clock.command("status")
@control_option
@as_json
def clock_status(control: str | None, token: str | None, json: bool) -> int:
    """Tell the time, what is next, and how the clock goes."""
    return _told(_remote(control, token).ask("GET", "clock"), json)


@clock.command("advance", epilog="Example: sandbox clock advance --by 2d")
@click.option("--by", metavar="LENGTH", help="90s, 15min, 2h, 7d, 1w, 1mo.")
@click.option("--to", metavar="INSTANT", help="2026-01-31 or 2026-01-31T18:00Z.")
@click.option("--to-next", is_flag=True, help="To whatever is due next.")
@click.option("--step", metavar="LENGTH", help="Longest step between two rests, 15min otherwise.")
@click.option("--max-wait", type=click.IntRange(1, 3600), default=60, show_default=True,
              help="Real seconds an engine may take to come to rest.")  # fmt: skip
@control_option
@as_json
def clock_advance(
    by: str | None, to: str | None, to_next: bool, step: str | None, max_wait: int, control: str | None,
    token: str | None, json: bool,
) -> int:  # fmt: skip
    """Let time pass; back when the world has settled. Exit code 2 when an engine would not come to rest."""
    sent = {"by": by, "to": to, "to_next": to_next, "step": step, "max_wait_s": max_wait}
    answer = _remote(control, token).ask("POST", "clock/advance", {name: sent[name] for name in sent if sent[name]})
    _told(answer, json)
    return 0 if answer["state"] == "ready" else 2


@clock.command("pace", epilog="Example: sandbox clock pace 1h --per 2s")
@click.argument("sim", metavar="LENGTH")
@click.option("--per", default="1s", show_default=True, help="Real time in which LENGTH passes.")
@control_option
@as_json
def clock_pace(sim: str, per: str, control: str | None, token: str | None, json: bool) -> int:
    """Let the clock run: LENGTH of simulated time per second."""
    return _told(_remote(control, token).ask("POST", "clock/pace", {"sim": sim, "per": per}), json)


@clock.command("pause")
@control_option
@as_json
def clock_pause(control: str | None, token: str | None, json: bool) -> int:
    """Stop the clock."""
    return _told(_remote(control, token).ask("POST", "clock/pause", {}), json)


@clock.command("resume")
@control_option
@as_json
def clock_resume(control: str | None, token: str | None, json: bool) -> int:
    """Let the clock run on as it did before."""
    return _told(_remote(control, token).ask("POST", "clock/resume", {}), json)


@click.group()
def snapshot() -> None:
    """Snapshots of a living world."""


@snapshot.command("save")
@click.argument("name")
@control_option
@as_json
def snapshot_save(name: str, control: str | None, token: str | None, json: bool) -> int:
    """Keep the world as it is now under NAME."""
    return _told(_remote(control, token).ask("POST", "snapshots", {"name": name}), json)


@snapshot.command("restore")
@click.argument("name")
@control_option
@as_json
def snapshot_restore(name: str, control: str | None, token: str | None, json: bool) -> int:
    """Go on from the snapshot NAME."""
    return _told(_remote(control, token).ask("POST", "snapshots/restore", {"name": name}), json)


@snapshot.command("list")
@control_option
@as_json
def snapshot_list(control: str | None, token: str | None, json: bool) -> int:
    """List the snapshots there are."""
    listed = _remote(control, token).ask("GET", "snapshots")["snapshots"]
    if json:
        return _told(listed, json)
    for each in listed:
        click.echo(f"{each['name']:24} {each['at']}  {each['records']:,} records")
    return 0


def _remote(url: str | None, token: str | None) -> Remote:
    from sandbox.live.remote import Remote

    return Remote(url, token)


def _told(answer: Any, json: bool) -> int:
    if json:
        import orjson

        click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode())
        return 0
    for name, value in answer.items():
        shown = ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else value
        if shown not in (None, ""):
            click.echo(f"{name.replace('_', ' '):14} {shown}")
    return 0
