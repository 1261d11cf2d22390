"""An emulated AWS for one machine: ministack, corrected in memory where it is kinder than AWS."""
