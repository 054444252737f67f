"""At the pickup: the host's link, who is expected, ticks, walk-ups, closing, and what became a gift."""
