"""Runs the openssl and shell commands of an auditor, who has nothing of this program."""

import subprocess
from pathlib import Path


def run(folder: Path, script: str) -> str:
    """What a bash script says in `folder`; raises CalledProcessError when a command fails."""
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr
