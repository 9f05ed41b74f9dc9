"""Files that are there completely or not at all, locks, interrupts, and plain formats."""
