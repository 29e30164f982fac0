"""Application configuration of approvals."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Gates, releases, stages, signatures, packs."""

    name = "approvals"
    default_auto_field = "django.db.models.BigAutoField"
