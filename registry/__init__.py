"""The registry: who and what is evaluated, and the runs that were measured."""
