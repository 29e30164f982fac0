"""`benchseal pack`: verify a pack offline, ask for one, download one."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from benchseal.api import Api, NotReached, Object
from benchseal.connection import connection, project
from benchseal.printing import Format, at, json_text, plain, print_items, print_object, problem_lines
from benchseal.uploading import hash_file
from benchseal.verify import Report, Trust, verify
from benchseal.waiting import result

app = typer.Typer(help="Verify, ask for and download evidence packs.", no_args_is_help=True)

OVER: Final = frozenset({"done", "failed"})
Project = Annotated[str | None, typer.Option("--project", help="Key of the project; else BENCHSEAL_PROJECT.")]


@app.command("verify")
def verify_pack(
    file: Annotated[Path, typer.Argument(help="The ZIP file of the pack.", exists=True, dir_okay=False)],
    trust: Annotated[
        str | None,
        typer.Option(help="benchseal-keys.json or the key id of the key `pack`, obtained elsewhere."),
    ] = None,
    time_root: Annotated[
        Path | None,
        typer.Option(help="Root certificate (PEM) of the time authority, obtained elsewhere.", exists=True),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a pack without network and without unpacking it.

    Exit code 0: genuine. 1: broken. 2: intact, origin not proved.
    """
    report = verify(file, trust=_trusted(trust, time_root))
    if as_json:
        print(json_text(report.as_dict()))
    else:
        print_items(report.items, report.verdict.words, _named(report))
    raise typer.Exit(report.exit_code)


def _trusted(given: str | None, time_root: Path | None) -> Trust | None:
    if given is None:
        return None
    trust = Trust.read(given)
    return trust if time_root is None else trust.with_time_root(time_root)


@app.command("download")
def download_pack(
    pack: Annotated[str, typer.Argument(help="Id of the pack, such as HARBOR-PACK-2026-0001.")],
    to: Annotated[Path | None, typer.Option(help="File to write; else the pack's name here.")] = None,
) -> None:
    """Download the very bytes that were issued and compare their digest."""
    with Api(connection(os.environ)) as api:
        facts = api.get("packs", pack)
        target = to or Path(f"{Path(str(facts.get('human_id') or pack)).name}.zip")
        part = target.with_name(f"{target.name}.part")
        try:
            with Progress(console=Console(stderr=True)) as progress:
                api.download("packs", pack, "download", target=part, advance=_meter(progress, target.name))
            _refuse_other_bytes(part, facts)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    print(f"{target}\t{facts['digest']}")


@app.command("seal")
def seal_pack(
    release: Annotated[
        str | None, typer.Argument(help="Id of the release, such as HARBOR-REL-2026-0001.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Instead of a release: the id of one run.")] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Instead of a release: how many runs the log draws.")
    ] = None,
    first_day: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Instead: first day of a period, UTC."),
    ] = None,
    last_day: Annotated[
        datetime | None, typer.Option("--through", formats=["%Y-%m-%d"], help="Last day of the period.")
    ] = None,
    project_key: Project = None,
    include_private: Annotated[
        bool, typer.Option("--include-private", help="Also per-item files of private data.")
    ] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the pack.")] = 900,
    shape: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Ask for a pack of a release, a run, a random sample or a period, and wait until it is issued.

    Exit code 1: it was not issued.
    """
    place, about = _wanted(release, run, sample, (first_day, last_day))
    key = project(os.environ, project_key)
    with Api(connection(os.environ)) as api:
        asked = api.post("projects", key, *place, "packs", body={**about, "include_private": include_private})
        with Progress(console=Console(stderr=True)) as progress:
            pack = _issued(api, str(asked["human_id"]), progress, wait)
    error = at(pack, "job.error")
    if at(pack, "job.state") == "failed":
        problem_lines(_error_lines(error if isinstance(error, dict) else {}))
        raise typer.Exit(1)
    print_object(pack, shape)


def _wanted(
    release: str | None, run: str | None, sample: int | None, days: tuple[datetime | None, datetime | None]
) -> tuple[tuple[str, ...], Object]:
    """Where a pack is asked for and what it is about; exactly one thing is named."""
    first, last = days
    named = [one is not None for one in (release, run, sample, first or last)]
    if sum(named) != 1 or (first is None) != (last is None):
        raise typer.BadParameter(
            "Name one thing: a release, --run ID, --sample NUMBER, or --from DAY with --through DAY."
        )
    if release is not None:
        return ("releases", release), {}
    if first is not None and last is not None:
        since, until = _midnight(first), _midnight(last + timedelta(days=1))
        return (), {"scope": "period", "since": since, "until": until}
    return (), {"scope": "run", "run": run} if run is not None else {"scope": "sample", "size": sample}


def _midnight(day: datetime) -> str:
    return f"{day:%Y-%m-%d}T00:00:00Z"


def _issued(api: Api, pack: str, progress: Progress, seconds: float) -> Object:
    task = progress.add_task(pack, total=None)

    def ask() -> Object:
        facts = api.get("packs", pack)
        return {**facts, "state": at(facts, "job.state")}

    def show(facts: Object) -> None:
        done, total = at(facts, "job.done"), at(facts, "job.total")
        if isinstance(done, int) and isinstance(total, int) and total:
            text = plain(at(facts, "job.text"))
            progress.update(task, completed=done, total=total, description=escape(f"{pack} {text}"[:60]))

    return result(ask, OVER, seconds=seconds, show=show)


def _meter(progress: Progress, name: str) -> Callable[[int, int], None]:
    task = progress.add_task(escape(name), total=None)

    def advance(count: int, total: int) -> None:
        progress.update(task, advance=count, total=total or None)

    return advance


def _refuse_other_bytes(path: Path, facts: Object) -> None:
    digest, _ = hash_file(path, lambda _: None)
    if digest != facts.get("digest"):
        raise NotReached(
            f"The bytes that came have {digest}, the pack has {facts.get('digest')}. Download again."
        )


def _error_lines(error: Object) -> list[str]:
    lines = [plain(error.get(name)) for name in ("title", "detail")]
    step = plain(error.get("next_step"))
    return [line for line in lines if line] + ([f"Next step: {step}"] if step else [])


def _named(report: Report) -> str:
    facts = report.pack
    parts = [facts.human_id, facts.release, facts.sealed_at and f"sealed {facts.sealed_at}", facts.zip_digest]
    return plain("  ".join(part for part in parts if part))
