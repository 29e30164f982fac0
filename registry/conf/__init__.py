"""Process wiring: settings, URLs, task application. Names the apps only as strings."""
