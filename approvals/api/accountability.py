"""The accountability statement: what a person accepts once before the first signature."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import accountability
from approvals.api.lookup import person_in_session
from registry.api.inputs import StrictInput, body_of

SESSION: list[dict[str, list[str]]] = [{"session": []}]


class AcceptInput(StrictInput):
    """The version of the statement that was read."""

    version = serializers.IntegerField(min_value=1)


class AccountabilitySerializer(serializers.Serializer[Any]):
    """The statement in force, and whether the caller accepted it."""

    version = serializers.IntegerField()
    text = serializers.CharField()
    accepted_at = serializers.DateTimeField(allow_null=True)


class Accountability(APIView):
    """The caller's acceptance."""

    @extend_schema(
        operation_id="accountability",
        summary="Read what you accept before your first signature",
        tags=["signing"],
        auth=SESSION,  # type: ignore[arg-type]  # reason: OpenAPI's own form
        responses=AccountabilitySerializer,
    )
    def get(self, request: Request) -> Response:
        found = accountability.accepted(person_in_session(request).user)
        return Response(_shown(found.accepted_at if found else None))

    @extend_schema(
        operation_id="accountability_accept",
        summary="Accept that your signatures here bind you; a second time changes nothing",
        tags=["signing"],
        auth=SESSION,  # type: ignore[arg-type]  # reason: OpenAPI's own form
        request=AcceptInput,
        responses={201: AccountabilitySerializer},
    )
    def post(self, request: Request) -> Response:
        principal = person_in_session(request)
        accepted = accountability.accept(
            version=body_of(AcceptInput, request)["version"], principal=principal
        )
        return Response(_shown(accepted.accepted_at), status=HTTPStatus.CREATED)


def _shown(accepted_at: object) -> dict[str, Any]:
    shown = {"version": accountability.VERSION, "text": accountability.TEXT, "accepted_at": accepted_at}
    return dict(AccountabilitySerializer(shown).data)
