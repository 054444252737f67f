"""What a subscriber's pages show: the season's ribbon, each week, what can be done about it, the swap table."""
