"""A household changes its plan: a week, a place, a pause, a share; and what the season's rules allow."""
