"""The printed document says what the records say, escapes what people wrote, and leaves nothing out."""

import re
import subprocess
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from approvals import document
from approvals.annexes import annexes_of
from approvals.document_sections import cards, sealing, words
from approvals.document_sections.contents import NUMBERS, RELEASE_SECTIONS
from approvals.document_sections.papers import Papers
from approvals.models.signatures import StageState
from approvals.states import State
from evidence.canonical import jcs
from evidence.errors import PackIncomplete
from evidence.rendering import render_pdf
from registry.models import DatasetVersion, MonitoringSignal, RollbackArtifact
from tests.approvals import document_fixture as fixture

Body = dict[str, Any]


class Page(HTMLParser):
    """Text, elements and attributes of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.is_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.is_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.is_style = False

    def handle_data(self, data: str) -> None:
        if not self.is_style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def html(made: tuple[Body, Body, dict[str, Body]]) -> str:
    return document.html_of(*made, fixture.VERIFY_URL)


@pytest.fixture(scope="module")
def plain() -> str:
    return Page(html(fixture.make())).text


@pytest.fixture(scope="module")
def hostile() -> str:
    return html(fixture.make(fixture.HOSTILE))


TITLES = {number: section.title for number, section in enumerate(RELEASE_SECTIONS, 1)}


def part(text: str, key: str) -> str:
    """The text of one section, from its heading to the next."""
    number, titles = NUMBERS[key], TITLES
    start = text.rindex(f" {number} {titles[number]} ")
    end = text.rfind(f" {number + 1} {titles.get(number + 1, '')} ")
    return text[start : end if end > start else None]


def test_the_same_three_give_the_same_text() -> None:
    assert html(fixture.make()) == html(fixture.make())


def test_every_section_has_a_heading_and_a_line_in_the_contents(plain: str) -> None:
    for number, title in TITLES.items():
        assert plain.count(f" {number} {title} ") == 2, title


def test_the_cover_says_what_was_decided_and_who_seals() -> None:
    page = Page(html(fixture.make()))
    record_digest = fixture.make()[1]["record"].removeprefix("sha256:")
    for said in (
        "Audit pack HARBOR-PACK-2026-0001, version 1",
        "Released 18 Nov 2026, 12:17:00 UTC",
        "Release HARBOR-REL-2026-0004, revision 2",
        "it is not made with that person's own key.",
        "Time is self-issued",
        record_digest,
    ):
        assert said in page.text
    assert ("aria-label", "Address for checking this pack") in page.attributes


def test_time_of_an_outside_authority_is_not_called_self_issued() -> None:
    record, pack, records = fixture.make()
    text = document.html_of(record, pack | {"time_authority": "external"}, records, fixture.VERIFY_URL)
    assert "self-issued" not in text


def test_the_summary_counts_the_gates_and_names_the_bad_facts(plain: str) -> None:
    summary = part(plain, "summary")
    for said in (
        "Brig-M 2026-03 for claims-drafting in production is released.",
        "Of 10 gates, 8 pass, 2 are flagged, none is waived and none fails.",
        "6 signatures count, of 6 people.",
        "2 signatures stopped counting",
        "HARBOR-RUN-2026-0001 is void. Four notes were graded twice",
        "the file says “998”, the uploader says “1000”. Reason given: Two items were withdrawn",
        "pass rate, Spanish. NOT TESTED. Lower 95% bound at least 80%",
        "348/400 = 87.0% [83.3, 89.9]",
        "As shown to Ruth Abernathy for stage 6",
    ):
        assert said in summary


def test_a_stage_without_its_signature_is_open() -> None:
    text = Page(html(fixture.make(stages=2))).text
    assert "is in review; no decision is made." in text
    assert "3 Validator (0 of 1), 4b Security (0 of 1), 5 Compliance (0 of 1) and 6 Release manager" in text
    assert "Waiting 3 Validator" in part(text, "signatures")


def test_a_view_that_stopped_says_so() -> None:
    record, pack, records = fixture.make(stages=0)
    first = record["signatures"][:2]
    text = Page(html((record | {"signatures": first}, pack, records))).text
    assert "The evidence changed afterwards, and this signature stopped counting" in part(text, "summary")
    assert "No signature counts." in part(text, "signatures")


def test_a_release_nobody_signed_has_no_board() -> None:
    record, pack, records = fixture.make()
    text = Page(html((record | {"signatures": []}, pack, records))).text
    assert "No person has signed yet, so this record holds no gate result." in text


def test_results_print_counts_intervals_and_states(plain: str) -> None:
    results = part(plain, "results")
    for said in (
        "348/400 = 87.0% [83.3, 89.9]",
        "880/1,000 = 88.0% [85.8, 89.9]",
        "2,450\u00a0ms".replace("\u00a0", " "),
        "not a number (NaN)",
        "bleu missing",
        "5 results: 1 with an interval, 2 without, 2 not a number.",
        "8 of 9 parts of the reproducibility bundle; missing: container digest.",
        "This run is void and counts for nothing.",
        "public or vendor evidence, no approval by itself",
        "Measured by Ines Marquez (ines)",
        "Read with reader lm-eval 1",
        "Seed (results.json /config/seed)",
        "reason: Two items were withdrawn by the publisher",
    ):
        assert said in results
    assert results.index("HARBOR-RUN-2026-0002, ") < results.index("HARBOR-RUN-2026-0003, ")
    assert results.index("HARBOR-RUN-2026-0003, ") < results.index("HARBOR-RUN-2026-0001, ")


def test_every_plot_says_its_figures() -> None:
    labels = [value for name, value in Page(html(fixture.make())).attributes if name == "aria-label"]
    assert "pass rate: 348/400 = 87.0% [83.3, 89.9]" in labels
    assert "pass rate: 880/1,000 = 88.0% [85.8, 89.9]" in labels


def test_criteria_are_held_against_the_first_run(plain: str) -> None:
    assert "Recorded before the first run was received" in part(plain, "criteria")
    assert "pass rate all items Lower 95% bound at least 80% stops the release" in part(plain, "criteria")


@pytest.mark.parametrize(
    ("key", "kind"),
    [("datasets", DatasetVersion), ("operation", RollbackArtifact), ("operation", MonitoringSignal)],
)
def test_every_field_of_a_record_is_printed(plain: str, key: str, kind: Any) -> None:
    names = [name for name in kind.RECORD_FIELDS if name not in kind.IDENTITY]
    for name in names:
        assert cards.label_of(name) in part(plain, key)


def test_an_empty_field_is_said(plain: str) -> None:
    assert "Legal basis not recorded" in part(plain, "datasets")
    assert "Anonymisation method does not apply" in part(plain, "datasets")
    assert "Runbook not recorded" in part(plain, "operation")
    assert "Published does not apply, not published" in part(plain, "datasets")


def test_signatures_print_meaning_time_and_what_they_are_over(plain: str) -> None:
    signatures = part(plain, "signatures")
    record = fixture.make()[0]
    for one in record["signatures"]:
        if one["action"] != "decline":
            assert one["printed_name"] in signatures
            assert one["meaning"] in signatures
            assert words.moment(one["signed_at"]) in signatures
            assert words.short(one["statement"]) in signatures
    assert "account name and password" in signatures
    assert "Spend is read weekly." in signatures


def test_stopped_signatures_show_what_differs(plain: str) -> None:
    signatures = part(plain, "signatures")
    assert "Stopped counting 12 Nov 2026, 10:11:21 UTC" in signatures
    assert "HARBOR-RUN-2026-0001 was corrected by HARBOR-RUN-2026-0002." in signatures
    taken_out = r"Private HARBOR-RUN-2026-0001 Evidence HARBOR-RUN-2026-0001 \w{16} taken out"
    assert re.search(taken_out, signatures)
    assert "was not part of it HARBOR-RUN-2026-0002" in signatures


def test_signers_responsible_for_a_run_are_named(plain: str) -> None:
    assert "Ines Marquez 1 HARBOR-RUN-2026-0001" in part(plain, "signatures")


def test_a_declined_stage_is_printed_with_its_reason(plain: str) -> None:
    assert "declined 4b Security Samuel Brandt" in part(plain, "review")
    assert "The vendor's terms on retention were not attached." in part(plain, "review")


def test_the_evidence_list_adds_up(plain: str) -> None:
    record = fixture.make()[0]
    listed = part(plain, "evidence")
    assert f"make {len(record['files'])} files named in record.json; 1 more file is withheld." in listed
    for file in [*record["files"], *record["withheld"]]:
        assert file["digest"].removeprefix("sha256:") in listed
    assert "never published; on request." in listed


def test_long_lists_are_bounded_and_say_how_many_more_there_are() -> None:
    record, pack, records = fixture.make(many=450)
    text = Page(html((record, pack, records))).text
    assert f"{len(record['events']) - 200} more in data/audit" in part(text, "audit")
    assert "390 more in data/record.json" in part(text, "evidence")


def test_every_criterion_shows_its_runs_or_that_none_measured_it(plain: str) -> None:
    results = part(plain, "results")
    assert "Of 2 criteria 1 was measured and 1 is NOT TESTED." in results
    decides, void = (
        "HARBOR-RUN-2026-0002 decides 348/400",
        "HARBOR-RUN-2026-0001 void, counts for nothing 352/400",
    )
    assert 0 < results.index(decides) < results.index(void)
    assert "pass rate , Spanish Lower 95% bound at least 80% NOT TESTED" in results
    assert "No comparison between models is recorded" in results


def test_latency_is_printed_and_what_nobody_recorded_is_said(plain: str) -> None:
    said = part(plain, "operational")
    assert "Latency HARBOR-RUN-2026-0002 latency, p95 2,450\u00a0ms 400".replace("\u00a0", " ") in said
    assert "HARBOR-RUN-2026-0001" not in said
    assert "No run recorded throughput and cost." in said


def test_who_could_sign_send_and_administer_is_counted(plain: str) -> None:
    access = part(plain, "access")
    assert "2 accounts could sign, 1 account could send runs and 0 accounts could administer." in access
    assert "vera Administrator administer" in access


def test_controls_lead_to_a_section_or_say_that_there_is_no_evidence(plain: str) -> None:
    controls = part(plain, "controls")
    signatures = NUMBERS["signatures"]
    assert f"21 CFR 11.70; EU GMP Annex 11 §14(b) section {signatures}, page" in controls
    assert "C-03 Retention class, legal hold, restore test 21 CFR 11.10(c)" in controls
    assert re.search(r"C-20 .{0,80} no evidence", controls)
    assert "compliant" not in plain


def test_annexes_are_named_with_their_digest(plain: str) -> None:
    record, pack, records = fixture.make()
    made = annexes_of(Papers(record, pack, records))
    assert [annex.name for annex in made] == ["events.tsv", "evidence.tsv", "results.tsv", "runs.tsv"]
    for annex in made:
        assert annex.body.count(b"\n") == annex.rows + 1
        assert f"{annex.holds} {annex.digest.removeprefix('sha256:')}" in part(plain, "evidence")


def test_a_thousand_runs_are_one_line_each_and_few_are_printed_in_full() -> None:
    record, pack, records = fixture.make(runs=997)
    text = Page(html((record, pack, records))).text
    results = part(text, "results")
    assert "1,000 runs; the 12 that tell most are printed in full below" in results
    assert results.count(" Who measured what, and when ") == 12
    assert "HARBOR-RUN-2026-1000 Flagged" in results
    assert len(text) < 400_000


def test_keys_and_where_they_are_published(plain: str) -> None:
    verify = part(plain, "verify")
    assert "https://registry.harborsure.example/.well-known/benchseal-keys.json" in verify
    for key in fixture.make()[1]["keys"].values():
        assert key in verify


def test_a_digest_that_leads_nowhere_stops_the_pack() -> None:
    record, pack, records = fixture.make()
    del records[record["runs"][1]["digest"]]
    with pytest.raises(PackIncomplete, match="HARBOR-RUN-2026-0002"):
        html((record, pack, records))


def test_what_people_wrote_makes_no_element_address_or_style(hostile: str) -> None:
    ours, theirs = Page(html(fixture.make())), Page(hostile)
    assert "script" not in theirs.tags
    assert "img" not in theirs.tags
    assert "link" not in theirs.tags
    assert set(theirs.tags) == set(ours.tags)
    assert {name for name, _ in theirs.attributes} == {name for name, _ in ours.attributes}
    addresses = {value for name, value in theirs.attributes if name in ("href", "src", "style")}
    assert addresses == {value for name, value in ours.attributes if name in ("href", "src", "style")}
    assert theirs.text.count("<script>alert(1)</script>") > 60


def test_every_state_of_a_release_has_its_words() -> None:
    assert set(words.STATE_SENTENCES) == set(State)
    assert StageState.SIGNED.label == "Signed"


def test_a_qr_code_is_drawn_as_one_path() -> None:
    code = sealing.qr_of(fixture.VERIFY_URL)
    assert re.fullmatch(r"(M\d+ \d+h1v1h-1z)+", code.path)
    assert code.path.startswith("M0 0")
    assert code.size == 33


@pytest.fixture(scope="module")
def pdf(hostile: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = fixture.make(fixture.HOSTILE)[0]
    path = tmp_path_factory.mktemp("document") / "document.pdf"
    path.write_bytes(
        render_pdf(
            hostile,
            attachments={"record.json": jcs(record), "manifest-sha256.txt": b"0  x\n"},
            created_at=datetime(2026, 11, 22, 7, tzinfo=UTC),
            identifier="pack",
        )
    )
    return path


def told(program: str, *arguments: object) -> str:
    command = [program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.thorough
def test_the_pdf_prints_hostile_text_as_text_and_carries_two_files(pdf: Path) -> None:
    text = told("pdftotext", "-layout", pdf, "-")
    assert "<script>alert(1)</script>" in text
    assert "root:x:0:0" not in text
    assert re.search(r"HARBOR-PACK-2026-0001 · version 1 · record [0-9a-f]{16} +Page 2 of \d+", text)
    assert told("pdfdetach", "-list", pdf).startswith("2 embedded files")


def test_the_pdf_embeds_the_packaged_fonts_for_its_own_words(pdf: Path) -> None:
    fonts = told("pdffonts", pdf)
    for name in ("Inter", "Serif4", "IBM-Plex-Mono"):
        assert f"+{name}" in fonts
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in fonts.splitlines()[2:])


def test_the_pdf_has_a_bookmark_for_each_section(pdf: Path) -> None:
    outline = told("pdftohtml", "-xml", "-i", "-stdout", pdf)
    for number, title in TITLES.items():
        assert re.search(rf"<item page=\"\d+\">{number} {title}</item>", outline), title


def test_every_statement_says_what_it_is_about() -> None:
    record, pack, records = fixture.make()
    decided, summed = (f"data/attestations/{letter * 64}.dsse.json" for letter in "ab")
    statements = [
        {
            "path": path,
            "name": path,
            "kind": "statement",
            "digest": f"sha256:{'0' * 64}",
            "size": 9,
            "run": None,
        }
        for path in (decided, summed)
    ]
    decision = {"action": "release", "revision": 2, "envelope": decided, "summary": summed}
    told = record | {"files": [*record["files"], *statements], "decisions": [decision]}
    evidence = part(Page(html((told, pack, records))).text, "evidence")
    assert "Decision: Release, revision 2" in evidence
    assert "Verification Summary: Release, revision 2" in evidence
    assert "not recorded statement" not in evidence
    assert "{'" not in evidence


def test_several_statistics_of_one_metric_in_one_run_are_all_printed() -> None:
    record, pack, records = fixture.make()
    for body in records.values():
        rates = [one for one in body.get("metrics", []) if one["definition"] == "pass rate"]
        body.get("metrics", []).extend({**one, "statistic": "median", "value": "1.0"} for one in rates)
    criteria = part(Page(html((record, pack, records))).text, "results").partition("All runs")[0]
    assert criteria.count("HARBOR-RUN-2026-0002") == 2
    assert "pass rate, median" in criteria
