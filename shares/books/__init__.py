"""The ledger and what is read from it: invoices, deferred income, the journal, the audit of its laws."""
