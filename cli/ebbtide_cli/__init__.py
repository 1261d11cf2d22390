"""The command `ebbtide`: searches, compares and exports the snapshots of a deployed Ebbtide."""
