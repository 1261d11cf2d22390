"""Jobs: searches of the configuration that the workflow makes at its events, and what they do.

Nothing is imported here: claiming a run needs the schedule, and only a job needs the search.
"""
