"""Real services for the tests: a broker, a worker, PostgreSQL, and somewhere for mail to go."""
