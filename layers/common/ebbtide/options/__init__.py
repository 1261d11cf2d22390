"""What every section of options shares: strict models, durations, names of kinds and accounts."""
