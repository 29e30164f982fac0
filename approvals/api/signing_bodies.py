"""Bodies of signing: what a sign dialog shows and sends, stages, signatures and their effect."""

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals import conditions, signing
from approvals.models import ReleaseRevision, Signature, Stage
from approvals.models.signatures import StageState
from approvals.states import Action, State
from registry.access.roles import Role
from registry.api.inputs import DigestField, PersonField, ReasonField, StrictInput

STAGE_ACTIONS = [(a.value, a.label) for a in (Action.SIGN, Action.DECLINE, Action.REJECT, Action.RELEASE)]
LONGEST_COMMENT = 4000
DELEGATION = "Sign for the person who gave this delegation; left out, you sign as yourself."


class ViewInput(StrictInput):
    """What the person wants to do with the stage."""

    action = serializers.ChoiceField(
        choices=STAGE_ACTIONS, required=False, help_text="Default: release for stage 6, sign for any other."
    )
    delegation = serializers.UUIDField(required=False, help_text=DELEGATION)


class CredentialsInput(StrictInput):
    """What every signature sends: its challenge, and the components it asked for."""

    challenge = serializers.UUIDField(help_text="From the dialog; good once, for two minutes.")
    account = serializers.CharField(
        max_length=150, required=False, help_text="Your account name, typed; may be left out in a series."
    )
    password = serializers.CharField(
        max_length=1000,
        trim_whitespace=False,
        write_only=True,
        required=False,
        help_text="May be left out in a series of a tier that asks for a second factor.",
    )
    code = serializers.CharField(
        max_length=20,
        required=False,
        write_only=True,
        help_text="What your authenticator shows, where the tier asks for a second factor; it counts once.",
    )
    delegation = serializers.UUIDField(required=False, help_text=DELEGATION)
    passkey = serializers.DictField(
        required=False,
        write_only=True,
        help_text="Instead of a code: the answer of `navigator.credentials.get()` to the dialog's options.",
    )


class DialogInput(CredentialsInput):
    """What every sign dialog of a stage sends beside: the view that was shown."""

    view_digest = DigestField(max_length=71)


class ReleaseSignatureInput(DialogInput):
    """The signature that releases."""

    comment = serializers.CharField(max_length=LONGEST_COMMENT, required=False, allow_blank=True)


class ConditionInput(StrictInput):
    """What the signer asks of somebody by a date."""

    text = serializers.CharField(min_length=conditions.SHORTEST, max_length=1000)
    measurable_check = serializers.CharField(
        min_length=conditions.SHORTEST,
        max_length=1000,
        help_text="What is measured, and which value fulfils the condition.",
    )
    owner = PersonField(help_text="Account name of the person who sees to it.")
    due_at = serializers.DateTimeField(help_text="At most 366 days from now.")


class SignInput(ReleaseSignatureInput):
    """A signature of a stage; stages 3 to 5 may set conditions with it."""

    conditions = ConditionInput(many=True, required=False)


class DeclineInput(DialogInput):
    """A signed no to a stage."""

    reason = ReasonField(shortest=signing.SHORTEST_REASON)


class RejectInput(DeclineInput):
    """A signed end of a release, from the stage that one holds."""

    stage = serializers.CharField(max_length=4)


class ChangesInput(StrictInput):
    """What has to change before the next revision."""

    reason = ReasonField(shortest=signing.SHORTEST_REASON)
    items = serializers.ListField(child=serializers.CharField(max_length=500), max_length=100, required=False)


class SignerSerializer(serializers.Serializer[Any]):
    """The person who signed."""

    id = serializers.UUIDField()
    account = serializers.CharField(source="username")


class OnBehalfSerializer(serializers.Serializer[Any]):
    """The person whose stage it is."""

    id = serializers.UUIDField(source="on_behalf_of_id")
    account = serializers.CharField(source="on_behalf_of.username")
    printed_name = serializers.CharField(source="on_behalf_name")
    delegation = serializers.UUIDField(source="delegation_id")


class SignatureSerializer(serializers.ModelSerializer[Signature]):
    """A signature and whether it counts; one that stopped stays cryptographically valid."""

    stage = serializers.CharField(source="stage.code")
    action = serializers.ChoiceField(choices=STAGE_ACTIONS)
    role = serializers.ChoiceField(choices=Role.choices)
    signer = SignerSerializer()
    on_behalf_of = serializers.SerializerMethodField()
    manifest = serializers.CharField(source="manifest_digest", help_text="Digest of the release manifest.")
    view = serializers.CharField(source="view_id", help_text="Digest of exactly what was shown.")
    statement = serializers.CharField(source="statement_id", help_text="Digest of the signed statement.")
    methods = serializers.ListField(child=serializers.CharField())
    effect = serializers.SerializerMethodField()
    stopped_at = serializers.DateTimeField(source="end.ended_at", allow_null=True, default=None)
    stopped_why = serializers.CharField(source="end.reason", allow_null=True, default=None)
    diff = serializers.SerializerMethodField()

    class Meta:
        model = Signature
        fields = [
            "id",
            "stage",
            "role",
            "action",
            "signer",
            "printed_name",
            "on_behalf_of",
            "meaning",
            "comment",
            "manifest",
            "view",
            "statement",
            "methods",
            "signed_at",
            "effect",
            "stopped_at",
            "stopped_why",
            "diff",
        ]

    @extend_schema_field(OnBehalfSerializer(allow_null=True))
    def get_on_behalf_of(self, signature: Signature) -> dict[str, Any] | None:
        """For whom a delegate signed; null where the signer signed as himself."""
        return dict(OnBehalfSerializer(signature).data) if signature.on_behalf_of_id else None

    @extend_schema_field(serializers.ChoiceField(choices=["counts", "stopped"]))
    def get_effect(self, signature: Signature) -> str:
        """`counts`, or `stopped` with when, why and what differs."""
        return "counts" if signature.counts else "stopped"

    def get_diff(self, signature: Signature) -> list[dict[str, Any]]:
        """What differs from what was signed: section, slot, id, `signed` and `now` digests."""
        return [] if signature.counts else list(signature.end.diff)


class StageSerializer(serializers.ModelSerializer[Stage]):
    """A stage with its signatures."""

    state = serializers.ChoiceField(choices=StageState.choices)
    role = serializers.ChoiceField(choices=Role.choices)
    needed = serializers.IntegerField(source="quorum", help_text="Signatures that close the stage.")
    signatures = SignatureSerializer(many=True)

    class Meta:
        model = Stage
        fields = [
            "code",
            "name",
            "role",
            "order",
            "state",
            "needed",
            "eligible",
            "reason",
            "meaning",
            "opened_at",
            "due_at",
            "closed_at",
            "signatures",
        ]


class RefusalSerializer(serializers.Serializer[Any]):
    """Why the caller may not sign now."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    next_step = serializers.CharField(help_text="What settles it; empty where nothing can.")
    page = serializers.CharField(help_text="The page on which the caller settles it, if there is one.")


class AskedSerializer(serializers.Serializer[Any]):
    """What a signature needs now: 21 CFR 11.200(a)(1)."""

    components = serializers.ListField(
        child=serializers.ChoiceField(choices=["account", "password", "second_factor"]),
        help_text="What has to be sent; `second_factor` is `code` or `passkey`.",
    )
    series = serializers.UUIDField(
        allow_null=True, help_text="The first signature of this session, which lets one component be enough."
    )
    passkey = serializers.DictField(
        allow_null=True, help_text="What to call `navigator.credentials.get()` with; bytes are base64url."
    )


class ChallengeSerializer(serializers.Serializer[Any]):
    """Binds credentials to this view: send it once, before it ends."""

    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()


class StandInSerializer(serializers.Serializer[Any]):
    """A delegation in force to the caller for this stage."""

    id = serializers.UUIDField(help_text="Send it as `delegation` to sign for that person.")
    delegator = serializers.CharField(help_text="Account name.")
    delegator_name = serializers.CharField()
    ends_at = serializers.DateTimeField()


class ViewSerializer(serializers.Serializer[Any]):
    """What the caller would sign, as the evidence stands now."""

    view = serializers.DictField(help_text="The decision view; `digest` is of its canonical bytes.")
    digest = serializers.CharField()
    action = serializers.ChoiceField(choices=STAGE_ACTIONS)
    may_sign = serializers.BooleanField()
    refusal = RefusalSerializer(allow_null=True)
    changed = serializers.ListField(
        child=serializers.DictField(), help_text="What differs from the frozen revision."
    )
    delegations = StandInSerializer(many=True)


class DialogSerializer(ViewSerializer):
    """The same with the challenge of a sign dialog."""

    challenge = ChallengeSerializer()
    credentials = AskedSerializer()


class DecidedSerializer(serializers.Serializer[Any]):
    """A signature and the state it led to."""

    signature = SignatureSerializer()
    release = serializers.CharField(help_text="Human id.")
    state = serializers.ChoiceField(choices=State.choices)
    stage_state = serializers.ChoiceField(choices=StageState.choices)


class NotedSerializer(serializers.Serializer[Any]):
    """A request for changes and the state it led to."""

    release = serializers.CharField(help_text="Human id.")
    state = serializers.ChoiceField(choices=State.choices)
    reason = serializers.CharField()
    items = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField()


class GateSerializer(serializers.Serializer[Any]):
    """One rule's answer."""

    code = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=["pass", "fail", "waived", "flag"])
    reason = serializers.CharField()
    next_step = serializers.CharField()
    facts = serializers.DictField(help_text="Dates and numbers as text.")


class RevisionSerializer(serializers.ModelSerializer[ReleaseRevision]):
    """One frozen state: what people signed, and who did."""

    manifest = serializers.SerializerMethodField(help_text="The release manifest.")
    digest = serializers.CharField(source="manifest_id", help_text="Digest of its canonical bytes.")
    submitted_by = serializers.CharField(source="submitted_by.username")
    gates = GateSerializer(many=True, help_text="Gates when it was submitted.")
    stages = StageSerializer(many=True)

    class Meta:
        model = ReleaseRevision
        fields = ["number", "manifest", "digest", "submitted_at", "submitted_by", "gates", "stages"]

    def get_manifest(self, revision: ReleaseRevision) -> dict[str, Any]:
        """What people signed, from its stored bytes."""
        body: dict[str, Any] = json.loads(bytes(revision.manifest.body))
        return body
