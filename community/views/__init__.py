"""The pages of shifts and hours: the farm's, and a household's."""
