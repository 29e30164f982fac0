"""What a child process can be asked: each order is one or a few real steps and answers with plain facts."""

from __future__ import annotations

import dataclasses
import importlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from django.apps import apps
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection, models, transaction
from django.test import Client

from approvals import accountability, decisions, dossier, lifecycle, operations, pack_requests, releases
from approvals.models import Delegation, Deployment, Pack, Release, Signature, Stage
from approvals.signing import Intent
from approvals.states import LIVE, Action
from evidence import auditing, clock, jobs, ledger, leftovers, packs, sealing
from evidence.actors import SYSTEM, Channel
from evidence.digests import sha256_bytes
from evidence.events import EvidenceEvent
from evidence.insert_only import protected_models
from evidence.keymaking import make_keys
from evidence.models import Blob, Checkpoint, Job, LedgerEntry, UnsealedEntry
from evidence.protection import Protect
from registry import rebuilding, runs
from registry.access import grants
from registry.access.principals import Principal
from registry.access.roles import Role
from registry.conf import celery
from registry.models import (
    Artifact,
    BenchmarkVersion,
    CriteriaSet,
    DatasetVersion,
    MetricDefinition,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
    Run,
    Submission,
    User,
)
from tests import cast as casting
from tests import codes
from tests import releases as made
from tests import world as worlds
from tests.approvals import deputising
from tests.cast import Cast
from tests.client.bare import bare_document
from tests.world import World

BROKER: Final = celery.app  # messages go to the installation's queue, not to Celery's own default
MORE_PEOPLE: Final = {
    "vera": Role.VALIDATOR,
    "rosa": Role.COMPLIANCE_REVIEWER,
    "rene": Role.COMPLIANCE_REVIEWER,
    "rolf": Role.RELEASE_MANAGER,
}
"""Second persons, so that a stage can need two and two can release."""
TIERS: Final = {
    "low": made.LOW,
    "moderate": made.MODERATE,
    "critical": made.MODERATE | {"reach": "rights_or_safety", "domain": "health"},
}
VOID_REASON: Final = "The file was cut off in the middle."

O = TypeVar("O", bound=Callable[..., Any])  # noqa: E741  # reason: an order
ORDERS: Final[dict[str, Callable[..., Any]]] = {}


def order(step: O) -> O:
    """Make a function an order under its own name."""
    ORDERS[step.__name__] = step
    return step


# --- the ground ---


@order
@transaction.atomic
def lay_ground() -> None:
    """Keys, cast and catalogue of an empty, migrated installation."""
    make_keys(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, operator=settings.OPERATOR, now=clock.now())
    cast = casting.make_cast()
    adam = Principal(user=cast["adam"], channel=Channel.CLI)
    for name, role in MORE_PEOPLE.items():
        person = casting._person(name)
        grants.write(project=cast.project, user=person, role=role, reason="Test cast", granted_by=adam)
        accountability.accept(version=accountability.VERSION, principal=Principal(user=person))
        codes.enrol(person)
    worlds.make_world(cast)


@cache
def world() -> World:
    """The world that `lay_ground` made, as this process sees it."""
    people = {user.username: user for user in User.objects.all()}
    cast = Cast(Project.objects.get(key="HARBOR"), Project.objects.get(key="ELSEWHERE"), people)
    return World(
        cast=cast,
        model=ModelVersion.objects.get(),
        private_dataset=DatasetVersion.objects.get(dataset__name="claims-notes-v1"),
        public_dataset=DatasetVersion.objects.get(dataset__name="insurance-qa"),
        private_benchmark=BenchmarkVersion.objects.get(benchmark__name="Claims notes"),
        public_benchmark=BenchmarkVersion.objects.get(benchmark__name="Insurance QA"),
        metrics={row.name: row for row in MetricDefinition.objects.all()},
        criteria=CriteriaSet.objects.get(),
        rollback=RollbackArtifact.objects.get(),
        signal=MonitoringSignal.objects.get(),
        sent=time.time_ns(),
    )


@order
def token(account: str) -> str:
    """A token of this person with every scope."""
    return world().cast.token(account)


# --- evidence ---


@order
def receive(items: int) -> dict[str, str]:
    """Post a submission with this many items; a message for the worker is sent."""
    files = worlds.made_files(k=round(items * 0.88), n=items)
    submission = worlds.receive(world(), files, dataset=_dataset(items))
    return {"submission": str(submission.pk), "job": str(submission.job_id)}


@order
def submission_content(items: int) -> dict[str, Any]:
    """The members of a submission document whose files are uploaded."""
    return worlds.content(world(), worlds.made_files(k=round(items * 0.88), n=items))


@order
def submission_facts(submission: str) -> dict[str, Any]:
    """State, and how many runs and entries tell of its admission."""
    row = Submission.objects.get(pk=submission)
    found = Run.objects.filter(submission=row)
    subjects = [f"run:{run.pk}" for run in found]
    return {
        "state": row.state,
        "runs": len(subjects),
        "admitted": LedgerEntry.objects.filter(kind="run.admitted", subject__in=subjects).count(),
    }


@order
def job_facts(job: str) -> dict[str, Any]:
    """Where a job is."""
    row = Job.objects.get(pk=job)
    return {"state": row.state, "text": row.progress_text, "attempts": row.attempts, "error": row.error}


@order
def void(run: str, account: str) -> None:
    """Void a run."""
    found = Run.objects.get(pk=run)
    runs.void(found, reason=VOID_REASON, principal=world().cast.principal(account))


# --- releases ---


@order
def draft_release(tier: str, deployment: str | None = None) -> dict[str, str]:
    """A complete draft: nothing but `submit` is missing."""
    place = Deployment.objects.get(pk=deployment) if deployment else new_place()
    release = made.draft(world(), answers=TIERS[tier], deployment=place)
    run = made.link_all(world(), release)
    return {"release": str(release.pk), "run": str(run.pk), "deployment": str(release.deployment_id)}


@order
def submitted_release(tier: str, deployment: str | None = None) -> dict[str, str]:
    """A submitted release that nobody signed."""
    facts = draft_release(tier, deployment)
    submit(facts["release"])
    return facts


@order
def submit(release: str) -> None:
    """Submit as Ines."""
    releases.submit(_release(release), principal=world().engineer)


@order
def signed_release(tier: str, stages: Sequence[str], deployment: str | None = None) -> dict[str, str]:
    """A release whose named stages are signed by the cast."""
    facts = submitted_release(tier, deployment)
    for stage in stages:
        made.sign(world(), _release(facts["release"]), stage)
    return facts


@order
def released_release(tier: str, stages: Sequence[str]) -> dict[str, str]:
    """A live release."""
    facts = signed_release(tier, stages)
    made.go_live(world(), _release(facts["release"]))
    return facts


@order
def intend(release: str, stage: str, account: str, action: str = "sign") -> dict[str, str]:
    """Open the sign dialog: the view shown now and its challenge."""
    wanted = made.intent(world(), _release(release), stage, by=account, action=Action(action))
    return dataclasses.asdict(wanted) | {"action": action}


@order
def sign(release: str, account: str, intent: dict[str, str]) -> str:
    """Confirm an opened sign dialog."""
    signature = decisions.sign(
        _release(release),
        _intent(intent),
        typed=made.typed(account),
        principal=world().cast.principal(account),
    )
    return str(signature.pk)


@order
def release_now(release: str, account: str, intent: dict[str, str]) -> str:
    """Confirm the release manager's dialog."""
    signature = operations.release_now(
        _release(release),
        _intent(intent),
        typed=made.typed(account),
        principal=world().cast.principal(account),
    )
    return str(signature.pk)


@order
def withdraw(release: str) -> None:
    """Ines takes the release back."""
    decisions.withdraw(
        _release(release), reason="The supplier withdrew the model.", principal=world().engineer
    )


@order
def delegate(by: str, to: str, stage: str) -> str:
    """A stage is delegated and accepted; the id of the delegation."""
    return str(deputising.accepted(world(), by, to, stage).pk)


@order
def intend_for(release: str, delegation: str) -> dict[str, str]:
    """Open the sign dialog of a delegate."""
    one = Delegation.objects.get(pk=delegation)
    return dataclasses.asdict(deputising.intend(world(), _release(release), one)) | {"action": "sign"}


@order
def run_due(release: str, days: float) -> int:
    """What became due so many days after the approval, or the opening of the open stage."""
    row = _release(release)
    opened = Stage.objects.filter(revision__release=row, state="open").values_list("opened_at", flat=True)
    moment = (row.approved_at or opened[0] or clock.now()) + timedelta(days=days)
    real, clock.now = clock.now, lambda: moment
    try:
        return lifecycle.run()
    finally:
        clock.now = real


@order
def release_facts(release: str) -> dict[str, Any]:
    """State, standing signatures, linked runs that are void, and what the ledger tells, in order."""
    row = _release(release)
    standing = Signature.objects.filter(stage__revision__release=row, end__isnull=True)
    entries = LedgerEntry.objects.filter(subject=f"release:{row.pk}").order_by("pk")
    return {
        "state": row.state,
        "signatures": sorted(f"{s.stage.code} {s.signer.username}" for s in standing.select_related()),
        "void": row.links.filter(unlinked_at__isnull=True, run__status="void").count(),
        "told": list(entries.values_list("kind", flat=True)),
    }


@order
def live_releases(deployment: str) -> list[str]:
    """Ids of the live releases of a deployment."""
    found = Release.objects.filter(deployment__pk=deployment, state__in=sorted(LIVE))
    return [str(pk) for pk in found.values_list("pk", flat=True)]


# --- packs ---


@order
def ask_for_pack(release: str) -> dict[str, str]:
    """Ask for a pack; a message for the worker is sent."""
    pack = pack_requests.request_pack(
        _release(release), include_private=False, principal=world().cast.principal("ruth")
    )
    return {"pack": str(pack.pk), "job": str(pack.job_id)}


@order
def pack_facts(pack: str) -> dict[str, Any]:
    """What was issued, what the ledger tells of it, and what is left in the staging folder."""
    row = Pack.objects.get(pk=pack)
    assert row.job is not None
    told = LedgerEntry.objects.filter(subject=f"pack:{row.pk}").order_by("pk")
    return {
        "issued": row.issued_at is not None,
        "record": row.record_digest,
        "recorded": row.job.params.get("record"),
        "zip": row.blob_id,
        "told": list(told.values_list("kind", flat=True)),
        "zips": sum(1 for path in _stored() if path.read_bytes()[:2] == b"PK"),
        "staging": staging(),
    }


@order
def do_job(job: str) -> None:
    """Build the pack of a job in this process."""
    with jobs.taken(job) as lease:
        assert lease is not None
        dossier.seal_pack(lease)


@order
def print_nothing() -> None:
    """From now on, this process puts an empty page where the printed document would be."""
    packs.render_pdf = bare_document  # type: ignore[attr-defined]  # reason: the name that its steps call


@order
def end_lease(job: str) -> None:
    """As if the time of a killed worker were over."""
    Job.objects.filter(pk=job).update(lease_until=None)


# --- death ---


@order
def die_at(step: str) -> None:
    """From now on, this process is killed as it comes to a function, named by its dotted path."""
    holder, _, name = step.rpartition(".")
    setattr(_at(holder), name, _killed)


def _killed(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at(path: str) -> Any:
    with suppress(ImportError):
        return importlib.import_module(path)
    holder, _, name = path.rpartition(".")
    return getattr(_at(holder), name)


# --- bytes ---


@order
def upload(number: int, bearer: str) -> str:
    """Send a made artifact over the API; its digest."""
    body = _made(number)
    digest = sha256_bytes(body)
    answer = Client().put(
        f"/api/v1/projects/HARBOR/artifacts/{digest}",
        body,
        content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {bearer}", "Host": "localhost"},
    )
    assert answer.status_code == 201, answer.content
    return digest


@order
def digest_of_made(number: int) -> str:
    """The digest of what `upload` sends."""
    return sha256_bytes(_made(number))


@order
def clear_leftovers() -> list[str]:
    """As if two days had passed and a worker started; what is left in the staging folder."""
    for path in settings.STAGING_DIR.iterdir():
        os.utime(path, times=(time.time() - 2 * 86400,) * 2)
    leftovers.remove()
    return staging()


def _made(number: int) -> bytes:
    return f"{number}\n".encode() * 100_000


@order
def staging() -> list[str]:
    """Names in the staging folder."""
    folder = settings.STAGING_DIR
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@order
def bytes_facts(digest: str) -> dict[str, int]:
    """Rows and files that know these bytes."""
    return {
        "blobs": Blob.objects.filter(pk=digest).count(),
        "artifacts": Artifact.objects.filter(blob=digest).count(),
        "files": sum(1 for path in _stored() if path.name == digest.partition(":")[2]),
    }


# --- the log ---


@order
def append(entries: int) -> None:
    """Commit this many unsealed entries."""
    with transaction.atomic():
        for number in range(entries):
            ledger.append(EvidenceEvent.KEYS_MADE, f"key:{number}", actor=SYSTEM, container="")


@order
def seal() -> None:
    """Seal everything."""
    sealing.seal()


@order
def unsealed() -> int:
    """How many entries wait."""
    return UnsealedEntry.objects.count()


@order
def checkpoints() -> dict[str, str]:
    """Size → signed note of every checkpoint."""
    return {str(row.size): row.note for row in Checkpoint.objects.order_by("size")}


@order
def faults() -> list[str]:
    """What `verify_ledger` finds after everything is sealed."""
    sealing.seal()
    return [f"{fault.where}: {fault.what}" for source in _audits() for fault in source]


# --- protection ---


@order
def rebuild_table(protect: bool) -> None:
    """Alter a column of the ledger the way a careless (or careful) migration does."""
    old = LedgerEntry._meta.get_field("kind")
    new = models.CharField(max_length=80)
    new.set_attributes_from_name("kind")
    new.model = LedgerEntry
    with connection.schema_editor() as editor:
        editor.alter_field(LedgerEntry, old, new)
        if protect:
            Protect("LedgerEntry").database_forwards("evidence", editor, _State(), _State())


@order
def trigger_checks() -> list[str]:
    """Ids and messages of the system checks of the database."""
    return [f"{found.id} {found.msg}" for found in run_checks(tags=["database"], databases=["default"])]


@order
def protected_tables() -> int:
    """How many tables are insert-only."""
    return sum(1 for _ in protected_models(apps.get_models()))


class _State:
    """The part of a migration's state that `Protect` asks for."""

    apps = apps


def _audits() -> tuple[Any, Any]:
    return auditing.faults(), rebuilding.faults()


def _stored() -> list[Path]:
    blobs = settings.DATA_DIR / "blobs"
    return [path for path in blobs.rglob("*") if path.is_file()]


def _dataset(items: int) -> dict[str, str]:
    """A dataset of that size: a run with more items than its dataset has is refused."""
    sizes = dict(worlds.PRIVATE_DATA) | {"item_count": items}
    found = DatasetVersion.objects.filter(dataset__name=f"claims-{items}").first()
    row = found or worlds.make_dataset(world().cast, f"claims-{items}", **sizes)
    return {"name": row.dataset.name, "version": row.version}


def new_place() -> Deployment:
    """A deployment where nothing is live."""
    count = Deployment.objects.count()
    return releases.open_deployment(
        project=world().project, name=f"claims-{count}", environment="production", principal=world().engineer
    )


def _release(pk: str) -> Release:
    return Release.objects.select_related("project", "deployment").get(pk=pk)


def _intent(facts: dict[str, str]) -> Intent:
    return Intent(**{**facts, "action": Action(facts["action"])})  # type: ignore[arg-type]  # reason: from JSON
