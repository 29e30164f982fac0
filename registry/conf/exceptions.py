"""Every API error is a problem document (RFC 9457) with a stable `code`."""

from typing import Any, cast

from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler
from drf_standardized_errors.types import ErrorResponse, ExceptionHandlerContext
from rest_framework.response import Response

from evidence.errors import BenchsealError
from registry.problems import Problem, from_error

CONTENT_TYPE = "application/problem+json"
_TITLES = {
    400: "The request is malformed",
    401: "Nobody is signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Format not available",
    415: "Media type not accepted",
    429: "Too many requests",
    500: "The server failed",
}


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler."""
    request_id = getattr(context["request"], "request_id", "")
    if isinstance(exc, BenchsealError):
        return _response(from_error(exc, request_id))
    response = exception_handler(exc, cast("ExceptionHandlerContext", context))
    if response is not None:
        response.content_type = CONTENT_TYPE
        response.data["request_id"] = request_id
    return response


class ProblemFormatter(ExceptionFormatter):
    """DRF's own errors (syntax, authentication, serializer fields) in the same shape."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        status = self.exc.status_code
        first = error_response.errors[0]
        if status == 400 and error_response.type == "validation_error":
            errors = [_entry(error.attr, str(error.detail), error.code) for error in error_response.errors]
            return Problem(
                code="fields_invalid",
                status=status,
                title="Fields need a correction",
                detail=f"{len(errors)} to correct; nothing was stored.",
                errors=errors,
            ).as_dict()
        return Problem(
            code=first.code,
            status=status,
            title=_TITLES.get(status, "Not possible"),
            detail=str(first.detail),
        ).as_dict()


def _entry(attr: str | None, detail: str, code: str) -> dict[str, str]:
    pointer = "" if attr in (None, "non_field_errors") else "/" + str(attr).replace(".", "/")
    return {"pointer": pointer, "detail": detail, "code": code}


def _response(problem: Problem) -> Response:
    return Response(problem.as_dict(), status=problem.status, content_type=CONTENT_TYPE)
