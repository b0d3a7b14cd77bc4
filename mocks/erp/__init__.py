"""ERP: NetSuite as integrations see it (SuiteTalk REST records and SuiteQL) over documents and their ledger."""
