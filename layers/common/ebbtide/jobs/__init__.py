"""Jobs: searches in the configuration that the workflow runs at its events, and their actions.

This module imports nothing: claiming a run needs the schedule, but not the search.
"""
