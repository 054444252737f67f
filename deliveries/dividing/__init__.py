"""Who gets what: a week's case gathered, divided by the engine, stored, foreseen and explained."""
