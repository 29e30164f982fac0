"""Void an admitted run: it stays readable, and everything that rests on it is checked again at once."""

from django.db import transaction

from evidence import clock, ledger
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.admission import subject_of
from registry.consequences import evidence_changed
from registry.containers import container_of
from registry.errors import FieldsInvalid, RunVoided
from registry.events import RegistryEvent
from registry.ledger_facts import of_run
from registry.models import Run
from registry.models.runs import RunStatus

SHORTEST_REASON = 20
LONGEST_REASON = 500


@transaction.atomic
def void(run: Run, *, reason: str, principal: Principal) -> Run:
    """Void the run; signatures that rest on it stop counting in the same transaction.

    Raises `PermissionMissing`, `FieldsInvalid` (reason of 20 to 500 characters) or `RunVoided`.
    """
    policy.require(principal, Permission.RUN_VOID, run.project)
    _check(reason)
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if locked.status == RunStatus.VOID:
        raise RunVoided(f"{locked} is void already", voided_at=locked.voided_at)
    locked.status = RunStatus.VOID
    locked.voided_at = clock.now()
    locked.voided_by = principal.user
    locked.void_reason = reason.strip()
    locked.save(update_fields=["status", "voided_at", "voided_by", "void_reason"])
    note = ledger.Note(
        reason=locked.void_reason,
        old={"status": str(RunStatus.ADMITTED)},
        new=of_run(locked),
        record=locked.record_id,
    )
    ledger.append(
        RegistryEvent.RUN_VOIDED,
        subject_of(locked),
        actor=principal.actor,
        container=container_of(locked.project_id),
        note=note,
    )
    evidence_changed(locked, reason=locked.void_reason, actor=principal.actor)
    return locked


def _check(reason: str) -> None:
    length = len(reason.strip())
    if SHORTEST_REASON <= length <= LONGEST_REASON:
        return
    detail = f"Give a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters; this one has {length}."
    code = "too_short" if length < SHORTEST_REASON else "too_long"
    raise FieldsInvalid("The run was not voided", [{"pointer": "/reason", "detail": detail, "code": code}])
