"""The caller's queue: what waits for a signature, what comes later, what came back."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals.api.release_bodies import ReleaseItemSerializer
from approvals.api.signing_bodies import RefusalSerializer
from approvals.models import Delegation, Stage
from approvals.models.signatures import StageState
from approvals.queue import queue_of
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission, Role


class QueuedStageSerializer(serializers.ModelSerializer[Stage]):
    """The stage to sign."""

    role = serializers.ChoiceField(choices=Role.choices)
    state = serializers.ChoiceField(choices=StageState.choices)

    class Meta:
        model = Stage
        fields = ["code", "name", "role", "state", "opened_at", "due_at"]


class QueuedDelegationSerializer(serializers.ModelSerializer[Delegation]):
    """Send its id as `delegation` when opening the dialog and signing."""

    delegator = serializers.CharField(source="delegator.username", help_text="Account name.")
    delegator_name = serializers.CharField(source="delegator.printed_name")

    class Meta:
        model = Delegation
        fields = ["id", "delegator", "delegator_name", "ends_at"]


class QueueItemSerializer(serializers.Serializer[Any]):
    """A release, and the stage of it that is the caller's."""

    release = ReleaseItemSerializer()
    stage = QueuedStageSerializer(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    may_sign = serializers.BooleanField()
    refusal = RefusalSerializer(allow_null=True)
    delegation = QueuedDelegationSerializer(
        allow_null=True, help_text="For whom it would be signed; null where the stage is the caller's own."
    )
    waits_for = serializers.CharField(help_text="What has to happen before; empty when nothing.")


class QueuedQuestionSerializer(serializers.Serializer[Any]):
    """An open question about a release, and what it waits for."""

    release = serializers.CharField(source="challenge.release.human_id")
    number = serializers.IntegerField(source="challenge.number")
    text = serializers.CharField(source="challenge.text")
    role = serializers.ChoiceField(source="challenge.role", choices=Role.choices)
    names = serializers.CharField(source="challenge.names", help_text="Printed name of who asked.")
    asked_at = serializers.DateTimeField(source="challenge.asked_at")
    waits_for = serializers.ChoiceField(
        choices=["answer", "closing"], help_text="An answer of yours, or that you close your question."
    )


class QueueSerializer(serializers.Serializer[Any]):
    """All that waits for the caller, over all projects."""

    waiting_for_me = QueueItemSerializer(many=True)
    later = QueueItemSerializer(many=True)
    returned = QueueItemSerializer(many=True)
    mine = QueueItemSerializer(many=True)
    questions = QueuedQuestionSerializer(many=True)


class OwnQueue(APIView):
    """The caller's queue."""

    @extend_schema(
        operation_id="queue",
        summary="Read what waits for your signature, and why you may not sign where you may not",
        tags=["signing"],
        responses=QueueSerializer,
    )
    def get(self, request: Request) -> Response:
        principal = principal_of(request)
        project = principal.token.project if principal.token is not None else None
        if project is not None:
            policy.require(principal, Permission.PROJECT_READ, project)
        return Response(QueueSerializer(queue_of(principal.user, project=project)).data)
