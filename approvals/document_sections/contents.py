"""The sections of a printed document in their order; other scopes choose from the same sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered section; its template prints what stands under the heading."""

    key: str
    title: str
    is_on_new_page: bool = False

    @property
    def template(self) -> str:
        """Where its text is."""
        return f"packs/sections/{self.key}.html"


RELEASE_SECTIONS: Final = (
    Section("summary", "Decision summary", is_on_new_page=True),
    Section("scope", "Scope and intended use", is_on_new_page=True),
    Section("model", "Model identity and lineage"),
    Section("datasets", "Dataset provenance"),
    Section("criteria", "Acceptance criteria"),
    Section("results", "Results", is_on_new_page=True),
    Section("operational", "Latency, throughput and cost"),
    Section("findings", "Flags and findings"),
    Section("signatures", "Signatures", is_on_new_page=True),
    Section("challenges", "Challenge log"),
    Section("review", "Review notes and earlier revisions"),
    Section("waivers", "Waivers and conditions"),
    Section("operation", "Way back and monitoring"),
    Section("afterwards", "After release"),
    Section("access", "Access at decision time"),
    Section("audit", "Audit trail"),
    Section("controls", "Control index", is_on_new_page=True),
    Section("evidence", "Evidence list", is_on_new_page=True),
    Section("verify", "How to verify", is_on_new_page=True),
    Section("system", "System information and glossary"),
)


RUN_SECTIONS: Final = (
    Section("about", "What this pack is about", is_on_new_page=True),
    Section("sheets", "Results", is_on_new_page=True),
    Section("operational", "Latency, throughput and cost"),
    Section("found", "Findings"),
    Section("model", "Model identity and lineage", is_on_new_page=True),
    Section("datasets", "Dataset provenance"),
    Section("definitions", "Definitions of the metrics"),
    Section("audit", "Audit trail"),
    Section("evidence", "Evidence list", is_on_new_page=True),
    Section("verify", "How to verify", is_on_new_page=True),
    Section("system", "System information and glossary"),
)

SAMPLE_SECTIONS: Final = (RUN_SECTIONS[0], Section("draw", "How the sample was drawn"), *RUN_SECTIONS[1:])

QUIET_PERIOD_SECTIONS: Final = (
    Section("period", "What happened", is_on_new_page=True),
    Section("acts", "What people decided"),
    Section("trail", "Audit trail"),
    *RUN_SECTIONS[-3:],
)
PERIOD_SECTIONS: Final = (*QUIET_PERIOD_SECTIONS[:2], *RUN_SECTIONS[1:7], *QUIET_PERIOD_SECTIONS[2:])


def numbers(sections: tuple[Section, ...]) -> dict[str, int]:
    """Key → printed number, from 1 without gaps."""
    return {section.key: number for number, section in enumerate(sections, 1)}


NUMBERS: Final = numbers(RELEASE_SECTIONS)
