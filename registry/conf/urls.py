"""All addresses: the API, the pages of each layer, login, and what lies outside both."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("registry.api.urls")),
    path("api/v1/", include("approvals.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("registry.urls")),
    path("", include("approvals.urls")),
]
