"""Files: a bank and a payroll provider that exchange CSV files with the firm in drop folders."""
