"""The OpenAPI document as a page: Swagger UI from our own static files, within the content policy."""

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView

# Swagger UI writes style attributes and draws icons from data: addresses; scripts stay files of ours.
SWAGGER = {"style-src": ["'unsafe-inline'"]}


@method_decorator(csp_update(SWAGGER), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """The page."""

    url_name = "api-schema"
