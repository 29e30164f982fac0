"""Application configuration of the evidence layer."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Bytes, digests, ledger, signatures, pack format, PDF rendering."""

    name = "evidence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from evidence import checks  # noqa: F401, PLC0415  # reason: checks read models, loaded only now
