"""Conditions of a release: list, and settle as a reviewer in a session; they are set by signing."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import condition_outcomes, conditions, signing
from approvals.api.lookup import person_in_session, release_for
from approvals.api.signing import SESSION
from approvals.conditions import ConditionState
from approvals.models import Condition, ConditionEvent
from approvals.models.conditions import ConditionStep
from evidence import clock
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.inputs import ReasonField, StrictInput, body_of


class FindingInput(StrictInput):
    """What the check showed, or why it is asked for no more."""

    finding = ReasonField(shortest=signing.SHORTEST_REASON)


class OutcomeSerializer(serializers.ModelSerializer[ConditionEvent]):
    """What came of a condition."""

    step = serializers.ChoiceField(choices=ConditionStep.choices)
    by = serializers.CharField(source="by.username", allow_null=True, default=None)

    class Meta:
        model = ConditionEvent
        fields = ["step", "finding", "by", "at"]


class ConditionSerializer(serializers.ModelSerializer[Condition]):
    """A condition with what came of it."""

    state = serializers.SerializerMethodField()
    stage = serializers.CharField(source="signature.stage.code")
    revision = serializers.IntegerField(source="signature.stage.revision.number")
    set_by = serializers.CharField(source="signature.printed_name", help_text="Printed name.")
    statement = serializers.CharField(
        source="signature.statement_id", help_text="Digest of the signed statement that sets it."
    )
    owner = serializers.CharField(source="owner.username", help_text="Account name.")
    outcomes = OutcomeSerializer(source="events", many=True)

    class Meta:
        model = Condition
        fields = [
            "id",
            "state",
            "text",
            "measurable_check",
            "owner",
            "due_at",
            "set_at",
            "set_by",
            "stage",
            "revision",
            "statement",
            "outcomes",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=ConditionState.choices))
    def get_state(self, condition: Condition) -> str:
        """The state now; the clock is part of it."""
        return str(conditions.state_of(condition, clock.now()))


class Conditions(APIView):
    """Conditions of one release."""

    @extend_schema(
        operation_id="condition_list",
        summary="List what signers of a release asked of others, and what came of it",
        tags=["conditions"],
        responses=ConditionSerializer(many=True),
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        release = release_for(principal_of(request), project, reference, Permission.PROJECT_READ)
        return Response(ConditionSerializer(conditions.of_release(release), many=True).data)


class Met(APIView):
    """A condition is met."""

    @extend_schema(
        operation_id="condition_met",
        summary="Say that a condition is met, with what its check showed",
        tags=["conditions"],
        auth=SESSION,
        request=FindingInput,
        responses=ConditionSerializer,
    )
    def post(self, request: Request, project: str, reference: str, condition: UUID) -> Response:
        return _settle(request, (project, reference, condition), ConditionStep.MET)


class Lifted(APIView):
    """A condition is asked for no more."""

    @extend_schema(
        operation_id="condition_lifted",
        summary="Lift a condition, with the reason",
        tags=["conditions"],
        auth=SESSION,
        request=FindingInput,
        responses=ConditionSerializer,
    )
    def post(self, request: Request, project: str, reference: str, condition: UUID) -> Response:
        return _settle(request, (project, reference, condition), ConditionStep.LIFTED)


def _settle(request: Request, at: tuple[str, str, UUID], step: ConditionStep) -> Response:
    project, reference, pk = at
    principal = person_in_session(request)
    release = release_for(principal, project, reference, Permission.RELEASE_SIGN)
    condition = conditions.find(release, pk)
    finding: dict[str, Any] = body_of(FindingInput, request)
    condition_outcomes.settle(condition, step, principal=principal, **finding)
    return Response(ConditionSerializer(condition_outcomes.reread(condition)).data)
