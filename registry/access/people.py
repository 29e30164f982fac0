"""How people come in: the first administrator by `bootstrap`, everybody else by invitation."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from evidence import clock, ledger
from evidence.actors import Actor, Channel
from registry.access import grants, policy, printed_names, recoveries
from registry.access.authentication import secret_hash
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.errors import Conflict, FieldsInvalid, GrantRefused, InvitationInvalid
from registry.events import RegistryEvent
from registry.ledger_facts import of_account, of_invitation
from registry.models.access import Invitation, Project, User, UserKind
from registry.models.factors import RecoveryCause

VALID_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Invited:
    """A new invitation; `secret` goes into the link and is stored nowhere."""

    invitation: Invitation
    secret: str


@transaction.atomic
def make_person(*, account: str, printed_name: str, email: str, password: str, actor: Actor) -> User:
    """A person with a checked password; the account name can never be used again."""
    user = User(username=account, printed_name=printed_name, email=email)
    _check_person(user, password)
    user.set_password(password)
    user.save()
    ledger.append(
        RegistryEvent.USER_MADE,
        f"user:{user.pk}",
        actor=actor,
        container=ledger.OF_THE_INSTALLATION,
        note=ledger.Note(new=of_account(user)),
    )
    return user


@transaction.atomic
def set_password(user: User, password: str, *, actor: Actor) -> User:
    """A new password set by whoever runs the server; the entry says so, never the password."""
    _check_password(user, password)
    user.set_password(password)
    user.save(update_fields=["password"])
    ledger.append(
        RegistryEvent.PASSWORD_CHANGED,
        f"user:{user.pk}",
        actor=actor,
        container=ledger.OF_THE_INSTALLATION,
        note=ledger.Note(new={"by": "operator of the server"}),
    )
    recoveries.after_reset(user, cause=RecoveryCause.PASSWORD_SET, actor=actor)
    return user


@transaction.atomic
def make_service_account(*, account: str, printed_name: str, project: Project, principal: Principal) -> User:
    """An account for a pipeline; the caller answers for it, and it may only submit."""
    policy.require(principal, Permission.TOKEN_ISSUE, project)
    user = User(
        username=account,
        printed_name=printed_name,
        kind=UserKind.SERVICE,
        answerable=principal.user,
        email=principal.user.email,
    )
    user.set_unusable_password()
    _check_fields(user)
    user.save()
    ledger.append(
        RegistryEvent.USER_MADE,
        f"user:{user.pk}",
        actor=principal.actor,
        container=ledger.OF_THE_INSTALLATION,
        note=ledger.Note(new=of_account(user)),
    )
    return user


@transaction.atomic
def invite(
    *,
    project: Project,
    email: str,
    printed_name: str,
    role: str,
    reason: str,
    principal: Principal,
    grant_ends_at: datetime | None = None,
) -> Invited:
    """An invitation for one role; its link is used once within seven days."""
    policy.require(principal, Permission.GRANT_MANAGE, project)
    _refuse_second_account(email, principal)
    secret = secrets.token_urlsafe(32)
    invitation = Invitation(
        project=project,
        email=email,
        printed_name=printed_name,
        role=role,
        grant_ends_at=grant_ends_at,
        reason=reason,
        secret_hash=secret_hash(secret),
        invited_by=principal.user,
        created_at=clock.now(),
        expires_at=clock.now() + VALID_FOR,
    )
    _check_fields(invitation)
    invitation.save()
    ledger.append(
        RegistryEvent.INVITATION_SENT,
        f"invitation:{invitation.pk}",
        actor=principal.actor,
        container=container_of(project.pk),
        note=ledger.Note(reason=reason, new=of_invitation(invitation)),
    )
    return Invited(invitation=invitation, secret=secret)


@transaction.atomic
def accept(*, invitation_id: str, secret: str, account: str, password: str, request_id: str) -> User:
    """Make the person and the grant of the invitation; raises `InvitationInvalid`."""
    invitation = open_invitation(invitation_id, secret)
    # Read again under the lock: one link makes one account, however many requests bring it at once.
    if Invitation.objects.select_for_update().get(pk=invitation.pk).accepted_at is not None:
        raise InvitationInvalid("This invitation was used or has expired")
    _refuse_second_account(invitation.email, Principal(user=invitation.invited_by))
    actor = Actor(
        id=f"invitation:{invitation.pk}",
        name=invitation.printed_name,
        channel=Channel.UI,
        request_id=request_id,
    )
    user = make_person(
        account=account,
        printed_name=invitation.printed_name,
        email=invitation.email,
        password=password,
        actor=actor,
    )
    grants.write(
        project=invitation.project,
        user=user,
        role=invitation.role,
        reason=invitation.reason,
        granted_by=Principal(user=invitation.invited_by, request_id=request_id),
        ends_at=invitation.grant_ends_at,
    )
    invitation.accepted_at = clock.now()
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    note = ledger.Note(new={"accepted_by": account})
    ledger.append(
        RegistryEvent.INVITATION_ACCEPTED,
        f"invitation:{invitation.pk}",
        actor=actor,
        container=container_of(invitation.project_id),
        note=note,
    )
    return user


def open_invitation(invitation_id: str, secret: str) -> Invitation:
    """The invitation of a link while it can be used."""
    try:
        invitation = Invitation.objects.select_related("project", "invited_by").get(pk=invitation_id)
    except (Invitation.DoesNotExist, ValidationError) as error:
        raise InvitationInvalid("This invitation does not exist") from error
    usable = (
        invitation.accepted_at is None
        and invitation.expires_at > clock.now()
        # Who is no administrator any more brings nobody in.
        and policy.may(Principal(user=invitation.invited_by), Permission.GRANT_MANAGE, invitation.project)
    )
    if not usable or not hmac.compare_digest(invitation.secret_hash, secret_hash(secret)):
        raise InvitationInvalid(
            "This invitation was used or has expired",
            next_step="Ask an administrator of the project for a new one.",
        )
    return invitation


@transaction.atomic
def deactivate(user: User, *, reason: str, principal: Principal, project: Project) -> User:
    """Close an account for good; only possible for people whose projects one administers, all of them."""
    policy.require(principal, Permission.GRANT_MANAGE, project)
    if user.pk == principal.user.pk or not user.grants.filter(project=project).exists():
        raise GrantRefused("This account cannot be closed from here")
    places = Project.objects.visible_to(user)
    if not all(policy.may(principal, Permission.GRANT_MANAGE, place) for place in places):
        raise GrantRefused(
            "This account holds roles on a project that you do not administer",
            next_step="End its roles here; an administrator of all its projects can close it.",
        )
    user.is_active = False
    user.save(update_fields=["is_active"])
    ledger.append(
        RegistryEvent.USER_DEACTIVATED,
        f"user:{user.pk}",
        actor=principal.actor,
        container=ledger.OF_THE_INSTALLATION,
        note=ledger.Note(reason=reason, old={"is_active": True}, new={"is_active": False}),
    )
    return user


def _refuse_second_account(email: str, inviter: Principal) -> None:
    """A person has one account: with two, one person would sign where two have to."""
    if email.casefold() == inviter.user.email.casefold():
        raise GrantRefused("Nobody invites himself", pointer="/email", next_step="Ask another administrator.")
    if User.objects.filter(kind=UserKind.PERSON, email__iexact=email, is_active=True).exists():
        raise GrantRefused(
            "Somebody with this address has an account",
            pointer="/email",
            next_step="Give that account the role.",
        )


def _check_person(user: User, password: str) -> None:
    if User.objects.filter(username=user.username).exists():
        raise Conflict(f"The account name {user.username} is taken", pointer="/account")
    _check_password(user, password)
    _check_fields(user, exclude=["password"])


def _check_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise FieldsInvalid(
            "The password is too weak",
            [{"pointer": "/password", "detail": m, "code": "password_weak"} for m in error.messages],
        ) from error


def _check_fields(row: User | Invitation, exclude: list[str] | None = None) -> None:
    try:
        row.full_clean(exclude=exclude or [])
    except ValidationError as error:
        raise FieldsInvalid("Fields need a correction", field_errors(error)) from error
    if fault := printed_names.fault_of(row.printed_name):
        errors = [{"pointer": "/printed_name", "detail": fault, "code": "name_misleading"}]
        raise FieldsInvalid("Fields need a correction", errors)


def field_errors(error: ValidationError) -> list[dict[str, str]]:
    """Django's field errors as problem entries with a JSON pointer each."""
    return [
        {"pointer": "" if name == "__all__" else f"/{name}", "detail": message, "code": "invalid"}
        for name, messages in error.message_dict.items()
        for message in messages
    ]
