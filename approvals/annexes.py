"""The annexes of a pack: what is too long to print, as TSV below `data/annexes/`.

A pure function of record.json and the records, as the document is: the same ones give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from approvals.document_sections.cards import heading
from approvals.document_sections.papers import Body, Papers
from evidence.digests import sha256_bytes
from registry.api.renderers import tsv

FOLDER: Final = "data/annexes"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Annex:
    """One file: what it holds, how many rows under its header line, and its bytes."""

    name: str
    holds: str
    rows: int
    body: bytes

    @property
    def path(self) -> str:
        """Where it lies in the pack."""
        return f"{FOLDER}/{self.name}"

    @property
    def digest(self) -> str:
        """`sha256:<hex>` of the bytes."""
        return sha256_bytes(self.body)


def annexes_of(papers: Papers) -> tuple[Annex, ...]:
    """Every annex that has a row, by name."""
    return tuple(annex for annex in (_annex(papers, *one) for one in _ANNEXES) if annex.rows)


def _annex(papers: Papers, name: str, holds: str, rows_of: Callable[[Papers], Iterator[Row]]) -> Annex:
    rows = list(rows_of(papers))
    return Annex(name, holds, len(rows), tsv(rows).encode())


def _bodies(papers: Papers) -> Iterator[tuple[Body, Body]]:
    for run in papers.record["runs"]:
        yield run, papers.body(run["digest"], f"run {run['human_id']}")


def _runs(papers: Papers) -> Iterator[Row]:
    for run, body in _bodies(papers):
        complete = body.get("completeness") or {}
        yield {
            **{name: run[name] for name in ("human_id", "digest", "status", "void_reason", "headline")},
            **{name: _used(papers, body, name) for name in ("model", "benchmark", "dataset")},
            **{name: body[name] for name in ("stage", "origin_kind", "split", "received_at", "admitted_at")},
            "started_at": body.get("started_at"),
            "finished_at": body.get("finished_at"),
            "owner": body["owner"]["account"],
            "uploaded_by": body["uploaded_by"]["account"],
            "parts_present": complete.get("present"),
            "parts_total": complete.get("total"),
            "findings": len(body.get("findings") or []),
            "conflicts": sum(1 for one in body.get("origins") or [] if one.get("state") == "conflict"),
        }


def _used(papers: Papers, body: Body, name: str) -> str:
    record = papers.body(str(body[name]["digest"]), f"run {body['human_id']}")
    return heading(record, "model", "benchmark", "dataset", "version")


def _results(papers: Papers) -> Iterator[Row]:
    for run, body in _bodies(papers):
        for result in body["metrics"]:
            value, interval = result.get("value"), result.get("interval") or {}
            state = value.get("state") if isinstance(value, Mapping) else None
            yield {
                "run": run["human_id"],
                "run_status": run["status"],
                "metric": result["name"],
                "value": None if state else value,
                "value_state": state,
                "low": interval.get("low"),
                "high": interval.get("high"),
                **{
                    name: result.get(name)
                    for name in ("definition", "slice", "statistic", "unit", "k", "n", "k_source", "stderr")
                },
            }


def _evidence(papers: Papers) -> Iterator[Row]:
    sent = {str(run["human_id"]): body for run, body in _bodies(papers)}
    for file in [*papers.record["files"], *papers.record["withheld"]]:
        body = sent.get(str(file["run"] or "")) or {}
        yield {
            **{name: file[name] for name in ("name", "run", "size", "digest")},
            "path": file.get("path"),
            "kind": file.get("kind", "withheld"),
            "withheld_because": file.get("reason"),
            "uploaded_by": (body.get("uploaded_by") or {}).get("account"),
            "event_time": body.get("finished_at") or body.get("started_at"),
            "capture_time": body.get("received_at"),
        }


def _events(papers: Papers) -> Iterator[Row]:
    """None for a period, whose entries are the trail."""
    if "trail" not in papers.record:
        yield from sorted(papers.record["events"], key=lambda event: (event["at"], event["entry"]))


def _acts(papers: Papers) -> Iterator[Row]:
    yield from papers.record.get("acts", [])


_ANNEXES: Final = (
    ("acts.tsv", "every ledger entry that daily work does not repeat", _acts),
    ("events.tsv", "every ledger entry about what this pack holds", _events),
    ("evidence.tsv", "every file with size, digest, uploader and times; what is withheld and why", _evidence),
    ("results.tsv", "every measured value of every run with k, n and interval", _results),
    ("runs.tsv", "every run with status, times and what was found in it", _runs),
)
