"""Revenue: Zuora Revenue as integrations see it (CSV uploads, jobs, journal batches) over a contract subledger."""
