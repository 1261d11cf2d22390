"""The domain model: kinds, services, resources, edges, coverage and owners."""
