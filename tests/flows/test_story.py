"""The story of the README, in one process: from a received run to a pack that verifies.

Each step has the name of its row in the README's table, and looks at what the row says it leaves behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from benchseal.verify import Trust, Verdict, verify
from django.conf import settings
from django.test import Client

from approvals import tasks as approval_tasks
from approvals.walkthrough import steps as walkthrough
from evidence.digests import sha256_bytes
from evidence.models import LedgerEntry, UnsealedEntry
from evidence.signing import KeyUse, active_key
from evidence.ticker import seal_if_needed
from registry import tasks as registry_tasks
from registry.models import Run, Submission
from tests.cast import PASSWORD
from tests.releases import MODERATE, SIGNERS
from tests.world import World, made_files, submission_document

HERE = "/api/v1/projects/HARBOR"
ROW = re.compile(r"^\| (\d+) \| ([^|]+?) \| [^|]+ \| [^|]+ \| ([^|]+?) \|$", re.MULTILINE)


@dataclass
class Story:
    """The world, the pipeline's client, and what was made so far."""

    world: World
    pipeline: Client
    folder: Path
    made: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> dict[str, Any]:
        response = self.pipeline.get(path)
        assert response.status_code == 200, response.content
        return dict(response.json())

    def post(self, path: str, body: Any, *, status: int, by: Client | None = None) -> dict[str, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = (by or self.pipeline).post(path, data=content, content_type="application/json")
        assert response.status_code == status, response.content
        return dict(response.json())

    @property
    def release(self) -> str:
        return f"{HERE}/releases/{self.made['release']}"


def a_run_is_received(story: Story) -> None:
    files = made_files(k=348)
    for file in files:
        path = f"{HERE}/artifacts/{sha256_bytes(file.body)}"
        sent = story.pipeline.put(path, data=file.body, content_type=file.media_type)
        assert sent.status_code == 201, sent.content
    document = submission_document(story.world, files, external_id="ci-1")
    first = story.post(f"{HERE}/submissions", document, status=202)
    assert story.post(f"{HERE}/submissions", document, status=200)["id"] == first["id"]
    other = {"model": {"name": "Brig-M", "version": "2026-02"}}
    story.post(f"{HERE}/submissions", submission_document(story.world, files, **other), status=422)
    story.made["submission"] = first["id"]


def it_is_read(story: Story) -> None:
    submission = Submission.objects.get(pk=story.made["submission"])
    assert submission.state == "received"
    registry_tasks.admit_submission(str(submission.job_id))
    story.made["run"] = story.get(f"{HERE}/submissions/{submission.pk}")["run"]
    assert Run.objects.get(human_id=story.made["run"]).reader == "lm-eval"


def it_is_validated(story: Story) -> None:
    run = story.get(f"{HERE}/runs/{story.made['run']}")
    origins = {origin["field"]: origin["state"] for origin in run["origins"]}
    assert origins["model"] == "both"
    assert [finding for finding in run["findings"] if finding["severity"] == "refuse"] == []


def it_is_admitted_and_sealed(story: Story) -> None:
    run = story.get(f"{HERE}/runs/{story.made['run']}")
    assert (run["metrics"][0]["k"], run["metrics"][0]["n"]) == (348, 400)
    seal_if_needed()
    assert not UnsealedEntry.objects.exists()
    assert LedgerEntry.objects.get(subject=f"run:{run['id']}").kind == "run.admitted"


def a_release_gathers_evidence(story: Story) -> None:
    story.post(f"{HERE}/deployments", {"name": "claims-assistant", "environment": "production"}, status=201)
    draft = {
        "deployment": "claims-assistant/production",
        "model_version": f"{story.world.model.model.name}/{story.world.model.version}",
        "title": "Argo-L for claims notes",
        "intended_use": "Summaries that an adjuster reads before deciding.",
        "owner": "tobias",
        "criteria": story.world.criteria.name,
        "tier_answers": MODERATE,
    }
    story.made["release"] = story.post(f"{HERE}/releases", draft, status=201)["human_id"]
    for link in (
        {"slot": "private_evaluation", "run": story.made["run"]},
        {"slot": "rollback", "rollback": story.world.rollback.name},
        {"slot": "monitoring", "signal": story.world.signal.name},
    ):
        story.post(f"{story.release}/links", link, status=201)


def gates_are_evaluated(story: Story) -> None:
    assert story.get(f"{story.release}/gates")["passes"] is True
    story.post(f"{story.release}/submit", {}, status=200)


def people_sign(story: Story) -> None:
    story.post(f"{story.release}/stages/1/view", {}, status=403)
    for stage in story.get(f"{story.release}/stages")["stages"]:
        if stage["code"] != "6":
            sign(story, stage["code"], f"{story.release}/stages/{stage['code']}/signatures")
    assert story.get(story.release)["state"] == "approved"


def it_is_released(story: Story) -> None:
    assert sign(story, "6", f"{story.release}/release")["state"] == "released"
    assert story.get(f"{HERE}/deployments")["items"][0]["live"]["human_id"] == story.made["release"]


def a_pack_is_sealed(story: Story) -> None:
    asked = story.post(f"{story.release}/packs", {"include_private": False}, status=202)
    approval_tasks.seal_pack(asked["job"]["id"])
    pack = story.get(f"/api/v1/packs/{asked['human_id']}")
    assert pack["job"]["state"] == "done", pack["job"]["error"]
    content = story.pipeline.get(f"/api/v1/packs/{asked['human_id']}/download").getvalue()
    assert sha256_bytes(content) == pack["digest"]
    story.made["pack"] = str(story.folder / f"{asked['human_id']}.zip")
    Path(story.made["pack"]).write_bytes(content)


def anyone_verifies(story: Story) -> None:
    pack = Path(story.made["pack"])
    kept_outside = str(active_key(KeyUse.PACK)["key_id"])
    assert verify(pack, trust=Trust.read(kept_outside)).verdict is Verdict.GENUINE
    assert verify(pack, trust=None).verdict is Verdict.ORIGIN_NOT_PROVED
    changed = pack.with_name("changed.zip")
    content = bytearray(pack.read_bytes())
    content[content.index(b'"k":348') + 4] ^= 1
    changed.write_bytes(content)
    assert verify(changed, trust=Trust.read(kept_outside)).verdict is Verdict.BROKEN


STEPS: tuple[Callable[[Story], None], ...] = (
    a_run_is_received,
    it_is_read,
    it_is_validated,
    it_is_admitted_and_sealed,
    a_release_gathers_evidence,
    gates_are_evaluated,
    people_sign,
    it_is_released,
    a_pack_is_sealed,
    anyone_verifies,
)


def test_the_story_from_a_received_run_to_a_verified_pack(world: World, tmp_path: Path) -> None:
    token = world.cast.token("ines")
    story = Story(world, Client(headers={"Authorization": f"Bearer {token}"}), tmp_path)
    for step in STEPS:
        step(story)
    told = set(LedgerEntry.objects.values_list("kind", flat=True))
    assert ledger_events() <= told | {"submission.refused"}


def test_the_readme_the_demonstration_and_this_test_tell_the_same_story() -> None:
    rows = [name for _, name, _ in readme_rows()]
    assert rows == [step.__name__.replace("_", " ") for step in STEPS]
    assert rows == [name for name, _ in walkthrough.STEPS[1:]]


def readme_rows() -> list[tuple[str, str, str]]:
    return ROW.findall((settings.BASE_DIR / "README.md").read_text())


def ledger_events() -> set[str]:
    return {event for _, _, cell in readme_rows() for event in re.findall(r"`([a-z_]+\.[a-z_]+)`", cell)}


def sign(story: Story, stage: str, path: str) -> dict[str, Any]:
    person = Client()
    account = SIGNERS[stage]
    entered = person.post("/accounts/login/", {"login": account, "password": PASSWORD})
    assert entered.status_code == 302
    shown = story.post(f"{story.release}/stages/{stage}/view", {}, status=200, by=person)
    body = {
        "view_digest": shown["digest"],
        "challenge": shown["challenge"]["id"],
        "account": account,
        "password": PASSWORD,
    }
    return story.post(path, body, status=201, by=person)


@pytest.fixture(autouse=True)
def _no_rate_limits(settings: Any) -> None:
    """Seven people log in from one address within a second."""
    settings.ACCOUNT_RATE_LIMITS = False
