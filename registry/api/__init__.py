"""REST interface of the registry."""
