"""The main job over HTTP alone: from an empty installation to a pack that a stranger checks."""
