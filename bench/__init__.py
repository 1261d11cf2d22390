"""Benchmarks; each compares with another way of doing the same thing in the same run."""
