"""`manage.py` commands that need approvals."""
