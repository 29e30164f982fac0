"""The page of a release: its draft while it can be edited, the decision page from submission on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from approvals import tiers
from approvals.linking import GATHERING
from approvals.models import Pack, Release, ReleaseRevision, ReviewNote
from approvals.models.releases import Purpose
from approvals.pages import challenges, conditions, waivers
from approvals.pages.addresses import action_urls, duty_url, release_url, trail
from approvals.pages.draft import draft_page
from approvals.pages.naming import entries_of
from approvals.pages.reading import Reading, action_on, read, release_for
from approvals.presentation import evidence_rows, gate_rows, signature_rows
from approvals.presentation.actions import StageRefusal, offers
from approvals.presentation.coverage import coverage
from approvals.presentation.file_rows import file_rows, shown_and_rest
from approvals.presentation.labels import STATE_KINDS, listed, tier_words
from approvals.presentation.overdue import overdue
from approvals.presentation.panel import SignPanel, panel, reader_panel
from approvals.presentation.since import since
from approvals.presentation.stage_steps import steps
from approvals.presentation.timeline import timeline
from approvals.presentation.worst_facts import worst_facts
from approvals.signers import names
from approvals.states import EDITABLE, State
from evidence import clock
from registry.access.roles import Permission, role_words
from registry.figures import day
from registry.models import RunArtifact
from registry.pages.frame import show
from registry.presentation.revoked_keys import on_statements

FILES_SHOWN = 8


@login_required
@require_safe
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """One release, as its reader may decide on it now."""
    found, reader = release_for(request, reference)
    if reference != found.human_id:
        return redirect("release", found.human_id)
    if found.state in EDITABLE:
        return draft_page(request, found, reader)
    chosen = {"stage": request.GET.get("stage", ""), "delegation": request.GET.get("for", "")}
    reading = read(found, reader, **chosen)
    return show(
        request,
        "approvals/decision.html",
        title=f"{found.human_id} {found.title}",
        trail=trail(found),
        nav="releases",
        who_role=", ".join(map(role_words, reader.roles)),
        **decision(reading),
    )


def decision(reading: Reading) -> dict[str, Any]:
    """Everything the decision page says."""
    return {**_head(reading), **_evidence(reading), **_people(reading)}


def state_of(row: Release) -> dict[str, str]:
    """The pill of a release: kind and word, with the revision where one is decided."""
    label = str(State(row.state).label)
    return {"kind": STATE_KINDS[row.state], "word": f"{label}, revision {row.revision}"}


def _head(reading: Reading) -> dict[str, Any]:
    row, found = reading.release, reading.found
    stopped = signature_rows.last_stopped(reading.signatures)
    set_aside = waivers.of_release(row)
    return {
        "release": row,
        "state": state_of(row),
        "tier": tier_words(row.tier, row.tier_answers),
        "found": found,
        "board": gate_rows.board(found.gates, reading.rates, set_aside.asked),
        "waivers": set_aside.rows,
        "conditions": conditions.of_release(row, reading.reader),
        "challenges": challenges.log_of(row, reading.revision, reading.reader),
        "waivable": waivers.waivable_for(row, reading.reader),
        "coverage": coverage(found.gates, reading.rates),
        "worst": worst_facts(found.gates, rates=reading.rates, stopped=stopped),
        "since": since(reading.signatures, reading.reader.user.pk),
        "waits_for": waits_for(reading),
        "required": _required(reading),
        "manifest_digest": reading.revision.manifest_id if reading.revision else found.manifest.digest,
        "tier_url": _tier_url(reading),
        "gather_url": _gather_url(reading),
        "procedure": _procedure(reading.revision),
        "overdue": overdue(row, clock.now()),
        "revoked": sorted(set(on_statements(_statements(reading)).values())),
        "is_current": reading.revision is None or reading.revision.manifest_id == found.manifest.digest,
    }


def _tier_url(reading: Reading) -> str:
    """Where the tier is raised or lowered; empty for who may not, and once it is decided."""
    may = Permission.RELEASE_SIGN in reading.reader.permissions and reading.release.state in tiers.OPEN
    return release_url(reading.release, "release_set_tier") if may else ""


def _gather_url(reading: Reading) -> str:
    """Where evidence for the next revision of what went live is linked; empty for who may not."""
    may = Permission.RELEASE_WRITE in reading.reader.permissions
    gathers = reading.release.state in GATHERING and not reading.is_signed_now
    return release_url(reading.release, "release_evidence") if may and gathers else ""


def _procedure(revision: ReleaseRevision | None) -> ReleaseRevision | None:
    """The current revision where it is signed in another way than the usual review."""
    return revision if revision is not None and revision.purpose != Purpose.REVIEW else None


def _evidence(reading: Reading) -> dict[str, Any]:
    facts = reading.found.facts
    files = file_rows(files_of(reading.release))
    shown, rest = shown_and_rest(files, FILES_SHOWN)
    return {
        "runs": evidence_rows.run_rows(facts),
        "datasets": evidence_rows.dataset_rows(facts),
        "rollbacks": evidence_rows.rollback_rows(facts),
        "signals": evidence_rows.signal_rows(facts),
        "files": shown,
        "more_files": rest,
        "file_count": len(files),
        "criteria_words": _criteria_words(reading),
    }


def _people(reading: Reading) -> dict[str, Any]:
    row = reading.release
    helpers = {code: names(people) for code, people in reading.signers.items()}
    entries, count = entries_of(row)
    return {
        "signatures": signature_rows.board(reading.signatures, reading.stages, helpers, reading.names),
        "steps": steps(
            reading.stages,
            reading.signatures,
            mine=reading.mine.code if reading.mine else "",
            helpers=helpers,
        ),
        "panel": panel_of(reading),
        "notes": list(ReviewNote.objects.filter(release=row).select_related("by")),
        "entries": timeline(entries),
        "entry_count": count,
        "newest_index": next((entry.index for entry in entries if entry.index is not None), None),
        "packs": list(Pack.objects.filter(release=row).select_related("blob", "job").order_by("-version")),
        "revisions": range(1, row.revision + 1),
        "packs_url": release_url(row, "release_packs"),
        "may_seal": Permission.PACK_SEAL in reading.reader.permissions,
    }


def panel_of(reading: Reading) -> SignPanel:
    """The panel of this reader."""
    reader, stage, view = reading.reader, reading.mine, reading.view
    urls = action_urls(reading)
    given = offers(
        reading.release.state, reading.permissions, urls, user=reader.user, against=against(reading)
    )
    if stage is None or view is None or not reading.takes_signatures:
        return reader_panel(
            name=reader.user.printed_name,
            roles=reader.roles,
            offers=given,
            signed=[one for one in reading.signatures if one.signer_id == reader.user.pk and one.counts],
            state=reading.release.state,
        )
    signed = [one for one in reading.signatures if one.stage_id == stage.pk and one.counts]
    waits = reading.blocked if view.refusal and view.refusal.code == "stage_not_open" else stage
    return panel(
        stage,
        name=reader.user.printed_name,
        for_whom=reading.duty.for_whom if reading.duty else "",
        others=_others(reading),
        refusal=view.refusal,
        blocked=reading.blocked,
        people=names(reading.signers.get(waits.code, ()), but=reader.user) if waits else (),
        given=[one for one in signed if one.action not in ("decline", "reject")],
        flags=len(view.body["flags"]),
        manifest_digest=view.body["manifest"],
        sign_url=urls[action_on(stage)],
        offers=given,
    )


def _others(reading: Reading) -> tuple[tuple[str, str], ...]:
    """Words and address of what else the reader could sign here."""
    return tuple(
        (
            f"Stage {one.stage.code} {one.stage.name}, {one.as_whom}",
            duty_url(reading.release, one.stage.code, one.chosen),
        )
        for one in reading.other_duties
    )


def against(reading: Reading) -> StageRefusal | None:
    """What stands against the reader's own stage."""
    if reading.view is None:
        return StageRefusal("No stage of this revision is signed in your role.", "why-stage")
    refusal = reading.view.refusal
    return StageRefusal(refusal.sentence) if refusal is not None else None


def waits_for(reading: Reading) -> str:
    """`Stage 4a Domain, due 27 Nov 2026`, or what the release waits for otherwise."""
    opened = [stage for stage in reading.stages if stage.state == "open"]
    if not reading.takes_signatures:
        return ""
    words = [f"{stage.code} {stage.name}" for stage in opened]
    due = min((stage.due_at for stage in opened if stage.due_at), default=None)
    if not words:
        return "nobody"
    return f"{'Stage' if len(words) == 1 else 'Stages'} {listed(words)}" + _due_words(due)


def _due_words(due: datetime | None) -> str:
    if due is None:
        return ""
    return f", overdue since {day(due)}" if due <= clock.now() else f", due {day(due)}"


def files_of(row: Release) -> list[RunArtifact]:
    """Files of the runs that the release links now; one query."""
    rows = RunArtifact.objects.filter(run__links__release=row, run__links__unlinked_at__isnull=True)
    return list(rows.select_related("run", "artifact__blob", "artifact__uploaded_by").distinct())


def _statements(reading: Reading) -> list[str]:
    """Digests of the statements the release rests on: of its signatures and of its runs."""
    runs = [linked.run.statement_id for linked in reading.found.facts.runs]
    return runs + [one.statement_id for one in reading.signatures]


def _required(reading: Reading) -> str:
    kinds = {"GATE_OWNER", "GATE_EVIDENCE", "GATE_PRIVATE_EVAL", "GATE_ROLLBACK", "GATE_MONITORING"}
    gates = [gate for gate in reading.found.gates if gate.code in kinds]
    there = [gate for gate in gates if gate.state != "fail"]
    return f"{len(there)} of {len(gates)} required"


def _criteria_words(reading: Reading) -> str:
    facts = reading.found.facts
    if facts.criteria is None:
        return ""
    received = [linked.run.received_at for linked in facts.runs]
    if not received:
        return "no run yet"
    return "before" if facts.criteria.created_at <= min(received) else "after"
