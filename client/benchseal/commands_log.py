"""`benchseal log`: compare the log of the installation with what was kept of it."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from benchseal.api import Api, NotReached
from benchseal.connection import connection
from benchseal.log_check import KEPT, PROVES_NOTHING, Kept, LogKeys, Outcome, compare, read_kept
from benchseal.printing import json_text, print_items
from benchseal.verify import Trust, TrustUnreadable, Verdict, verify
from benchseal.verify.archive import Archive
from benchseal.verify.dsse import from_base64
from benchseal.verify.keys import KEYS_LIST, read_list
from benchseal.verify.report import Flaw

app = typer.Typer(help="Check that the log only grew.", no_args_is_help=True)

NEEDS_LIST: Final = (
    "A key id proves a pack alone. For a checkpoint give the file of /.well-known/benchseal-keys.json."
)


@app.callback()
def group() -> None:
    """Check that the log only grew."""


@app.command("check")
def check_log(
    file: Annotated[
        Path, typer.Argument(help="A pack or a checkpoint that was kept.", exists=True, dir_okay=False)
    ],
    trust: Annotated[
        str | None,
        typer.Option(
            help="benchseal-keys.json obtained elsewhere; for a pack also the id of the key `pack`."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Check that the log of BENCHSEAL_URL still begins with what a pack or checkpoint holds.

    Exit code 0: it does. 1: history was rewritten, the log was put back, or a head is not signed by the log.
    2: it does, and nobody vouches for the key.
    """
    trusted = None if trust is None else Trust.read(trust)
    try:
        outcome = _outcome(file, read_kept(file), trusted)
    except Flaw as flaw:
        outcome = Outcome(PROVES_NOTHING.format("file"), (KEPT.bad(str(flaw)),))
    if as_json:
        print(json_text(outcome.as_dict()))
    else:
        print_items(outcome.items, outcome.words)
    raise typer.Exit(outcome.exit_code)


def _outcome(file: Path, kept: Kept, trusted: Trust | None) -> Outcome:
    with Api(connection(os.environ)) as api:
        keys = _published(api) if trusted is None else _vouched(file, kept, trusted)
        return compare(kept, api.text("ledger", "checkpoint"), keys, partial(_path, api))


def _published(api: Api) -> LogKeys:
    listed = Trust.of_list(api.published_keys(), "the installation itself").listed
    return LogKeys("the installation itself", tuple(listed.values()), is_from_elsewhere=False)


def _vouched(file: Path, kept: Kept, trusted: Trust) -> LogKeys:
    if trusted.pack_key is None:
        return LogKeys(trusted.source, tuple(trusted.listed.values()), is_from_elsewhere=True)
    if kept.kind != "pack":
        raise TrustUnreadable(NEEDS_LIST)
    report = verify(file, trust=trusted)
    if report.verdict is not Verdict.GENUINE:
        raise Flaw(f"{file.name} is {report.verdict.words}: `benchseal pack verify` says why.")
    with file.open("rb") as stream:
        listed = read_list(Archive(stream).json(KEYS_LIST), KEYS_LIST)
    return LogKeys("the pack, which the trusted key sealed", tuple(listed.values()), is_from_elsewhere=True)


def _path(api: Api, old: int, new: int) -> list[bytes]:
    answer = api.get("ledger", "consistency", old=old, new=new)
    path = answer.get("path")
    try:
        return [from_base64(str(step), "The path") for step in path] if isinstance(path, list) else []
    except Flaw as flaw:
        raise NotReached(f"The installation answered with no path: {flaw}") from None
