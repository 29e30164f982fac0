"""Step 5: a release gathers evidence. Open it, link what it rests on, submit a frozen revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from approvals import acting, numbers, policies, policy, tiers
from approvals.events import ApprovalEvent
from approvals.holding import lock, tell
from approvals.ledger_facts import of_deployment, of_release
from approvals.linking import require_editable
from approvals.models import Deployment, Release, ReleaseRevision
from approvals.revisions import REVIEW, next_revision
from approvals.states import Action, State
from evidence import clock
from registry.access import policy as access
from registry.access.people import field_errors
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import Conflict, FieldsInvalid
from registry.models import (
    CriteriaSet,
    ModelVersion,
    Project,
    User,
)

CHANGEABLE = frozenset(
    {"title", "intended_use", "out_of_scope", "owner", "criteria", "tier_answers", "optional_stages"}
)


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
    tell(ApprovalEvent.DEPLOYMENT_MADE, deployment, principal.actor, new=of_deployment(deployment))
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
    tell(ApprovalEvent.RELEASE_OPENED, release, principal.actor, new=of_release(release))
    return release


@transaction.atomic
def change(release: Release, values: Mapping[str, Any], *, principal: Principal) -> Release:
    """Change the words, owner, criteria or answers of a release that is not frozen."""
    release = lock(release)
    require_editable(release, principal)
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
        tiers.follow_answers(release)
    _clean(release)
    _check_optional(release)
    release.save()
    after = of_release(release)
    changed = [name for name in after if after[name] != before[name]]
    old, new = ({name: facts[name] for name in changed} for facts in (before, after))
    tell(ApprovalEvent.RELEASE_CHANGED, release, principal.actor, old=old, new=new)
    return release


@transaction.atomic
def submit(release: Release, *, principal: Principal) -> ReleaseRevision:
    """T1 and T4: freeze a revision if no gate fails, and open stage 1."""
    release = lock(release)
    action = Action.SUBMIT if release.state == State.DRAFT else Action.RESUBMIT
    to = acting.step(action, release, principal)
    return next_revision(release, REVIEW, to=to, principal=principal)


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
