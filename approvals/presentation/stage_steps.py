"""The stages of a revision as the short list of the rail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from approvals.models import Signature, Stage
from approvals.models.signatures import StageState
from approvals.presentation.labels import STAGE_KINDS
from registry.components import Step
from registry.figures import day


def steps(
    stages: Sequence[Stage],
    signatures: Sequence[Signature],
    *,
    mine: str = "",
    helpers: Mapping[str, tuple[str, ...]],
) -> tuple[Step, ...]:
    """One line a stage: who signed, or who may, and how many of how many."""
    return tuple(_step(stage, signatures, mine, helpers) for stage in stages)


def _step(
    stage: Stage, signatures: Sequence[Signature], mine: str, helpers: Mapping[str, tuple[str, ...]]
) -> Step:
    given = [one for one in signatures if one.stage_id == stage.pk and one.counts]
    own = stage.code == mine
    return Step(
        kind=STAGE_KINDS[stage.state],
        words=f"{stage.code} {stage.name}" + (", you" if own else ""),
        fact=_fact(stage, sum(one.action not in ("decline", "reject") for one in given)),
        note=_note(stage, given, helpers.get(stage.code, ())),
        is_current=own,
    )


def _fact(stage: Stage, given: int) -> str:
    if stage.state in (StageState.PENDING, StageState.OPEN) and (stage.quorum > 1 or given):
        return f"{given} of {stage.quorum}"
    return str(StageState(stage.state).label)


def _note(stage: Stage, given: Sequence[Signature], people: tuple[str, ...]) -> str:
    if given:
        return ", ".join(one.names for one in given)
    if stage.state == StageState.OPEN and stage.due_at:
        return f"{', '.join(people)}, due {day(stage.due_at)}".removeprefix(", ")
    return ""
