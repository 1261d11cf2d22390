"""An AWS emulator: ministack, patched in memory where it is more lenient than AWS."""
