"""What every page shows around its content."""

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor of `base.html`."""
    return {"operator": settings.OPERATOR, "is_production": settings.IS_PRODUCTION}
