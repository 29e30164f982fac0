"""`manage.py` commands of the registry and of the whole site."""
