"""Voiding: the run stays readable, counts no more, and whoever relied on it is told at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_django import Settings

from evidence.actors import Actor
from evidence.models import LedgerEntry
from registry import runs
from registry.errors import FieldsInvalid, NotFound, PermissionMissing, ReferenceUnknown, RunVoided
from registry.models import Run
from tests.cast import Cast
from tests.world import World, admit_run, receive

pytestmark = pytest.mark.django_db

REASON = "The prompts held the answers, as Maren found."
TOLD: list[tuple[Any, str]] = []


def tell(row: Any, *, reason: str, actor: Actor) -> None:
    """What `ON_EVIDENCE_CHANGED` names here; it sees the row as it is being committed."""
    TOLD.append((Run.objects.get(pk=row.pk).status, reason))


def fail(row: Any, *, reason: str, actor: Actor) -> None:
    """A consequence that cannot be carried out."""
    raise RuntimeError(reason)


def test_a_void_run_keeps_everything_but_its_status(world: World, settings: Settings) -> None:
    TOLD.clear()
    settings.ON_EVIDENCE_CHANGED = f"{__name__}.tell"
    run = admit_run(world)

    void = runs.void(run, reason=f"  {REASON} ", principal=world.cast.principal("tobias"))

    assert (void.status, void.void_reason, void.voided_by) == ("void", REASON, world.cast["tobias"])
    assert void.voided_at is not None
    assert (void.record_id, void.statement_id) == (run.record_id, run.statement_id)
    assert TOLD == [("void", REASON)]
    entry = LedgerEntry.objects.get(kind="run.voided")
    payload = json.loads(bytes(entry.payload.body))
    assert (entry.subject, payload["reason"], payload["record"]) == (f"run:{run.pk}", REASON, run.record_id)


def test_the_releases_are_rechecked_by_the_layer_above(world: World) -> None:
    run = admit_run(world)

    assert runs.void(run, reason=REASON, principal=world.engineer).status == "void"


def test_voiding_and_its_consequences_commit_together(world: World, settings: Settings) -> None:
    settings.ON_EVIDENCE_CHANGED = f"{__name__}.fail"
    run = admit_run(world)

    with pytest.raises(RuntimeError):
        runs.void(run, reason=REASON, principal=world.engineer)

    run.refresh_from_db()
    assert run.status == "admitted"
    assert not LedgerEntry.objects.filter(kind="run.voided").exists()


@pytest.mark.parametrize(
    ("reason", "code"), [("wrong", "too_short"), (" " * 40, "too_short"), ("x" * 501, "too_long")]
)
def test_a_reason_is_needed(world: World, reason: str, code: str) -> None:
    run = admit_run(world)

    with pytest.raises(FieldsInvalid) as caught:
        runs.void(run, reason=reason, principal=world.engineer)

    assert [(one["pointer"], one["code"]) for one in caught.value.extra["errors"]] == [("/reason", code)]  # type: ignore[attr-defined]
    run.refresh_from_db()
    assert run.status == "admitted"


def test_who_may_not_void(world: World, cast: Cast) -> None:
    run = admit_run(world)

    for account, kind in (("maren", PermissionMissing), ("audra", PermissionMissing), ("mallory", NotFound)):
        with pytest.raises(kind):
            runs.void(run, reason=REASON, principal=cast.principal(account))

    assert not LedgerEntry.objects.filter(kind="run.voided").exists()


def test_a_void_run_is_neither_voided_nor_corrected_again(world: World) -> None:
    run = admit_run(world)
    runs.void(run, reason=REASON, principal=world.engineer)

    with pytest.raises(RunVoided):
        runs.void(run, reason=REASON, principal=world.engineer)
    with pytest.raises(ReferenceUnknown) as caught:
        receive(world, corrects=run.human_id, correction_reason=REASON)

    assert [one["code"] for one in caught.value.extra["errors"]] == ["run_void"]  # type: ignore[attr-defined]
