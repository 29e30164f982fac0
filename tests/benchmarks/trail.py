"""How fast pages of the audit trail come, by every filter, and its export; on a log that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.benchmarks.ground import ORDERS, Ground
from tests.flows.processes import Child

API: Final = "/api/v1/projects/HARBOR/ledger"
PAGE: Final = "/projects/HARBOR/ledger/"
TIMES: Final = 9
DEEP: Final = 0.1
EXPORTED: Final = (0.01, 0.1)
MIB: Final = 1024 * 1024

Row = dict[str, str | int | float]


def pages(ground: Ground) -> list[Row]:
    """One line for each filter; pages need the static files that `serve` collects."""
    ground.installation.manage("collectstatic", "--no-input", "--verbosity", "0")
    reader = ground.installation.child(ORDERS)
    deep = reader.ask("facts_of_trail", share=DEEP)["id"]
    return [line(reader, name, query, deep) for name, query in filters(reader).items()]


def filters(reader: Child) -> dict[str, dict[str, str]]:
    """What is looked for; ines writes by API alone, so that the last pair has no entry."""
    early, late = (reader.ask("facts_of_trail", share=share) for share in (0.05, 0.95))
    span = {"since": early["at"], "until": late["at"]}
    person, channel = "ines", "ui"
    return {
        "nothing": {},
        "subject": {"subject": early["subject"]},
        "person": {"person": person},
        "kind": {"kind": "run.admitted"},
        "channel": {"channel": channel},
        "time": span,
        "kind and time": {"kind": "run.admitted", **span},
        "person and kind": {"person": person, "kind": "run.admitted"},
        "person and channel, none": {"person": person, "channel": channel},
    }


def line(reader: Child, name: str, query: Mapping[str, str], deep: str) -> Row:
    """API and page, first and deep."""
    found = {
        (path, depth): reader.ask("time_page", path=path, query={**query, **more}, times=TIMES)
        for path in (API, PAGE)
        for depth, more in (("first", {}), ("deep", {"after": deep}))
    }
    return {
        "looked for": name,
        "API first ms": _ms(found[API, "first"]),
        "API deep ms": _ms(found[API, "deep"]),
        "API queries": _queries(found, API),
        "page first ms": _ms(found[PAGE, "first"]),
        "page deep ms": _ms(found[PAGE, "deep"]),
        "page queries": _queries(found, PAGE),
    }


def exports(ground: Ground) -> list[Row]:
    """The newest hundredth and the newest tenth of the project's entries, each in a new process."""
    return [export(ground, share) for share in EXPORTED]


def export(ground: Ground, share: float) -> Row:
    """One line of the table."""
    reader = ground.installation.child(ORDERS)
    since = reader.ask("facts_of_trail", share=1 - share)["at"]
    found = reader.ask("time_export", path=f"{API}/export", since=since)
    return {
        "entries": found["lines"],
        "MB": round(found["bytes"] / 1e6, 1),
        "entries/s": round(found["lines"] / found["seconds"]),
        "entries/s of processor": round(found["lines"] / found["processor"]),
        "grew by MiB": round(found["grew"] / MIB, 1),
    }


def _ms(found: Mapping[str, float]) -> float:
    return round(found["ms"], 1)


def _queries(found: Mapping[tuple[str, str], Mapping[str, Any]], path: str) -> int:
    return max(int(found[path, depth]["queries"]) for depth in ("first", "deep"))
