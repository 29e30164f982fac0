"""Decisions: gates, releases, stages, signatures, packs. The highest layer; nothing imports it."""
