"""The page components as template tags; must never print an argument that was not escaped.

Load with `{% load benchseal %}`. Every tag is listed with its arguments in `components/reference.html`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, TypedDict

from django import template
from django.forms import BoundField, CheckboxInput, FileInput
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry import figures, navigation, sprite
from registry.charts import HEIGHT, WIDTH, IntervalPlot
from registry.components import (
    MESSAGE_KINDS,
    NOTICE_ICONS,
    ORIGIN_ICONS,
    PRINT_COLOURS,
    STATE_ICONS,
    DiffRow,
    Progress,
    SignatureBlock,
    Step,
    TimelineEntry,
    UnknownKind,
    state_kind,
)
from registry.forest import Forest
from registry.problems import Problem

register = template.Library()

NOT_SET: Final = "not set"
SHORT: Final = (8, 4)
PRINTED: Final = 16
COPY_FROM: Final = 17


# --- Marks ---------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """Draw an icon of the sprite; with `label` it is spoken, without it is decoration.

    Raises `UnknownIcon` for a name the sprite does not have.
    """
    sprite.shape(name)
    return format_html(
        '<svg class="{}"{}><use href="{}#{}"/></svg>',
        f"i {classes}".strip(),
        _spoken(label),
        static(sprite.SPRITE_NAME),
        name,
    )


def _spoken(label: str) -> SafeString:
    if label:
        return format_html(' role="img" aria-label="{}"', label)
    return format_html(' aria-hidden="{}"', "true")


@register.simple_tag
def icon_printed(name: str, kind: str = "") -> SafeString:
    """Draw an icon with its shapes and ink in place, for a document that links nothing."""
    return format_html(
        '<svg class="i" viewBox="0 0 24 24" width="12" height="12" fill="none" stroke="{}"'
        ' stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round"'
        ' aria-hidden="true">{}</svg>',
        PRINT_COLOURS[kind],
        sprite.shape(name),
    )


@register.simple_tag
def state(kind: str, word: str, pill: bool = False, icon_name: str = "", printed: bool = False) -> SafeString:
    """Show a state as icon, word and colour. `printed` draws the icon in place, for the pack.

    Kinds: pass, fail, waived, flag, untested, voided, open, wait. Raises `UnknownKind`.
    """
    known = state_kind(kind)
    name = icon_name or STATE_ICONS[known]
    mark = icon_printed(name, known) if printed else icon(name)
    shape = " pill" if pill else ""
    return format_html('<span class="state {}{}">{}{}</span>', known, shape, mark, word)


@register.simple_tag
def digest(value: str | None, whole: bool = False) -> SafeString:
    """Show a digest as a chip that copies all of it: first 8 and last 4; on paper 16, or all with `whole`."""
    if not value:
        return origin("missing", "no digest")
    algorithm, _, plain = str(value).rpartition(":")
    head, tail = SHORT
    shown = plain if len(plain) < COPY_FROM else f"{plain[:head]}…{plain[-tail:]}"
    return format_html(
        '<button type="button" class="digest{}" data-copy="{}" title="{}" aria-label="{}">'
        '<span class="shown">{}</span><span class="printed">{}</span>{}{}</button>',
        " whole" if whole else "",
        value,
        value,
        # What is seen is part of what is said, so that a person can ask for it by voice.
        " ".join(part for part in ("Copy", "" if shown == plain else f"{shown},", algorithm, plain) if part),
        shown,
        plain if whole else plain[:PRINTED],
        icon("copy", classes="copy"),
        icon("check", classes="done"),
    )


@register.simple_tag
def origin(kind: str, text: str) -> SafeString:
    """Show where a value came from: a `file` and its line, the `uploader`, or that it is `missing`."""
    if kind not in ORIGIN_ICONS:
        raise UnknownKind(kind)
    return format_html('<span class="from {}">{}{}</span>', kind, icon(ORIGIN_ICONS[kind]), text)


# --- Figures -------------------------------------------------------------------------------------


def _given(limit: figures.Figure | None) -> figures.Figure | None:
    """Return a limit, or nothing where a template names one that is not there."""
    return None if limit == "" else limit


@register.simple_tag
def number(n: figures.Figure) -> str:
    """Print a count in full: 4,811,982."""
    return figures.number(n)


@register.simple_tag
def bytes_exact(n: int) -> str:
    """Print a size in full: 4,811,982 bytes."""
    return figures.bytes_exact(n)


@register.simple_tag
def ms(value: figures.Figure, limit: figures.Figure | None = None) -> str:
    """Print a latency: 2,450 ms."""
    return figures.milliseconds(value, _given(limit))


@register.simple_tag
def money(amount: figures.Figure, currency: str, limit: figures.Figure | None = None) -> str:
    """Print an amount with its code after it: 37,990 USD."""
    return figures.money(amount, currency, _given(limit))


@register.simple_tag
def rate(
    k: int,
    n: int,
    low: figures.Figure | None = None,
    high: figures.Figure | None = None,
    limit: figures.Figure | None = None,
) -> SafeString:
    """Print a rate with its n and its 95% interval: 264/300 = 88.0% [83.8, 91.2].

    `low`, `high` and `limit` are fractions between 0 and 1. Where rounding would carry a figure
    across the limit, more digits are printed. Without items it says "no data".
    """
    share = figures.share(k, n, _given(limit))
    if n == 0 or low is None or high is None:
        return format_html("<b>{}</b>", share)
    bounds = figures.interval(low, high, _given(limit))
    return format_html("<b>{}</b> <small>{}</small>", share, bounds)


@register.simple_tag
def stamp(moment: datetime | None, unset: str = NOT_SET) -> SafeString:
    """Print a time to the minute: 27 Nov 2026, 17:00 UTC."""
    return _time(moment, figures.stamp(moment)) if moment else format_html("{}", unset)


@register.simple_tag
def stamp_seconds(moment: datetime | None, unset: str = NOT_SET) -> SafeString:
    """Print a time to the second, for signatures and events."""
    return _time(moment, figures.stamp_seconds(moment)) if moment else format_html("{}", unset)


@register.simple_tag
def day(when: date | None, unset: str = NOT_SET) -> SafeString:
    """Print a day: 27 Nov 2026."""
    return _time(when, figures.day(when)) if when else format_html("{}", unset)


def _time(moment: date, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', figures.machine_time(moment), words)


class PlotContext(TypedDict):
    """What `components/interval_plot.html` draws."""

    plot: IntervalPlot
    ink: str
    width: int
    height: int


@register.inclusion_tag("components/interval_plot.html")
def interval_plot(plot: IntervalPlot) -> PlotContext:
    """Draw a plot made by `registry.charts.interval_plot`, on a page or in the pack."""
    return {"plot": plot, "ink": PRINT_COLOURS[plot.state], "width": WIDTH, "height": HEIGHT}


@register.inclusion_tag("components/forest.html")
def forest_plot(forest: Forest) -> dict[str, Forest | int]:
    """Draw a comparison made by `registry.forest.forest`; put a table of its figures beside it."""
    return {"forest": forest, "rows_height": forest.floor - 2, "words_base": forest.floor + 14}


# --- Blocks --------------------------------------------------------------------------------------


class NoticeContext(TypedDict):
    """What `components/notice.html` shows."""

    kind: str
    icon_name: str
    title: str
    body: str


@register.inclusion_tag("components/notice.html")
def notice(kind: str, title: str, body: str = "") -> NoticeContext:
    """Show a notice of one of the state kinds, or `info`."""
    if kind not in NOTICE_ICONS:
        raise UnknownKind(kind)
    return {"kind": kind, "icon_name": NOTICE_ICONS[kind], "title": title, "body": body}


@register.filter
def message_kind(level: str) -> str:
    """Return the kind of notice that shows a Django message of this level."""
    return MESSAGE_KINDS.get(level, "open")


@register.inclusion_tag("components/empty.html")
def empty(why: str, next_step: str = "", url: str = "", command: str = "") -> dict[str, str]:
    """Say why a list is empty and what comes next, as a link, a command to type, or words alone."""
    return {"why": why, "next_step": next_step, "url": url, "command": command}


@register.inclusion_tag("components/problem.html")
def problem(
    problem: Problem, kind: str = "fail", titled: bool = True, focused: bool = False
) -> dict[str, Problem | str | bool]:
    """Show a refusal: what, which places, the next step, the code and the request.

    `titled` is off where the page's heading already is the title; `focused` is on where a form came
    back, so that the reason is read first. An error of the problem may carry `name` and `url` of its
    field beside `pointer` and `detail`.
    """
    known = state_kind(kind)
    icon_name = STATE_ICONS[known]
    return {"problem": problem, "kind": known, "icon_name": icon_name, "titled": titled, "focused": focused}


@register.inclusion_tag("components/progress.html")
def progress(job: Progress) -> dict[str, Progress]:
    """Show a counted job; while it is live the page asks for the next count every two seconds."""
    return {"job": job}


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Iterable[TimelineEntry]) -> dict[str, tuple[TimelineEntry, ...]]:
    """Show events, newest first as they are given."""
    return {"entries": tuple(entries)}


@register.inclusion_tag("components/signature.html")
def signature(block: SignatureBlock) -> dict[str, SignatureBlock]:
    """Show one stage inside `<ol class="sigs">`; a voided signature keeps its place and its diff."""
    return {"block": block}


@register.inclusion_tag("components/diff.html")
def diff(rows: Iterable[DiffRow], signed_as: str = "Signed", now_as: str = "Now") -> dict[str, object]:
    """Show what was signed beside what is there now."""
    return {"rows": tuple(rows), "signed_as": signed_as, "now_as": now_as}


@register.inclusion_tag("components/steps.html")
def steps(title: str, rows: Iterable[Step]) -> dict[str, str | tuple[Step, ...]]:
    """Show a short list of the rail: stages, terms that end, things signed lately."""
    return {"title": title, "rows": tuple(rows)}


@register.inclusion_tag("components/pagination.html")
def pagination(next_url: str | None = "", prev_url: str | None = "", words: str = "") -> dict[str, str]:
    """Link the neighbouring pages of a list; `words` says where the reader is, as `1 to 50 of 212`."""
    return {"next_url": next_url or "", "prev_url": prev_url or "", "words": words}


@register.inclusion_tag("components/navigation.html", takes_context=True)
def main_navigation(context: Context) -> dict[str, tuple[navigation.Link, ...]]:
    """Show the main navigation; reads `nav` and `user` from the page."""
    is_known = bool(getattr(context.get("user"), "is_authenticated", False))
    return {"links": tuple(navigation.links(nav=str(context.get("nav", "")), is_known=is_known))}


# --- Forms ---------------------------------------------------------------------------------------


class FieldContext(TypedDict):
    """What `components/field.html` shows."""

    field: BoundField
    label: str
    notes: str
    widget: SafeString
    layout: str
    help_id: str
    error_id: str
    described_by: str


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, label: str | None = None, notes: str | None = None, **attributes: str
) -> FieldContext:
    """Show a form field with label, help and errors, tied to it by `aria-describedby`.

    `label` and `notes` replace the form's own label and help text, for forms of a library.
    Further arguments become attributes of the control: `autocomplete="username"`.
    """
    words = str(bound.help_text if notes is None else notes)
    help_id = f"{bound.auto_id}_helptext" if words else ""
    error_id = f"{bound.auto_id}_error" if bound.errors else ""
    described_by = " ".join(filter(None, (help_id, error_id)))
    given: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in attributes.items()}
    layout = _layout(bound)
    if described_by and layout != "choices":
        given["aria-describedby"] = described_by
    return {
        "field": bound,
        "label": str(bound.label if label is None else label),
        "notes": words,
        "widget": bound.as_widget(attrs=given),
        "layout": layout,
        "help_id": help_id,
        "error_id": error_id,
        "described_by": described_by,
    }


def _layout(bound: BoundField) -> str:
    if bound.is_hidden:
        return "hidden"
    if isinstance(bound.field.widget, CheckboxInput):
        return "check"
    is_one_control = isinstance(bound.field.widget, FileInput) or not bound.use_fieldset
    return "plain" if is_one_control else "choices"
