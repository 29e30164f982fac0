"""Rules of the house that no linter knows; each exception stands here with its reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("approvals", "registry", "evidence")

HASHLIB = {
    "evidence/digests.py": "hashes records, and bytes that come in pieces",
    "evidence/merkle.py": "hashes the tree",
    "evidence/vault.py": "hashes bytes while they stream in",
    "evidence/bags.py": "hashes the files of a pack while they are read",
    "evidence/pack_assets/verify.py": "ships in packs and stands alone",
    "registry/access/authentication.py": "hashes token secrets, which are no records",
    "registry/conf/static_files.py": "notices changed static files, which are no records",
    "registry/formats/lm_eval_samples.py": "recomputes the harness's own task hash",
}
FUNCTION_IMPORTS = {
    "evidence/apps.py": "checks read models, which are loaded only in ready()",
    "registry/apps.py": "as above",
}
FORBIDDEN_NAMES = {"utils", "helpers", "core", "base", "manager", "common", "misc"}
SUPERUSER_WORDS = re.compile(r"\b(has_perm|get_objects_for_user|is_superuser)\b")


def sources() -> list[Path]:
    return sorted(
        path for layer in LAYERS for path in (ROOT / layer).rglob("*.py") if "migrations" not in path.parts
    )


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_itself_and_what_lies_below(layer: str) -> None:
    above = LAYERS[: LAYERS.index(layer)]
    wrong = [
        f"{name(path)} imports {module}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] == layer
        for _, module in imported(path)
        if module.split(".")[0] in above
    ]
    assert wrong == []


def test_only_the_modules_that_hash_import_hashlib() -> None:
    found = {name(path) for path in sources() if any(module == "hashlib" for _, module in imported(path))}
    assert found == set(HASHLIB)


def test_nothing_is_imported_inside_a_function() -> None:
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
                found |= {name(path)} if inner else set()
    assert found == set(FUNCTION_IMPORTS)


def test_only_access_speaks_of_superusers_and_object_permissions() -> None:
    found = [
        name(path)
        for path in sources()
        if SUPERUSER_WORDS.search(re.sub(r'"""(.|\n)*?"""|#.*', "", path.read_text()))
        and not name(path).startswith("registry/access/")
    ]
    assert found == []


def test_no_module_is_named_after_nothing() -> None:
    assert [name(path) for path in sources() if path.stem in FORBIDDEN_NAMES] == []


def test_every_module_says_what_it_is() -> None:
    silent = [name(path) for path in sources() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_signal_decides_what_happens_next() -> None:
    allowed = {"evidence/tasks.py"}  # the ticker lives and ends with the worker process
    found = {
        name(path)
        for path in sources()
        if re.search(r"@receiver|\.connect\b", path.read_text()) and "psycopg" not in path.read_text()
    }
    assert found <= allowed


def test_no_page_marks_text_as_safe() -> None:
    pattern = re.compile(r"\|\s*safe\b|autoescape\s+off|mark_safe")
    files = [*(ROOT / "templates").rglob("*.html"), *sources()]
    assert [name(path) for path in files if pattern.search(path.read_text())] == []


def test_functions_stay_short() -> None:
    longest = 60
    found = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > longest
    ]
    assert found == []
