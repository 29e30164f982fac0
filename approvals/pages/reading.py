"""Everything the pages of one release look at, loaded once; must never write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from approvals import decision_view
from approvals.assessment import Assessment, assess
from approvals.decision_view import DecisionView
from approvals.holding import current_revision
from approvals.models import Release, ReleaseRevision, Signature, Stage
from approvals.models.signatures import StageState
from approvals.pages.naming import names_of
from approvals.pages.signers import signers
from approvals.policy import RELEASE_STAGE
from approvals.presentation.diffs import Names
from approvals.states import Action
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import ROLE_PERMISSIONS, Permission, Role
from registry.models import Project, User
from registry.pages.principal import principal_of

RELATED = (
    "project__organisation",
    "deployment",
    "model_version__model",
    "policy",
    "criteria",
    "owner",
    "opened_by",
)


@dataclass(frozen=True)
class Reader:
    """The person who reads, with roles and permissions on the release's project."""

    principal: Principal
    roles: tuple[str, ...]

    @property
    def user(self) -> User:
        """The person."""
        return self.principal.user

    @property
    def permissions(self) -> frozenset[Permission]:
        """Union over the roles in force."""
        return frozenset().union(*(ROLE_PERMISSIONS[role] for role in self.roles))


@dataclass(frozen=True)
class Reading:
    """A release as one person reads it."""

    release: Release
    reader: Reader
    revision: ReleaseRevision | None
    stages: tuple[Stage, ...]
    signatures: tuple[Signature, ...]
    mine: Stage | None
    view: DecisionView | None
    found: Assessment

    @cached_property
    def signers(self) -> dict[str, tuple[User, ...]]:
        """Stage code → who may sign it now."""
        return signers(self.release, self.stages, self.found.duties)

    @cached_property
    def names(self) -> Names:
        """Names of what stopped signatures mention."""
        return names_of([one.end.diff for one in self.signatures if not one.counts], self.release.project)

    @property
    def blocked(self) -> Stage | None:
        """The first stage in the way of the reader's own."""
        if self.mine is None:
            return None
        earlier = [one for one in self.stages if one.order < self.mine.order]
        return next((one for one in earlier if one.state != StageState.SIGNED), None)

    @property
    def is_signed_now(self) -> bool:
        """Whether a stage of the current revision waits for a signature."""
        return any(stage.state == StageState.OPEN for stage in self.stages)

    @property
    def takes_signatures(self) -> bool:
        """Whether the current revision is signed in the state the release is in."""
        return self.revision is not None and self.revision.takes_signatures(self.release.state)

    @property
    def rates(self) -> frozenset[str]:
        """Names of the metrics that are proportions."""
        return frozenset(name for name, row in self.found.facts.metrics.items() if row.is_proportion)


def release_for(request: HttpRequest, reference: str) -> tuple[Release, Reader]:
    """The release if the reader holds a grant on its project; `NotFound` otherwise."""
    principal = principal_of(request)
    rows = Release.objects.visible_to(principal.user).select_related(*RELATED)
    release = policy.find(rows, reference)
    return release, reader_of(principal, release.project)


def reader_of(principal: Principal, project: Project) -> Reader:
    """Who reads, with the roles on the project in their order."""
    roles = policy.roles_of(principal.user, project)
    return Reader(principal, tuple(role for role in Role.values if role in roles))


def read(release: Release, reader: Reader) -> Reading:
    """The release with its current revision, stages, all signatures, and the reader's own view."""
    revision = current_revision(release)
    rows = _stages(revision, release)
    signatures = signatures_of(release)
    mine = own_stage(rows, signatures, reader)
    view = _view(release, mine, reader)
    return Reading(
        release=release,
        reader=reader,
        revision=revision,
        stages=rows,
        signatures=signatures,
        mine=mine,
        view=view,
        found=view.found if view is not None else assess(release),
    )


def own_stage(rows: tuple[Stage, ...], signatures: tuple[Signature, ...], reader: Reader) -> Stage | None:
    """The stage of a reader's role: open and unsigned before waiting, waiting before signed."""
    signed = {one.stage_id for one in signatures if one.signer_id == reader.user.pk}
    held = [stage for stage in rows if stage.role in reader.roles]
    held.sort(key=lambda stage: (stage.pk in signed, stage.state != StageState.OPEN, stage.order))
    return held[0] if held else None


def action_on(stage: Stage) -> Action:
    """What signing a stage is: stage 6 is the release itself."""
    return Action.RELEASE if stage.code == RELEASE_STAGE else Action.SIGN


def signatures_of(release: Release) -> tuple[Signature, ...]:
    """All signatures of all revisions, with what ended them."""
    rows = Signature.objects.filter(release=release).select_related("stage__revision", "end", "signer")
    return tuple(rows.order_by("signed_at"))


def _stages(revision: ReleaseRevision | None, release: Release) -> tuple[Stage, ...]:
    if revision is None:
        return ()
    revision.release = release
    rows = list(revision.stages.all())
    for row in rows:
        row.revision = revision
    return tuple(rows)


def _view(release: Release, mine: Stage | None, reader: Reader) -> DecisionView | None:
    if mine is None:
        return None
    return decision_view.show(release, mine.code, action=action_on(mine), principal=reader.principal)
