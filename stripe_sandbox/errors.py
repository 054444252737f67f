"""Stripe's error shape (https://docs.stripe.com/api/errors), and the one exception that carries it."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A request that Stripe would refuse. `replayed` says whether an idempotency key keeps the refusal."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        replayed: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.replayed = replayed
        self.error: dict[str, Any] = {"message": message, "type": kind}
        if code:
            self.error["code"] = code
            self.error["doc_url"] = "https://docs.stripe.com/error-codes/" + code.replace("_", "-")
        if param:
            self.error["param"] = param
        self.error |= more


def bad_parameter(message: str, *, param: str, code: str | None = None) -> ApiError:
    """A parameter of the wrong shape: the endpoint never began, so no idempotency key remembers it.

    https://docs.stripe.com/api/idempotent_requests ("If incoming parameters fail validation …").
    """
    return ApiError(message, param=param, code=code, replayed=False)


def missing_parameter(param: str) -> ApiError:
    return bad_parameter(f"Missing required param: {param}.", param=param, code="parameter_missing")


def no_such(kind: str, id: str, *, param: str = "id") -> ApiError:
    """404 in the URL's own id, 400 when a parameter names something unknown, as Stripe answers."""
    status = 404 if param == "id" else 400
    return ApiError(f"No such {kind}: '{id}'", status=status, code="resource_missing", param=param)
