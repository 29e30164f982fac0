"""`manage.py demo` as a user runs it: real server and worker, an empty folder, HTTP alone."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from approvals.walkthrough.steps import STEPS
from approvals.walkthrough.transcript import MASK, Transcript


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    # A database or profile of the caller has no effect: the demonstration brings its own.
    outside = {**os.environ, "DATABASE_URL": "postgres://nowhere.invalid/none", "SECRET_KEY": "not-used"}
    done = subprocess.run(
        (sys.executable, "manage.py", "demo", "--out", str(folder)),
        cwd=settings.BASE_DIR,
        env=outside,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return folder


@pytest.mark.slow
def test_every_step_is_walked_in_the_order_of_the_readme(out: Path) -> None:
    said = (out / "said.txt").read_text().splitlines()
    walked = [line.strip() for line in said if line[:2].strip().isdigit()]
    assert walked == [f"{number} {name}" for number, (name, _) in enumerate(STEPS)]


@pytest.mark.slow
def test_pack_and_pdf_are_left_and_the_pdf_is_the_packs(out: Path) -> None:
    pack = next(out.glob("*.zip"))
    with zipfile.ZipFile(pack) as bag:
        inside = bag.read(f"{pack.stem}/audit-package.pdf")
    assert (out / f"{pack.stem}.pdf").read_bytes() == inside
    assert inside.startswith(b"%PDF-")


@pytest.mark.slow
def test_the_transcript_tells_every_request_and_no_secret(out: Path) -> None:
    exchanges = [json.loads(line) for line in (out / "transcript.jsonl").read_text().splitlines()]
    signed = [one for one in exchanges if one["path"].endswith(("/signatures", "/release"))]
    assert [one["who"] for one in signed] == ["ines", "tobias", "maren", "dora", "olu", "ruth", "pia"]
    assert {one["request"]["password"] for one in signed} == {MASK}
    whole = (out / "transcript.jsonl").read_text() + (out / "transcript.md").read_text()
    assert "bs_" not in whole
    assert MASK in next(one["path"] for one in exchanges if one["path"].startswith("/invitations/"))


def test_a_transcript_masks_a_secret_wherever_it_stands(tmp_path: Path) -> None:
    transcript = Transcript(secrets={"hush-hush"})
    transcript.begin("1 a step")
    transcript.say("The secret is hush-hush.")
    transcript.add("ines", "POST", "/x/hush-hush/", 201, {"password": "other"}, {"list": ["hush-hush"]})
    transcript.write(tmp_path)
    written = (tmp_path / "transcript.jsonl").read_text() + (tmp_path / "transcript.md").read_text()
    assert "hush-hush" not in written
    assert "other" not in written
    assert written.count(MASK) == 7
