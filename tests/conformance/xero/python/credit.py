"""Credit notes, allocations, refunds, overpayments, prepayments, batch payments, history."""

from datetime import date
from decimal import Decimal

from support import (
    check,
    line,
    messages,
    new_contact,
    new_invoice,
    next_minute,
    part,
    refused,
    same,
    word,
)
from xero_python.accounting import (
    Account,
    BankTransaction,
    BankTransactions,
    BatchPayment,
    BatchPaymentDelete,
    BatchPayments,
    Contact,
    CreditNote,
    CreditNotes,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Payment,
    PaymentDelete,
    Payments,
)
from xero_python.exceptions import AccountingBadRequestException


def run(api, tenant):
    """All checks."""
    next_minute()
    contact = new_contact(api, tenant, "Credited (python)")
    sold = new_invoice(api, tenant, contact, line_items=[line("50")]).invoice_id
    credit_notes(api, tenant, contact, sold)
    next_minute()
    money(api, tenant, contact, sold)


def credit_notes(api, tenant, contact, sold):
    kept = {}

    def note(**more):
        return CreditNote(
            **{
                "type": "ACCRECCREDIT",
                "contact": Contact(contact_id=contact),
                "date": date(2026, 11, 5),
                "status": "AUTHORISED",
                "line_items": [line("25")],
                **more,
            }
        )

    def read(number="PY-CN-1"):
        return api.get_credit_note(tenant, number).credit_notes[0]

    def update(**fields):
        change = CreditNotes(credit_notes=[CreditNote(**fields)])
        return api.update_credit_note(tenant, kept["id"], change).credit_notes[0]

    @check("credit notes: create and read")
    def _():
        sent = CreditNotes(credit_notes=[note(credit_note_number="PY-CN-1", reference="RMA 1")])
        made = api.create_credit_notes(tenant, sent).credit_notes[0]
        kept["id"] = made.credit_note_id
        same((made.total, made.remaining_credit), (Decimal("60.00"), Decimal("60.00")))
        same((read().credit_note_id, len(read().line_items)), (kept["id"], 1))

    @check("credit notes: edit")
    def _():
        edited = update(reference="RMA 2")
        same((edited.reference, edited.total), ("RMA 2", Decimal("60.00")))

    @check("credit notes: a batch with errors")
    def _():
        sent = [
            note(),
            note(credit_note_number="PY-CN-1"),
            note(line_items=[line("1", account_code="9999")]),
        ]
        rows = api.create_credit_notes(
            tenant, CreditNotes(credit_notes=sent), summarize_errors=False
        ).credit_notes
        same([row.status_attribute_string for row in rows], ["OK", "ERROR", "ERROR"])
        same(
            messages(rows[2]), ["Account code '9999' is not a valid code for this document."]
        )

    @check("credit notes: allocate and take back")
    def _():
        made = api.create_credit_note_allocation(tenant, kept["id"], part(sold, "40"))
        same(made.allocations[0].amount, Decimal("40.00"))
        credited = api.get_invoice(tenant, sold).invoices[0]
        same((credited.amount_due, credited.amount_credited), (Decimal("80.00"), Decimal("40.00")))
        same(credited.credit_notes[0].credit_note_number, "PY-CN-1")
        same(read().remaining_credit, Decimal("20.00"))
        void = refused(AccountingBadRequestException, lambda: update(status="VOIDED"))
        assert void.reason.startswith("The status VOIDED cannot be applied to the credit note")
        removed = api.delete_credit_note_allocations(
            tenant, kept["id"], read().allocations[0].allocation_id
        )
        assert removed.is_deleted
        same(api.get_invoice(tenant, sold).invoices[0].amount_due, Decimal("120.00"))
        same(read().allocations, [])

    @check("credit notes: not more than there is")
    def _():
        error = refused(
            AccountingBadRequestException,
            lambda: api.create_credit_note_allocation(tenant, kept["id"], part(sold, "60.01")),
        )
        same(
            error.reason,
            "Credit Note cannot be allocated as amount is greater than amount outstanding",
        )

    @check("credit notes: refund")
    def _():
        payment = Payment(
            credit_note=CreditNote(credit_note_id=kept["id"]),
            account=Account(code="090"),
            date=date(2026, 11, 21),
            amount=Decimal("60"),
        )
        refund = api.create_payments(tenant, Payments(payments=[payment])).payments[0]
        same(refund.payment_type, "ARCREDITPAYMENT")
        same(read().status, "PAID")
        api.delete_payment(tenant, refund.payment_id, PaymentDelete(status="DELETED"))
        same(read().status, "AUTHORISED")

    @check("credit notes: pages, filters, void")
    def _():
        page = api.get_credit_notes(
            tenant, where='Status=="AUTHORISED"', order="Date DESC", page=1, page_size=1
        )
        assert len(page.credit_notes) == 1 and page.pagination.item_count >= 2
        voided = update(status="VOIDED")
        same((voided.status, voided.remaining_credit), ("VOIDED", Decimal("0.00")))


def money(api, tenant, contact, sold):
    def receive(kind, unit):
        transaction = BankTransaction(
            type=kind,
            contact=Contact(contact_id=contact),
            bank_account=Account(code="090"),
            date=date(2026, 11, 10),
            line_items=[line(unit)],
        )
        sent = BankTransactions(bank_transactions=[transaction])
        return api.create_bank_transactions(tenant, sent).bank_transactions[0]

    @check("overpayments: receive, allocate, take back")
    def _():
        received = receive("RECEIVE-OVERPAYMENT", "15")
        same(received.total, Decimal("30.00"))
        key = received.overpayment_id
        api.create_overpayment_allocations(tenant, key, part(sold, "30"))
        used = api.get_overpayment(tenant, key).overpayments[0]
        same((word(used.status), used.remaining_credit), ("PAID", Decimal("0.00")))
        shown = api.get_invoice(tenant, sold).invoices[0]
        same((shown.amount_due, len(shown.overpayments)), (Decimal("90.00"), 1))
        allocation = used.allocations[0].allocation_id
        assert api.delete_overpayment_allocations(tenant, key, allocation).is_deleted
        listed = api.get_overpayments(tenant, page=1).overpayments
        found = [row.remaining_credit for row in listed if row.overpayment_id == key]
        same(found, [Decimal("30.00")])

    @check("prepayments: receive and allocate")
    def _():
        received = receive("RECEIVE-PREPAYMENT", "5")
        same(received.total, Decimal("12.00"))
        api.create_prepayment_allocations(tenant, received.prepayment_id, part(sold, "12"))
        used = api.get_prepayment(tenant, received.prepayment_id).prepayments[0]
        same(used.remaining_credit, Decimal("0.00"))
        same(api.get_invoice(tenant, sold).invoices[0].amount_due, Decimal("108.00"))

    @check("batch payments: create, no single deletion, delete")
    def _():
        a, b = [
            new_invoice(api, tenant, contact, line_items=[line(unit)]).invoice_id
            for unit in ("5", "10")
        ]
        bank = api.get_accounts(tenant, where='Code=="090"').accounts[0].account_id
        batch = BatchPayment(
            account=Account(account_id=bank),
            date=date(2026, 11, 12),
            reference="Line 7",
            payments=[
                Payment(invoice=Invoice(invoice_id=a), amount=Decimal("12")),
                Payment(invoice=Invoice(invoice_id=b), amount=Decimal("24")),
            ],
        )
        sent = BatchPayments(batch_payments=[batch])
        made = api.create_batch_payment(tenant, sent).batch_payments[0]
        same(made.total_amount, Decimal("36.00"))
        same(api.get_invoice(tenant, b).invoices[0].status, "PAID")
        alone = made.payments[0].payment_id
        error = refused(
            AccountingBadRequestException,
            lambda: api.delete_payment(tenant, alone, PaymentDelete(status="DELETED")),
        )
        same(error.error_data["Message"], "Payments within a batch cannot be deleted.")
        delete = BatchPaymentDelete(batch_payment_id=made.batch_payment_id, status="DELETED")
        same(api.delete_batch_payment(tenant, delete).batch_payments[0].status, "DELETED")
        same(api.get_invoice(tenant, a).invoices[0].amount_due, Decimal("12.00"))

    @check("history: notes beside what happened")
    def _():
        text = "Sent from ERPNext"
        sent = HistoryRecords(history_records=[HistoryRecord(details=text)])
        written = api.create_invoice_history(tenant, sold, sent).history_records[0]
        same(written.details, text)
        records = api.get_invoice_history(tenant, sold).history_records
        assert any(record.details == text and record.changes == "Note" for record in records)
        assert any(record.changes == "Approved" for record in records)
