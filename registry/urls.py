"""Pages of the registry."""

from django.conf import settings
from django.urls import path
from django.urls.resolvers import URLPattern

from registry.pages import (
    account,
    catalogue,
    catalogue_edit,
    invitations,
    inviting,
    keys,
    ledger,
    log,
    people,
    projects,
    recoveries,
    runs,
    submissions,
    tokens,
)
from registry.reference import components

PROJECT = "projects/<str:key>/"
KIND = f"{PROJECT}catalogue/<str:kind>/"
RUN = f"{PROJECT}runs/<str:human_id>/"

urlpatterns: list[URLPattern] = [
    path("", projects.home, name="home"),
    path("account/", account.account, name="account_page"),
    path("keys/", keys.keys, name="keys"),
    path("invitations/<str:pk>/<str:secret>/", invitations.invitation, name="invitation"),
    path("projects/", projects.project_list, name="project_list"),
    path(PROJECT, projects.project, name="project"),
    path(f"{PROJECT}catalogue/", catalogue.catalogue, name="catalogue"),
    path(KIND, catalogue.kind_list, name="catalogue_kind"),
    path(f"{KIND}new/", catalogue_edit.new, name="catalogue_new"),
    path(f"{KIND}<str:pk>/", catalogue.record, name="catalogue_record"),
    path(f"{KIND}<str:pk>/revise/", catalogue_edit.revision, name="catalogue_revise"),
    path(f"{KIND}<str:pk>/withdraw/", catalogue_edit.withdraw, name="catalogue_withdraw"),
    path(f"{PROJECT}submissions/", submissions.submission_list, name="submission_list"),
    path(f"{PROJECT}submissions/<str:pk>/", submissions.submission, name="submission"),
    path(
        f"{PROJECT}submissions/<str:pk>/progress/",
        submissions.submission_progress,
        name="submission_progress",
    ),
    path("runs/", runs.run_list, name="run_list"),
    path(f"{PROJECT}runs/", runs.run_list, name="project_runs"),
    path(RUN, runs.run, name="run"),
    path(f"{RUN}void/", runs.void, name="run_void"),
    path(f"{RUN}files/<int:position>/", runs.run_file, name="run_file"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/log/", log.log, name="log"),
    path("ledger/log/progress/", log.progress, name="log_progress"),
    path("ledger/log/verify/", log.verify, name="log_verify"),
    path("ledger/entries/<str:pk>/", ledger.entry, name="ledger_entry"),
    path("ledger/entries/<str:pk>/proof/", ledger.proof, name="ledger_proof"),
    path("ledger/subjects/<str:subject>/", ledger.subject, name="subject"),
    path(f"{PROJECT}ledger/", ledger.ledger, name="project_ledger"),
    path(f"{PROJECT}people/", people.people_list, name="people"),
    path(f"{PROJECT}people/give/", people.give, name="grant_give"),
    path(f"{PROJECT}people/invite/", inviting.invite, name="invite"),
    path(f"{PROJECT}people/grants/<str:pk>/end/", people.end, name="grant_end"),
    path(f"{PROJECT}people/<str:pk>/second-factor/", recoveries.take, name="recovery_take"),
    path(f"{PROJECT}people/recoveries/<str:pk>/confirm/", recoveries.confirm, name="recovery_confirm"),
    path(f"{PROJECT}people/<str:pk>/deactivate/", people.deactivate, name="deactivate"),
    path(f"{PROJECT}tokens/", tokens.token_list, name="token_list"),
    path(f"{PROJECT}tokens/new/", tokens.token_new, name="token_new"),
    path(f"{PROJECT}tokens/service-accounts/new/", tokens.service_new, name="service_new"),
    path(f"{PROJECT}tokens/<str:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
    *([path("components/", components, name="components")] if settings.DEBUG else []),
]
