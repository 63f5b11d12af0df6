"""Invoices and payments."""

from datetime import date, timedelta
from decimal import Decimal

from support import (
    check,
    edit,
    invoice,
    line,
    messages,
    new_contact,
    new_invoice,
    next_minute,
    refused,
    refused_element,
    same,
)
from xero_python.accounting import (
    Account,
    Contact,
    Contacts,
    CurrencyCode,
    Invoice,
    Invoices,
    Item,
    Items,
    LineAmountTypes,
    LineItem,
    LineItemTracking,
    Payment,
    PaymentDelete,
    Payments,
    Purchase,
)
from xero_python.exceptions import AccountingBadRequestException


def run(api, tenant):
    """All checks."""
    next_minute()
    invoices(api, tenant, new_contact(api, tenant, "Invoiced (python)"))
    next_minute()
    parts(api, tenant, new_contact(api, tenant, "Parts (python)"))
    next_minute()
    payments(api, tenant, new_contact(api, tenant, "Payer (python)"))


def invoices(api, tenant, contact):
    kept = {}

    def new(**more):
        return new_invoice(api, tenant, contact, **more)

    def one(invoice_id, **query):
        return api.get_invoice(tenant, invoice_id, **query).invoices[0]

    @check("invoices: create, totals and dates")
    def _():
        made = new(invoice_number="PY-INV-1", reference="PO 1")
        kept["id"] = made.invoice_id
        same((made.sub_total, made.total_tax), (Decimal("25.00"), Decimal("5.00")))
        same((made.total, made.amount_due), (Decimal("30.00"), Decimal("30.00")))
        same((made.date, made.due_date), (date(2026, 11, 2), date(2026, 12, 2)))
        same(made.line_items[0].tax_type, "OUTPUT2")

    @check("invoices: four decimals with unitdp")
    def _():
        fine = Invoices(invoices=[invoice(contact, line_items=[line("1.2345", quantity=100)])])
        made = api.create_invoices(tenant, fine, unitdp=4).invoices[0]
        same(made.line_items[0].unit_amount, Decimal("1.2345"))
        same(made.sub_total, Decimal("123.45"))
        same(one(made.invoice_id).line_items[0].unit_amount, Decimal("1.23"))

    @check("invoices: tax inclusive, discounts")
    def _():
        lines = [line("60"), line("10", discount_rate=Decimal(10))]
        made = new(line_amount_types=LineAmountTypes.INCLUSIVE, line_items=lines)
        same((made.total, made.total_tax), (Decimal("138.00"), Decimal("23.00")))
        same(made.total_discount, Decimal("2.00"))

    @check("invoices: numbered by Xero")
    def _():
        made = new(status="DRAFT")
        assert made.invoice_number.startswith("INV-")
        same(made.status, "DRAFT")

    @check("invoices: a number is unique")
    def _():
        error = refused(AccountingBadRequestException, lambda: new(invoice_number="PY-INV-1"))
        same((error.status, error.reason), (400, "Invoice # must be unique."))

    @check("invoices: a batch with errors")
    def _():
        sent = [
            invoice(contact, invoice_number="PY-B-1"),
            invoice(contact, invoice_number="PY-INV-1"),
            invoice(
                contact, invoice_number="PY-B-2", line_items=[line("1", account_code="9999")]
            ),
            invoice(contact, invoice_number="PY-B-3", line_items=[]),
        ]
        rows = api.create_invoices(
            tenant, Invoices(invoices=sent), summarize_errors=False
        ).invoices
        same([row.status_attribute_string for row in rows], ["OK", "ERROR", "ERROR", "ERROR"])
        same(messages(rows[1]), ["Invoice # must be unique."])
        same(
            messages(rows[2]), ["Account code '9999' is not a valid code for this document."]
        )
        same(messages(rows[3]), ["One or more line items must be specified"])
        assert rows[1].has_errors

    @check("invoices: edit, lines kept by id")
    def _():
        read = one(kept["id"], unitdp=4)
        lines = [*read.line_items, line("1")]
        change = Invoice(reference="PO 2", line_items=lines, contact=Contact(contact_id=contact))
        edited = api.update_invoice(
            tenant, kept["id"], Invoices(invoices=[change]), unitdp=4
        ).invoices[0]
        same((edited.reference, edited.total), ("PO 2", Decimal("32.40")))
        same(edited.line_items[0].line_item_id, read.line_items[0].line_item_id)
        alone = Invoice(line_items=[edited.line_items[0]])
        less = api.update_invoice(tenant, kept["id"], Invoices(invoices=[alone])).invoices[0]
        same((len(less.line_items), less.total), (1, Decimal("30.00")))

    @check("invoices: post with a known number updates")
    def _():
        known = Invoice(
            type="ACCREC",
            invoice_number="PY-INV-1",
            contact=Contact(contact_id=contact),
            reference="PO 3",
        )
        updated = api.update_or_create_invoices(tenant, Invoices(invoices=[known])).invoices[0]
        same((updated.invoice_id, updated.reference), (kept["id"], "PO 3"))

    @check("invoices: pages and filters")
    def _():
        page = api.get_invoices(
            tenant, statuses=["AUTHORISED", "PAID"], contact_i_ds=[contact], page=1, page_size=1
        )
        assert len(page.invoices) == 1 and page.pagination.item_count >= 2
        assert page.invoices[0].line_items
        where = f'Contact.ContactID==guid("{contact}") AND Date>=DateTime(2026,11,01)'
        headers = api.get_invoices(tenant, where=where, order="Date DESC").invoices
        assert len(headers) >= 4 and not any(row.line_items for row in headers)
        numbered = api.get_invoices(tenant, invoice_numbers=["PY-INV-1", "PY-B-1"]).invoices
        same(sorted(row.invoice_number for row in numbered), ["PY-B-1", "PY-INV-1"])
        found = api.get_invoices(tenant, search_term="py-b-1", summary_only=True).invoices
        same([row.invoice_number for row in found], ["PY-B-1"])

    @check("invoices: changed since")
    def _():
        later = one(kept["id"]).updated_date_utc + timedelta(seconds=30)
        next_minute()

        def changed():
            return api.get_invoices(tenant, if_modified_since=later, i_ds=[kept["id"]], page=1)

        same(changed().invoices, [])
        edit({"op": "edit_invoice", "InvoiceID": kept["id"], "Reference": "PO 4"})
        same([row.reference for row in changed().invoices], ["PO 4"])

    @check("invoices: void, delete, and no way back")
    def _():
        ends = [(new(), "VOIDED"), (new(status="DRAFT"), "DELETED")]
        for made, status in ends:
            change = Invoices(invoices=[Invoice(status=status)])
            ended = api.update_invoice(tenant, made.invoice_id, change).invoices[0]
            same((ended.status, ended.amount_due), (status, Decimal("0.00")))
        for made, status in [
            (ends[0][0].invoice_id, "AUTHORISED"),
            (kept["id"], "DELETED"),
            (new(status="DRAFT").invoice_id, "VOIDED"),
        ]:
            change = Invoices(invoices=[Invoice(status=status)])
            error = refused(
                AccountingBadRequestException,
                lambda: api.update_invoice(tenant, made, change),  # noqa: B023 - called at once
            )
            same(error.reason, "Invoice not of valid status for modification")

    @check("invoices: foreign currency")
    def _():
        foreign = new(currency_code=CurrencyCode.USD, currency_rate=Decimal("1.25"))
        same((foreign.currency_code.value, foreign.currency_rate), ("USD", Decimal("1.25")))
        error = refused(AccountingBadRequestException, lambda: new(currency_code=CurrencyCode.ZAR))
        same(error.reason, "Organisation is not subscribed to currency ZAR")

    @check("invoices: an idempotency key replays")
    def _():
        def keyed(**more):
            sent = Invoices(invoices=[invoice(contact, status="DRAFT", **more)])
            return api.create_invoices(tenant, sent, idempotency_key="python-key-1")

        same(keyed().invoices[0].invoice_id, keyed().invoices[0].invoice_id)
        error = refused(AccountingBadRequestException, lambda: keyed(reference="other"))
        same(
            error.error_data["Message"],
            "Idempotency Key: python-key-1 is used with a different request.",
        )

    @check("invoices: online address")
    def _():
        address = api.get_online_invoice(tenant, kept["id"]).online_invoices[0]
        assert address.online_invoice_url.startswith("https:")


def parts(api, tenant, contact):
    """What lines take from items and tracking categories, and what is said of parts."""

    @check("lines: filled from their item, tracked under an option")
    def _():
        sales = Purchase(unit_price=Decimal("2.5"), account_code="260", tax_type="ZERORATEDOUTPUT")
        item = Item(code="PY-FERN", name="Fern", description="A fern", sales_details=sales)
        api.create_items(tenant, Items(items=[item]))
        tracking = [LineItemTracking(name="Region", option="North")]
        bare = LineItem(item_code="PY-FERN", quantity=Decimal(4), tracking=tracking)
        made = new_invoice(api, tenant, contact, line_items=[bare]).line_items[0]
        same((made.description, made.line_amount), ("A fern", Decimal("10.00")))
        same((made.account_code, made.tax_type), ("260", "ZERORATEDOUTPUT"))
        same([(each.name, each.option) for each in made.tracking], [("Region", "North")])
        assert made.tracking[0].tracking_option_id

    @check("errors: beside the parts they are about")
    def _():
        wrong = invoice(contact, line_items=[line("1"), line("1", account_code="9999")])
        sent = Invoices(invoices=[wrong])
        error = refused(AccountingBadRequestException, lambda: api.create_invoices(tenant, sent))
        element = refused_element(error)
        said = ["Account code '9999' is not a valid code for this document."]
        same(messages(element), said)
        same([messages(one) for one in element["LineItems"]], [[], said])
        gone = new_contact(api, tenant, "Archived (python)")
        archive = Contacts(contacts=[Contact(contact_status="ARCHIVED")])
        api.update_contact(tenant, gone, archive)
        sent = Invoices(invoices=[invoice(gone)])
        error = refused(AccountingBadRequestException, lambda: api.create_invoices(tenant, sent))
        said = messages(refused_element(error)["Contact"])
        same(len(said), 1)
        assert said[0].startswith("The contact with the specified contact details has been archived")

    @check("warnings: what a draft loses")
    def _():
        draft = invoice(contact, status="DRAFT", line_items=[line("1", account_code="9999")])
        sent = Invoices(invoices=[draft])
        made = api.create_invoices(tenant, sent, summarize_errors=False).invoices[0]
        same(made.status_attribute_string, "WARNING")
        same(
            [warning.message for warning in made.warnings],
            ["Account code '9999' has been removed as it does not match a recognised account."],
        )
        same(made.line_items[0].account_code, None)


def payments(api, tenant, contact):
    paid_for = new_invoice(api, tenant, contact, line_items=[line("50")]).invoice_id
    kept = {}

    def pay(amount, **more):
        return Payment(
            **{
                "invoice": Invoice(invoice_id=paid_for),
                "account": Account(code="090"),
                "date": date(2026, 11, 10),
                "amount": Decimal(amount),
                **more,
            }
        )

    def read():
        return api.get_invoice(tenant, paid_for).invoices[0]

    @check("payments: part and rest make it paid")
    def _():
        sent = Payments(payments=[pay("20", reference="first")])
        first = api.create_payments(tenant, sent).payments[0]
        same(first.payment_type, "ACCRECPAYMENT")
        same(read().amount_due, Decimal("100.00"))
        rest = api.create_payment(tenant, pay("100", date=date(2026, 11, 12))).payments[0]
        kept["last"] = rest.payment_id
        paid = read()
        same((paid.status, paid.amount_due), ("PAID", Decimal("0.00")))
        same((paid.fully_paid_on_date, len(paid.payments)), (date(2026, 11, 12), 2))
        same(paid.updated_date_utc, rest.updated_date_utc)

    @check("payments: no more than is due")
    def _():
        error = refused(AccountingBadRequestException, lambda: api.create_payment(tenant, pay("1")))
        same(error.reason, "Payment amount exceeds the amount outstanding on this document")

    @check("payments: a paid invoice is neither voided nor edited")
    def _():
        void = Invoices(invoices=[Invoice(status="VOIDED")])
        error = refused(
            AccountingBadRequestException, lambda: api.update_invoice(tenant, paid_for, void)
        )
        assert error.reason.startswith("The status VOIDED cannot be applied to the invoice")
        change = Invoices(invoices=[Invoice(line_items=[line("51")])])
        error = refused(
            AccountingBadRequestException, lambda: api.update_invoice(tenant, paid_for, change)
        )
        assert (
            "This document cannot be edited as it has a payment or credit note allocated to it."
            in messages(refused_element(error))
        )
        harmless = Invoices(invoices=[Invoice(reference="paid")])
        same(api.update_invoice(tenant, paid_for, harmless).invoices[0].reference, "paid")

    @check("payments: delete makes it due again")
    def _():
        delete = PaymentDelete(status="DELETED")
        gone = api.delete_payment(tenant, kept["last"], delete).payments[0]
        same(gone.status, "DELETED")
        due = read()
        same((due.status, due.amount_due), ("AUTHORISED", Decimal("100.00")))
        same(due.fully_paid_on_date, None)

    @check("payments: pages and filters")
    def _():
        where = f'Invoice.InvoiceID==guid("{paid_for}")'
        page = api.get_payments(tenant, where=where, page=1, page_size=1)
        same((len(page.payments), page.pagination.item_count), (1, 2))
        same(api.get_payment(tenant, kept["last"]).payments[0].status, "DELETED")
