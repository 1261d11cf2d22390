"""What a search matches in a snapshot, surely or perhaps; for jobs, rules and plans."""
