"""Forms of people, tokens and reasons; they check shape, the steps decide."""

from collections.abc import Iterable
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError

from evidence import clock
from registry.access.roles import TOKEN_SCOPES, Role
from registry.models import User
from registry.models.access import ACCOUNT_NAME
from registry.pages.fields import EndField, ReasonField
from registry.presentation.words import QUICK_START, SCOPES

USUAL_TERM = timedelta(days=90)


class WithdrawForm(forms.Form):
    """Why a record is taken out of use."""

    reason = ReasonField()


class VoidForm(forms.Form):
    """Why a run no longer counts."""

    reason = ReasonField(help_text="Shown on the run, in every release that cites it, and in the ledger.")


class EndGrantForm(forms.Form):
    """Why a role ends."""

    reason = ReasonField()


class DeactivateForm(forms.Form):
    """Why an account is closed."""

    reason = ReasonField()


class TakeFactorsForm(forms.Form):
    """Why a second factor is taken away."""

    reason = ReasonField(help_text="Such as: the phone was lost. Kept in the ledger.")


class ConfirmRecoveryForm(forms.Form):
    """How an administrator knows that the right person has the account."""

    reason = ReasonField(label="How you know that it is this person", help_text="Kept in the ledger.")


class GrantForm(forms.Form):
    """A role for somebody who has an account."""

    account = forms.CharField(
        max_length=40, label="Account name", help_text="Of somebody who has an account here."
    )
    role = forms.ChoiceField(choices=[("", "Choose"), *Role.choices])
    ends_on = EndField(
        required=False, help_text="Empty: until somebody ends it. An auditor's role has an end."
    )
    reason = ReasonField()

    def clean_account(self) -> User:
        user = User.objects.filter(username=self.cleaned_data["account"], is_active=True).first()
        if user is None:
            raise ValidationError("Nobody here has this account name. Invite the person instead.")
        return user


class InviteForm(forms.Form):
    """A role for somebody who has no account yet."""

    printed_name = forms.CharField(
        max_length=120, label="Name", help_text="As it is printed beside a signature."
    )
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(choices=[("", "Choose"), *Role.choices])
    ends_on = EndField(
        required=False, label="Last day of the role, UTC", help_text="Empty: until somebody ends it."
    )
    reason = ReasonField()


class AcceptForm(forms.Form):
    """How an invited person makes an account."""

    account = forms.CharField(
        max_length=40,
        label="Account name",
        validators=[ACCOUNT_NAME],
        help_text="3 to 40 small letters, digits, dot and hyphen. It is never changed and never used again.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        strip=False,
        help_text="At least 12 characters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        strip=False,
        label="Password, once more",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        if repeated != self.cleaned_data.get("password"):
            raise ValidationError("The two passwords differ.")
        return repeated


class TokenForm(forms.Form):
    """A new API token of oneself, or of a service account one answers for."""

    user = forms.ModelChoiceField(
        User.objects.none(),
        label="For",
        empty_label=None,
        help_text="You, or a service account you answer for.",
    )
    name = forms.CharField(max_length=80, help_text="Where it is used, as ci-triage.")
    scopes = forms.MultipleChoiceField(
        choices=[(str(scope), f"{SCOPES[scope][0]}: {SCOPES[scope][1]}") for scope in TOKEN_SCOPES],
        widget=forms.CheckboxSelectMultiple,
        help_text="A token never does more than its person may, and never signs.",
        initial=sorted(QUICK_START),
    )
    ends_on = EndField(required=True, help_text="At most a year from today.")

    def offer(self, users: Iterable[User]) -> None:
        """Set whom a token can be for; the first is the caller."""
        ids = [user.pk for user in users]
        self.fields["user"].queryset = User.objects.filter(pk__in=ids).order_by("-kind", "printed_name")  # type: ignore[attr-defined]
        self.fields["user"].initial = ids[0]
        self.fields["ends_on"].initial = (clock.now() + USUAL_TERM).date()


class ServiceAccountForm(forms.Form):
    """An account for a pipeline."""

    account = forms.CharField(max_length=40, label="Account name", validators=[ACCOUNT_NAME])
    printed_name = forms.CharField(
        max_length=120, label="Name", help_text="As runs show it: CI of claims models."
    )
