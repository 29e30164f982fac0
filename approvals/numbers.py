"""Gap-free human ids of releases and packs."""

from registry.models import Project
from registry.numbers import next_id


def next_release_id(project: Project) -> str:
    """`HARBOR-REL-2026-0042`; call it in the transaction that makes the release."""
    return next_id(project, "release_count", "REL")


def next_pack_id(project: Project) -> str:
    """`HARBOR-PACK-2026-0007`; call it in the transaction that makes the pack."""
    return next_id(project, "pack_count", "PACK")
