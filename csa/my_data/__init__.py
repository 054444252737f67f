"""What Hissa knows of a person: handed over as one file, or taken away."""
