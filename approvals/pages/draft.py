"""The page of a release that can still be edited, and the forms that fill, check and submit it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals import emergency, linking, releases
from approvals.assessment import Assessment
from approvals.errors import GatesFail
from approvals.facts import links_of
from approvals.models import EvidenceLink, Release, ReviewNote
from approvals.pages import waivers
from approvals.pages.addresses import action_urls, release_url, trail
from approvals.pages.link_choices import choices_of, target_of
from approvals.pages.naming import entries_of
from approvals.pages.reading import Reader, Reading, read, release_for
from approvals.pages.release_forms import ReleaseWordsForm, answers_of, initial_of
from approvals.policy import rules_of
from approvals.presentation import signature_rows, slots
from approvals.presentation.actions import offers
from approvals.presentation.gate_rows import counts_of
from approvals.presentation.labels import STATE_KINDS, counted, first_capital, tier_words
from approvals.presentation.tiers import answer_rows, explain
from approvals.presentation.timeline import timeline
from approvals.states import State
from evidence.errors import BenchsealError
from registry.access import policy
from registry.access.roles import Permission, holders, role_words
from registry.errors import NotFound
from registry.pages.frame import Crumb, show
from registry.pages.refusals import tie


def draft_page(
    request: HttpRequest, release: Release, reader: Reader, *, status: int = 200, refused: str = ""
) -> HttpResponse:
    """Slots, gate check and the way to submit."""
    reading = read(release, reader)
    may_write = Permission.RELEASE_WRITE in reader.permissions
    entries, count = entries_of(release)
    return show(
        request,
        "approvals/draft.html",
        title=f"{release.human_id} {release.title}",
        trail=trail(release),
        status=status,
        nav="releases",
        who_role=", ".join(map(role_words, reader.roles)),
        release=release,
        state={"kind": STATE_KINDS[release.state], "word": str(State(release.state).label)},
        tier=tier_words(release.tier, release.tier_answers),
        tier_words=explain(
            release.tier_answers,
            rules_of(release.policy),
            release.optional_stages,
            has_waiver=reading.found.facts.has_waiver,
        ),
        answers=answer_rows(release.tier_answers),
        **_gathered(release, reading, may_write=may_write),
        submit_refusal=submit_refusal(reader, reading.found),
        refused=refused,
        offers=offers(
            release.state, reader.permissions, action_urls(reading), user=reader.user, against=None
        ),
        notes=list(ReviewNote.objects.filter(release=release).select_related("by")),
        signatures=_earlier(reading),
        next_revision=release.revision + (release.state == State.CHANGES_REQUESTED),
        entries=timeline(entries),
        entry_count=count,
        writers=holders(Permission.RELEASE_WRITE),
    )


@login_required
@require_safe
def gather(request: HttpRequest, reference: str) -> HttpResponse:
    """Slots and gate check of what went live, for the revision that is frozen next."""
    release, reader = release_for(request, reference)
    linking.require_linkable(release, reader.principal)
    reading = read(release, reader)
    return show(
        request,
        "approvals/gather.html",
        title=f"Evidence of {release.human_id}",
        trail=trail(release, Crumb("Evidence")),
        nav="releases",
        release=release,
        release_url=release_url(release),
        unreviewed=emergency.is_unreviewed(release),
        state={"kind": STATE_KINDS[release.state], "word": str(State(release.state).label)},
        **_gathered(release, reading, may_write=True),
    )


def _gathered(release: Release, reading: Reading, *, may_write: bool) -> dict[str, Any]:
    links, gates = links_of(release), reading.found.gates
    set_aside = waivers.of_release(release)
    return {
        "slots": slots.slot_rows(links, gates, choices_of(release, links) if may_write else {}),
        "checks": slots.check_rows(gates, set_aside.asked),
        "counts": counts_of(str(gate.state) for gate in gates),
        "may_write": may_write,
        "waivers": set_aside.rows,
        "waivable": waivers.waivable_for(release, reading.reader),
    }


def submit_refusal(reader: Reader, found: Assessment) -> str:
    """The first thing in the way of submitting; empty when nothing is."""
    if Permission.RELEASE_SUBMIT not in reader.permissions:
        return f"Submitting is for {holders(Permission.RELEASE_SUBMIT)}."
    if found.blocking:
        first = found.blocking[0]
        rest = counted(len(found.blocking) - 1, "further gate fails", "further gates fail")
        more = f" {rest} too." if len(found.blocking) > 1 else ""
        return f"{first_capital(first.name)}: {first.reason}. {first.next_step}{more}"
    return ""


@login_required
@require_POST
def link(request: HttpRequest, reference: str) -> HttpResponse:
    """Link what was chosen for a slot."""
    release, reader = release_for(request, reference)
    slot = request.POST.get("slot", "")
    if not request.POST.get("target"):
        messages.warning(request, "Nothing was chosen, so nothing was linked.")
        return redirect("release", release.human_id)
    target = target_of(release, slot, request.POST["target"])
    return _told(
        request,
        release,
        lambda: linking.link(release, target, slot=slot, principal=reader.principal),
        f"{target} is linked.",
    )


@login_required
@require_POST
def unlink(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a link out, with a reason."""
    release, reader = release_for(request, reference)
    row = _link_of(release, request.POST.get("link", ""))
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.warning(request, "Nothing was unlinked: say why, it is kept in the ledger.")
        return redirect("release", release.human_id)
    return _told(
        request,
        release,
        lambda: linking.unlink(row, principal=reader.principal, reason=reason[:500]),
        "The link was taken out.",
    )


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """Change the words, the owner, the criteria or the answers."""
    release, reader = release_for(request, reference)
    policy.require(reader.principal, Permission.RELEASE_WRITE, release.project)
    rules = rules_of(release.policy)
    form = ReleaseWordsForm(
        request.POST or None, initial=initial_of(release), project=release.project, rules=rules
    )
    if request.method == "POST" and form.is_valid():
        try:
            releases.change(release, form.values(), principal=reader.principal)
        except BenchsealError as error:
            tie(form, error)
        else:
            messages.success(request, f"{release.human_id} was changed.")
            return redirect("release", release.human_id)
    answers = form.data if form.is_bound else release.tier_answers
    return show(
        request,
        "approvals/release_form.html",
        title=f"Change {release.human_id}",
        trail=trail(release, Crumb("Change")),
        status=422 if form.is_bound else 200,
        nav="releases",
        form=form,
        release=release,
        project=release.project,
        tier_words=explain(answers_of(answers), rules),
        button="Keep the changes",
    )


@login_required
@require_POST
def submit(request: HttpRequest, reference: str) -> HttpResponse:
    """Freeze a revision and open stage 1."""
    release, reader = release_for(request, reference)
    try:
        revision = releases.submit(release, principal=reader.principal)
    except GatesFail as error:
        release, reader = release_for(request, reference)
        return draft_page(
            request, release, reader, status=409, refused=f"{error.detail}. Nothing was frozen."
        )
    messages.success(
        request, f"Revision {revision.number} is frozen. Stage 1 waits for the submitter's signature."
    )
    return redirect("release", release.human_id)


def _told(request: HttpRequest, release: Release, act: Callable[[], object], words: str) -> HttpResponse:
    try:
        act()
    except BenchsealError as error:
        messages.error(request, f"{error.detail}. Nothing was changed.")
    else:
        messages.success(request, words)
    page = "release_evidence" if release.state in linking.GATHERING else "release"
    return redirect(page, release.human_id)


def _link_of(release: Release, value: str) -> EvidenceLink:
    found = {str(row.pk): row for row in links_of(release)}
    if value not in found:
        raise NotFound("No such link here")
    found[value].release = release
    return found[value]


def _earlier(reading: Reading) -> signature_rows.SignatureBoard:
    return signature_rows.board(reading.signatures, (), {}, reading.names)
