"""The one answer to "may this person sign this stage, and if not, why" (separation of duties).

Used by API, pages and the quorum gate. Groups, tokens and service accounts are resolved to persons
before any rule is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from approvals import candidates, policy
from approvals.candidates import Candidate
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


def refusal(candidate: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    """The first rule that stands against this person signing this stage; None when none does."""
    for check in _CHECKS:
        found = check(candidate, rule, duties)
        if found is not None:
            return found
    return None


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
            senders.setdefault(person, f"uploaded {linked.run.human_id} or answer for its upload")
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
    """Stage code → number of persons with the role in force and no conflict."""
    grants = RoleGrant.objects.in_force().filter(project=release.project_id)
    users = list(User.objects.filter(pk__in=grants.values("user"), is_active=True))
    people = candidates.of_release(users, release, ignore_signatures=True)
    return {
        rule.code: sum(refusal(person, rule, duties) is None for person in people)
        for rule in policy.rules_of(release.policy).stages
    }


def _edited(facts: ReleaseFacts) -> Iterable[CatalogueRecord]:
    for linked in facts.runs:
        yield linked.dataset
        yield linked.run.dataset_version
    yield from facts.datasets
    if facts.criteria is not None:
        yield facts.criteria
    yield from facts.metrics.values()


def _is_person(person: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    if not person.user.is_person or not person.user.is_active:
        return Refusal("not_a_person", "Only a person with an open account signs.")
    return None


def _no_superuser(person: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    if access.has_superuser_flag(person.user):
        return Refusal(
            "conflict_superuser",
            f"This account administers the whole installation, so it cannot sign {duties.release.human_id}.",
        )
    return None


def _holds_role(person: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    if rule.role not in person.roles:
        role = Role(rule.role).label.lower()
        return Refusal(
            "role_missing", f"You do not hold the role {role} on {duties.release.project.key} now."
        )
    return None


def _never_admin(person: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    if person.was_admin:
        return Refusal(
            "conflict_admin",
            f"You administered {duties.release.project.key} since {duties.release.human_id} was opened, "
            "so you cannot sign it.",
        )
    return None


def _not_sender(person: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    sent = duties.senders.get(str(person.user.pk))
    if "sender" in rule.bars and sent:
        return Refusal("conflict_uploader", f"You {sent}, so you cannot {_duty(rule)}.")
    return None


def _not_owner(person: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    if "owner" in rule.bars and duties.release.owner_id == person.user.pk:
        return Refusal("conflict_owner", f"You own {duties.release.human_id}, so you cannot {_duty(rule)}.")
    return None


def _not_editor(person: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    edited = duties.editors.get(str(person.user.pk))
    if "editor" in rule.bars and edited:
        return Refusal("conflict_editor", f"You {edited}, so you cannot {_duty(rule)}.")
    return None


def _duty(rule: StageRule) -> str:
    if rule.role == Role.VALIDATOR:
        return "validate this release"
    return f"sign as {Role(rule.role).label.lower()}"


def _one_stage(person: Candidate, rule: StageRule, duties: Duties) -> Refusal | None:
    others = person.signed_codes - {rule.code}
    low_pair = duties.release.tier == Tier.LOW and others | {rule.code} <= {"2", "6"}
    if others and not low_pair:
        return Refusal(
            "conflict_other_stage",
            f"You signed stage {min(others)} of {duties.release.human_id}; one person signs one stage.",
        )
    return None


_CHECKS: Final[tuple[Callable[[Candidate, StageRule, Duties], Refusal | None], ...]] = (
    _is_person,
    _no_superuser,
    _holds_role,
    _never_admin,
    _not_sender,
    _not_owner,
    _not_editor,
    _one_stage,
)
