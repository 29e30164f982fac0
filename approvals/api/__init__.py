"""REST interface of approvals."""
