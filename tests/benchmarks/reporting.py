"""Print what was measured as a table, and keep it as JSON with the facts of the machine beside it."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).resolve().parent / "results"

Row = Mapping[str, str | int | float]


def report(name: str, title: str, rows: Sequence[Row]) -> None:
    """Print `rows`, which have the same columns, and write `results/<name>.json`."""
    columns = list(rows[0])
    table = [columns, *([_shown(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(columns))]
    lines = ("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in table)
    print(f"\n{title}\n", *lines, sep="\n", flush=True)  # noqa: T201  # reason: a program for the terminal
    RESULTS.mkdir(exist_ok=True)
    body = {"title": title, "machine": machine(), "rows": [dict(row) for row in rows]}
    (RESULTS / f"{name}.json").write_text(json.dumps(body, indent=2) + "\n")


def machine() -> dict[str, str | int | float]:
    """Processor, cores, memory, versions, and how busy the machine was."""
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count() or 0,
        "memory": _first("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": round(os.getloadavg()[0], 1),
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of all values do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def milliseconds(seconds: float) -> float:
    """With one decimal."""
    return round(seconds * 1000, 1)


def _shown(value: str | float) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) else value


def _first(path: str, name: str) -> str:
    lines = Path(path).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown")
