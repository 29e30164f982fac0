"""All addresses: the API, the pages of each layer, login, and what lies outside both."""

from django.urls import include, path, re_path

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
    path("accounts/", include("allauth.urls")),
    path("", include("registry.urls")),
    path("", include("approvals.urls")),
]
