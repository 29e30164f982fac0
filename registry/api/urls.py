"""API addresses of the registry."""

urlpatterns: list[object] = []
