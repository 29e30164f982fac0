"""Pages of approvals: each module reads a request, calls a step and shows a page."""
