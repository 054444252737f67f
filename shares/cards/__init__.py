"""Stripe, and who pays with which card into whose account; only the gateway imports Stripe."""
