"""What pages show, computed as values; nothing here changes data or decides who may see it."""
