"""Paying in parts: what the farm offers, what was promised, what of it is open or late."""
