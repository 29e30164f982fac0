"""How an invited person makes an account; open to everybody who has the link."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from evidence.errors import BenchsealError
from registry.access import people
from registry.pages.forms import AcceptForm
from registry.pages.frame import show
from registry.pages.refusals import tie


@sensitive_post_parameters("password", "repeated")
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, pk: str, secret: str) -> HttpResponse:
    """Say who invites to what; take account name and password."""
    found = people.open_invitation(pk, secret)
    form = AcceptForm(request.POST or None)
    if form.is_valid() and _accepted(request, form, pk, secret):
        messages.success(request, "Your account is made. Log in with your account name and password.")
        return redirect("account_login")
    response = show(
        request,
        "registry/invitation.html",
        title="Your invitation",
        invitation=found,
        form=form,
        status=422 if form.errors else 200,
    )
    # The address holds the secret: only the host is told onward. Without any referrer a browser
    # would send the origin "null" with the form, which the check against forgery refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _accepted(request: HttpRequest, form: AcceptForm, pk: str, secret: str) -> bool:
    try:
        people.accept(
            invitation_id=pk,
            secret=secret,
            account=form.cleaned_data["account"],
            password=form.cleaned_data["password"],
            request_id=getattr(request, "request_id", ""),
        )
    except BenchsealError as error:
        tie(form, error, {"username": "account"})
        return False
    return True
