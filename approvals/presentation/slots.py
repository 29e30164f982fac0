"""Evidence slots of a draft: what is linked, what could be, and what the gates still miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from approvals import waiving
from approvals.gate import Gate, GateState
from approvals.models import EvidenceLink
from approvals.models.releases import Slot
from approvals.presentation.labels import GATE_WORDS, first_capital
from registry.figures import day

HELP: Final[dict[str, str]] = {
    Slot.PRIVATE_EVALUATION: "Runs of this model version on a private set that the organisation owns.",
    Slot.PUBLIC_EVIDENCE: "Runs on public or vendor benchmarks; they support, they never suffice.",
    Slot.ROLLBACK: "A tested way back to what ran before.",
    Slot.MONITORING: "What is measured after release, with a limit and an owner.",
    Slot.DATASET: "Datasets that the decision rests on beyond those of the runs.",
}

GATES_OF: Final[dict[str, tuple[str, ...]]] = {
    Slot.PRIVATE_EVALUATION: ("GATE_PRIVATE_EVAL",),
    Slot.PUBLIC_EVIDENCE: (),
    Slot.ROLLBACK: ("GATE_ROLLBACK",),
    Slot.MONITORING: ("GATE_MONITORING",),
    Slot.DATASET: (),
}
"""The gates that say whether a slot holds enough; a slot without one is optional."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be linked: its id and its words."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that stands: what it points at, and who made it."""

    pk: str
    words: str
    note: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One slot: its links, its state by the gates, and what could be linked next."""

    slot: str
    label: str
    help: str
    kind: str
    word: str
    why: str
    links: tuple[LinkRow, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One gate of the check before submitting: state, reason, next step."""

    kind: str
    word: str
    code: str
    name: str
    reason: str
    next_step: str
    criterion: str = ""
    waiver: str = ""
    asked: str = ""


def slot_rows(
    links: Sequence[EvidenceLink], gates: Sequence[Gate], choices: Mapping[str, Sequence[Choice]]
) -> tuple[SlotRow, ...]:
    """All five slots in the order of the check."""
    return tuple(_slot(slot, links, gates, choices.get(slot, ())) for slot in Slot.values)


def check_rows(gates: Sequence[Gate], asked: Mapping[tuple[str, str], str]) -> tuple[CheckRow, ...]:
    """The same list as `GET …/gates` answers, worst first; `asked` names the waivers that wait."""
    return tuple(
        CheckRow(
            kind=str(gate.state),
            word=GATE_WORDS[gate.state],
            code=gate.code,
            name=first_capital(gate.name),
            reason=gate.reason,
            next_step=gate.next_step,
            criterion=waiving.criterion_of(gate),
            waiver=str(gate.facts.get("waiver", "")),
            asked=asked.get((gate.code, waiving.criterion_of(gate)), ""),
        )
        for gate in gates
    )


def _slot(
    slot: str, links: Sequence[EvidenceLink], gates: Sequence[Gate], choices: Sequence[Choice]
) -> SlotRow:
    own = tuple(_link(link) for link in links if link.slot == slot)
    kind, word, why = _state(slot, bool(own), gates)
    return SlotRow(
        slot=slot,
        label=str(Slot(slot).label),
        help=HELP[slot],
        kind=kind,
        word=word,
        why=why,
        links=own,
        choices=tuple(choices),
    )


def _state(slot: str, has_links: bool, gates: Sequence[Gate]) -> tuple[str, str, str]:
    found = [gate for gate in gates if gate.code in GATES_OF[slot]]
    if not found:
        return ("pass", "Linked", "") if has_links else ("wait", "Optional", "")
    worst = min(found, key=lambda gate: gate.state == GateState.PASS)
    if worst.state == GateState.PASS:
        return "pass", "Complete", ""
    missing = worst.state == GateState.FAIL and not has_links
    return str(worst.state), "Missing" if missing else GATE_WORDS[worst.state], worst.reason


def _link(link: EvidenceLink) -> LinkRow:
    target = link.run or link.rollback or link.signal or link.dataset
    about = f"{link.run.benchmark_version}, {link.run.dataset_version}" if link.run else ""
    return LinkRow(
        pk=str(link.pk),
        words=str(target),
        note=" · ".join(filter(None, (about, f"linked {day(link.linked_at)}"))),
        run=link.run.human_id if link.run else "",
    )
