"""Every component shows its words, and no text of a person becomes markup."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from registry import charts, components, reference, sprite
from registry.problems import Problem

HOSTILE = ("<script>alert(1)</script>", '"><svg onload=alert(1)>', "' onmouseover='alert(1)")
DIGEST = "sha256:a1c158c163fe33e09ec47968a0657ed7d13ec80a69cb5967dd40493355b9b432"
AT = datetime(2026, 11, 20, 15, 41, 50, tzinfo=UTC)
STATIC = Path(sprite.SPRITE).parent


def shown(source: str, **values: object) -> str:
    return Template("{% load benchseal %}" + source).render(Context(values))


class Elements(HTMLParser):
    """Collects the names of elements and attributes as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}


def is_harmless(html: str) -> bool:
    """Whether no element and no attribute is there that only the hostile text could bring."""
    parser = Elements()
    parser.feed(html)
    return not any(name == "script" or name.startswith("on") for name in parser.names)


@pytest.mark.parametrize("kind", sorted(components.STATE_ICONS))
def test_a_state_is_word_icon_and_colour(kind: str) -> None:
    html = shown("{% state kind 'Some word' pill=True %}", kind=kind)
    assert f'class="state {kind} pill"' in html
    assert f"icons.svg#{components.STATE_ICONS[kind]}" in html
    assert "Some word" in html


def test_a_state_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(components.UnknownKind):
        shown("{% state 'fine' 'Fine' %}")


def test_an_icon_the_sprite_lacks_is_refused() -> None:
    with pytest.raises(sprite.UnknownIcon):
        shown("{% icon 'unicorn' %}")


def test_an_icon_with_a_label_is_spoken_and_one_without_is_not() -> None:
    assert 'role="img" aria-label="Fails"' in shown("{% icon 'fail' label='Fails' %}")
    assert 'aria-hidden="true"' in shown("{% icon 'fail' %}")


def test_a_printed_icon_links_nothing() -> None:
    html = shown("{% state 'fail' 'Fail' printed=True %}")
    assert "href" not in html
    assert "#b0241c" in html
    assert "<path" in html


def test_a_digest_shows_its_ends_and_copies_all_of_it() -> None:
    html = shown("{% digest value %}", value=DIGEST)
    assert '<span class="shown">a1c158c1…b432</span>' in html
    assert '<span class="printed">a1c158c163fe33e0</span>' in html
    assert f'data-copy="{DIGEST}"' in html
    assert f'title="{DIGEST}"' in html
    assert f'aria-label="Copy a1c158c1…b432, sha256 {DIGEST.removeprefix("sha256:")}"' in html


def test_a_digest_that_is_not_there_says_so() -> None:
    assert "no digest" in shown("{% digest value %}", value=None)


def test_a_rate_prints_more_digits_where_rounding_would_cross_the_limit() -> None:
    html = shown("{% rate 196 200 0.94968 0.99219 0.95 %}")
    assert html == "<b>196/200 = 98.0%</b> <small>[94.97, 99.2]</small>"


def test_a_rate_without_items_is_no_data() -> None:
    assert shown("{% rate 0 0 %}") == "<b>no data</b>"


def test_a_stamp_carries_the_machine_time() -> None:
    assert shown("{% stamp at %}", at=AT) == (
        '<time datetime="2026-11-20T15:41:50Z">20 Nov 2026, 15:41 UTC</time>'
    )
    assert "15:41:50 UTC" in shown("{% stamp_seconds at %}", at=AT)
    assert shown("{% day when %}", when=date(2026, 12, 1)) == '<time datetime="2026-12-01">1 Dec 2026</time>'
    assert shown("{% stamp at 'not signed' %}", at=None) == "not signed"


def test_a_job_that_runs_asks_again_and_one_that_failed_does_not() -> None:
    running = components.Progress(
        title="Pack", state=components.ProgressState.RUNNING, step="page", done=31, total=58, poll_url="/j/1"
    )
    failed = components.Progress(
        title="Pack", state=components.ProgressState.FAILED, failure="item 7 is missing.", poll_url="/j/1"
    )
    assert 'hx-get="/j/1"' in shown("{% progress job %}", job=running)
    assert 'value="31" max="58"' in shown("{% progress job %}", job=running)
    assert "hx-get" not in shown("{% progress job %}", job=failed)
    assert "item 7 is missing." in shown("{% progress job %}", job=failed)


class OneForm(forms.Form):
    reason = forms.CharField(help_text="Printed word for word.")
    risk = forms.ChoiceField(widget=forms.RadioSelect, choices=[("low", "Low")])
    is_read = forms.BooleanField(label="I have read it")
    proof = forms.FileField(required=False)


def test_a_field_is_tied_to_its_help_and_its_errors() -> None:
    html = shown("{% field form.reason autocomplete='off' %}", form=OneForm({}))
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in html
    assert 'id="id_reason_helptext"' in html
    assert 'id="id_reason_error"' in html
    assert 'autocomplete="off"' in html
    assert '<label for="id_reason">' in html


def test_choices_stand_in_a_fieldset_with_a_legend() -> None:
    html = shown("{% field form.risk %}", form=OneForm({}))
    assert "<fieldset" in html
    assert "<legend>Risk" in html
    assert 'aria-describedby="id_risk_error"' in html


def test_a_file_field_keeps_its_own_label() -> None:
    assert '<label for="id_proof">' in shown("{% field form.proof %}", form=OneForm())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "source",
    [
        "{% icon 'pass' label=t classes=t %}",
        "{% state 'pass' t pill=True %}",
        "{% state 'pass' t printed=True %}",
        "{% digest t %}",
        "{% digest t whole=True %}",
        "{% origin 'file' t %}",
        "{% money 5 t %}",
        "{% stamp None t %}",
        "{% notice 'flag' t t %}",
        "{% empty t t t t %}",
        "{% pagination t t t %}",
        "{% steps t rows %}",
        "{% timeline entries %}",
        "<ol>{% signature block %}</ol>",
        "{% progress running %}{% progress failed %}{% progress done %}",
        "{% problem refused %}",
        "{% interval_plot plot %}",
        "{% include 'components/verdict.html' with kind='pass' words=t detail=t %}",
    ],
)
def test_the_text_of_a_person_never_becomes_markup(source: str, text: str) -> None:
    html = shown(source, t=text, **hostile_values(text))
    assert text not in html
    assert is_harmless(html)


def hostile_values(text: str) -> dict[str, object]:
    state = components.ProgressState
    job = components.Progress(
        title=text,
        state=state.RUNNING,
        step=text,
        next_step=text,
        next_url=text,
        done=1,
        total=2,
        poll_url=text,
    )
    return {
        "rows": [components.Step(words=text, fact=text, kind="pass", note=text, url=text)],
        "entries": [components.TimelineEntry(what=text, at=AT, who=text, detail=text, reason=text, url=text)],
        "block": components.SignatureBlock(
            kind="voided",
            word=text,
            stage=text,
            name=text,
            role=text,
            meaning=text,
            facts=(text,),
            signed_at=AT,
            methods=text,
            manifest_digest=text,
            voided_at=AT,
            voided_why=text,
            signed_as=text,
            now_as=text,
            anchor=text,
            diff=(
                components.DiffRow(
                    what=text, signed=text, now=text, signed_digest=text, now_digest=text, is_changed=True
                ),
            ),
        ),
        "running": job,
        "failed": replace(job, state=state.FAILED, failure=text),
        "done": replace(job, state=state.DONE, result_url=text, result_words=text),
        "refused": Problem(
            code=text,
            status=422,
            title=text,
            detail=text,
            errors=[
                {"pointer": text, "detail": text},
                {"name": text, "url": text, "detail": text, "pointer": text},
            ],
            next_step=text,
            request_id=text,
        ),
        "plot": charts.interval_plot(
            label=text,
            scale=charts.rate_scale([0.4]),
            value=0.5,
            limit=charts.Limit(0.4, charts.Bound.AT_LEAST, text),
        ),
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_the_text_of_a_form_never_becomes_markup(text: str) -> None:
    class HostileForm(forms.Form):
        name = forms.CharField(label=text, help_text=text)
        pick = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", text)], label=text)

        def clean_name(self) -> str:
            raise forms.ValidationError(text)

    form = HostileForm({"name": text, "pick": text})
    html = shown(
        "{% include 'components/form_errors.html' %}{% field form.name %}{% field form.pick %}", form=form
    )
    assert text not in html
    assert is_harmless(html)


def test_the_reference_page_shows_one_of_each() -> None:
    request = RequestFactory().get("/components/")
    request.user = AnonymousUser()
    html = reference.components(request).content.decode()
    for words in ("Skip to content", "Times are UTC, from the server", "[94.97, 99.2]", "NOT TESTED"):
        assert words in html


def test_no_page_carries_inline_script_or_style() -> None:
    request = RequestFactory().get("/components/")
    request.user = AnonymousUser()
    html = reference.components(request).content.decode()
    assert not re.findall(r"<script(?![^>]*\bsrc=)", html)
    assert not re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)


def test_the_stylesheet_links_only_files_that_are_there() -> None:
    for sheet in (STATIC / "css").glob("*.css"):
        for target in re.findall(r'url\("([^"]+)"\)', sheet.read_text()):
            assert (sheet.parent / target).is_file(), f"{sheet.name} links {target}"


def test_every_font_and_the_icons_have_their_licence_beside_them() -> None:
    assert (STATIC / "icons-LICENSE.txt").is_file()
    for font in (STATIC / "fonts").glob("*.woff2"):
        family = font.name.split("-latin")[0]
        assert (STATIC / "fonts" / f"LICENSE-{family}.txt").is_file()


def test_print_colours_are_the_light_tokens() -> None:
    tokens = (STATIC / "css" / "tokens.css").read_text()
    for kind in ("pass", "fail", "waived", "flag", "voided"):
        assert f"--{kind}: light-dark({components.PRINT_COLOURS[kind]}," in tokens
