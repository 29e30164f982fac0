"""One of each page component with real words, for whoever writes a page; must never read a record."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry.charts import (
    Bound,
    IntervalPlot,
    Limit,
    interval_plot,
    rate_scale,
    zero_scale,
)
from registry.components import (
    DiffRow,
    Progress,
    ProgressState,
    SignatureBlock,
    Step,
    TimelineEntry,
)
from registry.forest import Candidate, Forest, forest
from registry.problems import Problem

FILE_DIGEST: Final = "sha256:a1c158c163fe33e09ec47968a0657ed7d13ec80a69cb5967dd40493355b9b432"
OLD_DIGEST: Final = "sha256:320960615c2198128d86689c1f687ef99a3c2fef4799fdd5df31f0b9603010b5"
MANIFEST: Final = "sha256:8609f1753a27537fa5ea65336ba11cdfbc364f9430995d7e3039b6d3b0a31a27"

STATES: Final = (
    ("pass", "Pass", "The rule holds."),
    ("fail", "Fail", "The rule does not hold; the step is refused."),
    ("waived", "Waived", "The rule does not hold; a named person allowed it until a date."),
    ("flag", "Flag", "Shown and printed; needs acknowledgement, refuses nothing."),
    ("untested", "NOT TESTED", "There is no result. Never an empty cell, never zero."),
    ("voided", "Voided", "It was signed; what it covered changed. Kept, with its diff."),
    ("open", "Open", "Someone can act now."),
    ("wait", "Waiting", "Something else comes first."),
)

RATES: Final = rate_scale([Fraction(709, 1000), Fraction(95, 100)])
TIMES: Final = zero_scale([3720, 3000])
COSTS: Final = zero_scale([37_990, 40_000])


def _rate_plot(label: str, value: str, low: str, high: str, limit: str, state: str) -> IntervalPlot:
    return interval_plot(
        label=label,
        scale=RATES,
        value=value,
        low=low,
        high=high,
        limit=Limit(limit, Bound.AT_LEAST, f"{int(Fraction(limit) * 100)}%"),
        state=state,
    )


def _plots() -> tuple[tuple[str, IntervalPlot], ...]:
    near = _rate_plot("98.5%, interval 95.7 to 99.5, limit 95%", "0.985", "0.957", "0.995", "0.95", "pass")
    clear = _rate_plot("92.0%, interval 88.4 to 94.6, limit 80%", "0.92", "0.884", "0.946", "0.8", "pass")
    under = _rate_plot("76.0%, interval 70.9 to 80.5, limit 80%", "0.76", "0.709", "0.805", "0.8", "fail")
    slow = interval_plot(
        label="3,720 ms, limit 3,000 ms",
        scale=TIMES,
        value=3720,
        limit=Limit(3000, Bound.BELOW, "3,000 ms"),
        state="fail",
    )
    dear = interval_plot(
        label="37,990 USD, limit 40,000 USD",
        scale=COSTS,
        value=37_990,
        limit=Limit(40_000, Bound.AT_MOST, "40,000 USD"),
        state="flag",
    )
    return (
        ("Holds, near the limit", near),
        ("Holds, clear of the limit", clear),
        ("Fails: the lower bound is under the limit", under),
        ("Fails: one-sided, above the limit", slow),
        ("Flag: near the budget", dear),
        ("No gate", interval_plot(label="1,310 ms", scale=TIMES, value=1310)),
    )


def _forest() -> Forest:
    measured = (
        ("P1", 270, 0.861, 0.929, "pass", "passes"),
        ("P2", 264, 0.838, 0.912, "pass", "passes"),
        ("P3", 228, 0.709, 0.805, "fail", "fails"),
    )
    return forest(
        label="Urgent care, pass rate",
        limit=Limit("0.8", Bound.AT_LEAST, "80%"),
        candidates=(
            Candidate(
                name=name, k=k, n=300, low=low, high=high, state=state, word=word, is_chosen=name == "P2"
            )
            for name, k, low, high, state, word in measured
        ),
    )


def _gates() -> tuple[dict[str, object], ...]:
    plots = dict(_plots())
    return (
        {
            "kind": "waived",
            "word": "Waived",
            "name": "Spanish visits",
            "rule": "Required slice, both workflows",
            "measured": "NOT TESTED",
            "beside": "waiver ends 18 Dec 2026",
        },
        {
            "kind": "pass",
            "word": "Pass",
            "name": "Refusal of adversarial prompts",
            "rule": "Lower 95% bound at least 95%",
            "measured": "197/200 = 98.5%",
            "beside": "[95.7, 99.5]",
            "plot": plots["Holds, near the limit"],
        },
        {
            "kind": "flag",
            "word": "Flag",
            "name": "Monthly budget",
            "rule": "Forecast at most 40,000 USD, flag above 80%",
            "measured": "37,990 USD",
            "beside": "95.0% of budget",
            "plot": plots["Flag: near the budget"],
        },
        {
            "kind": "pass",
            "word": "Pass",
            "name": "Rollback",
            "what": "Manifest of P1.4, restore tested 14 Nov 2026",
        },
    )


COVERAGE: Final = (
    (
        "en to es",
        {"k": 58, "n": 60, "low": 0.886, "high": 0.991},
        {"k": 56, "n": 60, "low": 0.841, "high": 0.974},
    ),
    (
        "en to so",
        {"k": 35, "n": 60, "low": 0.457, "high": 0.699, "limit": 0.8, "is_failing": True},
        {"k": 54, "n": 60, "low": 0.799, "high": 0.953},
    ),
    ("en to ht", None, {"k": 55, "n": 60, "low": 0.819, "high": 0.964}),
)


def _at(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def _timeline() -> tuple[TimelineEntry, ...]:
    return (
        TimelineEntry(
            kind="voided",
            what="9 signatures voided",
            detail="Evidence changed: urgent_care.outputs.jsonl.zst",
            at=_at(19, 16, 47, 9),
        ),
        TimelineEntry(
            what="RUN-2026-0123 admitted",
            detail="corrects RUN-2026-0117",
            who="Noor Haddad, by API",
            reason="The harness wrote the retry lines of item uc-0212 twice.",
            at=_at(19, 16, 47, 8),
        ),
        TimelineEntry(
            kind="pass", what="Stage 5 signed", who="Cam Whitfield, on the page", at=_at(19, 14, 20, 31)
        ),
    )


def _signatures() -> tuple[SignatureBlock, ...]:
    return (
        SignatureBlock(
            kind="open",
            word="Open",
            stage="4a Clinical",
            name="Dr Kwame Osei",
            role="clinical reviewer",
            facts=("Since 20 Nov 2026, 13:18 UTC", "Due 27 Nov 2026, 17:00 UTC"),
        ),
        SignatureBlock(
            kind="pass",
            word="Signed",
            stage="4d FinOps",
            name="Fay Moreau",
            role="FinOps reviewer",
            meaning="Acceptable in my field, conditions listed: spend is read weekly.",
            signed_at=_at(20, 15, 41, 50),
            methods="passkey and code",
            manifest_digest=MANIFEST,
        ),
        SignatureBlock(
            kind="voided",
            word="Voided",
            stage="5 Compliance, revision 1",
            name="Cam Whitfield",
            role="compliance reviewer",
            meaning="Approved for release on the evidence listed.",
            signed_at=_at(19, 14, 20, 31),
            methods="passkey and code",
            manifest_digest=MANIFEST,
            voided_at=_at(19, 16, 47, 9),
            voided_why="Noor Haddad replaced a raw output file. Both files are kept.",
            signed_as="Signed, revision 1",
            now_as="Now, revision 2",
            diff=_diff(),
        ),
    )


def _diff() -> tuple[DiffRow, ...]:
    return (
        DiffRow(
            what="urgent_care.outputs.jsonl",
            signed="4,812,604 bytes",
            now="4,811,982 bytes",
            signed_digest=OLD_DIGEST,
            now_digest=FILE_DIGEST,
            is_changed=True,
        ),
        DiffRow(what="Other 299 items", signed="identical"),
        DiffRow(what="Urgent care pass rate", signed="264/300", now="264/300, unchanged"),
    )


STEPS: Final = (
    Step(kind="pass", words="3 Validators", fact="2 of 2"),
    Step(kind="open", words="4a Clinical", fact="Open"),
    Step(kind="wait", words="5 Compliance, you", fact="0 of 3", is_current=True),
    Step(kind="waived", words="Spanish visits", note="WVR-2026-0009", fact="18 Dec 2026"),
)

PANEL: Final = {
    "who": "Cam Whitfield, compliance reviewer, stage 5 of 6",
    "meaning": "Approved for release on the evidence listed.",
    "facts": (("You sign", "revision 2"), ("Flags acknowledged", "2 of 2"), ("Quorum", "0 of 3")),
    "manifest_digest": MANIFEST,
    "button": "Sign stage 5",
    "refusal_title": "Waiting for stage 4a.",
    "refusal": "Dr Kwame Osei has the clinical review, due 27 Nov 2026, 17:00 UTC.",
    "others": (("Request changes", "#sign"), ("Decline", "#sign")),
}

DIALOG: Final = {
    "title": "Sign REL-2026-0039, stage 5",
    "meaning": "Approved for release on the evidence listed.",
    "facts": (
        ("You are", "Cam Whitfield, compliance reviewer"),
        ("You sign", "revision 1"),
        ("Evidence", "16 of 16 items, all opened"),
        ("Time on the signature", "23 Nov 2026, UTC, from the server"),
    ),
    "manifest_digest": MANIFEST,
    "action": "#sign",
    "button": "Sign with password and code",
}

REFUSED_RUN: Final = Problem(
    code="run_incomplete",
    status=422,
    title="The run was not admitted",
    detail="Two fields need a correction. Nothing was stored.",
    errors=[
        {
            "name": "model_version",
            "pointer": "/model/version",
            "detail": "is missing from config.yaml.",
            "url": "#main",
        },
        {"pointer": "/results/k", "detail": "is 301 but n is 300, in results.json, line 42."},
    ],
    next_step="Correct both fields, then send the run again.",
    request_id="01K9X4",
)

REFUSED_SIGNER: Final = Problem(
    code="",
    status=403,
    title="You may not sign this stage",
    detail="You uploaded RUN-2026-0112, which this release cites.",
    next_step="Ruth Adeyemi can sign.",
)

JOBS: Final = (
    Progress(
        title="Audit pack for REL-2026-0038",
        state=ProgressState.RUNNING,
        step="page",
        done=31,
        total=58,
    ),
    Progress(
        title="Audit pack for REL-2026-0031",
        state=ProgressState.FAILED,
        step="item",
        done=7,
        total=14,
        failure="evidence item 7, restore test, is missing.",
        next_step="Add it to the release, then seal again.",
    ),
    Progress(
        title="Audit pack for REL-2026-0039",
        state=ProgressState.DONE,
        step="sealed 23 Nov 2026, 08:41 UTC.",
        result_url="#main",
        result_words="Open the pack",
    ),
)


class CredentialsForm(forms.Form):
    """What a signature asks for."""

    password = forms.CharField(widget=forms.PasswordInput)
    code = forms.CharField(label="Code from your authenticator", max_length=6)


class WaiverForm(forms.Form):
    """One field of each kind, with help and errors."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), help_text="Printed in the pack, word for word."
    )
    ends_on = forms.DateField(label="Ends on", help_text="At most 90 days from today, as 2026-12-18.")
    risk = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("low", "Low"), ("high", "High")], label="Residual risk"
    )
    kind = forms.ChoiceField(choices=[("slice", "Required slice"), ("limit", "Limit of a gate")])
    evidence = forms.FileField(required=False)
    is_read = forms.BooleanField(label="I have read the results this waiver concerns")


def components(request: HttpRequest) -> HttpResponse:
    """Show the reference page."""
    waiver = WaiverForm({"reason": "", "ends_on": "18 December", "risk": "low", "kind": "slice"})
    context = {
        "states": STATES,
        "plots": _plots(),
        "gates": _gates(),
        "forest": _forest(),
        "coverage": COVERAGE,
        "entries": _timeline(),
        "signatures": _signatures(),
        "steps": STEPS,
        "panel": PANEL,
        "dialog": DIALOG,
        "form": CredentialsForm(),
        "waiver": waiver,
        "refused_run": REFUSED_RUN,
        "refused_signer": REFUSED_SIGNER,
        "jobs": JOBS,
        "digest": FILE_DIGEST,
        "moment": _at(27, 17, 0),
        "who_role": "compliance reviewer",
    }
    return render(request, "components/reference.html", context)
