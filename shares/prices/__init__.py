"""What a share costs, whom it suits, how many places there are and what is refused: nothing here is paid for."""
