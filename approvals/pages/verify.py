"""Verify a pack: anybody may ask whether a file is what was issued; nothing that is sent is kept."""

from __future__ import annotations

from time import monotonic

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect, ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from approvals.api.pack_uploads import (
    FIELD,
    LARGEST,
    LARGEST_OF_STRANGERS,
    StagingHandler,
    check_announced,
)
from approvals.newer_packs import superseding
from approvals.presentation.verification import ReportRows, report_rows
from evidence import clock, verification
from registry.figures import duration
from registry.pages.frame import show

MEGABYTE = 1024**2


@csrf_exempt
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Bounds and the place of the bytes are set before CSRF protection reads the form."""
    if request.method == "POST":
        check_announced(request.META.get("CONTENT_LENGTH") or "", largest=_largest(request))
        request.upload_handlers = [StagingHandler(request)]
    return _page(request)


@csrf_protect
@ensure_csrf_cookie
def _page(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get(FIELD) if request.method == "POST" else None
    if not isinstance(file, UploadedFile):
        missing = request.method == "POST"
        return _show(request, None, status=422 if missing else 200, is_missing=missing)
    started = monotonic()
    with file:
        report = report_rows(verification.verify(file), operator=settings.OPERATOR)
    return _show(request, report, took=duration(round(monotonic() - started, 1)))


def _show(
    request: HttpRequest,
    report: ReportRows | None,
    *,
    status: int = 200,
    is_missing: bool = False,
    took: str = "",
) -> HttpResponse:
    return show(
        request,
        "approvals/verify.html",
        title="Verify a pack",
        status=status,
        nav="verify",
        report=report,
        is_missing=is_missing,
        took=took,
        checked_at=clock.now(),
        largest=f"{_largest(request) // MEGABYTE:,} MB",
        newer=superseding(report.zip_digest) if report is not None else None,
    )


def _largest(request: HttpRequest) -> int:
    return LARGEST if request.user.is_authenticated else LARGEST_OF_STRANGERS
