"""Everything the pages of one release look at, loaded once; must never write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.http import HttpRequest

from approvals import decision_view, deputies
from approvals.assessment import Assessment, assess
from approvals.decision_view import DecisionView
from approvals.holding import current_revision
from approvals.models import Delegation, Release, ReleaseRevision, Signature, Stage
from approvals.models.signatures import StageState
from approvals.pages.naming import names_of
from approvals.policy import RELEASE_STAGE
from approvals.presentation.diffs import Names
from approvals.signers import Signer, signers
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
class Duty:
    """A stage that is the reader's: by a role of his own, or delegated to him."""

    stage: Stage
    delegation: Delegation | None = None

    @property
    def for_whom(self) -> str:
        """The name of the person for whom the reader would sign; empty for himself."""
        return self.delegation.delegator.printed_name if self.delegation else ""

    @property
    def as_whom(self) -> str:
        """`for Ada Example`, or `as yourself`."""
        return f"for {self.for_whom}" if self.delegation else "as yourself"

    @property
    def chosen(self) -> str:
        """The delegation's id, as addresses and steps take it."""
        return str(self.delegation.pk) if self.delegation else ""


@dataclass(frozen=True)
class Reading:
    """A release as one person reads it."""

    release: Release
    reader: Reader
    revision: ReleaseRevision | None
    stages: tuple[Stage, ...]
    signatures: tuple[Signature, ...]
    duty: Duty | None
    """What the page offers to sign."""
    duties: tuple[Duty, ...]
    view: DecisionView | None
    found: Assessment

    @property
    def mine(self) -> Stage | None:
        """The reader's stage."""
        return self.duty.stage if self.duty else None

    @property
    def other_duties(self) -> tuple[Duty, ...]:
        """What else of this release the reader could sign now, or for whom else."""
        opened = [one for one in self.duties if one.stage.state == StageState.OPEN and one != self.duty]
        return tuple(opened)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the reader may; rejecting is the right of the role in which the stage is signed."""
        own = self.reader.permissions
        if self.duty is None or self.duty.delegation is None:
            return own
        reject = frozenset({Permission.RELEASE_REJECT})
        return (own - reject) | (ROLE_PERMISSIONS[self.duty.delegation.role] & reject)

    @cached_property
    def signers(self) -> dict[str, tuple[Signer, ...]]:
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


def read(release: Release, reader: Reader, *, stage: str = "", delegation: str = "") -> Reading:
    """The release with its current revision, stages, all signatures, and the reader's own view.

    `stage` and `delegation` choose among the stages that are the reader's.
    """
    revision = current_revision(release)
    rows = _stages(revision, release)
    signatures = signatures_of(release)
    duties = duties_of(rows, signatures, reader, deputies.received(reader.user, release))
    wanted = (one for one in duties if one.stage.code == stage and one.chosen == delegation)
    duty = next(wanted, duties[0] if duties else None)
    view = _view(release, duty, reader)
    return Reading(
        release=release,
        reader=reader,
        revision=revision,
        stages=rows,
        signatures=signatures,
        duty=duty,
        duties=duties,
        view=view,
        found=view.found if view is not None else assess(release),
    )


def duties_of(
    rows: Sequence[Stage],
    signatures: Sequence[Signature],
    reader: Reader,
    received: Sequence[Delegation],
) -> tuple[Duty, ...]:
    """Stages of the reader: open and unsigned before waiting, waiting before signed; own roles first."""
    signed = {one.stage_id for one in signatures if reader.user.pk in (one.signer_id, one.on_behalf_of_id)}
    held = [Duty(stage) for stage in rows if stage.role in reader.roles]
    held += [
        Duty(stage, one)
        for stage in rows
        for one in received
        if one.stage == stage.code and one.role == stage.role
    ]
    return tuple(sorted(held, key=lambda one: _urgency(one, signed)))


def _urgency(duty: Duty, signed: set[UUID]) -> tuple[bool, bool, int]:
    return (duty.stage.pk in signed, duty.stage.state != StageState.OPEN, duty.stage.order)


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


def _view(release: Release, duty: Duty | None, reader: Reader) -> DecisionView | None:
    if duty is None:
        return None
    return decision_view.show(
        release,
        duty.stage.code,
        action=action_on(duty.stage),
        principal=reader.principal,
        delegation=duty.chosen,
    )
