"""People, projects, grants in time, invitations and API tokens."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from guardian.models import UserObjectPermissionBase

from evidence.ids import uuid7
from registry.access.roles import Role
from registry.querysets import GrantQuerySet, InProjectQuerySet, ProjectQuerySet

ACCOUNT_NAME = RegexValidator(
    r"^[a-z][a-z0-9.-]{1,38}[a-z0-9]$",
    "An account name has 3 to 40 characters: small letters, digits, dot and hyphen, starting with a letter.",
)
PROJECT_KEY = RegexValidator(
    r"^[A-Z][A-Z0-9]{1,11}$", "A project key has 2 to 12 characters: capital letters and digits."
)


class UserKind(models.TextChoices):
    """A person signs; a service account only sends."""

    PERSON = "person"
    SERVICE = "service"


class User(AbstractUser):
    """An account. Its name is never changed or reused; people who leave are deactivated."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField("account name", max_length=40, unique=True, validators=[ACCOUNT_NAME])
    printed_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=7, choices=UserKind.choices, default=UserKind.PERSON)
    answerable = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="service_accounts"
    )
    identity_proofing = models.CharField(max_length=200, blank=True)
    first_name = None  # type: ignore[assignment]  # reason: the printed name is one field
    last_name = None  # type: ignore[assignment]  # reason: the printed name is one field

    objects: ClassVar[UserManager["User"]] = UserManager()  # type: ignore[assignment]  # reason: narrower type
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "printed_name"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="service_account_has_answerable_person",
                condition=Q(kind="person", answerable__isnull=True)
                | Q(kind="service", answerable__isnull=False),
            ),
            models.CheckConstraint(name="user_has_printed_name", condition=~Q(printed_name="")),
        ]

    def __str__(self) -> str:
        return self.printed_name

    @property
    def is_person(self) -> bool:
        """Whether this account is a natural person's."""
        return self.kind == UserKind.PERSON


class Organisation(models.Model):
    """The one operator of this installation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """The container of permission: grants sit here, everything below follows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="projects")
    key = models.CharField(max_length=12, unique=True, validators=[PROJECT_KEY])
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, max_length=2000)
    is_demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    run_count = models.PositiveIntegerField(default=0)
    release_count = models.PositiveIntegerField(default=0)
    pack_count = models.PositiveIntegerField(default=0)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [(f"hold_{role}", f"Holds the role {role}") for role in Role.values]

    def __str__(self) -> str:
        return self.key


class ProjectUserObjectPermission(UserObjectPermissionBase):
    """guardian's row for a role on a project; it follows `RoleGrant`, which is the authority."""

    content_object = models.ForeignKey(Project, on_delete=models.CASCADE)


class RoleGrant(models.Model):
    """A role on a project from a start to an end, with who granted it and why. Rows are kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="grants")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="grants_given")
    reason = models.CharField(max_length=500)
    revoked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="grants_revoked"
    )
    revoke_reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "project", "valid_from"], name="grant_by_user")]
        constraints = [
            models.CheckConstraint(
                name="grant_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="grant_not_to_oneself",
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("user")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.project_id}"


class Invitation(models.Model):
    """How a person comes in: a link with an expiry, used once; only the hash of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    printed_name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices)
    grant_ends_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    secret_hash = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations_sent")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="invitation"
    )

    objects = InProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.email


class ApiToken(models.Model):
    """A scoped, expiring token of a user on one project; stored as SHA-256, shown once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tokens")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    scopes = models.JSONField(default=list)
    public_id = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens_issued")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = InProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return f"bs_{self.public_id}_…"
