"""Go's own packages for signed notes and transparency logs accept our log, and refuse a false one."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from evidence import ledger, merkle, notes, proofs, sealing
from evidence.actors import SYSTEM
from evidence.canonical import base64_text, jcs
from evidence.events import EvidenceEvent
from evidence.models import Checkpoint, LedgerEntry
from evidence.signing import KeyUse, active_key, load_signer

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

PROGRAM: Final = Path(__file__).resolve().parent.parent / "go" / "check_log.go"
BATCHES: Final = (1, 1, 1, 4, 1, 8, 17, 31)
"""Sizes 1, 2, 3, 7, 8, 16, 33, 64: complete trees, and trees with every kind of right edge."""

Case = dict[str, Any]
Ask = Callable[..., list[str]]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Compiled against the packages that ship with Go's own command, so nothing is downloaded."""
    go = shutil.which("go")
    assert go is not None, "Go is missing; `.ci/system-packages test` installs it"
    folder = tmp_path_factory.mktemp("go")
    root = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "path").mkdir()
    (folder / "path" / "src").symlink_to(Path(root, "src", "cmd", "vendor"))
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPATH": str(folder / "path"),
        "GOCACHE": str(folder / "cache"),
    }
    built = folder / "check_log"
    subprocess.run([go, "build", "-o", built, PROGRAM], env=environment, cwd=folder, check=True)
    return built, environment


@pytest.fixture
def ask(program: tuple[Path, dict[str, str]], db: None) -> Ask:
    """Put cases to Go; for each an empty text, or why it was refused."""

    def asked(*cases: Case, vkey: str = "") -> list[str]:
        question = {"vkey": vkey or str(active_key(KeyUse.LOG)["vkey"]), "cases": cases}
        done = subprocess.run(
            [program[0]], input=json.dumps(question), capture_output=True, text=True, check=True
        )
        answers: list[str] = json.loads(done.stdout)
        return answers

    return asked


@pytest.fixture
def grown(db: None) -> list[Checkpoint]:
    """A log that was sealed after each batch."""
    checkpoints = []
    for batch in BATCHES:
        for number in range(batch):
            ledger.append(EvidenceEvent.KEYS_MADE, f"key:{number}", actor=SYSTEM, container="")
        sealed = sealing.seal()
        assert sealed is not None
        checkpoints.append(sealed)
    return checkpoints


def entries() -> list[LedgerEntry]:
    return list(LedgerEntry.objects.order_by("sealed__index"))


def inclusion(entry: LedgerEntry, checkpoint: Checkpoint) -> Case:
    leaf = b64encode(jcs(ledger.leaf(entry))).decode()
    return {"leaf": leaf, "proof": proofs.tlog_proof(entry, checkpoint)}


def consistency(old: Checkpoint, new: Checkpoint) -> Case:
    stored = sealing.fetch_nodes(merkle.needed_for_consistency(old.size, new.size))
    path = merkle.consistency_path(old.size, new.size, lambda level, index: stored[level, index])
    return {"old": old.note, "new": new.note, "path": [base64_text(step) for step in path]}


def test_every_entry_is_in_every_checkpoint_after_it(grown: list[Checkpoint], ask: Ask) -> None:
    cases = [inclusion(entry, checkpoint) for checkpoint in grown for entry in entries()[: checkpoint.size]]
    assert len(cases) == sum(checkpoint.size for checkpoint in grown)
    assert set(ask(*cases)) == {""}


def test_every_checkpoint_continues_every_earlier_one(grown: list[Checkpoint], ask: Ask) -> None:
    cases = [consistency(old, new) for new in grown for old in grown if old.size <= new.size]
    assert set(ask(*cases)) == {""}


def test_false_proofs_of_an_entry_are_refused(grown: list[Checkpoint], ask: Ask) -> None:
    newest, first, second = grown[-1], entries()[0], entries()[1]
    true = inclusion(first, newest)
    lines = true["proof"].split("\n")
    steps = range(2, lines.index(""))
    false = [
        true | {"leaf": inclusion(second, newest)["leaf"]},
        true | {"proof": true["proof"].replace("index 0\n", "index 1\n")},
        true | {"proof": true["proof"].replace(f"\n{newest.size}\n", f"\n{newest.size - 1}\n")},
        true | {"proof": "\n".join([*lines[:2], *lines[3:]])},
        *(true | {"proof": "\n".join([*lines[:n], base64_text(bytes(32)), *lines[n + 1 :]])} for n in steps),
    ]
    assert len(false) == 4 + 6
    assert all(ask(*false))


def test_false_continuations_are_refused(grown: list[Checkpoint], ask: Ask) -> None:
    old, new = grown[3], grown[-1]
    true = consistency(old, new)
    zeros = base64_text(bytes(32))
    false = [
        true | {"old": new.note, "new": old.note},
        true | {"old": grown[2].note},
        true | {"path": true["path"][1:]},
        true | {"path": [*true["path"], zeros]},
        *(true | {"path": [*true["path"][:n], zeros, *true["path"][n + 1 :]]} for n in range(2)),
        true | {"old": _signed(old.size, bytes(32))},
    ]
    assert all(ask(*false))


def test_a_checkpoint_by_another_key_or_of_another_log_is_refused(grown: list[Checkpoint], ask: Ask) -> None:
    true = consistency(grown[2], grown[4])
    name, raw = notes.parse_vkey(str(active_key(KeyUse.LOG)["vkey"]))
    assert all(ask(true, vkey=notes.vkey(name, raw[1:] + raw[:1])))
    assert all(ask(true, vkey=notes.vkey("elsewhere.test/log", raw)))
    spoilt = grown[4].note.replace(f"\n{grown[4].size}\n", f"\n{grown[4].size + 1}\n")
    assert all(ask(true | {"new": spoilt}))


def _signed(size: int, root: bytes) -> str:
    """What the owner of the log's key can sign, true or not."""
    name = notes.parse_vkey(str(active_key(KeyUse.LOG)["vkey"]))[0]
    return notes.sign_note(notes.checkpoint_text(name, size, root), name, load_signer(KeyUse.LOG))
