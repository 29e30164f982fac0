"""Step 5: a release gathers evidence. Open it, link what it rests on, submit a frozen revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from approvals import numbers, policies, policy, stages, states
from approvals.assessment import Assessment, assess
from approvals.endings import end_signatures
from approvals.errors import EvidenceFrozen, GatesFail, LinkInvalid
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_deployment, of_link, of_release
from approvals.models import Deployment, EvidenceLink, Release, ReleaseRevision
from approvals.models.releases import Slot
from approvals.states import Action, State
from evidence import clock, ledger, records
from registry.access import policy as access
from registry.access.people import field_errors
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.errors import Conflict, FieldsInvalid
from registry.models import (
    CriteriaSet,
    DatasetVersion,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
    Run,
    User,
)

EDITABLE = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
CHANGEABLE = frozenset(
    {"title", "intended_use", "out_of_scope", "owner", "criteria", "tier_answers", "optional_stages"}
)

Target = Run | RollbackArtifact | MonitoringSignal | DatasetVersion


@transaction.atomic
def open_deployment(
    *, project: Project, name: str, environment: str, principal: Principal, description: str = ""
) -> Deployment:
    """A place where a model runs."""
    access.require(principal, Permission.RELEASE_WRITE, project)
    if Deployment.objects.filter(project=project, name=name, environment=environment).exists():
        raise Conflict(f"The deployment {name} in {environment} exists already")
    deployment = Deployment(
        project=project,
        name=name,
        environment=environment,
        description=description,
        created_at=clock.now(),
        created_by=principal.user,
    )
    _clean(deployment)
    deployment.save()
    _tell(ApprovalEvent.DEPLOYMENT_MADE, deployment, principal, new=of_deployment(deployment))
    return deployment


@transaction.atomic
def open_release(
    *,
    deployment: Deployment,
    model_version: ModelVersion,
    title: str,
    intended_use: str,
    tier_answers: Mapping[str, Any],
    principal: Principal,
    owner: User | None = None,
    criteria: CriteriaSet | None = None,
    out_of_scope: str = "",
    optional_stages: Sequence[str] = (),
) -> Release:
    """A draft release; its tier follows from the answers."""
    project = deployment.project
    access.require(principal, Permission.RELEASE_WRITE, project)
    moment = clock.now()
    release = Release(
        project=project,
        deployment=deployment,
        model_version=model_version,
        policy=policies.current(project, principal=principal),
        criteria=criteria,
        title=title,
        intended_use=intended_use,
        out_of_scope=out_of_scope,
        tier_answers=_answers(tier_answers),
        tier=policy.tier_of(tier_answers),
        owner=owner,
        optional_stages=sorted(optional_stages),
        opened_at=moment,
        opened_by=principal.user,
        responsible_persons=principal.persons,
        state_since=moment,
    )
    _clean(release, exclude=["human_id"])
    _check_optional(release)
    release.human_id = numbers.next_release_id(project)
    release.save()
    _tell(
        ApprovalEvent.RELEASE_OPENED,
        release,
        principal,
        new=of_release(release),
    )
    return release


@transaction.atomic
def change(release: Release, values: Mapping[str, Any], *, principal: Principal) -> Release:
    """Change the words, owner, criteria or answers of a release that is not frozen."""
    release = lock(release)
    _require_editable(release, principal)
    if unknown := set(values) - CHANGEABLE:
        raise FieldsInvalid(
            "These fields do not change",
            [
                {"pointer": f"/{name}", "detail": "This field is fixed.", "code": "fixed"}
                for name in sorted(unknown)
            ],
        )
    before = of_release(release)
    for name, value in values.items():
        setattr(release, name, value)
    if "tier_answers" in values:
        release.tier_answers = _answers(values["tier_answers"])
        release.tier = policy.tier_of(release.tier_answers)
    _clean(release)
    _check_optional(release)
    release.save()
    after = of_release(release)
    changed = [name for name in after if after[name] != before[name]]
    old, new = ({name: facts[name] for name in changed} for facts in (before, after))
    _tell(ApprovalEvent.RELEASE_CHANGED, release, principal, old=old, new=new)
    return release


@transaction.atomic
def link(release: Release, target: Target, *, slot: str, principal: Principal) -> EvidenceLink:
    """Make a run, dataset, rollback artifact or signal part of what the release rests on."""
    release = lock(release)
    _require_editable(release, principal)
    field = _field_for(release, target, slot)
    existing = EvidenceLink.objects.filter(
        release=release, slot=slot, unlinked_at__isnull=True, **{field: target}
    )
    if existing.exists():
        raise Conflict(f"{target} is linked already")
    row = EvidenceLink.objects.create(
        release=release, slot=slot, linked_at=clock.now(), linked_by=principal.user, **{field: target}
    )
    _tell(
        ApprovalEvent.EVIDENCE_LINKED,
        release,
        principal,
        new={**of_link(row), "target": str(target)},
    )
    return row


@transaction.atomic
def unlink(row: EvidenceLink, *, principal: Principal, reason: str) -> EvidenceLink:
    """Take a link out; the row stays as history."""
    release = lock(row.release)
    _require_editable(release, principal)
    row.refresh_from_db(fields=["unlinked_at"])  # another request may have been first
    if row.unlinked_at is not None:
        raise Conflict("The link was removed already")
    row.unlinked_at = clock.now()
    row.unlinked_by = principal.user
    row.save(update_fields=["unlinked_at", "unlinked_by"])
    target = row.run or row.rollback or row.signal or row.dataset
    _tell(
        ApprovalEvent.EVIDENCE_UNLINKED,
        release,
        principal,
        reason=reason,
        old={**of_link(row), "target": str(target)},
    )
    return row


@transaction.atomic
def submit(release: Release, *, principal: Principal) -> ReleaseRevision:
    """T1 and T4: freeze a revision if no gate fails, and open stage 1."""
    release = lock(release)
    access.require(principal, Permission.RELEASE_SUBMIT, release.project)
    first = release.state == State.DRAFT
    to = states.after(release.state, Action.SUBMIT if first else Action.RESUBMIT)
    if not first:
        release.revision += 1
    found = assess(release)
    if found.blocking:
        raise GatesFail(
            f"{len(found.blocking)} gates stand against {release.human_id}",
            next_step=found.blocking[0].next_step,
            gates=[gate.as_dict() for gate in found.blocking],
        )
    for earlier in release.revisions.filter(number__lt=release.revision):
        reason = f"Revision {release.revision} was submitted"
        end_signatures(earlier, found.manifest, reason=reason, actor=principal.actor)
    return freeze(release, found, to=to, principal=principal)


def freeze(
    release: Release, found: Assessment, *, to: State, principal: Principal, reason: str = ""
) -> ReleaseRevision:
    """Store the manifest as the next revision with its stages; the caller holds the lock."""
    records.store(found.manifest.scope)
    revision = ReleaseRevision.objects.create(
        release=release,
        number=release.revision,
        manifest_id=records.store(found.manifest.body),
        submitted_at=clock.now(),
        submitted_by=principal.user,
        gates=[gate.as_dict() for gate in found.gates],
    )
    move(release, to)
    _tell(
        ApprovalEvent.GATES_EVALUATED,
        release,
        principal,
        new={gate.code + " " + gate.name: str(gate.state) for gate in found.gates},
    )
    _tell(
        ApprovalEvent.RELEASE_SUBMITTED,
        release,
        principal,
        reason=reason,
        new={"revision": revision.number, "state": release.state},
        record=revision.manifest_id,
    )
    stages.prepare(revision, actor=principal.actor)
    return revision


def lock(release: Release) -> Release:
    """The release row, locked until the transaction ends."""
    return (
        Release.objects.select_for_update(of=("self",))
        .select_related("project", "deployment", "model_version__model", "policy", "criteria", "owner")
        .get(pk=release.pk)
    )


def move(release: Release, to: State) -> None:
    """Store the new state; the caller asked the transition table."""
    release.state = to
    release.state_since = clock.now()
    release.save()


def current_revision(release: Release) -> ReleaseRevision | None:
    """The revision that is being decided, None for a draft that was never submitted."""
    return release.revisions.filter(number=release.revision).select_related("manifest").first()


def subject_of(release: Release) -> str:
    """The ledger subject of a release."""
    return f"release:{release.pk}"


def _require_editable(release: Release, principal: Principal) -> None:
    access.require(principal, Permission.RELEASE_WRITE, release.project)
    if release.state not in EDITABLE:
        raise EvidenceFrozen(
            f"Revision {release.revision} of {release.human_id} is frozen",
            next_step="A reviewer asks for changes; the next revision can then be edited.",
            state=release.state,
        )


def _field_for(release: Release, target: Target, slot: str) -> str:
    if target.project_id != release.project_id:
        raise LinkInvalid("This belongs to another project")
    match target:
        case Run():
            return _run_field(release, target, slot)
        case RollbackArtifact():
            field, wanted = "rollback", Slot.ROLLBACK
        case MonitoringSignal():
            field, wanted = "signal", Slot.MONITORING
        case DatasetVersion():
            field, wanted = "dataset", Slot.DATASET
    if slot != wanted:
        raise LinkInvalid(f"{target} fits the slot {wanted}, not {slot}", pointer="/slot")
    return field


def _run_field(release: Release, run: Run, slot: str) -> str:
    if slot not in (Slot.PRIVATE_EVALUATION, Slot.PUBLIC_EVIDENCE):
        raise LinkInvalid("A run is private evaluation or public evidence", pointer="/slot")
    wanted, found = release.model_version, run.model_version
    if (wanted.model_id, wanted.version) != (found.model_id, found.version):
        raise LinkInvalid(f"{run.human_id} measured {found}, the release is for {wanted}", pointer="/run")
    if run.status != "admitted":
        raise LinkInvalid(f"{run.human_id} is void", pointer="/run")
    return "run"


def _answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    known = policy.QUESTIONS
    errors = [
        _answer_problem(name, "There is no such question.") for name in sorted(set(answers) - set(known))
    ]
    errors += [
        _answer_problem(name, f"Answer with one of {', '.join(map(str, choices))}.")
        for name, choices in known.items()
        if answers.get(name) not in choices
    ]
    if errors:
        raise FieldsInvalid("The tier cannot be computed", errors)
    return dict(answers)


def _answer_problem(name: str, detail: str) -> dict[str, str]:
    return {"pointer": f"/tier_answers/{name}", "detail": detail, "code": "invalid"}


def _check_optional(release: Release) -> None:
    known = release.policy.tiers[release.tier]["optional"]
    wrong = [code for code in release.optional_stages if code not in known]
    if wrong:
        raise FieldsInvalid(
            "An optional stage is not known",
            [
                {
                    "pointer": "/optional_stages",
                    "detail": f"{code} is not optional in tier {release.tier}.",
                    "code": "invalid",
                }
                for code in wrong
            ],
        )


def _clean(row: Release | Deployment, exclude: list[str] | None = None) -> None:
    try:
        row.full_clean(exclude=exclude or [])
    except ValidationError as error:
        raise FieldsInvalid("Fields need a correction; nothing was stored", field_errors(error)) from error


def _tell(
    event: ApprovalEvent,
    row: Release | Deployment,
    principal: Principal,
    *,
    reason: str = "",
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    record: str | None = None,
) -> None:
    note = ledger.Note(reason=reason, old=old or {}, new=new or {}, record=record)
    subject, container = f"{row._meta.model_name}:{row.pk}", container_of(row.project_id)
    ledger.append(event, subject, actor=principal.actor, container=container, note=note)
