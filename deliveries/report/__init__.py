"""A season's report: its figures, and the same told as sentences, tables, charts and paper."""
