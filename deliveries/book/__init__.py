"""What is open to see: the farm's book, where each one stands, how fair a division is, charts."""
