"""Many hands: shifts at the farm and its sites, who does them, and the hours they give."""
