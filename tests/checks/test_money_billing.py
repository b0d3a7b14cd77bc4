"""What was billed is invoiced, invoices add up with the right tax, and cash is what the bank and the client say."""

from __future__ import annotations

from tests.checks.builders import PENNY, Scene, gaps, only

BILL = "ENG-01 2026-01"


def bill_a_penny_more(scene: Scene) -> None:
    """A penny too much in every document of both systems, and in the ledger."""
    invoice = scene.invoice(BILL)
    line = scene.the("erp.invoiceLine", doc=scene.time_bill("ENG-01", "W-0016", "2026-01-20")["id"])
    line["amount"] += PENNY
    for column in ("subtotal", "total", "amountRemaining"):
        invoice[column] += PENNY
    bill = scene.the("psa.invoice", user_invoice_title=BILL)
    bill["subtotal"] += PENNY
    bill["total"] += PENNY
    scene.post(invoice["id"], "1100", PENNY)
    scene.post(invoice["id"], "2100", -PENNY)


def test_what_both_systems_bill_wrongly_is_still_not_what_deeds_demand(calm: Scene) -> None:
    bill_a_penny_more(calm)
    result = calm.money()
    told = gaps(result)
    assert set(told) == {"I09", "I11", "I17"}
    eleven = only(each for each in result.findings if each.flow == "I11")
    assert eleven.let == ("ERP invoices = 15,304.21 GBP", "billing due by deeds = 15,304.20 GBP")
    assert told["I17"] == {"ENG-01 2026-02": {"0.01 GBP"}}


def test_an_invoice_line_of_another_contract_line_is_told_by_line(calm: Scene) -> None:
    line = calm.the("erp.invoiceLine", doc=calm.time_bill("ENG-01", "W-0016", "2026-01-20")["id"])
    line["custcol_contract_line"] = None
    assert gaps(calm.money()) == {
        "I11": {"ENG-01 ?": {"566.67 GBP"}, "ENG-01 ENG-01-L1": {"-566.67 GBP"}},
    }


def test_a_pre_bill_that_is_still_a_draft_is_not_billed(calm: Scene) -> None:
    calm.the("psa.invoice", user_invoice_title="ENG-02 instalment 1")["draft"] = 1
    assert gaps(calm.money())["I11"] == {"ENG-02 ENG-02-L1": {"54,000.00 USD"}}


def test_a_cancelled_pre_bill_is_not_billed(calm: Scene) -> None:
    calm.the("psa.invoice", user_invoice_title="ENG-02 instalment 1")["status"] = "cancelled"
    assert gaps(calm.money())["I11"] == {"ENG-02 ENG-02-L1": {"54,000.00 USD"}}


def test_an_instalment_nobody_approved_is_not_due(calm: Scene) -> None:
    deed = "bill ENG-02 instalment 2"
    calm.history = [each for each in calm.history if each.get("deed") != deed]
    finding = only(each for each in calm.money().findings if each.flow == "I11")
    assert finding.let == ("ERP invoices = 117,000.00 USD", "billing due by deeds = 54,000.00 USD")


def test_a_client_abroad_owes_no_tax(calm: Scene) -> None:
    clients = [
        client.model_copy(update={"country": "US"}) if client.code == "CL-ENG-01" else client
        for client in calm.plan.clients
    ]
    calm.alter_plan(clients=tuple(clients))
    number = calm.invoice(BILL)["tranId"]
    told = gaps(calm.money())
    # 15,304.20 x 20%, charged although the client sits abroad; the cash by deeds is without it.
    assert told == {"I12": {f"{number} tax": {"3,060.84 GBP"}}, "I24": {"ENG-01": {"3,060.84 GBP"}}}


def test_tax_is_the_rule_on_the_sum_of_the_lines(calm: Scene) -> None:
    entities = [
        entity.model_copy(update={"tax_rate": entity.tax_rate * 2}) if entity.code == "UK" else entity
        for entity in calm.plan.firm.entities
    ]
    calm.alter_plan(firm=calm.plan.firm.model_copy(update={"entities": tuple(entities)}))
    number = calm.invoice(BILL)["tranId"]
    finding = only(each for each in calm.money().findings if each.key == f"{number} tax")
    # 15,304.20 x 40%.
    assert finding.let == ("tax = 3,060.84 GBP", "40% of the lines = 6,121.68 GBP")


def test_an_overpayment_held_as_unapplied_is_innocent(calm: Scene) -> None:
    name = "BL-ENG-01-2026-01"
    payment = calm.the("erp.customerPayment", checkNum=name)
    payment["payment"] += PENNY
    payment["unapplied"] += PENNY
    calm.the("erp.bankStatementLine", lineId=name)["amount"] += PENNY
    calm.post(payment["id"], "1000", PENNY)
    calm.post(payment["id"], "2150", -PENNY)
    # No client paid that by the deeds.
    assert gaps(calm.money()) == {"I24": {"UK": {"0.01 GBP"}}}
    paying(calm, short_by="-0.01")
    assert gaps(calm.money()) == {}


def paying(calm: Scene, **how: str) -> None:
    """The client of the first engagement paid that way."""
    deeds = [
        deed.model_copy(update={"args": {**deed.args, **how}}) if deed.label == "pay ENG-01 2026-01" else deed
        for deed in calm.plan.deeds
    ]
    calm.alter_plan(deeds=tuple(deeds))


def test_tax_kept_back_stands_in_the_ledger_as_deeds_have_it(calm: Scene) -> None:
    payment = calm.the("erp.customerPayment", checkNum="BL-ENG-01-2026-01")
    # 10% of 15,304.20 net.
    kept = 15_304_200
    payment["payment"] -= kept
    payment["custbody_withholding"] = kept
    calm.the("erp.bankStatementLine", lineId="BL-ENG-01-2026-01")["amount"] -= kept
    calm.post(payment["id"], "1000", -kept)
    calm.post(payment["id"], "1140", kept)
    assert gaps(calm.money()) == {"I24": {"ENG-01": {"-1,530.42 GBP"}, "UK": {"1,530.42 GBP"}}}
    paying(calm, withholding_percent="10")
    assert gaps(calm.money()) == {}
    calm.post(payment["id"], "1140", PENNY)
    calm.post(payment["id"], "6400", -PENNY)
    assert gaps(calm.money()) == {"I24": {"UK": {"0.01 GBP"}}}


def test_an_overpayment_that_vanished_is_not(calm: Scene) -> None:
    payment = calm.the("erp.customerPayment", checkNum="BL-ENG-01-2026-01")
    payment["payment"] += PENNY
    calm.the("erp.bankStatementLine", lineId="BL-ENG-01-2026-01")["amount"] += PENNY
    calm.post(payment["id"], "1000", PENNY)
    calm.post(payment["id"], "6400", -PENNY)
    assert gaps(calm.money()) == {"I24": {"UK receipts": {"0.01 GBP"}}}


def test_cash_applied_to_another_engagement_is_missing_here_and_too_much_there(calm: Scene) -> None:
    application = calm.the("erp.paymentApplication", invoice=calm.invoice("ENG-02 instalment 1")["id"])
    application["invoice"] = calm.invoice("ENG-04 instalment 1")["id"]
    assert gaps(calm.money()) == {
        "I24": {"ENG-02": {"-54,000.00 USD"}, "ENG-04": {"54,000.00 USD"}},
    }


def test_a_bank_line_of_the_other_entity_is_told_for_both(calm: Scene) -> None:
    line = calm.the("erp.bankStatementLine", lineId="BL-ENG-01-2026-01")
    line["subsidiary"] = calm.the("erp.subsidiary", externalId="US")["id"]
    assert gaps(calm.money()) == {"I24": {"UK": {"18,365.04 GBP"}, "US GBP": {"-18,365.04 GBP"}}}
