"""Forms that end in a signature or in a reviewer's word; passwords are never shown again."""

from __future__ import annotations

from django import forms

from approvals.signing import SHORTEST_REASON
from registry.pages.fields import LinesField


class CredentialsForm(forms.Form):
    """Both components of a signature, typed each time."""

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


class SignForm(CredentialsForm):
    """A signature with what its signer adds."""

    comment = forms.CharField(
        required=False,
        max_length=4000,
        label="Comment or conditions",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Signed and printed with your signature, word for word.",
    )
    field_order = ("comment", "account", "password")


class ReasonedSignForm(CredentialsForm):
    """A signed no: its reason is not optional."""

    comment = forms.CharField(
        max_length=4000,
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"{SHORTEST_REASON} characters or more. Signed and printed, word for word.",
    )
    field_order = ("comment", "account", "password")


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
