"""A household buys, joins, gives, renews or waits for a share."""
