"""Helpers that do not know AWS: time, durations, paths into documents, JSON lines, errors."""
