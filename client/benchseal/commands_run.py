"""`benchseal run`: send a run with its files, list runs, show one."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from benchseal.api import Api, Object
from benchseal.connection import connection, project
from benchseal.printing import Format, plain, print_object, print_rows, problem_lines
from benchseal.uploading import Prepared, local_paths, prepare, read_document, send_files
from benchseal.waiting import result

app = typer.Typer(help="Upload, list and show benchmark runs.", no_args_is_help=True)

DECIDED: Final = frozenset({"admitted", "refused"})
COLUMNS: Final = {
    "run": "human_id",
    "status": "status",
    "model": "model_version.name",
    "version": "model_version.version",
    "benchmark": "benchmark_version.name",
    "dataset": "dataset_version.name",
    "owner": "owner",
    "admitted": "admitted_at",
}
Project = Annotated[str | None, typer.Option("--project", help="Key of the project; else BENCHSEAL_PROJECT.")]
Shape = Annotated[Format, typer.Option("--format", help="table, json or tsv.")]


@app.command("upload")
def upload(
    document: Annotated[
        Path, typer.Argument(help="The submission document (JSON).", exists=True, dir_okay=False)
    ],
    files: Annotated[
        list[Path] | None,
        typer.Option("--files", help="A file the document names; those beside it are found.", exists=True),
    ] = None,
    project_key: Project = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the decision.")] = 600,
    shape: Shape = Format.TABLE,
) -> None:
    """Send the files a document names, then the document, and wait until the run is admitted or refused.

    A digest the document leaves out is filled in. Exit code 0: admitted. 1: refused. 2: not known yet.
    """
    key = project(os.environ, project_key)
    with Api(connection(os.environ)) as api, _bars() as progress:
        prepared = _prepared(document, files or [], progress)
        _send(api, key, prepared, progress)
        submission = api.post_bytes("projects", key, "submissions", body=prepared.body)
        decided = _decided(api, key, submission, progress, wait)
    print_object(decided if shape is not Format.TABLE else _summary(decided), shape)
    problem_lines(_finding_lines(decided))
    raise typer.Exit(0 if decided["state"] == "admitted" else 1)


@app.command("list")
def list_runs(
    project_key: Project = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1)] = 50,
    shape: Shape = Format.TABLE,
) -> None:
    """List runs of a project."""
    key = project(os.environ, project_key)
    with Api(connection(os.environ)) as api:
        print_rows(list(api.rows("projects", key, "runs", most=limit)), COLUMNS, shape)


@app.command("show")
def show_run(
    run: Annotated[str, typer.Argument(help="Id of the run.")],
    project_key: Project = None,
    shape: Shape = Format.TABLE,
) -> None:
    """Show a run with everything it states."""
    key = project(os.environ, project_key)
    with Api(connection(os.environ)) as api:
        print_object(api.get("projects", key, "runs", run), shape)


def _bars() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _prepared(document: Path, files: list[Path], progress: Progress) -> Prepared:
    named = _names(read_document(document)[0])
    sizes = [path.stat().st_size for name, path in local_paths(document, files).items() if name in named]
    task = progress.add_task("Hashing", total=sum(sizes))
    return prepare(document, files, lambda count: progress.advance(task, count))


def _names(body: Object) -> set[str]:
    artifacts = body.get("artifacts")
    rows = [row for row in artifacts if isinstance(row, dict)] if isinstance(artifacts, list) else []
    return {str(row.get("name")) for row in rows}


def _send(api: Api, key: str, prepared: Prepared, progress: Progress) -> None:
    task = progress.add_task("Sending", total=sum(file.size for file in prepared.files))
    send_files(api, key, prepared.files, lambda count: progress.advance(task, count))


def _decided(api: Api, key: str, submission: Object, progress: Progress, seconds: float) -> Object:
    task = progress.add_task("Reading", total=None)

    def show(answer: Object) -> None:
        progress.update(task, description=f"Submission {plain(answer.get('state'))}")

    number = str(submission["id"])
    return result(
        lambda: api.get("projects", key, "submissions", number), DECIDED, seconds=seconds, show=show
    )


def _summary(decided: Object) -> Object:
    return {name: decided.get(name) for name in ("state", "run", "external_id", "id", "digest")}


def _finding_lines(decided: Object) -> list[str]:
    """Each finding with its place and the next step."""
    findings = decided.get("findings")
    lines: list[str] = []
    for finding in findings if isinstance(findings, list) else []:
        if isinstance(finding, dict):
            place = " ".join(str(finding[key]) for key in ("file", "pointer") if finding.get(key))
            lines.append(f"{finding.get('severity')} {finding.get('code')} {place}: {finding.get('message')}")
            lines += [f"  Next step: {finding['next_step']}"] if finding.get("next_step") else []
    return lines
