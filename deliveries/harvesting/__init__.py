"""What came in: crops, harvests and their lines, what they are counted in, and where what is left over goes."""
