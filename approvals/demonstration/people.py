"""Who takes part in the demonstration, and how each person comes in; nobody gets in another way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction

from approvals import accountability
from evidence import clock
from evidence.actors import Channel
from registry import installation
from registry.access import factors, people, totp
from registry.access.principals import Principal
from registry.access.roles import Role
from registry.errors import Conflict
from registry.installation import FirstPerson
from registry.models import Project, User

PROJECT: Final = "HARBOR"
ORGANISATION: Final = "HarborSure Insurance (demonstration)"
NAME: Final = "Claims models (demonstration, made data)"
DESCRIPTION: Final = (
    "Shortlist of models that summarise claims notes. Everything here is made data: "
    "no claim, no note and no measurement of a real model."
)
AUDIT_LASTS: Final = timedelta(days=90)
REQUEST: Final = "demonstration"


@dataclass(frozen=True)
class Part:
    """One person of the demonstration: account, name, role, and the stage this person signs."""

    account: str
    printed_name: str
    role: Role
    does: str
    stage: str = ""

    @property
    def email(self) -> str:
        """A reserved address: no mail leaves for it."""
        return f"{self.account}@harborsure.example"


ADMINISTRATOR: Final = Part("adam", "Adam Holt", Role.ADMIN, "administers, never signs")
INVITED: Final = (
    Part("ines", "Ines Marten", Role.SUBMITTER, "engineer, sends runs", "1"),
    Part("tobias", "Tobias Lindqvist", Role.MODEL_OWNER, "owns the claims models", "2"),
    Part("maren", "Maren Vogt", Role.VALIDATOR, "challenges data and results", "3"),
    Part("dora", "Dora Winter", Role.DOMAIN_REVIEWER, "senior adjuster", "4a"),
    Part("olu", "Olu Bankole", Role.SECURITY_REVIEWER, "security", "4b"),
    Part("paul", "Paul Renner", Role.PRIVACY_REVIEWER, "privacy", "4c"),
    Part("fay", "Fay Ostberg", Role.FINOPS_REVIEWER, "cost", "4d"),
    Part("ruth", "Ruth Adeyemi", Role.COMPLIANCE_REVIEWER, "compliance", "5"),
    Part("pia", "Pia Castellan", Role.RELEASE_MANAGER, "releases", "6"),
    Part("audra", "Audra Quinn, Audit AG", Role.AUDITOR, "reads and downloads for 90 days"),
)
CAST: Final = (*INVITED, ADMINISTRATOR)
SIGNERS: Final[Mapping[str, str]] = {part.stage: part.account for part in INVITED if part.stage}
"""Stage → who signs it."""


@dataclass(frozen=True)
class House:
    """The project of the demonstration, its people by account name, and the password of all."""

    project: Project
    people: Mapping[str, User]
    password: str

    def principal(self, account: str) -> Principal:
        """The person acting at the command line, without a token."""
        return Principal(user=self.people[account], channel=Channel.CLI, request_id=REQUEST)


def refuse_registry_in_use() -> None:
    """Raise `Conflict` unless the registry is empty or the demonstration's own."""
    if User.objects.exists() and not Project.objects.filter(key=PROJECT, is_demonstration=True).exists():
        raise Conflict(
            "This registry is in use; the demonstration was not loaded",
            next_step="Set BENCHSEAL_DATA to an empty folder to look at the demonstration.",
        )


def arrive(password: str) -> House:
    """Make what is missing of the project and its people."""
    project = Project.objects.filter(key=PROJECT).first() or _open(password)
    accounts = {user.username: user for user in User.objects.filter(grants__project=project)}
    administrator = Principal(accounts[ADMINISTRATOR.account], channel=Channel.CLI, request_id=REQUEST)
    for part in INVITED:
        if part.account not in accounts:
            accounts[part.account] = _come_in(part, project, password, administrator)
        if part.stage:
            _prepare(accounts[part.account])
    return House(project=project, people=accounts, password=password)


def _open(password: str) -> Project:
    project, _ = installation.set_up(
        organisation=ORGANISATION,
        project_key=PROJECT,
        project_name=NAME,
        description=DESCRIPTION,
        is_demonstration=True,
        administrator=FirstPerson(
            ADMINISTRATOR.account, ADMINISTRATOR.printed_name, ADMINISTRATOR.email, password
        ),
    )
    return project


@transaction.atomic
def _come_in(part: Part, project: Project, password: str, administrator: Principal) -> User:
    ends_at = clock.now() + AUDIT_LASTS if part.role == Role.AUDITOR else None
    invited = people.invite(
        project=project,
        email=part.email,
        printed_name=part.printed_name,
        role=part.role,
        reason=f"Demonstration: {part.does}",
        grant_ends_at=ends_at,
        principal=administrator,
    )
    return people.accept(
        invitation_id=str(invited.invitation.pk),
        secret=invited.secret,
        account=part.account,
        password=password,
        request_id=REQUEST,
    )


def _prepare(user: User) -> None:
    """Who signs accepted that signatures bind, and has an authenticator with a secret of its own."""
    principal = Principal(user, channel=Channel.CLI, request_id=REQUEST)
    accountability.accept(version=accountability.VERSION, principal=principal)
    if not factors.held(user).totp:
        factors.add_totp(user, totp.new_secret(), actor=principal.actor)
