"""A release as it stands now: facts, who did what, gates and the manifest that would be signed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from approvals import facts as release_facts
from approvals import gates, manifest, separation
from approvals.facts import ReleaseFacts
from approvals.gate import Gate
from approvals.manifest import Manifest
from approvals.models import Release
from approvals.separation import Duties
from evidence import clock


@dataclass(frozen=True)
class Assessment:
    """What pages, API, decision views and transitions all look at."""

    facts: ReleaseFacts
    duties: Duties
    gates: list[Gate]
    manifest: Manifest

    @property
    def blocking(self) -> list[Gate]:
        """Gates that stop a transition."""
        return gates.blocking(self.gates)


def assess(release: Release) -> Assessment:
    """Load and judge; a fixed number of queries for any number of runs."""
    loaded = release_facts.load(release, eligible={}, moment=clock.now())
    duties = separation.duties_of(release, loaded)
    complete = replace(loaded, eligible=separation.eligible(release, duties))
    return Assessment(
        facts=complete,
        duties=duties,
        gates=gates.evaluate(complete),
        manifest=manifest.compose(complete, revision=release.revision),
    )
