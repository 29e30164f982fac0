"""Every API error is a problem document (RFC 9457) with a stable `code`; none shows internals."""

import logging
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler
from drf_standardized_errors.types import ErrorResponse, ExceptionHandlerContext
from rest_framework.response import Response

from evidence.errors import BenchsealError
from evidence.storage_room import StorageFull, full, is_full
from registry.problems import Problem, from_error

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"
TITLES = {
    400: "The request is malformed",
    401: "Nobody is signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Format not available",
    409: "Conflict",
    411: "Length required",
    413: "Too large",
    415: "Media type not accepted",
    416: "Range not satisfiable",
    422: "Fields need a correction",
    429: "Too many requests",
    500: "The server failed",
    503: "Not available now",
    507: "No room is left",
}
_INTERNAL = Problem(
    code="internal_error",
    status=500,
    title=TITLES[500],
    detail="Nothing was stored. The operator finds the cause under the request id.",
)
_FROM_PLATFORM: tuple[tuple[type[Exception], Problem], ...] = (
    (
        IntegrityError,
        Problem(
            code="conflict",
            status=409,
            title="Another request was first",
            detail="Something of this identity was stored at the same moment; nothing of this request was.",
            next_step="Read what is stored, then repeat the request if it is still wanted.",
        ),
    ),
    (
        DataError,
        Problem(
            code="value_not_storable",
            status=422,
            title=TITLES[422],
            detail="The database cannot hold one of the values; nothing was stored.",
            next_step="Look for NUL characters and for numbers out of range.",
        ),
    ),
    (
        OperationalError,
        Problem(
            code="database_busy",
            status=503,
            title=TITLES[503],
            detail="The database did not answer in time; nothing was stored.",
            next_step="Repeat the request.",
        ),
    ),
    (
        RequestDataTooBig,
        Problem(code="body_too_large", status=413, title=TITLES[413], detail="The body is too large."),
    ),
    (
        UnreadablePostError,
        Problem(
            code="upload_incomplete",
            status=400,
            title="Upload incomplete",
            detail="The connection broke before the whole body came; nothing was stored.",
            next_step="Send it again.",
        ),
    ),
    (
        SuspiciousOperation,
        Problem(code="bad_request", status=400, title=TITLES[400], detail="The request is malformed."),
    ),
)


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler."""
    request_id = getattr(context["request"], "request_id", "")
    problem = _known(exc, request_id)
    if problem is not None:
        return _response(problem)
    response = exception_handler(exc, cast("ExceptionHandlerContext", context))
    if response is not None:
        response.content_type = CONTENT_TYPE
        response.data["request_id"] = request_id
        response.status_code = response.data["status"]
    return response


def _known(exc: Exception, request_id: str) -> Problem | None:
    if isinstance(exc, OperationalError) and is_full(exc):
        exc = full()
    if isinstance(exc, StorageFull):
        logger.error("Request %s: the disk is full", request_id)
        return from_error(exc, request_id)
    if isinstance(exc, BenchsealError):
        problem = from_error(exc, request_id)
        return problem if problem.status < 500 else _hidden(exc, problem)
    for kind, platform in _FROM_PLATFORM:
        if isinstance(exc, kind):
            logger.warning("Request %s: %s", request_id, type(exc).__name__, exc_info=exc)
            return _with_id(platform, request_id)
    return None


def _hidden(exc: Exception, problem: Problem) -> Problem:
    """What failed inside goes to the log; the code and the request id go to the caller."""
    logger.error("Request %s: %s", problem.request_id, problem.code, exc_info=exc)
    return Problem(
        code=problem.code,
        status=problem.status,
        title=problem.title,
        detail=_INTERNAL.detail,
        request_id=problem.request_id,
    )


def _with_id(problem: Problem, request_id: str) -> Problem:
    return Problem(
        code=problem.code,
        status=problem.status,
        title=problem.title,
        detail=problem.detail,
        next_step=problem.next_step,
        request_id=request_id,
    )


class ProblemFormatter(ExceptionFormatter):
    """DRF's own errors (syntax, authentication, serializer fields) in the same shape."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        status = self.exc.status_code
        first = error_response.errors[0]
        if status == 400 and error_response.type == "validation_error":
            errors = [_entry(error.attr, str(error.detail), error.code) for error in error_response.errors]
            return Problem(
                code="fields_invalid",
                status=422,
                title=TITLES[422],
                detail=f"{len(errors)} to correct; nothing was stored.",
                errors=errors,
            ).as_dict()
        if status >= 500:
            return _INTERNAL.as_dict()
        is_csrf = status == 403 and str(first.detail).startswith("CSRF Failed")
        return Problem(
            code="csrf_failed" if is_csrf else first.code,
            status=status,
            title=TITLES.get(status, "Not possible"),
            detail=str(first.detail),
        ).as_dict()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400 outside any view."""
    problem = Problem(code="bad_request", status=400, title=TITLES[400], detail="The request is malformed.")
    return _outside(request, problem) or defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that does not exist."""
    problem = Problem(
        code="not_found",
        status=404,
        title=TITLES[404],
        detail="There is no such address.",
        next_step="The addresses are listed at /api/schema/.",
    )
    return _outside(request, problem) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """An error outside any view."""
    return _outside(request, _INTERNAL) or defaults.server_error(request)


def _outside(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    if not request.path.startswith(API_PREFIX):
        return None
    body = _with_id(problem, getattr(request, "request_id", "")).as_dict()
    return JsonResponse(body, status=problem.status, content_type=CONTENT_TYPE)


def _entry(attr: str | None, detail: str, code: str) -> dict[str, str]:
    parts = [part for part in (attr or "").split(".") if part and part != "non_field_errors"]
    return {"pointer": "".join(f"/{part}" for part in parts), "detail": detail, "code": code}


def _response(problem: Problem) -> Response:
    return Response(problem.as_dict(), status=problem.status, content_type=CONTENT_TYPE)
