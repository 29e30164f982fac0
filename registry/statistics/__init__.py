"""Pure functions over numbers, each with its source; they say when the data cannot answer."""
