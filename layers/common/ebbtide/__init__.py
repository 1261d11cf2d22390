"""Ebbtide: collect what runs in AWS into a graph, plan what is waste, delete it in order."""

__version__ = "0.1.0"
