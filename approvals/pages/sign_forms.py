"""Forms that end in a signature or in a reviewer's word; passwords are never shown again."""

from __future__ import annotations

from typing import Any

from django import forms

from approvals.demands import Credentials, Demand
from approvals.models.releases import Tier
from approvals.signing import SHORTEST_REASON
from registry.pages.fields import LinesField


class FreshInput(forms.TextInput):
    """What counts once is never filled in again."""

    def format_value(self, value: object) -> None:
        return None


class CredentialsForm(forms.Form):
    """The components a signature asks for, typed each time; in a series one of them."""

    account = forms.CharField(
        label="Account name",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        max_length=4096, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    code = forms.CharField(
        max_length=20,
        label="Code of your authenticator",
        widget=FreshInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    passkey = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asked: Demand, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked = asked
        wanted = set(asked.components)
        if "second_factor" in wanted:
            wanted |= {"code"} if asked.factors.totp else set()
            wanted |= {"passkey"} if asked.factors.passkeys else set()
            if asked.factors.passkeys:
                self.fields["code"].required = False
                self.fields["code"].help_text = "Or use a passkey, without a code."
        for name in {"account", "password", "code", "passkey"} - wanted:
            del self.fields[name]

    @property
    def given(self) -> Credentials:
        """What was typed and answered, for the step."""
        data = self.cleaned_data
        passkey = data.get("passkey")
        return Credentials(
            account=data.get("account", ""),
            password=data.get("password", ""),
            code=data.get("code", ""),
            passkey=passkey if isinstance(passkey, dict) else None,
        )


class SignForm(CredentialsForm):
    """A signature with what its signer adds."""

    comment = forms.CharField(
        required=False,
        max_length=4000,
        label="Comment",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Signed and printed with your signature, word for word.",
    )
    field_order = ("comment", "account", "password", "code")


class ReasonedSignForm(CredentialsForm):
    """A signed no: its reason is not optional."""

    comment = forms.CharField(
        max_length=4000,
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"{SHORTEST_REASON} characters or more. Signed and printed, word for word.",
    )
    field_order = ("comment", "account", "password", "code")


class ReasonForm(forms.Form):
    """A word without a signature: kept in the ledger."""

    reason = forms.CharField(
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"{SHORTEST_REASON} characters or more. Kept in the ledger, word for word.",
    )


class ChangesForm(ReasonForm):
    """What a reviewer asks for, thing by thing."""

    items = LinesField(label="What to change", help_text="One thing a line, as the submitter reads it.")


class EmergencyForm(forms.Form):
    """Why a release cannot wait for its review."""

    incident = forms.CharField(max_length=120, label="Incident", help_text="The id of the open incident.")
    cause = forms.CharField(
        max_length=4000,
        label="Why it cannot wait",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"{SHORTEST_REASON} characters or more. Both signers sign it, word for word.",
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hours"] = forms.IntegerField(
            min_value=1, max_value=most, initial=most, label="Live for, in hours", help_text=f"1 to {most}."
        )


class CauseForm(forms.Form):
    """What the cause of a suspension was, and what removed it."""

    cause = forms.CharField(
        max_length=4000,
        label="Cause, and what removed it",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"{SHORTEST_REASON} characters or more. Signed by all three, word for word.",
    )


class NothingForm(forms.Form):
    """An act that needs no words."""


class TierForm(ReasonForm):
    """Another tier than the release has, and why."""

    def __init__(self, *args: Any, tier: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(value, label) for value, label in Tier.choices if value != tier]
        self.fields["tier"] = forms.ChoiceField(label="New tier", choices=others, widget=forms.RadioSelect)
        self.order_fields(("tier", "reason"))
