"""What approvals shows, as frozen values: pure, without a request, a query or a decision."""
