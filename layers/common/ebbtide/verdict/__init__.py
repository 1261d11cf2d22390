"""Verdicts that plans, jobs, cleanup and the command line share: marks, evidence, protection."""
