"""The container of permission of a ledger entry: the project under whose grants it is read."""

from uuid import UUID


def container_of(project: UUID) -> str:
    """The subject of a project, as `ledger.append` takes it."""
    return f"project:{project}"
