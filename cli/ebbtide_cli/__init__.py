"""The command `ebbtide`: search, compare and export the snapshots of a deployed Ebbtide."""
