"""The lists of a division on paper, what changed since they were printed, and the slips of late changes."""
