"""Fields that several bodies share; they check shape, never a rule of the domain."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models
from django.utils.datastructures import MultiValueDict
from rest_framework import serializers
from rest_framework.request import Request

from registry.errors import FieldsInvalid
from registry.models import Project, User
from registry.models.access import UserKind

M = TypeVar("M", bound=models.Model)
S = TypeVar("S", bound="serializers.Serializer[Any]")


class StrictInput(serializers.Serializer[Any]):
    """A body whose unknown fields are refused: a misspelt optional field must not vanish."""

    def to_internal_value(self, data: Any) -> Any:
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


class StrictModelInput(serializers.ModelSerializer[M]):
    """The same for bodies whose fields are columns."""

    def to_internal_value(self, data: Any) -> Any:
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


class ReasonField(serializers.CharField):
    """A sentence that says why; kept in the ledger."""

    def __init__(self, *, shortest: int = 10, **kwargs: Any) -> None:
        super().__init__(min_length=shortest, max_length=500, **kwargs)


class PersonField(serializers.SlugRelatedField[User]):
    """A person by account name; the person holds or held a role on the project."""

    default_error_messages = {"does_not_exist": "No person of this project has the account name {value}."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="username", queryset=User.objects.all(), **kwargs)

    def get_queryset(self) -> models.QuerySet[User]:
        project: Project | None = self.context.get("project")
        held = User.objects.filter(kind=UserKind.PERSON, is_active=True)
        return held.filter(grants__project=project).distinct()


class InProjectField(serializers.PrimaryKeyRelatedField[M]):
    """A row of the same project by its id."""

    def get_queryset(self) -> models.QuerySet[M]:
        rows = super().get_queryset()
        assert rows is not None
        return rows.filter(project=self.context.get("project"))


class NamesField(serializers.ListField):
    """A list of short names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=100), max_length=100, **kwargs)


class DigestField(serializers.CharField):
    """`sha256:` and 64 small hexadecimal digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="sha256: and 64 small hexadecimal digits.", **kwargs)


def refuse_unknown(data: Any, fields: Mapping[str, Any]) -> None:
    """Raise a validation error that names each field the body may not have."""
    if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(fields))):
        raise serializers.ValidationError(
            {str(name)[:80]: ["There is no such field."] for name in unknown}, code="unknown_field"
        )


def body_of(kind: type[S], request: Request, **options: Any) -> Any:
    """The checked body; raises DRF's validation error."""
    serializer = kind(data=request.data, **options)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def query_of(kind: type[S], request: Request) -> Any:
    """The checked query parameters; raises `FieldsInvalid` naming each parameter."""
    given: MultiValueDict[str, str] = request.query_params
    serializer = kind(data=given.dict())
    if not serializer.is_valid():
        raise FieldsInvalid(
            "Query parameters need a correction",
            [
                {"parameter": name, "detail": str(message), "code": message.code}
                for name, messages in serializer.errors.items()
                for message in messages
            ],
        )
    return serializer.validated_data
