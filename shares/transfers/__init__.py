"""The bank's statement read and its transfers matched with orders."""
