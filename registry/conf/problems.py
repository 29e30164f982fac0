"""Refusals on pages: the same facts as the API, shown as a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evidence.errors import BenchsealError
from registry.problems import Problem, from_error


class ProblemPageMiddleware:
    """Shows a `BenchsealError` of a page view as `problem.html` with its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks here for every exception of a view."""
        if not isinstance(exception, BenchsealError):
            return None
        return page(request, from_error(exception, getattr(request, "request_id", "")))


def page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem page."""
    return render(request, "problem.html", {"problem": problem}, status=problem.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere."""
    problem = Problem(
        code="csrf_failed",
        status=403,
        title="The form is out of date",
        detail="Nothing was stored.",
        next_step="Go back, reload the page and send the form again.",
        request_id=getattr(request, "request_id", ""),
    )
    return page(request, problem)
