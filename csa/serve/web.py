"""The web application as `make run` serves it: ended with its server, however that ends."""

from csa.serve import family

family.die_with_parent()

from csa.wsgi import application  # noqa: E402 - tied first

__all__ = ["application"]
