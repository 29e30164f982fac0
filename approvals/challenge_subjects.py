"""What a question can be about and an answer can name: the gates, runs and records of a release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from approvals.errors import ChallengeInvalid
from approvals.facts import ReleaseFacts
from approvals.gate import Gate
from approvals.manifest import identity_of
from registry.models import CatalogueRecord


@dataclass(frozen=True)
class Part:
    """A run or record that a release rests on, as it is now."""

    record: str
    """Digest of its record."""
    name: str
    """`HARBOR-RUN-2026-0012`, or kind and identity of a record."""
    id: str
    """Id of the row."""
    aliases: frozenset[str] = frozenset()
    """By what else it can be named."""

    def is_called(self, reference: str) -> bool:
        """Whether somebody who writes `reference` means this."""
        return reference in {self.record, self.name, self.id} | self.aliases


def parts_of(facts: ReleaseFacts) -> tuple[Part, ...]:
    """Linked runs first, then records, each once."""
    runs = [
        Part(linked.run.record_id, linked.run.human_id, str(linked.run.pk))
        for linked in facts.runs
        if linked.run.record_id
    ]
    records = {row.record_id: _part(row) for row in _records(facts)}
    return (*runs, *sorted(records.values(), key=lambda part: part.name))


def find(facts: ReleaseFacts, reference: str, *, pointer: str) -> Part | None:
    """The part of this id, digest or name; None for no reference, 422 where the release has none such."""
    if not reference:
        return None
    found = next((part for part in parts_of(facts) if part.is_called(reference)), None)
    if found is None:
        raise ChallengeInvalid(
            f"{facts.release.human_id} rests on no run or record called {reference[:80]}",
            pointer=pointer,
            next_step="Name a linked run, or a record that the manifest of the release lists.",
        )
    return found


def gate_called(gates: Iterable[Gate], code: str) -> str:
    """The code of a gate of the release; empty stays empty."""
    if code and code not in {gate.code for gate in gates}:
        raise ChallengeInvalid(
            f"The release has no gate {code[:40]}",
            pointer="/gate",
            next_step="Name a gate by its code, as the page of the release does.",
        )
    return code


def _part(row: CatalogueRecord) -> Part:
    identity = identity_of(row)
    return Part(
        row.record_id, f"{row._meta.verbose_name} {identity}"[:300], str(row.pk), frozenset({identity})
    )


def _records(facts: ReleaseFacts) -> Iterator[CatalogueRecord]:
    yield facts.model
    for linked in facts.runs:
        yield from (linked.dataset, linked.benchmark)
    yield from (*facts.datasets, *facts.rollbacks, *facts.signals, *facts.waivers)
    if facts.criteria is not None:
        yield facts.criteria
    yield from facts.metrics.values()
