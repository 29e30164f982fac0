"""Pages of approvals."""

urlpatterns: list[object] = []
