"""Bodies of releases: what may be sent, and a release as it is answered."""

from typing import Any

from rest_framework import serializers

from approvals import policy, states
from approvals.models import Deployment, Policy, Release, ReleaseRevision, ReviewNote
from approvals.models.releases import Tier
from approvals.states import State
from registry.api.inputs import PersonField, StrictInput
from registry.api.paging import PageQuery

NAMED = "UUID, or {}."


class TierAnswersInput(StrictInput):
    """The questions from which the tier follows."""

    reach = serializers.ChoiceField(choices=policy.REACH)
    domain = serializers.ChoiceField(choices=policy.DOMAINS)
    personal_data = serializers.BooleanField()
    external_vendor = serializers.BooleanField()
    cost_driven = serializers.BooleanField()


class ReleaseChangeInput(StrictInput):
    """What of a release changes while it is not frozen; send only what changes."""

    title = serializers.CharField(max_length=160)
    intended_use = serializers.CharField(max_length=4000)
    out_of_scope = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    tier_answers = TierAnswersInput()
    owner = PersonField(required=False, allow_null=True)
    criteria = serializers.CharField(
        max_length=200,
        required=False,
        allow_null=True,
        help_text=NAMED.format("the name of a criteria set for its newest revision"),
    )
    optional_stages = serializers.ListField(
        child=serializers.CharField(max_length=4), max_length=20, required=False
    )


class ReleaseInput(ReleaseChangeInput):
    """A new draft release."""

    deployment = serializers.CharField(max_length=200, help_text=NAMED.format("name/environment"))
    model_version = serializers.CharField(
        max_length=200, help_text=NAMED.format("model/version for its newest revision")
    )


class ReleaseQuery(PageQuery):
    """Which releases."""

    state = serializers.ChoiceField(choices=State.choices, required=False)
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    deployment = serializers.CharField(
        max_length=200, required=False, help_text=NAMED.format("name/environment")
    )


class PlaceSerializer(serializers.ModelSerializer[Deployment]):
    """The deployment of a release."""

    class Meta:
        model = Deployment
        fields = ["id", "name", "environment"]


class ReleasedModelSerializer(serializers.Serializer[Any]):
    """The model version of a release."""

    id = serializers.UUIDField()
    name = serializers.CharField(source="model.name")
    version = serializers.CharField()
    digest = serializers.CharField(source="record_id")


class ReleaseItemSerializer(serializers.ModelSerializer[Release]):
    """A release in a list."""

    state = serializers.ChoiceField(choices=State.choices)
    tier = serializers.ChoiceField(choices=Tier.choices)
    project = serializers.CharField(source="project.key", help_text="Project key.")
    deployment = PlaceSerializer()
    model_version = ReleasedModelSerializer()
    owner = serializers.CharField(source="owner.username", allow_null=True, default=None)
    opened_by = serializers.CharField(source="opened_by.username")

    class Meta:
        model = Release
        fields = [
            "id",
            "human_id",
            "project",
            "title",
            "state",
            "state_since",
            "tier",
            "revision",
            "deployment",
            "model_version",
            "owner",
            "opened_at",
            "opened_by",
            "approved_at",
            "valid_until",
            "released_at",
            "review_at",
            "emergency_ends_at",
            "afterwards_due_at",
        ]


class UsedRecordSerializer(serializers.Serializer[Any]):
    """A criteria set or policy a release uses."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    revision = serializers.IntegerField()
    digest = serializers.CharField(source="record_id")


class UsedPolicySerializer(serializers.ModelSerializer[Policy]):
    """The signoff policy a release uses."""

    digest = serializers.CharField(source="record_id")

    class Meta:
        model = Policy
        fields = ["id", "name", "revision", "digest"]


class NoteSerializer(serializers.ModelSerializer[ReviewNote]):
    """What a person said when asking for changes, declining, rejecting or withdrawing."""

    by = serializers.CharField(source="by.username")
    items = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ReviewNote
        fields = ["revision", "action", "stage", "text", "items", "by", "at"]


class RevisionItemSerializer(serializers.ModelSerializer[ReleaseRevision]):
    """One frozen state of a release."""

    manifest = serializers.CharField(source="manifest_id", help_text="Digest of the release manifest.")
    submitted_by = serializers.CharField(source="submitted_by.username")

    class Meta:
        model = ReleaseRevision
        fields = [
            "number",
            "manifest",
            "submitted_at",
            "submitted_by",
            "purpose",
            "cause",
            "incident",
            "hours",
        ]


class ReleaseSerializer(ReleaseItemSerializer):
    """A release with its words, its revisions and what was said about it."""

    tier_answers = TierAnswersInput()
    optional_stages = serializers.ListField(child=serializers.CharField())
    criteria = UsedRecordSerializer(allow_null=True)
    policy = UsedPolicySerializer()
    allowed = serializers.SerializerMethodField(help_text="Actions the state allows; a role is needed, too.")
    revisions = RevisionItemSerializer(many=True)
    notes = NoteSerializer(many=True)

    class Meta(ReleaseItemSerializer.Meta):
        fields = [
            *ReleaseItemSerializer.Meta.fields,
            "intended_use",
            "out_of_scope",
            "tier_answers",
            "optional_stages",
            "criteria",
            "policy",
            "allowed",
            "revisions",
            "notes",
        ]

    def get_allowed(self, release: Release) -> list[str]:
        """Actions of the transition table from this state."""
        return [action.value for action in states.allowed(release.state)]
