"""The chart of accounts every legal entity uses (accounting.md section 1), with the ERP vendor's account types."""

from __future__ import annotations

from sandbox.core.tenants import ErpAccount

CHART = tuple(
    ErpAccount(number, name, kind)
    for number, name, kind in (
        ("1000", "Bank", "Bank"),
        ("1100", "Trade receivables", "AcctRec"),
        ("1105", "Unbilled receivable", "OthCurrAsset"),
        ("1110", "Allowance for credit losses", "OthCurrAsset"),
        ("1120", "Contract asset", "OthCurrAsset"),
        ("1130", "Contract cost asset", "OthCurrAsset"),
        ("1140", "Withholding tax receivable", "OthCurrAsset"),
        ("1150", "Input VAT", "OthCurrAsset"),
        ("1200", "Intercompany receivable", "OthCurrAsset"),
        ("2000", "Trade payables", "AcctPay"),
        ("2010", "Accrued expense", "OthCurrLiab"),
        ("2020", "Employee expense payable", "OthCurrLiab"),
        ("2100", "Contract position", "OthCurrLiab"),
        ("2110", "Refund liability", "OthCurrLiab"),
        ("2120", "Loss-contract provision", "OthCurrLiab"),
        ("2150", "Unapplied cash", "OthCurrLiab"),
        ("2200", "Payroll payable", "OthCurrLiab"),
        ("2300", "Output VAT", "OthCurrLiab"),
        ("2310", "Reverse-charge VAT due", "OthCurrLiab"),
        ("2400", "Intercompany payable", "OthCurrLiab"),
        ("3000", "Share capital", "Equity"),
        ("3100", "Retained earnings", "Equity"),
        ("3200", "Translation reserve", "Equity"),
        ("4000", "Revenue, time and materials", "Income"),
        ("4010", "Revenue, fixed fee over time", "Income"),
        ("4020", "Revenue, retainer", "Income"),
        ("4030", "Revenue, milestone", "Income"),
        ("4040", "Revenue, rebillable expense", "Income"),
        ("4050", "Price concessions, credits, rebates", "Income"),
        ("4900", "Intercompany revenue", "Income"),
        ("5000", "Project labour cost", "COGS"),
        ("5010", "Subcontractor cost", "COGS"),
        ("5020", "Project expense", "COGS"),
        ("5030", "Loss-contract charge", "COGS"),
        ("5900", "Intercompany cost", "COGS"),
        ("6000", "Salaries and on-cost", "Expense"),
        ("6090", "Labour absorbed into projects", "Expense"),
        ("6200", "Amortisation of contract cost", "Expense"),
        ("6300", "Credit losses", "Expense"),
        ("6400", "Non-billable travel and expense", "Expense"),
        ("7000", "Realised FX", "OthIncome"),
        ("7010", "Unrealised FX", "OthIncome"),
        ("7100", "Interest", "OthIncome"),
        ("7900", "Rounding", "OthExpense"),
    )
)
