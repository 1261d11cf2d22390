"""Rules that are searches, a module per field of AWS's services."""
