"""Checks and generators that `make lint` and `make docs` run; never deployed."""
