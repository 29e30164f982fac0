"""API addresses of approvals."""

urlpatterns: list[object] = []
