"""API tokens and service accounts; the text of a token is answered once and stored nowhere."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.validators import UniqueValidator
from rest_framework.views import APIView

from registry.access import people, policy, tokens
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import TOKEN_SCOPES, Permission
from registry.api.idempotency import once
from registry.api.inputs import StrictInput, body_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS, SHOWN_ONCE
from registry.errors import FieldsInvalid, NotFound
from registry.models import ApiToken, User
from registry.models.access import ACCOUNT_NAME


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without its secret."""

    project = serializers.CharField(source="project.key")
    user = serializers.CharField(source="user.username")
    issued_by = serializers.CharField(source="issued_by.username")
    scopes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "project",
            "user",
            "name",
            "scopes",
            "public_id",
            "issued_by",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        ]


class IssuedSerializer(serializers.Serializer[Any]):
    """A new token; its text is shown this once."""

    token = TokenSerializer()
    text = serializers.CharField(help_text="bs_<id>_<secret>, for the Authorization header.")


class TokenInput(StrictInput):
    """What the token may do, where, and until when."""

    project = serializers.CharField(max_length=40, help_text="Project key or UUID.")
    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=[str(scope) for scope in TOKEN_SCOPES]), min_length=1
    )
    expires_at = serializers.DateTimeField()
    user = serializers.CharField(
        max_length=40, required=False, help_text="A service account you answer for; else yourself."
    )


class ServiceAccountInput(StrictInput):
    """A pipeline's account."""

    account = serializers.CharField(
        source="username",
        max_length=40,
        validators=[ACCOUNT_NAME, UniqueValidator(queryset=User.objects.all())],
    )
    printed_name = serializers.CharField(max_length=120)


class ServiceAccountSerializer(serializers.ModelSerializer[User]):
    """A pipeline's account and who answers for it."""

    account = serializers.CharField(source="username")
    answerable = serializers.CharField(source="answerable.username")

    class Meta:
        model = User
        fields = ["id", "account", "printed_name", "kind", "answerable"]


class Tokens(APIView):
    """Tokens of the caller, and of service accounts the caller issued them for."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="token_list",
        summary="List your tokens and those you issued",
        tags=["access"],
        parameters=[PageQuery],
        responses=page_of(TokenSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = _own(principal_of(request))
        return page(request, rows, lambda some: TokenSerializer(some, many=True).data)

    @extend_schema(
        operation_id="token_issue",
        summary="Issue a token; its text is answered once",
        tags=["access"],
        request=TokenInput,
        responses={201: IssuedSerializer},
    )
    def post(self, request: Request) -> Response:
        principal = principal_of(request)
        body: dict[str, Any] = body_of(TokenInput, request)
        project = policy.project_for(principal, body.pop("project"), Permission.TOKEN_ISSUE)
        user = _for(principal, body.pop("user", None))
        issued = tokens.issue(project=project, user=user, principal=principal, **body)
        return Response(IssuedSerializer(issued).data, status=HTTPStatus.CREATED, headers=SHOWN_ONCE)


class TokenRevocation(APIView):
    """The end of a token."""

    @extend_schema(
        operation_id="token_revoke",
        summary="End a token now",
        tags=["access"],
        request=None,
        responses=TokenSerializer,
    )
    def post(self, request: Request, token: UUID) -> Response:
        principal = principal_of(request)
        row = _visible(principal).filter(pk=token).first()
        if row is None:
            raise NotFound(f"No token {token}")
        return once(
            request,
            principal,
            lambda: Response(TokenSerializer(tokens.revoke(row, principal=principal)).data),
        )


class ServiceAccounts(APIView):
    """Accounts of pipelines."""

    @extend_schema(
        operation_id="service_account_make",
        summary="Make an account for a pipeline; you answer for it",
        tags=["access"],
        request=ServiceAccountInput,
        responses={201: ServiceAccountSerializer},
    )
    def post(self, request: Request, project: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.TOKEN_ISSUE)
        body: dict[str, Any] = body_of(ServiceAccountInput, request)

        def act() -> Response:
            user = people.make_service_account(
                account=body["username"],
                printed_name=body["printed_name"],
                project=found,
                principal=principal,
            )
            return Response(ServiceAccountSerializer(user).data, status=HTTPStatus.CREATED)

        return once(request, principal, act)


def _visible(principal: Principal) -> QuerySet[ApiToken]:
    rows = ApiToken.objects.visible_to(principal.user).select_related("project", "user", "issued_by")
    return rows if principal.token is None else rows.filter(project=principal.token.project_id)


def _own(principal: Principal) -> QuerySet[ApiToken]:
    return _visible(principal).filter(Q(user=principal.user) | Q(issued_by=principal.user))


def _for(principal: Principal, account: str | None) -> User:
    if account is None or account == principal.user.username:
        return principal.user
    found = principal.user.service_accounts.filter(username=account, is_active=True).first()
    if found is None:
        raise FieldsInvalid(
            "The token was not issued",
            [
                {
                    "pointer": "/user",
                    "detail": f"You answer for no service account called {account}.",
                    "code": "account_unknown",
                }
            ],
        )
    return found
