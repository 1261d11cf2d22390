"""Shared parts of all options: strict models, durations, names of kinds and accounts."""
