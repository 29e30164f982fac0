"""The published JSON Schemas of all records, collected from the layers by folder name."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.apps import apps

from evidence.packs import PackFile

FOLDER = "schema"


@cache
def schema_paths() -> tuple[Path, ...]:
    """Every `schema/*.schema.json` of the installed layers, by file name."""
    found = [
        path
        for config in apps.get_app_configs()
        for path in (Path(config.path) / FOLDER).glob("*.schema.json")
    ]
    return tuple(sorted(found, key=lambda path: path.name))


def schema_files() -> Iterator[PackFile]:
    """The schemas as a pack carries them below `data/schema/`."""
    for path in schema_paths():
        yield PackFile(f"data/schema/{path.name}", path)
