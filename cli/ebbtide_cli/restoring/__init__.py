"""Restoring deleted resources with the caller's own credentials; no function of Ebbtide uses it."""
