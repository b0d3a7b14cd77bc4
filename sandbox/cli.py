"""The command line: few verbs, results on stdout, progress on stderr, exit codes 0 pass, 1 fail, 2 unknown, 3 harness
broken, 64 usage. Heavy parts are imported by the command that needs them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sandbox import __version__
from sandbox.core.errors import HarnessError, SandboxError, UsageError, nearest
from sandbox.live.commands import clock, gateway, snapshot, up

if TYPE_CHECKING:
    from sandbox.plan import Plan

USAGE, BROKEN, INTERRUPTED = 64, 3, 130

names_option = click.option(
    "--names", is_flag=True, envvar="SANDBOX_NAMES", help="Tell the names of people in findings; masked otherwise."
)
as_json = click.option("--json", "json", is_flag=True, help="Print the result as JSON.")


class NearestGroup(click.Group):
    """A group that refuses an unknown command with the nearest one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            close = nearest(args[0], self.commands)
            hint = f"did you mean {close!r}?" if close else f"known: {', '.join(sorted(self.commands))}"
            ctx.fail(f"unknown command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=NearestGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "SANDBOX", "max_content_width": 100},
    epilog="Exit codes: 0 pass, 1 fail, 2 unknown, 3 harness broken, 64 usage.",
)
@click.version_option(__version__, prog_name="sandbox", message="%(prog)s %(version)s")
def app() -> None:
    """A dress rehearsal for services integration: five systems, one simulated clock, one verdict."""


@app.command(epilog="Example: sandbox run first-thread --seed 7 --faults rough")
@click.argument("scenario", default="first-thread", envvar="SANDBOX_SCENARIO")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, envvar="SANDBOX_SEED",
              help="Seed of everything that is drawn.")  # fmt: skip
@click.option("--engine", default="reference", show_default=True, envvar="SANDBOX_ENGINE",
              help="Engine under test: reference, naive, none, or file.py:Class.")  # fmt: skip
@click.option("--faults", default="none", show_default=True, envvar="SANDBOX_FAULTS",
              help="Fault profile: none, lost-ack, rough, or a path.")  # fmt: skip
@click.option("--interface", envvar="SANDBOX_INTERFACE", help="An interface contract of your own.")
@click.option("--out", type=click.Path(path_type=Path), envvar="SANDBOX_OUT", help="Run folder.")
@click.option("--force", is_flag=True, envvar="SANDBOX_FORCE", help="Replace an earlier run.")
@names_option
@click.option(
    "--keep-databases", is_flag=True, envvar="SANDBOX_KEEP_DATABASES", help="Keep the SQLite files of all systems."
)
@as_json
def run(json: bool, **options: Any) -> int:
    """Run SCENARIO in simulated time and judge the engine.

    SCENARIO is a name, or a path ending in .yaml.
    """
    from sandbox import runs

    with _Progress() as progress:
        outcome = runs.run(runs.Wanted(**options), progress)
    if json:
        _print_json({**outcome.document, "folder": str(outcome.folder)})
    else:
        from rich.console import Console

        from sandbox.report.terminal import show_run

        show_run(Console(), outcome.books, outcome.verdict, outcome.document, str(outcome.folder))
    return outcome.verdict.exit_code


@app.command(epilog="Example: sandbox check runs/first-thread-reference-rough-1")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path), required=False)
@click.option("--live", metavar="URL", help="Judge a world that is up, by its control port.")
@click.option("--token", envvar="SANDBOX_TOKEN", help="Control token of that world.")
@click.option("--same-as", "other", metavar="RUN", type=click.Path(path_type=Path),
              help="Compare the histories of two runs byte by byte instead.")  # fmt: skip
@names_option
@as_json
def check(folder: Path | None, live: str | None, token: str | None, other: Path | None, names: bool, json: bool) -> int:
    """Judge a recorded RUN folder again, or a world that is up.

    While the story of a living world is not over, only what is wrong at any time counts, and the result is unknown.
    """
    from sandbox import runs

    if live is not None:
        return _check_live(live, token, names=names, json=json)
    if folder is None:
        raise click.UsageError("give a RUN folder, or --live URL")
    if other is not None:
        parted = runs.difference(folder, other)
        if json:
            _print_json({"same": parted is None, "record": None if parted is None else parted.number})
        else:
            click.echo("the histories are the same" if parted is None else parted.told(str(folder), str(other)))
        return int(parted is not None)
    _, verdict = runs.check_again(folder, names=names)
    if json:
        _print_json(verdict.as_json())
    else:
        from rich.console import Console

        from sandbox.report.terminal import show_verdict

        show_verdict(Console(), verdict)
    return verdict.exit_code


@app.command(epilog="Example: sandbox fork runs/tiny-thread-reference-none-1 --at 2026-02-02 --set engine=naive")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--at", "moment", required=True, metavar="DATE", help="When it goes another way: 2026-02-27T12:00Z.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="What is different from then on: engine=NAME, policy=file.py:Class, faults=PROFILE.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), envvar="SANDBOX_OUT", help="Run folder; RUN-fork otherwise.")
@click.option("--force", is_flag=True, envvar="SANDBOX_FORCE", help="Replace an earlier run.")
@as_json
def fork(
    folder: Path, moment: str, settings: tuple[str, ...], out: Path | None, force: bool, json: bool
) -> int:  # fmt: skip
    """Run a recorded RUN again with a change in the middle.

    What the change does to the money is told beside what it was.
    """
    from dataclasses import asdict

    from sandbox.forks import fork as make_fork

    forked = make_fork(folder, moment, settings, out, force=force)
    if json:
        told = {"folder": str(forked.folder), "before": forked.original["result"], "after": forked.verdict.result}
        _print_json({**told, "differences": [asdict(each) for each in forked.differences]})
        return forked.verdict.exit_code
    from rich.console import Console

    from sandbox.report.terminal import show_fork

    show_fork(Console(), forked.original["result"], forked.verdict, forked.differences, str(forked.folder))
    return forked.verdict.exit_code


def _check_live(url: str, token: str | None, *, names: bool, json: bool) -> int:
    from sandbox.checks.verdict import Verdict
    from sandbox.live.remote import Remote

    told = Remote(url, token).ask("POST", "verdict", {"names": names})
    verdict = Verdict.from_json(told)
    if json:
        _print_json(told)
        return verdict.exit_code
    from rich.console import Console

    from sandbox.report.terminal import show_verdict

    if not verdict.over:
        click.echo(f"The world is at {told['at']}; its story is over at {told['scenario_ends']}.")
    show_verdict(Console(), verdict)
    return verdict.exit_code


@app.command(epilog="Example: sandbox bench --runs 5")
@click.option("--runs", type=click.IntRange(1, 50), default=3, show_default=True, envvar="SANDBOX_RUNS",
              help="Interleaved repetitions; the median counts.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench.json"), show_default=True,
              help="Where the figures go as JSON.")  # fmt: skip
@as_json
def bench(runs: int, out: Path, json: bool) -> int:
    """Measure speed and size, and write bench.json. Asserts nothing."""
    from sandbox.bench.figures import measure, show

    figures = measure(runs, lambda text: click.echo(text, err=True))
    out.write_text(_json_text(figures), encoding="utf-8")
    if json:
        _print_json(figures)
    else:
        show(figures)
    return 0


for command in (up, clock, snapshot, gateway):
    app.add_command(command)


@app.group(cls=NearestGroup)
def scenarios() -> None:
    """The scenarios that ship, and their schema."""


@scenarios.command("list")
@as_json
def scenarios_list(json: bool) -> int:
    """List the scenarios that ship."""
    from sandbox.firm.scenarios import load_scenario, scenario_names

    listed = [(name, load_scenario(name)[0].title) for name in scenario_names()]
    if json:
        _print_json([{"name": name, "title": title} for name, title in listed])
        return 0
    for name, title in listed:
        click.echo(f"{name:24} {title}")
    return 0


@scenarios.command("schema")
@click.option("--write", is_flag=True, help="Write it beside the scenarios, for editors.")
def scenarios_schema(write: bool) -> int:
    """Print the JSON Schema of a scenario."""
    from sandbox.firm.scenarios import SCHEMA_FILE, schema_text

    if write:
        SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
        click.echo(f"wrote {SCHEMA_FILE.name}", err=True)
    else:
        click.echo(schema_text(), nl=False)
    return 0


@scenarios.command("validate")
@click.argument("scenario")
@as_json
def scenarios_validate(scenario: str, json: bool) -> int:
    """Check SCENARIO and its firm without running it."""
    from sandbox.firm.scenarios import load_scenario

    loaded, firm = load_scenario(scenario)
    engagements = len(loaded.scripted) + len(loaded.generated)
    if json:
        counts = {"engagements": engagements, "people": len(firm.members), "weeks": loaded.weeks}
        _print_json({"name": loaded.name, "valid": True, **counts})
        return 0
    click.echo(f"{loaded.name}: {engagements} engagements, {len(firm.members)} people, {loaded.weeks} weeks: valid")
    return 0


class _Progress:
    """A bar with simulated date and percent on a terminal, a line a week elsewhere; always on stderr."""

    def __enter__(self) -> Callable[[Plan, int, int], None]:
        from rich.console import Console

        console = Console(stderr=True)
        self._bar: Any = None
        if not console.is_terminal:
            return self._line
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        self._bar = Progress(*columns, console=console, transient=True)
        self._bar.start()
        self._task = self._bar.add_task("simulated", total=100)
        return self._advance

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _advance(self, plan: Plan, us: int, end_us: int) -> None:
        self._bar.update(self._task, completed=us * 100 // end_us, description=f"simulated {_date(plan, us)}")

    def _line(self, plan: Plan, us: int, end_us: int) -> None:
        from sandbox.core.clock import DAY_US

        if us % (7 * DAY_US) == 0 or us >= end_us:
            click.echo(f"simulated {_date(plan, us)} ({us * 100 // end_us}%)", err=True)


def _date(plan: Plan, us: int) -> str:
    from sandbox.core.clock import DAY_US

    return plan.start.fromordinal(plan.start.toordinal() + us // DAY_US).isoformat()


def _json_text(data: Any) -> str:
    import orjson

    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def _print_json(data: Any) -> None:
    click.echo(_json_text(data), nl=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: maps every way to end onto an exit code; no user's mistake shows a traceback."""
    sys.exit(exit_code(list(arguments if arguments is not None else sys.argv[1:])))


def exit_code(arguments: list[str]) -> int:
    """Run a command line and return its exit code (click's own 2 for usage is 64 here)."""
    try:
        ended = app.main(arguments, prog_name="sandbox", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message())
        return USAGE
    except click.ClickException as mistake:
        return _complain(mistake.format_message(), USAGE)
    except UsageError as mistake:
        return _complain(mistake.message, USAGE)
    except HarnessError as broken:
        return _complain(f"the sandbox itself is broken: {broken.message}", BROKEN)
    except SandboxError as failed:
        return _complain(failed.message, BROKEN)
    except (KeyboardInterrupt, click.Abort):
        return _complain("interrupted; the run folder holds what was done so far", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough; what is still buffered must not fail again at the exit.
        sys.stdout = open("/dev/null", "w", encoding="utf-8")  # noqa: PTH123, SIM115
        return 0
    return ended if isinstance(ended, int) else 0


def _complain(text: str, code: int) -> int:
    click.echo(f"sandbox: {text}", err=True)
    return code


if __name__ == "__main__":
    main()
