"""The fund, bidding rounds, and how every amount on a bill comes about."""
