"""The one answer to "may this person sign this stage, and if not, why" (separation of duties).

Used by API, pages and the quorum gate. Groups, tokens and service accounts are resolved to persons
before any rule is asked. Who signs for somebody inherits the conflicts of both: every rule is asked of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from approvals import candidates, policy
from approvals.candidates import Candidate, Deputyship
from approvals.facts import ReleaseFacts
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Purpose, Tier
from approvals.policy import StageRule
from registry.access import policy as access
from registry.access.roles import Role
from registry.models import CatalogueRecord, RoleGrant, User

SENT: Final = frozenset({Purpose.REVIEW, Purpose.AFTERWARDS})
"""Revisions that were sent in; whoever declares an emergency or proposes a reinstatement decides, too."""


@dataclass(frozen=True)
class Refusal:
    """Why somebody may not sign: a stable code and a sentence, and the step or page that settles it."""

    code: str
    sentence: str
    next_step: str = ""
    page: str = ""


@dataclass(frozen=True)
class Duties:
    """Who did what for a release, by person id (text)."""

    release: Release
    senders: dict[str, str]
    """Person → the sentence part that says what was sent."""
    editors: dict[str, str]
    """Person → which dataset, criterion or run they made or changed."""


@dataclass(frozen=True)
class Capacity:
    """As whom a person signs a stage, himself or for a delegator, and what stands against it."""

    deputyship: Deputyship | None
    refusal: Refusal | None

    @property
    def is_given(self) -> bool:
        """Whether the signature is there already: the person's own, or the delegator's."""
        return self.refusal is not None and self.refusal.code == "signed_already"


def capacity(candidate: Candidate, rule: StageRule, duties: Duties) -> Capacity:
    """Who holds the role signs as himself; else the first delegation that nothing stands against is used."""
    own = Capacity(None, refusal(candidate, rule, duties))
    if rule.role in candidate.roles:
        return own
    standing_in = [
        Capacity(one, refusal(candidate, rule, duties, one)) for one in candidate.deputyships_at(rule)
    ]
    free = (one for one in standing_in if one.refusal is None)
    return next(free, standing_in[0] if standing_in else own)


def refusal(
    candidate: Candidate,
    rule: StageRule,
    duties: Duties,
    deputyship: Deputyship | None = None,
    *,
    reader: User | None = None,
) -> Refusal | None:
    """The first rule that stands against this person signing this stage, for somebody or not; else None.

    Its sentence speaks to the one who would sign, or to another `reader`.
    """
    if deputyship is not None and is_never_delegated(rule.code, duties.release.tier):
        return NEVER_DELEGATED
    you = candidate.user if reader is None else reader
    asked = [_Asked(candidate, you, holds=deputyship is None)]
    if deputyship is not None:
        asked.append(_Asked(deputyship.delegator, you, holds=True))
    for check in CHECKS:
        for person in asked:
            found = check(person, rule, duties)
            if found is not None:
                return found
    return _taken(deputyship, rule) if deputyship is not None else None


def is_never_delegated(stage: str, tier: str) -> bool:
    """Compliance of the highest tier is signed by those who hold the role, and by nobody for them."""
    return stage == "5" and tier == Tier.CRITICAL


NEVER_DELEGATED: Final = Refusal(
    "delegation_critical", "Stage 5 of a release of tier Critical is signed by nobody for somebody else."
)


def duties_of(
    release: Release, facts: ReleaseFacts, revisions: Iterable[ReleaseRevision] | None = None
) -> Duties:
    """Resolve everything sent or edited for this release to persons; `revisions` where they are loaded."""
    senders: dict[str, str] = {}
    editors: dict[str, str] = {}
    for person in release.responsible_persons:
        senders.setdefault(person, f"opened {release.human_id}")
    for linked in facts.runs:
        for person in linked.run.responsible_persons:
            senders.setdefault(person, f"uploaded {linked.run.human_id} or answered for its upload")
            editors.setdefault(person, f"sent {linked.run.human_id}")
    for row in _edited(facts):
        for person in row.responsible_persons:
            editors.setdefault(person, f"recorded {row}")
    for revision in release.revisions.select_related("submitted_by") if revisions is None else revisions:
        if revision.purpose in SENT:
            senders.setdefault(_person_of(revision.submitted_by), f"submitted revision {revision.number}")
    return Duties(release=release, senders=senders, editors=editors)


def _person_of(user: User) -> str:
    """The person's id; of a service account, the id of who answers for it."""
    return str(user.pk if user.is_person else user.answerable_id)


def eligible(release: Release, duties: Duties) -> dict[str, int]:
    """Stage code → number of persons whose signature could count: role in force, no conflict.

    A delegate adds nobody: in a quorum he and the delegator are one.
    """
    grants = RoleGrant.objects.in_force().filter(project=release.project_id)
    users = list(User.objects.filter(pk__in=grants.values("user"), is_active=True))
    people = candidates.of_release(users, release, ignore_signatures=True)
    return {
        rule.code: len({_counted(person, rule, duties) for person in people} - {None})
        for rule in policy.rules_of(release.policy).stages
    }


def _counted(person: Candidate, rule: StageRule, duties: Duties) -> UUID | None:
    """The person whose signature it would be; None where something stands against it."""
    found = capacity(person, rule, duties)
    if found.refusal is not None:
        return None
    return found.deputyship.delegator.user.pk if found.deputyship else person.user.pk


def _edited(facts: ReleaseFacts) -> Iterable[CatalogueRecord]:
    for linked in facts.runs:
        yield linked.dataset
        yield linked.run.dataset_version
    yield from facts.datasets
    if facts.criteria is not None:
        yield facts.criteria
    yield from facts.metrics.values()


@dataclass(frozen=True)
class _Asked:
    """A person of whom the rules are asked: who signs, or for whom it is signed."""

    person: Candidate
    reader: User
    holds: bool
    """Whether it is this person's role."""

    @property
    def is_absent(self) -> bool:
        """Whether the sentence speaks of this person to somebody else."""
        return self.person.user.pk != self.reader.pk

    @property
    def name(self) -> str:
        """`You`, or the person's name."""
        return self.person.user.printed_name if self.is_absent else "You"

    @property
    def id(self) -> str:
        """The person's id, as duties name it."""
        return str(self.person.user.pk)

    def so_not(self, act: str) -> str:
        """The end of a sentence."""
        if not self.is_absent:
            return f"so you cannot {act}"
        return f"so nobody can {act} in that name" if self.holds else f"so that person cannot {act}"


def _is_person(asked: _Asked, rule: StageRule, duties: Duties) -> Refusal | None:
    if not asked.person.user.is_person or not asked.person.user.is_active:
        return Refusal("not_a_person", "Only a person with an open account signs.")
    return None


def _no_superuser(asked: _Asked, rule: StageRule, duties: Duties) -> Refusal | None:
    if access.has_superuser_flag(asked.person.user):
        whose = f"The account of {asked.name}" if asked.is_absent else "This account"
        return Refusal(
            "conflict_superuser",
            f"{whose} administers the whole installation, so it cannot sign {duties.release.human_id}.",
        )
    return None


def _holds_role(asked: _Asked, rule: StageRule, duties: Duties) -> Refusal | None:
    if asked.holds and rule.role not in asked.person.roles:
        role = Role(rule.role).label.lower()
        does_not = "does not" if asked.is_absent else "do not"
        return Refusal(
            "role_missing",
            f"{asked.name} {does_not} hold the role {role} on {duties.release.project.key} now.",
        )
    return None


def _never_admin(asked: _Asked, rule: StageRule, duties: Duties) -> Refusal | None:
    if asked.person.was_admin:
        key, release = duties.release.project.key, duties.release.human_id
        return Refusal(
            "conflict_admin",
            f"{asked.name} administered {key} since {release} was opened, {asked.so_not('sign it')}.",
        )
    return None


def _not_sender(asked: _Asked, rule: StageRule, duties: Duties) -> Refusal | None:
    sent = duties.senders.get(asked.id)
    if "sender" in rule.bars and sent:
        return Refusal("conflict_uploader", f"{asked.name} {sent}, {asked.so_not(_duty(rule))}.")
    return None


def _not_owner(asked: _Asked, rule: StageRule, duties: Duties) -> Refusal | None:
    if "owner" in rule.bars and duties.release.owner_id == asked.person.user.pk:
        owns = "owns" if asked.is_absent else "own"
        return Refusal(
            "conflict_owner",
            f"{asked.name} {owns} {duties.release.human_id}, {asked.so_not(_duty(rule))}.",
        )
    return None


def _not_editor(asked: _Asked, rule: StageRule, duties: Duties) -> Refusal | None:
    edited = duties.editors.get(asked.id)
    if "editor" in rule.bars and edited:
        return Refusal("conflict_editor", f"{asked.name} {edited}, {asked.so_not(_duty(rule))}.")
    return None


def _duty(rule: StageRule) -> str:
    if rule.role == Role.VALIDATOR:
        return "validate this release"
    return f"sign as {Role(rule.role).label.lower()}"


def _one_stage(asked: _Asked, rule: StageRule, duties: Duties) -> Refusal | None:
    others = asked.person.signed_codes - {rule.code}
    low_pair = duties.release.tier == Tier.LOW and others | {rule.code} <= {"2", "6"}
    if others and not low_pair:
        stage, release = min(others), duties.release.human_id
        given = f"{asked.name} signed stage {stage} of {release}"
        if stage in asked.person.delegated_codes:
            given = f"Stage {stage} of {release} was signed for {asked.name if asked.is_absent else 'you'}"
        return Refusal("conflict_other_stage", f"{given}; one person signs one stage.")
    return None


def _taken(deputyship: Deputyship, rule: StageRule) -> Refusal | None:
    """Delegator and delegate are one signature of a stage."""
    if rule.code not in deputyship.delegator.signed_codes:
        return None
    name = deputyship.delegator.user.printed_name
    return Refusal("signed_already", f"The signature of {name} for this stage is given already.")


CHECKS: Final[tuple[Callable[[_Asked, StageRule, Duties], Refusal | None], ...]] = (
    _is_person,
    _no_superuser,
    _holds_role,
    _never_admin,
    _not_sender,
    _not_owner,
    _not_editor,
    _one_stage,
)
