"""Digests: what owners and the team are told after a run, and sending it."""
