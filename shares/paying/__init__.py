"""The payment page, several payers of one order, what Stripe tells, and what nobody told us."""
