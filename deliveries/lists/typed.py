from people.printing.typed import initial, isolated_ltr, rough_width, tamed, typed  # noqa: F401
