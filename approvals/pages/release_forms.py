"""Forms of deployments and releases; every choice is one of the project's own records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from approvals import policy
from approvals.models import Deployment, Release
from approvals.policy import Rules, StageRule
from approvals.presentation.labels import DOMAIN_WORDS, REACH_WORDS
from registry.models import CriteriaSet, ModelVersion, Project, User
from registry.pages.fields import persons_of

TRIGGERS = ("personal_data", "external_vendor", "cost_driven")
WORDS = forms.Textarea(attrs={"rows": 4})


class DeploymentForm(forms.Form):
    """Where a model runs."""

    name = forms.CharField(max_length=60, help_text="Small letters, digits and hyphens, as claims-summaries.")
    environment = forms.CharField(max_length=60, help_text="As production or pilot.")
    description = forms.CharField(max_length=500, required=False)


class ReleaseWordsForm(forms.Form):
    """What a release is for, who owns it, and the answers its tier follows from."""

    title = forms.CharField(max_length=160, help_text="One line, as Argo-L for claims summaries.")
    intended_use = forms.CharField(
        max_length=4000, widget=WORDS, help_text="Who uses it, for what. Printed in the pack, word for word."
    )
    out_of_scope = forms.CharField(
        max_length=4000, widget=WORDS, required=False, help_text="What it must not be used for."
    )
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody yet",
        help_text="A person, answerable after release.",
    )
    criteria = forms.ModelChoiceField(
        queryset=CriteriaSet.objects.none(),
        required=False,
        empty_label="None",
        help_text="What the measured results are compared with.",
    )
    reach = forms.ChoiceField(
        label="Whom does it reach?", choices=list(REACH_WORDS.items()), widget=forms.RadioSelect
    )
    domain = forms.ChoiceField(label="Is it used in a regulated field?", choices=list(DOMAIN_WORDS.items()))
    personal_data = forms.BooleanField(
        required=False, label="It handles personal data", help_text="Adds the privacy stage."
    )
    external_vendor = forms.BooleanField(
        required=False, label="The model is an external vendor's", help_text="Adds the security stage."
    )
    cost_driven = forms.BooleanField(
        required=False, label="Cost drove the choice", help_text="Adds the FinOps stage."
    )
    optional_stages = forms.MultipleChoiceField(
        required=False,
        label="Further stages",
        widget=forms.CheckboxSelectMultiple,
        help_text="Stages that the tier does not ask for anyway. Once submitted they are required.",
    )

    def __init__(self, *args: Any, project: Project, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        self.fields["optional_stages"].choices = [  # type: ignore[attr-defined]  # reason: a choice of words
            (rule.code, f"{rule.code} {rule.name}") for rule in optional_in_any_tier(rules)
        ]
        self.fields["owner"].queryset = persons_of(project)  # type: ignore[attr-defined]  # reason: a choice of rows
        self.fields["criteria"].queryset = (  # type: ignore[attr-defined]  # reason: a choice of rows
            CriteriaSet.objects.heads().filter(project=project, withdrawn_at__isnull=True).order_by("name")
        )

    def answers(self) -> dict[str, Any]:
        """The answers as the policy reads them."""
        return answers_of(self.cleaned_data)

    def values(self) -> dict[str, Any]:
        """What the steps take; stages that the tier asks for anyway are left out."""
        data, answers = self.cleaned_data, self.answers()
        known = self.rules.tiers[policy.tier_of(answers)]["optional"]
        return {
            **{name: data[name] for name in ("title", "intended_use", "out_of_scope", "owner", "criteria")},
            "tier_answers": answers,
            "optional_stages": [code for code in data["optional_stages"] if code in known],
        }


class ReleaseForm(ReleaseWordsForm):
    """A new release: also its deployment and model version, which never change."""

    deployment = forms.ModelChoiceField(queryset=Deployment.objects.none(), empty_label="Choose a deployment")
    model_version = forms.ModelChoiceField(
        queryset=ModelVersion.objects.none(), empty_label="Choose a model version"
    )
    field_order = (
        "title",
        "deployment",
        "model_version",
        "intended_use",
        "out_of_scope",
        "owner",
        "criteria",
    )

    def __init__(self, *args: Any, project: Project, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, project=project, rules=rules, **kwargs)
        self.fields["deployment"].queryset = (  # type: ignore[attr-defined]  # reason: a choice of rows
            Deployment.objects.filter(project=project).order_by("name", "environment")
        )
        self.fields["model_version"].queryset = (  # type: ignore[attr-defined]  # reason: a choice of rows
            ModelVersion.objects.heads()
            .filter(project=project, withdrawn_at__isnull=True)
            .select_related("model")
            .order_by("model__name", "-version")
        )


def optional_in_any_tier(rules: Rules) -> list[StageRule]:
    """Stages that some tier leaves to the choice of owner and compliance."""
    optional = {code for tier in rules.tiers.values() for code in tier["optional"]}
    return [rule for rule in rules.stages if rule.code in optional]


def answers_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The tier's answers out of form values, posted or cleaned."""
    reach, domain = data.get("reach"), data.get("domain")
    return {
        "reach": reach if reach in policy.REACH else "internal",
        "domain": domain if domain in policy.DOMAINS else "none",
        **{name: bool(data.get(name)) for name in TRIGGERS},
    }


def initial_of(release: Release) -> dict[str, Any]:
    """The words of a stored release as the form shows them."""
    return {
        "title": release.title,
        "intended_use": release.intended_use,
        "out_of_scope": release.out_of_scope,
        "owner": release.owner_id,
        "criteria": release.criteria_id,
        "optional_stages": release.optional_stages,
        **release.tier_answers,
    }
