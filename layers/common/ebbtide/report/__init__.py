"""What happened in a run, for people: outcome, progress, problems, deletions and costs."""
