"""How each kind comes back after its deletion; one module per group of services."""
