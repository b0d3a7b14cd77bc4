"""CRM: Salesforce as integrations see it (REST, SOQL, change events) over accounts, deals, lines and contracts."""
