"""Second factors beside those the login library keeps: codes used up, and recoveries to be confirmed."""

from django.db import models
from django.db.models import F, Q

from evidence.ids import uuid7
from registry.models.access import User


class TotpUse(models.Model):
    """The last time step of which a code counted for a person: that code and older ones never count again."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="totp_use")
    step = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.step}"


class RecoveryCause(models.TextChoices):
    """What was taken from a person or set anew without the means to sign."""

    PASSWORD_RESET = "password_reset", "password set by a link sent by mail"  # reason: a cause
    PASSWORD_SET = "password_set", "password set by the operator of the server"  # reason: a cause
    FACTORS_REMOVED = "factors_removed", "second factor removed by an administrator"
    RECOVERY_CODE = "recovery_code", "second factor changed after logging in with a recovery code"


class Recovery(models.Model):
    """Means to sign that somebody else could have replaced; no signing until an administrator confirms."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recoveries")
    cause = models.CharField(max_length=20, choices=RecoveryCause.choices)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    requested_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirm_reason = models.CharField(max_length=500, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["requested_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="recovery_not_confirmed_by_oneself",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("user")),
            ),
            models.CheckConstraint(
                name="recovery_confirmed_by_a_second_person",
                condition=Q(confirmed_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(confirmed_by=F("requested_by")),
            ),
            models.CheckConstraint(
                name="recovery_confirmed_by_somebody_at_a_time",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.cause}"
