"""Money that came, or goes back: settled, charged, refunded, credited, disputed."""
