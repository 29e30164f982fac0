"""Releases made through the real steps: drafted, submitted, signed by the cast, released."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from approvals import credentials, decision_view, decisions, linking, operations, policy, releases
from approvals.demands import Credentials
from approvals.models import Deployment, Release, Signature
from approvals.signing import Intent
from approvals.states import Action
from registry.models import Run, User
from tests.cast import PASSWORD
from tests.codes import code_of, enrol
from tests.world import World, admit_run

MODERATE: dict[str, Any] = {
    "reach": "customers",
    "domain": "none",
    "personal_data": False,
    "external_vendor": False,
    "cost_driven": False,
}
HIGH = MODERATE | {"domain": "insurance"}
LOW = MODERATE | {"reach": "internal"}
SIGNERS = {
    "1": "ines",
    "2": "tobias",
    "3": "maren",
    "4a": "dora",
    "4b": "olu",
    "4c": "paul",
    "4d": "fay",
    "5": "ruth",
    "6": "pia",
}
"""Stage → who of the cast signs it."""


def draft(
    world: World, *, answers: dict[str, Any] | None = None, deployment: Deployment | None = None
) -> Release:
    """A draft for Argo-L in claims-assistant, owned by Tobias; nothing is linked.

    Where its tier asks for a second factor, its signers have an authenticator from here on.
    """
    place = deployment or releases.open_deployment(
        project=world.project, name="claims-assistant", environment="production", principal=world.engineer
    )
    release = releases.open_release(
        deployment=place,
        model_version=world.model,
        title="Argo-L for claims notes",
        intended_use="Summaries of claims notes that an adjuster reads before deciding.",
        out_of_scope="Decisions without an adjuster.",
        tier_answers=answers or MODERATE,
        owner=world.cast["tobias"],
        criteria=world.criteria,
        principal=world.engineer,
    )
    if policy.asks_second_factor(release.policy, release.tier):
        for account in set(SIGNERS.values()):
            enrol(world.cast[account])
    return release


def link_all(world: World, release: Release, run: Run | None = None) -> Run:
    """A private run, the rollback artifact and the signal."""
    run = run or admit_run(world)
    linking.link(release, run, slot="private_evaluation", principal=world.engineer)
    linking.link(release, world.rollback, slot="rollback", principal=world.engineer)
    linking.link(release, world.signal, slot="monitoring", principal=world.engineer)
    return run


def submitted(
    world: World, *, answers: dict[str, Any] | None = None, deployment: Deployment | None = None
) -> Release:
    """A complete draft, submitted by Ines."""
    given = (repr(answers), deployment and deployment.pk)
    return world.reached("submitted", lambda: _submit(world, answers, deployment), given=given)


def _submit(world: World, answers: dict[str, Any] | None, deployment: Deployment | None) -> Release:
    release = draft(world, answers=answers, deployment=deployment)
    link_all(world, release)
    releases.submit(release, principal=world.engineer)
    return reread(release)


def intent(
    world: World, release: Release, stage: str, *, by: str, action: Action = Action.SIGN, comment: str = ""
) -> Intent:
    """What the sign dialog of this person sends: the view shown now and a fresh challenge."""
    principal = world.cast.principal(by)
    view = decision_view.show(reread(release), stage, action=action, principal=principal)
    challenge = credentials.issue_challenge(
        release, stage_code=stage, action=action, view_digest=view.digest, principal=principal
    )
    return Intent(
        stage_code=stage,
        action=action,
        view_digest=view.digest,
        challenge_id=str(challenge.pk),
        comment=comment,
    )


def typed(account: str, password: str = PASSWORD) -> Credentials:
    """What the person types; with a code of the person's authenticator, if there is one."""
    return Credentials(account, password, code=code_of(User.objects.get(username=account)))


def sign(world: World, release: Release, stage: str, *, by: str | None = None) -> Signature:
    """The stage's signer of the cast (or another) signs it."""
    account = by or SIGNERS[stage]
    wanted = intent(world, release, stage, by=account)
    return decisions.sign(release, wanted, typed=typed(account), principal=world.cast.principal(account))


def signed(world: World, release: Release, *stages: str) -> Release:
    """These stages signed by the cast."""
    given = (release.pk, stages)
    return world.reached("signed", lambda: _sign_all(world, release, stages), given=given, often=False)


def approved(
    world: World, *, answers: dict[str, Any] | None = None, deployment: Deployment | None = None
) -> Release:
    """Submitted and signed by everybody up to compliance."""
    release = submitted(world, answers=answers, deployment=deployment)
    revision = release.revisions.get(number=release.revision)
    stages = tuple(revision.stages.exclude(code="6").values_list("code", flat=True))
    return world.reached("approved", lambda: _sign_all(world, release, stages), given=release.pk)


def _sign_all(world: World, release: Release, stages: Iterable[str]) -> Release:
    for code in stages:
        sign(world, release, code)
    return reread(release)


def released(
    world: World, *, answers: dict[str, Any] | None = None, deployment: Deployment | None = None
) -> Release:
    """Approved, and released by Pia."""
    release = approved(world, answers=answers, deployment=deployment)
    return world.reached("released", lambda: _release(world, release), given=release.pk)


def _release(world: World, release: Release) -> Release:
    go_live(world, release)
    return reread(release)


def go_live(world: World, release: Release) -> Signature:
    """Pia signs stage 6."""
    wanted = intent(world, release, "6", by="pia", action=Action.RELEASE)
    return operations.release_now(release, wanted, typed=typed("pia"), principal=world.cast.principal("pia"))


def reread(release: Release) -> Release:
    """The row as the database has it."""
    return Release.objects.select_related("project", "deployment", "policy", "model_version").get(
        pk=release.pk
    )
