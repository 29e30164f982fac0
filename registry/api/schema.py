"""How the OpenAPI document is made: every operation also lists its problem answers."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from registry.conf.exceptions import CONTENT_TYPE, TITLES


class ProblemEntrySerializer(serializers.Serializer[Any]):
    """One field, parameter or header at fault."""

    pointer = serializers.CharField(required=False, help_text="JSON Pointer into the body.")
    parameter = serializers.CharField(required=False, help_text="Name of the query parameter.")
    header = serializers.CharField(required=False, help_text="Name of the header.")
    detail = serializers.CharField()
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal (RFC 9457). `code` is stable; a 403 also names permission or scope."""

    type = serializers.CharField(help_text="A name, no address to follow.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemEntrySerializer(  # type: ignore[assignment]  # reason: RFC 9457 calls it so
        many=True, required=False
    )
    next_step = serializers.CharField(required=False)
    request_id = serializers.CharField(required=False)
    permission = serializers.CharField(required=False)
    scope = serializers.CharField(required=False)
    roles = serializers.ListField(child=serializers.CharField(), required=False)


READING = ("401", "403", "404", "406")
WRITING = ("400", "401", "403", "404", "406", "409", "415", "422")
UPLOADING = ("400", "401", "403", "404", "411", "413", "422")
PUBLIC = ("406",)


class ProblemAutoSchema(AutoSchema):
    """drf-spectacular's reading of a view, with our problems added."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code in self._problem_codes():
            if code not in bodies:
                bodies[code] = self._problem(code, direction)
        return bodies

    def _problem(self, code: str, direction: Any) -> dict[str, Any]:
        make: Callable[..., dict[str, Any]] = self._get_response_for_code
        found = make(ProblemSerializer, code, [CONTENT_TYPE], direction)
        return {**found, "description": TITLES[int(code)]}

    def _problem_codes(self) -> tuple[str, ...]:
        if not self.view.get_authenticators():
            return PUBLIC
        codes = {"GET": READING, "HEAD": READING, "PUT": UPLOADING}.get(self.method, WRITING)
        return (*codes, "422") if self.method == "GET" and self.get_override_parameters() else codes


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # reason: untyped registration
    """How a client presents a token."""

    target_class = "registry.access.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "bs_<id>_<secret>"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # reason: as above
    """How a browser presents a session."""

    target_class = "registry.access.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
