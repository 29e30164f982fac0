"""Pages of the registry: each view asks who reads, takes one step and shows the result."""
