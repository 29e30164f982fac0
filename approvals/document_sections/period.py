"""Cover and first pages of a pack about a period: how much happened, by whom, and what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers
from approvals.document_sections.summary import MOST_NAME, MOST_RUNNING, Cover, CoverLine, asked, present
from registry import figures

MOST_ACTS: Final = 300
MOST_PEOPLE: Final = 100
MOST_RELEASES: Final = 100
MOST_REASON: Final = 300
MOST_FACTS: Final = 4
CHANNELS: Final = {"ui": "pages", "api": "API", "cli": "command line", "system": "the installation itself"}


@dataclass(frozen=True, slots=True)
class Act:
    """One entry that daily work does not repeat."""

    at: str
    what: str
    about: str
    facts: str
    who: str
    reason: str
    entry: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote how many entries; `id` is what the log knows them by."""

    name: str
    id: str
    count: int


def cover(papers: Papers) -> Cover:
    """What the cover says about a period."""
    record, project = papers.record, papers.record["project"]
    trail = record["trail"]
    people = words.counted(len(trail["people"]), "actor")
    title = span(record["period"])
    return Cover(
        title=title,
        size="long",
        state=f"{figures.number(trail['entries'])} entries",
        kind="open",
        decided=f"Everything the log holds of {project['key']} in this time, by {people}.",
        org=f"{project['organisation']} · {project['name']} · {project['key']}",
        lines=(
            CoverLine("From", words.moment(record["period"]["since"])),
            CoverLine("Until", f"{words.moment(record['period']['until'])}, not included"),
            CoverLine("Runs admitted", figures.number(len(record["runs"]))),
            CoverLine("Releases", figures.number(len(record["releases"]))),
            CoverLine("Told one by one", words.counted(len(record["acts"]), "act")),
            CoverLine("Evidence", present(papers)),
            CoverLine("Made", asked(papers)),
        ),
        evidence=present(papers),
        running=words.clipped(f"{project['key']}, {title}", MOST_RUNNING),
    )


def span(period: Body) -> str:
    """`1 Sep 2026 to 30 Sep 2026`, both days included."""
    since, until = (datetime.fromisoformat(period[name]) for name in ("since", "until"))
    return figures.days(since, until)


def facts(papers: Papers) -> dict[str, Any]:
    """What the sections about the period print, as a template's context."""
    record, trail = papers.record, papers.record["trail"]
    acts, people = record["acts"], trail["people"]
    ranked = sorted(people, key=lambda one: (-int(one["count"]), str(one["name"])))
    return {
        "trail": trail,
        "kinds": _ranked(trail["kinds"], "kind", words.event_word),
        "channels": _ranked(trail["channels"], "channel", lambda name: CHANNELS.get(name, name)),
        "people": [_person(one) for one in ranked[:MOST_PEOPLE]],
        "more_people": max(0, len(ranked) - MOST_PEOPLE),
        "acts": [_act(one) for one in acts[:MOST_ACTS]],
        "more_acts": max(0, len(acts) - MOST_ACTS),
        "touched": record["releases"][:MOST_RELEASES],
        "more_touched": max(0, len(record["releases"]) - MOST_RELEASES),
    }


def _ranked(counted: list[Body], key: str, word: Any) -> list[tuple[str, int]]:
    return sorted(
        ((word(str(one[key])), int(one["count"])) for one in counted), key=lambda one: (-one[1], one)
    )


def _person(one: Body) -> Person:
    return Person(
        words.clipped(str(one["name"] or words.NOT_RECORDED), MOST_NAME), str(one["id"]), one["count"]
    )


def _act(act: Body) -> Act:
    return Act(
        at=words.moment(act["at"]).removesuffix(" UTC"),
        what=words.event_word(str(act["kind"])),
        about=str(act["about"] or str(act["subject"]).partition(":")[0].replace("-", " ")),
        facts=_facts(act.get("new")),
        who=words.clipped(str(act["actor_name"] or words.NOT_RECORDED), MOST_NAME),
        reason=words.clipped(str(act["reason"] or ""), MOST_REASON),
        entry=str(act["entry"]),
    )


def _facts(new: Any) -> str:
    """The first short values an entry brought, such as `role validator, user vera`."""
    if not isinstance(new, dict):
        return ""
    told = [
        f"{words.plain(name).lower()} {words.clipped(str(value), MOST_NAME)}"
        for name, value in sorted(new.items())
        if isinstance(value, str) and value and name != "project" and not words.is_digest(value)
    ]
    return ", ".join(told[:MOST_FACTS])
