"""Checks and generators for `make lint` and `make docs`; never deployed."""
