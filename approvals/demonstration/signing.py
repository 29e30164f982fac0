"""Bring a release as far as the story says, person by person; what is done already is not done again."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from approvals import credentials, decision_view, decisions, holding, linking, operations, releases
from approvals.conditions import Terms
from approvals.demands import Credentials
from approvals.demonstration.people import SIGNERS, House
from approvals.models import Deployment, EvidenceLink, Release
from approvals.models.releases import Slot
from approvals.models.signatures import StageState
from approvals.policy import RELEASE_STAGE
from approvals.signing import Intent
from approvals.states import Action, State
from evidence import clock
from registry.access import factors, totp
from registry.models import CriteriaSet, ModelVersion, MonitoringSignal, RollbackArtifact, Run


@dataclass(frozen=True)
class Plan:
    """A release of the story: where, what, under which answers, and on which evidence."""

    title: str
    deployment: str
    environment: str
    model: ModelVersion
    criteria: CriteriaSet
    answers: dict[str, Any]
    intended_use: str
    private: Sequence[Run] = ()
    public: Sequence[Run] = ()
    rollback: RollbackArtifact | None = None
    signals: Sequence[MonitoringSignal] = ()


def drafted(house: House, plan: Plan) -> Release:
    """The draft with everything linked that the plan names."""
    release = found(house, plan.title) or _open(house, plan)
    if release.state == State.DRAFT:
        for slot, target in _targets(plan):
            if not _is_linked(release, target):
                linking.link(release, target, slot=slot, principal=house.principal("ines"))
    return release


def submitted(house: House, plan: Plan) -> Release:
    """The same, frozen by Ines."""
    release = drafted(house, plan)
    if release.state == State.DRAFT:
        releases.submit(release, principal=house.principal("ines"))
    return reread(release)


def signed(
    house: House,
    release: Release,
    *,
    before: str = RELEASE_STAGE,
    under: Mapping[str, tuple[Terms, ...]] | None = None,
) -> Release:
    """Each stage below `before` signed by its person, in order; `under`: stage → conditions it sets."""
    while stage := _next_stage(release, before):
        person = SIGNERS[stage]
        decisions.sign(
            release,
            replace(
                intent(house, release, stage, person, Action.SIGN), conditions=(under or {}).get(stage, ())
            ),
            typed=typed(house, person),
            principal=house.principal(person),
        )
        release = reread(release)
    return release


def released(house: House, release: Release) -> Release:
    """Live, by Pia's signature."""
    if release.state == State.APPROVED:
        operations.release_now(
            release,
            intent(house, release, RELEASE_STAGE, "pia", Action.RELEASE),
            typed=typed(house, "pia"),
            principal=house.principal("pia"),
        )
    return reread(release)


def found(house: House, title: str) -> Release | None:
    """The release of this title, if the story came so far."""
    release = Release.objects.filter(project=house.project, title=title).first()
    return reread(release) if release else None


def reread(release: Release) -> Release:
    """The row as the database has it."""
    return Release.objects.select_related("project", "deployment", "policy", "model_version").get(
        pk=release.pk
    )


def _open(house: House, plan: Plan) -> Release:
    place = Deployment.objects.filter(
        project=house.project, name=plan.deployment, environment=plan.environment
    ).first() or releases.open_deployment(
        project=house.project,
        name=plan.deployment,
        environment=plan.environment,
        principal=house.principal("ines"),
        description="Made for the demonstration.",
    )
    return releases.open_release(
        deployment=place,
        model_version=plan.model,
        title=plan.title,
        intended_use=plan.intended_use,
        out_of_scope="Decisions without an adjuster. This is made data of a demonstration.",
        tier_answers=plan.answers,
        owner=house.people["tobias"],
        criteria=plan.criteria,
        principal=house.principal("ines"),
    )


def _targets(plan: Plan) -> list[tuple[Slot, linking.Target]]:
    runs = [(Slot.PRIVATE_EVALUATION, run) for run in plan.private]
    runs += [(Slot.PUBLIC_EVIDENCE, run) for run in plan.public]
    ways_back = [(Slot.ROLLBACK, plan.rollback)] if plan.rollback else []
    return [*runs, *ways_back, *((Slot.MONITORING, signal) for signal in plan.signals)]


def _is_linked(release: Release, target: linking.Target) -> bool:
    links = EvidenceLink.objects.filter(release=release, unlinked_at__isnull=True)
    match target:
        case Run():
            return links.filter(run=target).exists()
        case RollbackArtifact():
            return links.filter(rollback=target).exists()
        case MonitoringSignal():
            return links.filter(signal=target).exists()
        case _:
            return links.filter(dataset=target).exists()


def _next_stage(release: Release, before: str) -> str | None:
    if release.state not in (State.SUBMITTED, State.IN_REVIEW):
        return None
    revision = holding.current_revision(release)
    if revision is None:
        return None
    waiting = revision.stages.filter(state=StageState.OPEN, code__lt=before).order_by("order", "code")
    return waiting.values_list("code", flat=True).first()


def intent(house: House, release: Release, stage: str, person: str, action: Action) -> Intent:
    """What the person's sign dialog sends: the view as it is now, and a fresh challenge."""
    principal = house.principal(person)
    view = decision_view.show(release, stage, action=action, principal=principal)
    challenge = credentials.issue_challenge(
        release, stage_code=stage, action=action, view_digest=view.digest, principal=principal
    )
    return Intent(stage_code=stage, action=action, view_digest=view.digest, challenge_id=str(challenge.pk))


def typed(house: House, person: str) -> Credentials:
    """Account name, password, and the code that counts next; waits for it where others counted just now."""
    found = factors.next_code(house.people[person])
    while found and found[1] > totp.step_of(clock.now()) + totp.WINDOW[-1]:
        time.sleep(1)
    return Credentials(account=person, password=house.password, code=found[0] if found else "")
