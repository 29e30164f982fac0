"""All addresses: the API, the pages of each layer, login, and what lies outside both."""

from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path, re_path

from registry.access import factor_entries
from registry.access.login import closed
from registry.api import metrics, public, schemas

handler400 = "registry.conf.exceptions.bad_request"
handler404 = "registry.conf.exceptions.not_found"
handler500 = "registry.conf.exceptions.server_error"

urlpatterns = [
    path(".well-known/benchseal-keys.json", public.Keys.as_view(), name="published-keys"),
    path("schemas/", schemas.Schemas.as_view(), name="schemas"),
    path("schemas/<str:name>", schemas.SchemaOne.as_view(), name="schema"),
    path("health", public.Health.as_view(), name="health"),
    path("metrics", metrics.scrape, name="metrics"),
    path("api/", include("registry.api.urls")),
    path("api/v1/", include("approvals.api.urls")),
    re_path(r"^accounts/(?:email|confirm-email|password/set|login/code)/", closed),
    path("accounts/2fa/totp/activate/", factor_entries.told(totp.activate_totp), name="mfa_activate_totp"),
    path(
        "accounts/2fa/totp/deactivate/", factor_entries.told(totp.deactivate_totp), name="mfa_deactivate_totp"
    ),
    path(
        "accounts/2fa/recovery-codes/generate/",
        factor_entries.told(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("accounts/2fa/webauthn/add/", factor_entries.told(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "accounts/2fa/webauthn/keys/<int:pk>/remove/",
        factor_entries.told(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path("accounts/", include("allauth.urls")),
    path("", include("registry.urls")),
    path("", include("approvals.urls")),
]
