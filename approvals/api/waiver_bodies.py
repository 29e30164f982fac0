"""Bodies of waivers: what is asked for, what its dialog shows and sends, and a waiver as it is answered."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals import signing, waiver_states
from approvals.api.signing_bodies import (
    LONGEST_COMMENT,
    AskedSerializer,
    ChallengeSerializer,
    CredentialsInput,
    GateSerializer,
)
from approvals.default_policy import WAIVABLE
from approvals.models import Waiver, WaiverDecision, WaiverEnd
from approvals.models.waivers import EndKind, WaiverVerdict
from approvals.waiver_requests import Terms
from approvals.waiver_states import WaiverState
from evidence import clock
from registry.api.inputs import DigestField, PersonField, ReasonField, StrictInput
from registry.api.paging import PageQuery

SHORTEST = signing.SHORTEST_REASON


class RenewalInput(StrictInput):
    """Who answers for the exception, what makes up for it, why, and until when."""

    owner = PersonField(help_text="Account name of the person who answers for it.")
    measure = serializers.CharField(min_length=SHORTEST, max_length=4000)
    reason = serializers.CharField(min_length=SHORTEST, max_length=4000)
    expires_at = serializers.DateTimeField(help_text="At most `waiver_days` of the policy from now.")


class WaiverInput(RenewalInput):
    """A failing gate to set aside; of criteria, exactly one."""

    gate = serializers.ChoiceField(choices=WAIVABLE)
    criterion = serializers.CharField(
        max_length=600, required=False, help_text="Metric, slice and rule of GATE_CRITERIA, as gates list it."
    )
    starts_at = serializers.DateTimeField(required=False, help_text="Default: with its approval.")


class ClosingInput(StrictInput):
    """Why a waiver ends, or a request is taken back."""

    reason = ReasonField(shortest=SHORTEST)


class WaiverDialogInput(StrictInput):
    """What the person wants to sign."""

    action = serializers.ChoiceField(choices=WaiverVerdict.choices)


class WaiverDecisionInput(CredentialsInput):
    """The signed decision."""

    action = serializers.ChoiceField(choices=WaiverVerdict.choices)
    record = DigestField(max_length=71)
    comment = serializers.CharField(
        max_length=LONGEST_COMMENT,
        required=False,
        allow_blank=True,
        help_text=f"Signed word for word; of a rejection its reason, {SHORTEST} characters or more.",
    )


class WaiverQuery(PageQuery):
    """Which waivers."""

    release = serializers.CharField(max_length=200, required=False, help_text="UUID or human id.")


class WaiverDecisionSerializer(serializers.ModelSerializer[WaiverDecision]):
    """What was signed, and by whom."""

    action = serializers.ChoiceField(choices=WaiverVerdict.choices)
    signer = serializers.CharField(source="signer.username", help_text="Account name.")
    statement = serializers.CharField(source="statement_id", help_text="Digest of the signed statement.")
    methods = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = WaiverDecision
        fields = [
            "action",
            "signer",
            "printed_name",
            "role",
            "meaning",
            "comment",
            "statement",
            "methods",
            "signed_at",
        ]


class WaiverEndSerializer(serializers.ModelSerializer[WaiverEnd]):
    """How it ended."""

    kind = serializers.ChoiceField(choices=EndKind.choices)
    by = serializers.CharField(source="by.username", allow_null=True, default=None)

    class Meta:
        model = WaiverEnd
        fields = ["kind", "ended_at", "reason", "by"]


class WaiverSerializer(serializers.ModelSerializer[Waiver]):
    """A waiver with its decision and its end."""

    release = serializers.CharField(source="release.human_id", help_text="Human id.")
    state = serializers.SerializerMethodField()
    criterion = serializers.CharField(help_text="Empty where the gate is no criterion.")
    finding = GateSerializer(help_text="The gate as it failed when the waiver was asked for.")
    owner = serializers.CharField(source="owner.username", help_text="Account name.")
    requested_by = serializers.CharField(source="created_by.username", help_text="Account name.")
    requested_at = serializers.DateTimeField(source="created_at")
    renewal_of = serializers.CharField(source="renewal_of.human_id", allow_null=True, default=None)
    record = serializers.CharField(source="record_id", help_text="Digest of its record, which is signed.")
    decision = WaiverDecisionSerializer(source="decided", allow_null=True)
    end = WaiverEndSerializer(source="ended", allow_null=True)

    class Meta:
        model = Waiver
        fields = [
            "id",
            "human_id",
            "release",
            "state",
            "gate",
            "criterion",
            "finding",
            "owner",
            "measure",
            "reason",
            "starts_at",
            "expires_at",
            "renewal",
            "renewal_of",
            "requested_by",
            "requested_at",
            "record",
            "decision",
            "end",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=WaiverState.choices))
    def get_state(self, waiver: Waiver) -> str:
        """The state now; the clock is part of it."""
        return str(waiver_states.state_of(waiver, clock.now()))


class WaiverMeaningSerializer(serializers.Serializer[Any]):
    """What the signature says."""

    version = serializers.IntegerField()
    text = serializers.CharField()


class WaiverDialogSerializer(serializers.Serializer[Any]):
    """Exactly what is signed, with a single-use challenge for two minutes."""

    record = serializers.DictField(help_text="The record of the waiver.")
    digest = serializers.CharField(help_text="Of its canonical bytes; send it back.")
    action = serializers.ChoiceField(choices=WaiverVerdict.choices)
    meaning = WaiverMeaningSerializer()
    challenge = ChallengeSerializer()
    credentials = AskedSerializer()


def terms_of(body: dict[str, Any]) -> Terms:
    """What a body asks for."""
    names = ("owner", "measure", "reason", "expires_at", "starts_at")
    return Terms(**{name: body[name] for name in names if name in body})
