"""Estimates of what resources cost per month while they idle; pure."""
