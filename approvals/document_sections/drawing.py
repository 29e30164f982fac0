"""Cover and first page of a pack about runs: which ones, whether they still count, how a sample was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers
from approvals.document_sections.summary import MOST_RUNNING, Cover, CoverLine, asked, present
from registry import figures

MOST_PRINTED: Final = 400


@dataclass(frozen=True, slots=True)
class Draw:
    """How a sample was drawn; all names are human ids, and `more` of the population are not printed."""

    size: int
    of: int
    seed: str
    size_of_log: str
    drawn: tuple[str, ...]
    population: tuple[tuple[str, str], ...]
    more: int
    tally: str


def cover(papers: Papers) -> Cover:
    """What the cover says about a run or a sample."""
    record, runs = papers.record, papers.record["runs"]
    project = record["project"]
    stands = all(run["status"] == "admitted" for run in runs)
    about = str(runs[0]["human_id"]) if record["scope"] == "run" else f"{len(runs)} runs drawn at random"
    lines = [
        CoverLine("Runs", _counted(runs)),
        *([CoverLine("Drawn from", _drawn_from(record["sample"]))] if "sample" in record else []),
        CoverLine("Rest on them", _resting(papers)),
        CoverLine("Evidence", present(papers)),
        CoverLine("Made", asked(papers)),
    ]
    return Cover(
        title=about,
        size="",
        state="Counts" if stands else "Void" if len(runs) == 1 else "Not all count",
        kind="pass" if stands else "voided",
        decided="A run is evidence and no approval.",
        org=f"{project['organisation']} · {project['name']} · {project['key']}",
        lines=tuple(lines),
        evidence=present(papers),
        running=words.clipped(f"{project['key']}, {about}", MOST_RUNNING),
    )


def lead(papers: Papers) -> str:
    """Which runs, and what that says."""
    runs = papers.record["runs"]
    if papers.record["scope"] == "run":
        return f"This pack is about the run {runs[0]['human_id']} alone. {_counted(runs)}."
    return f"This pack is about {_drawn_from(papers.record['sample'])}. {_counted(runs)}."


def draw(papers: Papers) -> Draw | None:
    """The draw of a sample; None for a run."""
    sample = papers.record.get("sample")
    if sample is None:
        return None
    population = papers.body(str(sample["population"]), "the sample")["runs"]
    names = {run["id"]: str(run["human_id"]) for run in population}
    note = next(file for file in papers.record["files"] if file["path"] == sample["note"])
    chosen = set(sample["drawn"])
    rows = tuple((str(run["human_id"]), _mark(run, chosen)) for run in population)
    return Draw(
        size=int(sample["size"]),
        of=int(sample["of"]),
        seed=str(sample["seed"]).removeprefix("sha256:"),
        size_of_log=str(note["name"]),
        drawn=tuple(names[one] for one in sample["drawn"]),
        population=rows[:MOST_PRINTED],
        more=max(0, len(rows) - MOST_PRINTED),
        tally=_counted(population),
    )


def _mark(run: Body, chosen: set[str]) -> str:
    state = "void" if run["status"] != "admitted" else ""
    return ", ".join(filter(None, ("drawn" if run["id"] in chosen else "", state)))


def _counted(runs: list[Body]) -> str:
    void = sum(1 for run in runs if run["status"] != "admitted")
    stand = words.counted(len(runs) - void, "run counts", "runs count")
    return f"{stand}, {words.counted(void, 'is void', 'are void')}" if void else f"{stand}, none is void"


def _drawn_from(sample: Body) -> str:
    return f"{words.counted(int(sample['size']), 'run')} drawn from {figures.number(sample['of'])}"


def _resting(papers: Papers) -> str:
    found = sorted({str(link["release"]) for link in papers.record["releases"] if not link["unlinked_at"]})
    return words.some(found) if found else "no release"
