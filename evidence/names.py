"""The names that enter records; a name, once published, is never changed."""

NAMESPACE = "https://benchseal.dev/ns"
SOFTWARE = "benchseal 0.1.0"


def record_type(name: str, version: int = 1) -> str:
    """The `type` of a record: `<NAMESPACE>/<name>/v<version>`."""
    return f"{NAMESPACE}/{name}/v{version}"


def predicate_type(name: str) -> str:
    """The `predicateType` of an in-toto Statement of ours; same form as a record type."""
    return record_type(name)
