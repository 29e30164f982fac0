"""Application configuration of the registry."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """People, catalogue, runs: who and what."""

    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from registry import checks  # noqa: F401, PLC0415  # reason: checks read settings and models, loaded only now
