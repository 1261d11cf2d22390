"""Benchmarks; each compares Ebbtide with an alternative in the same run."""
