"""What knows nothing of AWS: time, texts, paths into documents, lines, errors."""
