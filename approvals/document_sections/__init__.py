"""The parts of the printed document, each computed from the records of one pack alone."""
