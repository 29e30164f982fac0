"""Set up an empty installation: keys, organisation, projects and the first administrator.

Never replaces a key, and never changes anything that exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from evidence import clock, keymaking, ledger
from evidence.actors import Actor, Channel
from evidence.digests import digest_of
from evidence.events import EvidenceEvent
from evidence.models import LedgerEntry
from evidence.publickeys import listed
from evidence.signing import published_keys
from registry.access import grants, people
from registry.access.people import field_errors
from registry.access.principals import Principal
from registry.access.roles import Role
from registry.containers import container_of
from registry.errors import Conflict, FieldsInvalid, NotFound
from registry.events import RegistryEvent
from registry.ledger_facts import of_project
from registry.models import Organisation, Project, User

CONSOLE: Final = Actor(id="operator", name="Operator at the command line", channel=Channel.CLI)
"""Who acts before anybody has an account: whoever can run commands on this machine."""


@dataclass(frozen=True)
class FirstPerson:
    """What is asked for the first administrator."""

    account: str
    printed_name: str
    email: str
    password: str


@dataclass(frozen=True)
class Operator(Principal):
    """The console giving a role: the entry names the operator, not the person who receives it."""

    @property
    def actor(self) -> Actor:
        return CONSOLE


def make_keys() -> list[str]:
    """Make the keys that are missing; the names of the files written. Raises `OriginDiffers`."""
    made = keymaking.make_keys(
        settings.KEYS_DIR,
        origin=settings.LOG_ORIGIN,
        operator=settings.OPERATOR,
        now=clock.now(),
        time_authority="external" if settings.TSA_URL else "self-issued",
    )
    _tell_keys()
    return made


@transaction.atomic
def set_up(
    *,
    organisation: str,
    project_key: str,
    project_name: str,
    administrator: FirstPerson,
    description: str = "",
    is_demonstration: bool = False,
) -> tuple[Project, User]:
    """Organisation, first project and its administrator, all or nothing; needs an empty registry."""
    if Organisation.objects.exists():
        raise Conflict("This installation is set up already", next_step="Use `manage.py make_project`.")
    project = make_project(
        make_organisation(organisation),
        project_key,
        project_name,
        description=description,
        is_demonstration=is_demonstration,
    )
    person = people.make_person(
        account=administrator.account,
        printed_name=administrator.printed_name,
        email=administrator.email,
        password=administrator.password,
        actor=CONSOLE,
    )
    appoint(person, project, reason="First administrator of the installation")
    return project, person


@transaction.atomic
def make_organisation(name: str) -> Organisation:
    """The one operator of this installation."""
    organisation = Organisation(name=name)
    _clean(organisation)
    organisation.save()
    _tell(
        RegistryEvent.ORGANISATION_MADE,
        f"organisation:{organisation.pk}",
        ledger.OF_THE_INSTALLATION,
        {"name": name},
    )
    return organisation


@transaction.atomic
def make_project(
    organisation: Organisation,
    key: str,
    name: str,
    *,
    description: str = "",
    is_demonstration: bool = False,
) -> Project:
    """A project nobody holds a role on yet; raises `Conflict` or `FieldsInvalid`."""
    if Project.objects.filter(key=key).exists():
        raise Conflict(f"The project {key} exists already", pointer="/key")
    project = Project(
        organisation=organisation,
        key=key,
        name=name,
        description=description,
        is_demonstration=is_demonstration,
        created_at=clock.now(),
    )
    _clean(project)
    project.save()
    _tell(RegistryEvent.PROJECT_MADE, f"project:{project.pk}", container_of(project.pk), of_project(project))
    return project


@transaction.atomic
def open_project(key: str, name: str, *, administrator: str) -> Project:
    """A further project, administered by somebody who has an account."""
    organisation = Organisation.objects.first()
    if organisation is None:
        raise NotFound("This installation is empty", next_step="Run `manage.py bootstrap` first.")
    person = User.objects.filter(username=administrator, kind="person", is_active=True).first()
    if person is None:
        raise NotFound(
            f"No person has the account name {administrator}",
            next_step="Name a person who can sign in; others come by invitation.",
        )
    project = make_project(organisation, key, name)
    appoint(person, project, reason="Administrator of a new project")
    return project


def appoint(person: User, project: Project, *, reason: str) -> None:
    """Give the role `admin` from the console; the caller's transaction holds the entry."""
    grants.write(
        project=project,
        user=person,
        role=Role.ADMIN,
        reason=reason,
        granted_by=Operator(user=person, channel=Channel.CLI),
    )


def _tell_keys() -> None:
    # The list's digest in the subject: an interrupted set-up tells of its keys when it is finished.
    published = published_keys()
    subject = f"keys:{digest_of(published)}"
    if LedgerEntry.objects.filter(subject=subject).exists():
        return
    entries = listed(published)
    new = {str(entry["key_id"]): f"{entry['use']} {entry['status']}" for entry in entries}
    with transaction.atomic():
        ledger.append(
            EvidenceEvent.KEYS_MADE,
            subject,
            actor=CONSOLE,
            container=ledger.OF_THE_INSTALLATION,
            note=ledger.Note(new=new),
        )


def _tell(event: RegistryEvent, subject: str, container: str, new: dict[str, Any]) -> None:
    ledger.append(event, subject, actor=CONSOLE, container=container, note=ledger.Note(new=new))


def _clean(row: Organisation | Project) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise FieldsInvalid("Fields need a correction; nothing was stored", field_errors(error)) from error
