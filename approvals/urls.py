"""Pages of approvals."""

from django.urls import path

from approvals.pages import (
    accountability,
    draft,
    pack_bytes,
    pack_new,
    packs,
    procedures,
    queue,
    release,
    release_list,
    review,
    revisions,
    signing,
    verify,
)

ONE = "releases/<str:reference>/"

urlpatterns = [
    path("account/accountability/", accountability.statement, name="accountability"),
    path("queue/", queue.queue, name="queue"),
    path("releases/", release_list.release_list, name="release_list"),
    path("releases/new/", release_list.release_new, name="release_new"),
    path("releases/tier/", release_list.tier, name="release_tier"),
    path("deployments/new/", release_list.deployment_new, name="deployment_new"),
    path(ONE, release.release, name="release"),
    path(f"{ONE}change/", draft.edit, name="release_edit"),
    path(f"{ONE}link/", draft.link, name="release_link"),
    path(f"{ONE}unlink/", draft.unlink, name="release_unlink"),
    path(f"{ONE}evidence/", draft.gather, name="release_evidence"),
    path(f"{ONE}submit/", draft.submit, name="release_submit"),
    path(f"{ONE}stages/<str:code>/sign", signing.sign, name="release_sign"),
    path(f"{ONE}stages/<str:code>/decline", signing.decline, name="release_decline"),
    path(f"{ONE}stages/<str:code>/reject", signing.reject, name="release_reject"),
    path(f"{ONE}request-changes/", review.request_changes, name="release_request_changes"),
    path(f"{ONE}withdraw/", review.withdraw, name="release_withdraw"),
    path(f"{ONE}emergency/", procedures.declare_emergency, name="release_emergency"),
    path(f"{ONE}review-afterwards/", procedures.begin_afterwards, name="release_afterwards"),
    path(f"{ONE}tier/", procedures.set_tier, name="release_set_tier"),
    path(f"{ONE}suspend/", procedures.suspend, name="release_suspend"),
    path(f"{ONE}reinstatement/", procedures.propose_reinstatement, name="release_reinstatement"),
    path(f"{ONE}diff/", revisions.diff, name="release_diff"),
    path(f"{ONE}revisions/<int:number>/", revisions.revision, name="release_revision"),
    path(f"{ONE}packs/", packs.release_packs, name="release_packs"),
    path("packs/", packs.pack_list, name="pack_list"),
    path("packs/new/", pack_new.pack_new, name="pack_new"),
    path("packs/<str:reference>/", packs.pack, name="pack"),
    path("packs/<str:reference>/progress/", packs.progress, name="pack_progress"),
    path("packs/<str:reference>/verify/", pack_bytes.verify_stored, name="pack_verify"),
    path("packs/<str:reference>/download/", pack_bytes.download, name="pack_download"),
    path("verify/", verify.verify, name="verify"),
]
