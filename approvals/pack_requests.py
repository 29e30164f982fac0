"""A pack is asked for: what it is about and who asked is written down; the worker builds it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models, transaction

from approvals import holding, numbers
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_request
from approvals.models import Pack, PackScope, Release
from evidence import clock, jobs, ledger, records
from evidence.canonical import utc_text
from evidence.names import record_type
from registry import trail
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.errors import Conflict
from registry.models import Project, Run
from registry.trail import Wanted

TASK: Final = "approvals.seal_pack"
LARGEST_SAMPLE: Final = 1000
LONGEST_PERIOD: Final = 100_000
"""Entries in one pack."""
SETTLED: Final = timedelta(minutes=1)
"""After this time no entry that was begun in a period is still being written."""


@transaction.atomic
def request_pack(release: Release, *, include_private: bool, principal: Principal) -> Pack:
    """A pack of a release as it stands. Private files need their own permission."""
    _require(release.project, principal, include_private=include_private)
    # The project row before the release, as an admitted correction locks them.
    human_id = numbers.next_pack_id(release.project)
    release = holding.lock(release)
    if holding.current_revision(release) is None:
        raise Conflict("A draft has nothing to pack yet", next_step="Submit the release first.")
    pack = Pack(human_id=human_id, project=release.project, release=release, include_private=include_private)
    return _ask(pack, f"release:{release.pk}", Pack.objects.filter(release=release), principal)


@transaction.atomic
def request_run_pack(run: Run, *, include_private: bool, principal: Principal) -> Pack:
    """A pack of one run: its record, its files, its entries, and which releases rest on it."""
    _require(run.project, principal, include_private=include_private)
    human_id = numbers.next_pack_id(run.project)
    pack = Pack(
        human_id=human_id, project=run.project, scope=PackScope.RUN, run=run, include_private=include_private
    )
    return _ask(pack, f"run:{run.pk}", Pack.objects.filter(run=run), principal)


@transaction.atomic
def request_sample_pack(project: Project, *, size: int, include_private: bool, principal: Principal) -> Pack:
    """A pack of `size` runs, drawn from all of the project as they are now.

    The population is fixed here, in the entry of the log; the seed is the digest of the first checkpoint
    that holds this entry. So nobody knows the seed while runs can still be added or voided.
    """
    _require(project, principal, include_private=include_private)
    human_id = numbers.next_pack_id(project)
    population = _population(project)
    if not population["runs"]:
        raise Conflict("The project has no run to draw from", next_step="Send a run first.")
    pack = Pack(
        human_id=human_id,
        project=project,
        scope=PackScope.SAMPLE,
        sample_size=min(size, len(population["runs"])),
        population_digest=records.store(population),
        include_private=include_private,
    )
    draws = Pack.objects.filter(project=project, scope=PackScope.SAMPLE)
    return _ask(pack, f"project:{project.pk}", draws, principal)


@transaction.atomic
def request_period_pack(project: Project, *, since: datetime, until: datetime, principal: Principal) -> Pack:
    """A pack of everything the log holds of a project from `since` on and before `until`.

    Raises `Conflict` for a period that is not over, empty or too long.
    """
    _require(project, principal, include_private=False)
    access.require(principal, Permission.AUDIT_READ, project)
    _refuse_period(project, since, until)
    human_id = numbers.next_pack_id(project)
    pack = Pack(
        human_id=human_id, project=project, scope=PackScope.PERIOD, period_since=since, period_until=until
    )
    return _ask(pack, f"project:{project.pk}", pack.alike(), principal)


def _refuse_period(project: Project, since: datetime, until: datetime) -> None:
    if since >= until:
        raise Conflict("The period ends before it begins", next_step="Give an end after the beginning.")
    if until > clock.now() - SETTLED:
        raise Conflict(
            "The period is not over yet",
            next_step="End it at least a minute ago; ask again for the rest later.",
        )
    entries = trail.of_project(project.pk, Wanted(since=since, until=until)).order_by("pk")
    if not entries.exists():
        raise Conflict("Nothing was written in that time", next_step="Choose another period.")
    if entries.values("pk")[LONGEST_PERIOD : LONGEST_PERIOD + 1]:
        raise Conflict(
            f"The period holds more than {LONGEST_PERIOD} entries", next_step="Ask for shorter periods."
        )


def _require(project: Project, principal: Principal, *, include_private: bool) -> None:
    access.require(principal, Permission.PACK_SEAL, project)
    if include_private:
        access.require(principal, Permission.PACK_INCLUDE_PRIVATE, project)


def _population(project: Project) -> dict[str, Any]:
    rows = Run.objects.filter(project=project).order_by("pk")
    return {
        "type": record_type("population"),
        "project": project.key,
        "at": utc_text(clock.now()),
        "runs": [
            {"id": str(pk), "human_id": human_id, "digest": digest, "status": status}
            for pk, human_id, digest, status in rows.values_list("pk", "human_id", "record_id", "status")
        ],
    }


def _ask(pack: Pack, subject: str, earlier: models.QuerySet[Pack], principal: Principal) -> Pack:
    newest = earlier.order_by("-version").first()
    pack.version = newest.version + 1 if newest else 1
    pack.requested_at, pack.requested_by = clock.now(), principal.user
    pack.save()
    entry = ledger.append(
        ApprovalEvent.PACK_REQUESTED,
        subject,
        actor=principal.actor,
        container=container_of(pack.project_id),
        note=ledger.Note(new=of_request(pack), record=pack.population_digest or None),
    )
    params = {"pack": str(pack.pk), "request": str(entry.pk)}
    pack.job = jobs.enqueue(TASK, subject=f"pack:{pack.pk}", params=params, actor=principal.actor)
    pack.save(update_fields=["job"])
    return pack
