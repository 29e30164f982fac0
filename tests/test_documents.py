"""What the documents in docs/ list is what the code holds: requirements, codes, transitions, roles, files."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from approvals import policy
from approvals.default_policy import MEANINGS, WAIVABLE
from approvals.models.releases import Tier
from approvals.models.waivers import NEVER_WAIVED
from approvals.states import TRANSITIONS, Action, State
from approvals.waiver_states import TRANSITIONS as WAIVER_TRANSITIONS
from approvals.waiver_states import WaiverAction, WaiverState
from evidence.schemas import schema_paths
from registry.access.roles import ROLE_PERMISSIONS, Permission, Role

ROOT: Path = settings.BASE_DIR
LAYERS = ("approvals", "registry", "evidence")
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
REQUIREMENT = re.compile(r"\bR-\d{3}\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:approvals|registry|evidence|client|tests|examples)/[\w/.-]+\.(?:py|json|toml|html))")
TEST = re.compile(r"\b(test_[a-z0-9_]+)(?:`|$)", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
STEPS = (
    "releases",
    "decisions",
    "approval",
    "operations",
    "going_live",
    "consequences",
    "emergency",
    "afterwards",
    "suspension",
    "expiry",
    "periodic_review",
)
"""Modules of approvals that carry out transitions."""


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str, cells: int) -> list[list[str]]:
    """Cells of every table line of this many columns."""
    lines = (line for line in text.splitlines() if line.startswith("| "))
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in found if len(row) == cells]


def quoted(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def sources() -> list[Path]:
    return [
        path
        for layer in (*LAYERS, "client", "templates", "tests")
        for path in (ROOT / layer).rglob("*")
        if path.suffix in {".py", ".html", ".json"} and path != Path(__file__)
    ]


def classes() -> Iterator[ast.ClassDef]:
    for layer in LAYERS:
        for path in (ROOT / layer).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def codes_of(kind: ast.ClassDef) -> Iterator[str]:
    """The value of `code = "..."` in the body of a class."""
    for node in kind.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == "code" and isinstance(value, ast.Constant):
            yield from filter(None, [str(value.value)])


def strings_in(module: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / module).read_text(encoding="utf-8")))


def test_every_requirement_named_in_the_code_is_listed_and_no_other() -> None:
    named = {found for path in sources() for found in REQUIREMENT.findall(path.read_text(encoding="utf-8"))}
    assert named == {row[0] for row in rows(document("requirements.md"), 3) if REQUIREMENT.match(row[0])}


def test_every_code_of_a_refusal_is_listed() -> None:
    held = {code for kind in classes() for code in codes_of(kind)}
    listed = {code for row in rows(document("api.md"), 3) for code in quoted(row[0])}
    assert "error" in held
    assert held <= listed


def test_every_code_of_the_json_reader_and_the_platform_is_listed() -> None:
    held = strings_in("registry/formats/strict_json.py", r'"(json_[a-z_]+)"')
    held |= strings_in("registry/api/parsers.py", r'code="(json_[a-z_]+)"')
    held |= strings_in("registry/conf/exceptions.py", r'code="([a-z_]+)"')
    assert held <= {code for row in rows(document("api.md"), 3) for code in quoted(row[0])}


def test_the_table_of_transitions_is_the_one_in_the_code() -> None:
    listed: dict[tuple[State, Action], tuple[str, State]] = {}
    for code, start, action, end, _ in transition_rows():
        for source in quoted(start):
            to = State(source) if end == "stays" else State(end.strip("`"))
            listed[State(source), Action(action.strip("`"))] = (code, to)
    assert listed == {pair: (row.code, row.to) for pair, row in TRANSITIONS.items()}


def test_transitions_are_marked_as_carried_out_where_a_step_names_them() -> None:
    steps = {name for module in STEPS for name in strings_in(f"approvals/{module}.py", r"Action\.([A-Z_]+)")}
    marked = {Action(action.strip("`")) for _, _, action, _, done in transition_rows() if done == "yes"}
    assert marked == {Action[name] for name in steps}
    assert {done for *_, done in transition_rows()} == {"yes", "later"}


def transition_rows() -> list[list[str]]:
    return [row for row in rows(document("workflow.md"), 5) if re.match(r"T\d+$", row[0])]


def test_every_permission_is_listed_with_the_roles_that_carry_it() -> None:
    listed = {
        next(iter(quoted(name))): roles_named(cell)
        for name, _, cell in rows(document("workflow.md"), 3)
        if quoted(name) & set(Permission)
    }
    assert listed == {
        str(permission): {str(role) for role, held in ROLE_PERMISSIONS.items() if permission in held}
        for permission in Permission
    }


def roles_named(cell: str) -> set[str]:
    """`all`, `all but x`, or the roles by name."""
    return set(Role.values) - quoted(cell) if cell.startswith("all") else quoted(cell)


@pytest.mark.parametrize("rule", policy.DEFAULT.stages, ids=lambda rule: rule.code)
def test_every_stage_is_listed_with_role_tiers_and_meaning(rule: policy.StageRule) -> None:
    (row,) = [row for row in rows(document("workflow.md"), 8) if row[0] == f"{rule.code} {rule.name}"]
    tiers = [quorum(policy.DEFAULT.tiers[tier], rule.code) for tier in Tier]
    assert row[1:] == [str(rule.order), f"`{rule.role}`", *tiers, f"`{rule.meaning}`"]


def quorum(tier: Mapping[str, Any], code: str) -> str:
    if code in tier["required"]:
        return f"{tier['required'][code]['needed']} of {tier['required'][code]['of']}"
    assert code in tier["optional"]
    return "optional"


def test_every_number_of_the_tiers_is_listed() -> None:
    listed = {
        name: row[1:] for row in rows(document("workflow.md"), 5) for name in quoted(row[0].partition(":")[0])
    }
    for name in set(policy.DEFAULT.tiers[Tier.LOW]) - {"required", "optional", "waivable"}:
        values = [policy.DEFAULT.tiers[tier][name] for tier in Tier]
        assert listed[name] == [shown(value) for value in values]


def shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def test_what_can_be_waived_is_listed_and_what_never_can_is_named() -> None:
    (row,) = [row for row in rows(document("workflow.md"), 5) if row[0].startswith("`waivable`")]
    assert quoted(row[1]) == set(WAIVABLE)
    assert {tuple(policy.DEFAULT.tiers[tier]["waivable"]) for tier in Tier} == {WAIVABLE}
    _, _, section = document("workflow.md").partition("## Waivers")
    assert [gate for gate in NEVER_WAIVED if f"`{gate}`" not in section] == []


def test_the_states_of_a_waiver_are_those_in_the_code() -> None:
    _, _, section = document("workflow.md").partition("## Waivers")
    listed = {
        (WaiverState(state), WaiverAction(action)): WaiverState(to)
        for state, action, to in ([cell.strip("`") for cell in row] for row in rows(section, 3))
        if state in WaiverState.values
    }
    assert listed == WAIVER_TRANSITIONS


def test_every_meaning_is_listed_in_its_own_words() -> None:
    listed = {name.strip("`"): text for name, text in rows(document("workflow.md"), 2)}
    assert {name: text for name, (_, text) in MEANINGS.items()}.items() <= listed.items()


def test_every_gate_and_every_reason_against_a_signer_is_listed() -> None:
    text = document("workflow.md")
    held = strings_in("approvals/gates.py", r'"((?:GATE|CONTAMINATION)_[A-Z_]+)"')
    for module in (
        "separation",
        "decision_view",
        "api/signing",
        "waiver_separation",
        "open_questions",
        "challenge_rules",
    ):
        held |= strings_in(f"approvals/{module}.py", r'Refusal\(\s*"([a-z_]+)"')
    held |= strings_in("approvals/deputies.py", r'Refusal\(\s*"([a-z_]+)"')
    for module in ("api/signing", "delegations", "delegation_rules", "challenge_rules", "challenge_closing"):
        held |= strings_in(f"approvals/{module}.py", r'reason_code="([a-z_]+)"')
    assert {code for code in held if f"`{code}`" not in text} == set()


def test_every_schema_is_named_beside_what_it_describes() -> None:
    text = document("records.md")
    assert [path.name for path in schema_paths() if f"`{path.name}`" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_files_and_tests_named_in_a_document_exist(path: Path) -> None:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    links = [link.partition("#")[0] for link in LINK.findall(text) if "://" not in link]
    assert [link for link in links if link and not (path.parent / link).exists()] == []
    assert [name for name in FILE.findall(text) if not (ROOT / name).exists()] == []
    defined = {
        name
        for source in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", source.read_text(encoding="utf-8"))
    }
    modules = {source.stem for source in (ROOT / "tests").rglob("test_*.py")}
    assert [name for name in TEST.findall(text) if name not in defined | modules] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_functions_named_with_their_module_exist(path: Path) -> None:
    text = " ".join(path.read_text(encoding="utf-8").split())
    for module, names in re.findall(r"`([a-z_/]+\.py): ([A-Za-z_.(), ]+)`", text):
        tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
        defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        assert set(re.findall(r"([A-Za-z_]+)\(\)", names)) <= defined, module
