"""The pages of a farm itself, and of a household's people."""
