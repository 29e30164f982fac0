"""The accountability statement: read it, accept it, and go back to what was to be signed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from approvals import accountability
from registry.pages.frame import Crumb, from_start, show
from registry.pages.principal import principal_of


class AcceptForm(forms.Form):
    """The version that was shown, and where to go afterwards."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput)


@login_required
@require_http_methods(["GET", "POST"])
def statement(request: HttpRequest) -> HttpResponse:
    """Show the statement in force, and keep that the reader accepts it."""
    principal = principal_of(request)
    initial = {"version": accountability.VERSION, "next": request.GET.get("next", "")}
    form = AcceptForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        accountability.accept(version=form.cleaned_data["version"], principal=principal)
        messages.success(request, "You accepted that your signatures here bind you.")
        return redirect(_inside(request, form.cleaned_data["next"]))
    return show(
        request,
        "approvals/accountability.html",
        title="Your signatures bind you",
        trail=from_start(Crumb("Your signatures bind you")),
        form=form,
        text=accountability.TEXT,
        version=accountability.VERSION,
        accepted=accountability.accepted(principal.user),
    )


def _inside(request: HttpRequest, wanted: str) -> str:
    """The page the reader came from, if it is one of this site."""
    inside = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if inside and wanted else "account_page"
