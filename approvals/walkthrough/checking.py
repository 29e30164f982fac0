"""Check a downloaded pack as a stranger does: with the client's verifier, and with public tools alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from approvals.walkthrough.visitor import StepFailed


def verdict(pack: Path, *, trust: str) -> str:
    """The client's last line; it shares no code with the builder of packs."""
    return _run(sys.executable, "-m", "benchseal", "pack", "verify", str(pack), "--trust", trust)[-1]


def unpacked_digests(pack: Path, out: Path) -> str:
    """Unpack, compare every digest of both lists, and keep the PDF in `out`; the PDF's name."""
    with tempfile.TemporaryDirectory(prefix="benchseal-bag-") as folder:
        _unpack(pack, Path(folder))
        bag = Path(folder) / pack.stem
        for listing in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            _run(*_sums(), "--check", listing, folder=bag)
        name = f"{pack.stem}.pdf"
        shutil.copyfile(bag / "audit-package.pdf", out / name)
    return name


def _unpack(pack: Path, folder: Path) -> None:
    if shutil.which("unzip"):
        _run("unzip", "-q", str(pack), "-d", str(folder))
    else:
        _run(sys.executable, "-m", "zipfile", "--extract", str(pack), str(folder))


def _sums() -> tuple[str, ...]:
    return ("sha256sum",) if shutil.which("sha256sum") else ("shasum", "-a", "256")


def _run(*command: str, folder: Path | None = None) -> list[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StepFailed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return [line for line in done.stdout.splitlines() if line.strip()] or [""]
