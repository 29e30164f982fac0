"""The cast: named people with roles on a project, made through the real steps."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from approvals import accountability
from evidence import clock, ledger
from evidence.actors import SYSTEM, Channel
from registry import installation
from registry.access import grants, people, tokens
from registry.access.principals import Principal
from registry.access.roles import TOKEN_SCOPES, Role
from registry.events import RegistryEvent
from registry.models import Project, RoleGrant, User

PASSWORD = "correct horse battery staple"

ROLES = {
    "ines": Role.SUBMITTER,
    "tobias": Role.MODEL_OWNER,
    "maren": Role.VALIDATOR,
    "dora": Role.DOMAIN_REVIEWER,
    "olu": Role.SECURITY_REVIEWER,
    "paul": Role.PRIVACY_REVIEWER,
    "fay": Role.FINOPS_REVIEWER,
    "ruth": Role.COMPLIANCE_REVIEWER,
    "pia": Role.RELEASE_MANAGER,
    "audra": Role.AUDITOR,
    "adam": Role.ADMIN,
}
"""Account name → role. Mallory holds roles in another project only; Sue is a superuser without a grant."""


@dataclass
class Cast:
    """A project and its people by account name."""

    project: Project
    elsewhere: Project
    people: dict[str, User]

    def __getitem__(self, account: str) -> User:
        return self.people[account]

    def principal(self, account: str, channel: Channel = Channel.API) -> Principal:
        """The person in a session."""
        return Principal(user=self.people[account], channel=channel, request_id="test")

    def give(self, account: str, role: str, **when: datetime) -> RoleGrant:
        """A role on the project, without the rule that nobody is his own giver."""
        return grants.write(
            project=self.project,
            user=self.people[account],
            role=Role(role),
            reason="Test",
            granted_by=self.principal("adam"),
            **when,
        )

    def token(self, account: str, *scopes: str) -> str:
        """A token of the person with these scopes (default: all a token can carry)."""
        issued = tokens.issue(
            project=self.project,
            user=self.people[account],
            name="test",
            scopes=[str(s) for s in scopes or TOKEN_SCOPES],
            expires_at=clock.now() + timedelta(days=1),
            principal=self.principal(account),
        )
        return issued.text


def make_cast() -> Cast:
    """HARBOR with one person for each role; ELSEWHERE with Mallory as its administrator and submitter.

    Everybody accepted that signatures bind.
    """
    organisation = installation.make_organisation("HarborSure Insurance")
    project = installation.make_project(organisation, "HARBOR", "Claims models")
    elsewhere = installation.make_project(organisation, "ELSEWHERE", "Other models")
    accounts = {name: _person(name) for name in (*ROLES, "mallory", "sue", "gus")}
    adam = Principal(user=accounts["adam"], channel=Channel.CLI)
    for name, role in ROLES.items():
        grants.write(project=project, user=accounts[name], role=role, reason="Test cast", granted_by=adam)
    for role in (Role.ADMIN, Role.SUBMITTER):
        grants.write(
            project=elsewhere, user=accounts["mallory"], role=role, reason="Test cast", granted_by=adam
        )
    grants.write(
        project=elsewhere, user=accounts["adam"], role=Role.ADMIN, reason="Test cast", granted_by=adam
    )
    for user in accounts.values():
        accountability.accept(version=accountability.VERSION, principal=Principal(user=user))
    _give_every_power(accounts["sue"])
    return Cast(project=project, elsewhere=elsewhere, people=accounts)


def _give_every_power(user: User) -> None:
    """What no step does; told all the same, so that it is no fault of the log."""
    User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
    user.refresh_from_db()
    with transaction.atomic():
        ledger.append(
            RegistryEvent.USER_MADE,
            f"user:{user.pk}",
            actor=SYSTEM,
            container=ledger.OF_THE_INSTALLATION,
            note=ledger.Note(new={"superuser": True, "staff": True}),
        )


def _person(name: str) -> User:
    return people.make_person(
        account=name,
        printed_name=f"{name.capitalize()} Example",
        email=f"{name}@example.org",
        password=PASSWORD,
        actor=SYSTEM,
    )
