"""The bytes of an issued pack: checked by the auditor's verifier, or taken away and told."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from approvals import downloads
from approvals.models import Pack
from approvals.newer_packs import newer_than
from approvals.pages.addresses import pack_trail
from approvals.pages.packs import pack_for
from approvals.presentation.verification import ReportRows, report_rows
from evidence import vault, verification
from registry.pages.frame import Crumb, show
from registry.pages.principal import principal_of


@login_required
@require_safe
def verify_stored(request: HttpRequest, reference: str) -> HttpResponse:
    """Check the issued bytes with the auditor's verifier; a page, or its part for the pack's own page."""
    found = pack_for(request, reference)
    with vault.open_blob(downloads.bytes_of(found, principal=principal_of(request)).digest) as file:
        report = report_rows(verification.verify(file), operator=settings.OPERATOR)
    if request.headers.get("HX-Request") == "true":
        return render(request, "approvals/verdict.html", {"report": report, "pack": found})
    return _verified(request, found, report)


@login_required
@require_safe
def download(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The very bytes that were issued; the download is told before the first one leaves."""
    found, principal = pack_for(request, reference), principal_of(request)
    blob = downloads.bytes_of(found, principal=principal)
    file = vault.open_blob(blob.digest)
    if request.method == "GET":
        downloads.note_download(found, principal=principal)
    response = FileResponse(
        file, as_attachment=True, filename=f"{found.human_id}.zip", content_type="application/zip"
    )
    response["Content-Length"] = str(blob.size)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-cache"
    return response


def _verified(request: HttpRequest, found: Pack, report: ReportRows) -> HttpResponse:
    return show(
        request,
        "approvals/pack_verified.html",
        title=f"{found.human_id} checked",
        trail=pack_trail(found, Crumb("Checked")),
        nav="packs",
        pack=found,
        report=report,
        newer=newer_than(found),
    )
