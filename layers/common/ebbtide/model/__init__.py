"""What things are: kinds and their vocabulary, services, resources, edges, coverage, owners."""
