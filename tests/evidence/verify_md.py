"""Runs the checks VERIFY.md prints, exactly as a reader would paste them; never a copy of them."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

BLOCK = re.compile(r"^## (\d+)\. .*?^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of VERIFY.md: its number and the box below its heading."""

    number: int
    script: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step printed and how it ended."""

    number: int
    code: int
    output: str

    @property
    def is_ok(self) -> bool:
        return self.code == 0 and self.output.splitlines()[-1].startswith(f"OK {self.number}: ")


def steps(bag: Path) -> list[Step]:
    """The steps of the VERIFY.md that lies in the bag."""
    text = (bag / "VERIFY.md").read_text("utf-8")
    return [Step(int(number), script) for number, script in BLOCK.findall(text)]


def run(step: Step, bag: Path, *, zip_digest: str = "", pack_key: str = "") -> Outcome:
    """Paste one box into a shell that stands in the bag; the published values are the reader's."""
    shell = subprocess.run(
        ["/bin/bash", "-c", step.script],
        cwd=bag,
        env={
            "PATH": os.environ["PATH"],
            "PUBLISHED_ZIP_DIGEST": zip_digest,
            "PUBLISHED_PACK_KEY": pack_key,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
    )
    return Outcome(step.number, shell.returncode, shell.stdout)


def run_all(bag: Path, *, zip_digest: str = "", pack_key: str = "") -> list[Outcome]:
    """All steps in order, each whatever the one before said."""
    return [run(step, bag, zip_digest=zip_digest, pack_key=pack_key) for step in steps(bag)]


def unpack(zip_path: Path, folder: Path) -> Path:
    """Unpack as VERIFY.md asks: the ZIP beside the folder of its name. Returns the bag."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / zip_path.name
    beside.write_bytes(zip_path.read_bytes())
    with ZipFile(beside) as archive:
        archive.extractall(folder)
    return folder / zip_path.stem
