"""Crops that households exchange for others, in rounds until the deadline."""
