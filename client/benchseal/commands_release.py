"""`benchseal release`: where a release stands, what its gates say, and its submission."""

import os
from typing import Annotated, Final

import typer

from benchseal.api import Api, Json, Object, Refused
from benchseal.connection import connection, project
from benchseal.printing import Format, print_object, print_rows, problem_lines

app = typer.Typer(help="Follow and submit releases.", no_args_is_help=True)

GATES: Final = {
    "gate": "code",
    "name": "name",
    "state": "state",
    "reason": "reason",
    "next step": "next_step",
}
STATUS: Final = (
    "human_id",
    "title",
    "state",
    "state_since",
    "tier",
    "revision",
    "owner",
    "valid_until",
    "released_at",
    "review_at",
)
Release = Annotated[str, typer.Argument(help="Id of the release, such as HARBOR-REL-2026-0001.")]
Project = Annotated[str | None, typer.Option("--project", help="Key of the project; else BENCHSEAL_PROJECT.")]
Shape = Annotated[Format, typer.Option("--format", help="table, json or tsv.")]


@app.command("status")
def status(release: Release, project_key: Project = None, shape: Shape = Format.TABLE) -> None:
    """Show where a release stands."""
    key = project(os.environ, project_key)
    with Api(connection(os.environ)) as api:
        found = api.get("projects", key, "releases", release)
    print_object(found if shape is not Format.TABLE else {name: found.get(name) for name in STATUS}, shape)


@app.command("check")
def check(release: Release, project_key: Project = None, shape: Shape = Format.TABLE) -> None:
    """Ask every gate about the release as it stands now. Exit code 1: a gate fails."""
    key = project(os.environ, project_key)
    with Api(connection(os.environ)) as api:
        found = api.get("projects", key, "releases", release, "gates")
    if shape is Format.JSON:
        print_object(found, shape)
    else:
        print_rows(_rows(found.get("gates")), GATES, shape)
    raise typer.Exit(0 if found.get("passes") is True else 1)


@app.command("submit")
def submit(release: Release, project_key: Project = None, shape: Shape = Format.TABLE) -> None:
    """Freeze the release and open stage 1; signing stays with people. Exit code 1: refused."""
    key = project(os.environ, project_key)
    with Api(connection(os.environ)) as api:
        try:
            found = api.post("projects", key, "releases", release, "submit", body={})
        except Refused as refusal:
            problem_lines(_gate_lines(refusal))
            raise
    print_object(found if shape is not Format.TABLE else {name: found.get(name) for name in STATUS}, shape)


def _gate_lines(refusal: Refused) -> list[str]:
    """The gates in the way, which a refused submission names."""
    return [
        f"{gate.get('code')} {gate.get('name')}: {gate.get('reason')}"
        for gate in _rows(refusal.body.get("gates"))
    ]


def _rows(value: Json) -> list[Object]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
