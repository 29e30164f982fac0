"""What README and docs name exists: settings, functions, examples; `.ci/readme-commands` runs the rest."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from evidence.digests import sha256_bytes
from registry.formats.native import parse_submission

ROOT: Path = settings.BASE_DIR
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTED = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
CELL = re.compile(r"`([a-z_/]+\.py): ([a-z_(), ]+)`")


def read_variables() -> set[str]:
    """Names that the settings module and the commands ask the environment for."""
    source = (ROOT / "registry/conf/settings.py").read_text(encoding="utf-8")
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    found = {
        node.args[0].value
        for node in calls
        if isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and isinstance(node.args[0], ast.Constant)
    }
    defaults = {"DATABASE_URL", "EMAIL_URL"}  # read by `env.db` and `env.email_url`
    asked = {"BENCHSEAL_ADMIN_PASSWORD", "BENCHSEAL_NEW_PASSWORD"}  # by commands alone
    return {str(name) for name in found} | defaults | asked


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENTED, re.MULTILINE))
    assert documented == read_variables()


def test_every_check_that_production_makes_is_documented() -> None:
    sources = (ROOT / "registry/checks.py", ROOT / "evidence/checks.py")
    made = {
        found
        for path in sources
        for found in re.findall(r'"((?:registry|evidence)\.[EW]\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert made == set(re.findall(r"^\| `((?:registry|evidence)\.[EW]\d{3})` \|", DOCUMENTED, re.MULTILINE))


@pytest.mark.parametrize(("place", "names"), sorted(set(CELL.findall(README))))
def test_every_place_of_the_story_is_in_the_code(place: str, names: str) -> None:
    tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert set(re.findall(r"([a-z_]+)\(\)", names)) <= defined


def test_the_example_is_a_submission_document_of_the_file_beside_it() -> None:
    folder = ROOT / "docs/examples/run"
    document = parse_submission((folder / "submission.json").read_bytes())
    assert [ref.digest for ref in document.artifacts] == [
        sha256_bytes((folder / ref.name).read_bytes()) for ref in document.artifacts
    ]
    results = json.loads((folder / document.artifacts[0].name).read_text(encoding="utf-8"))
    assert "no measurement" in json.dumps(results)


def test_the_commands_of_the_readme_are_a_shell_program() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    checked = subprocess.run(("/bin/bash", "-n"), input="".join(blocks), text=True, check=False)
    assert checked.returncode == 0


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_links_of_the_readme_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
