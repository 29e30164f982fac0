"""A request id on every request and answer, and no answer in a shared cache."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from evidence.ids import uuid7


class RequestIdMiddleware:
    """Sets `request.request_id` and the `X-Request-ID` header; a client's own id is not trusted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid7().hex[-12:]  # type: ignore[attr-defined]  # reason: set here for all
        response = self._get_response(request)
        # Nobody decided otherwise: one person reads it, no shared cache keeps it.
        response.setdefault("Cache-Control", "private, no-cache")
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]  # reason: set above
        return response
