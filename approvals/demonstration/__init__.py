"""HarborSure's claims models: a demonstration made through the real steps, from made data."""
