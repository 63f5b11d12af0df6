"""Xero's official Python SDK against the simulated Xero. One line of JSON per check."""

import json
import os
import re
import traceback
import urllib.parse
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import urllib3
from xero_python.accounting import (
    Account,
    Allocation,
    Allocations,
    AccountingApi,
    BankTransaction,
    BankTransactions,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    Invoice,
    Invoices,
    LineItem,
    Payment,
    PaymentDelete,
    Payments,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException, ApiException, RateLimitException
from xero_python.identity import IdentityApi

BASE = os.environ["SANDBOX_URL"]
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]
REDIRECT_URI = os.environ["REDIRECT_URI"]
SCOPES = (
    "openid offline_access accounting.contacts accounting.invoices accounting.payments "
    "accounting.banktransactions accounting.settings"
)

# The SDK has Xero's addresses built in; its files are unchanged.
TokenApi.refresh_token_url = TokenApi.client_credentials_token_url = BASE + "/connect/token"
TokenApi.revoke_token_url = BASE + "/connect/revocation"

http = urllib3.PoolManager()
kept = {}


def check(name):
    """Runs a check at once and prints what came of it."""

    def run(act):
        try:
            act()
            line = {"name": name, "ok": True, "detail": ""}
        except Exception:  # noqa: BLE001 - whatever it is, it is the result
            line = {"name": name, "ok": False, "detail": traceback.format_exc()[-1200:]}
        print(json.dumps(line), flush=True)

    return run


def same(found, wanted):
    """Fails unless both are equal."""
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")


def refused(kind, call):
    """Calls something that must be refused; gives the exception."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError("it was not refused")


def next_minute(seconds=60):
    """A new minute of calls: the demo books keep Xero's limits, by their own clock."""
    body = json.dumps({"advance_seconds": seconds}).encode()
    same(http.request("POST", BASE + "/__sandbox/clock", body=body).status, 200)


def consent():
    """The SDK begins with a refresh token; the consent page gives one, as a browser would."""
    asked = urllib.parse.urlencode(
        {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPES,
            "state": "s",
        }
    )
    page = http.request("GET", f"{BASE}/identity/connect/authorize?{asked}").data.decode()
    request = re.search(r'name="request" value="([^"]+)"', page).group(1)
    answer = http.request(
        "POST",
        BASE + "/identity/connect/authorize",
        fields={"request": request, "decision": "allow"},
        encode_multipart=False,
        redirect=False,
    )
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)
    tokens = http.request(
        "POST",
        BASE + "/connect/token",
        fields={
            "grant_type": "authorization_code",
            "code": query["code"][0],
            "redirect_uri": REDIRECT_URI,
        },
        encode_multipart=False,
        headers=urllib3.make_headers(basic_auth=f"{CLIENT_ID}:{CLIENT_SECRET}"),
    )
    return json.loads(tokens.data)


client = ApiClient(
    Configuration(oauth2_token=OAuth2Token(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)),
    oauth2_token_getter=lambda: kept.get("token"),
    oauth2_token_saver=lambda token: kept.update(token=token),
)
api = AccountingApi(client, base_url=BASE + "/api.xro/2.0")
identity = IdentityApi(client, base_url=BASE)


def token_for_sdk(tokens):
    """The shape the SDK keeps tokens in."""
    names = ("access_token", "refresh_token", "expires_in", "token_type", "scope", "id_token")
    token = {name: tokens[name] for name in names if name in tokens}
    token["scope"] = tokens["scope"].split()
    token["expires_at"] = datetime.now(timezone.utc).timestamp() + tokens["expires_in"]
    return token


def line(unit, **more):
    """One line of two pieces on the sales account."""
    return LineItem(
        **{
            "description": "Roses",
            "quantity": Decimal(2),
            "unit_amount": Decimal(unit),
            "account_code": "200",
            **more,
        }
    )


@check("sign in, and a refresh by the SDK")
def _():
    kept["token"] = token_for_sdk(consent())
    before = kept["token"]["access_token"]
    client.refresh_oauth2_token()
    assert kept["token"]["access_token"] != before


@check("connections")
def _():
    connections = identity.get_connections()
    same(len(connections), 1)
    same(connections[0].tenant_type, "ORGANISATION")
    kept["tenant"] = connections[0].tenant_id


tenant = kept.get("tenant", "")


@check("organisation and lock dates")
def _():
    organisation = api.get_organisations(tenant).organisations[0]
    same(organisation.organisation_id, tenant)
    same(organisation.base_currency.value, "GBP")


@check("accounts and tax rates")
def _():
    banks = api.get_accounts(tenant, where='Type=="BANK"').accounts
    assert banks and all(account.type.value == "BANK" for account in banks)
    rates = api.get_tax_rates(tenant, where='Status=="ACTIVE"').tax_rates
    standard = [rate for rate in rates if rate.tax_type == "OUTPUT2"][0]
    same(standard.effective_rate, Decimal(20))


next_minute()


@check("contacts: create, read, edit")
def _():
    made = api.create_contacts(
        tenant, Contacts(contacts=[Contact(name="Ardent Blooms (python)", contact_number="PY-1")])
    ).contacts[0]
    kept["contact"] = made.contact_id
    assert isinstance(made.updated_date_utc, datetime)
    edited = api.update_contact(
        tenant, made.contact_id, Contacts(contacts=[Contact(first_name="Ada")])
    ).contacts[0]
    same((edited.first_name, edited.contact_number), ("Ada", "PY-1"))
    same(api.get_contact(tenant, made.contact_id).contacts[0].name, "Ardent Blooms (python)")


@check("contacts: a name is unique")
def _():
    again = Contacts(contacts=[Contact(name="Ardent Blooms (python)")])
    error = refused(AccountingBadRequestException, lambda: api.create_contacts(tenant, again))
    same(error.status, 400)
    assert error.reason.startswith("The contact name Ardent Blooms (python) is already assigned")


@check("contacts: pages and changed since")
def _():
    page = api.get_contacts(tenant, page=1, page_size=5)
    same((len(page.contacts), page.pagination.page_size), (5, 5))
    since = api.get_contact(tenant, kept["contact"]).contacts[0].updated_date_utc
    later = api.get_contacts(tenant, page=1, page_size=1000, if_modified_since=since)
    assert later.pagination.item_count < page.pagination.item_count
    second = since.replace(microsecond=0)
    assert all(contact.updated_date_utc >= second for contact in later.contacts)


def invoice(**more):
    """A sales invoice of 30.00."""
    return Invoice(
        **{
            "type": "ACCREC",
            "contact": Contact(contact_id=kept.get("contact")),
            "date": date(2026, 11, 2),
            "due_date": date(2026, 12, 2),
            "line_items": [line("12.50")],
            "status": "AUTHORISED",
            **more,
        }
    )


next_minute()


@check("invoices: create and read back to the cent")
def _():
    made = api.create_invoices(
        tenant, Invoices(invoices=[invoice(invoice_number="PY-INV-1", reference="PO 1")])
    ).invoices[0]
    kept["invoice"] = made.invoice_id
    same((made.total, made.total_tax, made.amount_due), (Decimal("30.00"), Decimal("5.00"), Decimal("30.00")))
    same((made.date, made.due_date), (date(2026, 11, 2), date(2026, 12, 2)))
    read = api.get_invoice(tenant, made.invoice_id, unitdp=4).invoices[0]
    same(read.line_items[0].unit_amount, Decimal("12.5000"))


@check("invoices: a batch with errors")
def _():
    rows = api.create_invoices(
        tenant,
        Invoices(
            invoices=[
                invoice(invoice_number="PY-B-1"),
                invoice(invoice_number="PY-INV-1"),
                invoice(invoice_number="PY-B-2", line_items=[line("1", account_code="9999")]),
            ]
        ),
        summarize_errors=False,
    ).invoices
    same([row.status_attribute_string for row in rows], ["OK", "ERROR", "ERROR"])
    same(rows[1].validation_errors[0].message, "Invoice # must be unique.")
    assert rows[1].has_errors


@check("invoices: edit with every field the SDK sends back")
def _():
    read = api.get_invoice(tenant, kept["invoice"], unitdp=4).invoices[0]
    change = Invoice(reference="PO 2", line_items=read.line_items, contact=Contact(contact_id=kept["contact"]))
    edited = api.update_invoice(tenant, kept["invoice"], Invoices(invoices=[change]), unitdp=4).invoices[0]
    same((edited.reference, edited.total), ("PO 2", Decimal("30.00")))
    same(edited.line_items[0].line_item_id, read.line_items[0].line_item_id)


@check("invoices: pages by status")
def _():
    page = api.get_invoices(
        tenant, statuses=["AUTHORISED", "PAID"], contact_i_ds=[kept["contact"]], page=1, page_size=1
    )
    same((len(page.invoices), page.pagination.item_count), (1, 2))
    assert page.invoices[0].line_items


@check("invoices: void and delete")
def _():
    ids = [
        row.invoice_id
        for row in api.create_invoices(
            tenant, Invoices(invoices=[invoice(), invoice(status="DRAFT")])
        ).invoices
    ]
    for invoice_id, status in zip(ids, ["VOIDED", "DELETED"]):
        ended = api.update_invoice(
            tenant, invoice_id, Invoices(invoices=[Invoice(status=status)])
        ).invoices[0]
        same(ended.status, status)
    error = refused(
        AccountingBadRequestException,
        lambda: api.update_invoice(tenant, ids[0], Invoices(invoices=[Invoice(status="AUTHORISED")])),
    )
    same(error.reason, "Invoice not of valid status for modification")


next_minute()


@check("payments: create, refuse, delete")
def _():
    def pay(amount):
        return Payment(
            invoice=Invoice(invoice_id=kept["invoice"]),
            account=Account(code="090"),
            date=date(2026, 11, 10),
            amount=Decimal(amount),
        )

    made = api.create_payments(tenant, Payments(payments=[pay("30.00")])).payments[0]
    paid = api.get_invoice(tenant, kept["invoice"]).invoices[0]
    same((paid.status, paid.amount_due, paid.fully_paid_on_date), ("PAID", Decimal("0.00"), date(2026, 11, 10)))
    same(paid.updated_date_utc, made.updated_date_utc)
    error = refused(
        AccountingBadRequestException, lambda: api.create_payment(tenant, pay("1.00"))
    )
    same(error.reason, "Payment amount exceeds the amount outstanding on this document")
    gone = api.delete_payment(tenant, made.payment_id, PaymentDelete(status="DELETED")).payments[0]
    same(gone.status, "DELETED")
    due = api.get_invoice(tenant, kept["invoice"]).invoices[0]
    same((due.status, due.amount_due), ("AUTHORISED", Decimal("30.00")))


@check("credit notes: create, allocate, take back")
def _():
    note = CreditNote(
        type="ACCRECCREDIT",
        contact=Contact(contact_id=kept["contact"]),
        date=date(2026, 11, 5),
        status="AUTHORISED",
        line_items=[line("5.00")],
    )
    made = api.create_credit_notes(tenant, CreditNotes(credit_notes=[note])).credit_notes[0]
    same((made.total, made.remaining_credit), (Decimal("12.00"), Decimal("12.00")))

    def part(amount):
        return Allocations(
            allocations=[
                Allocation(
                    invoice=Invoice(invoice_id=kept["invoice"]),
                    amount=Decimal(amount),
                    date=date(2026, 11, 20),
                )
            ]
        )

    api.create_credit_note_allocation(tenant, made.credit_note_id, part("10.00"))
    credited = api.get_invoice(tenant, kept["invoice"]).invoices[0]
    same((credited.amount_due, credited.amount_credited), (Decimal("20.00"), Decimal("10.00")))
    error = refused(
        AccountingBadRequestException,
        lambda: api.create_credit_note_allocation(tenant, made.credit_note_id, part("2.01")),
    )
    same(error.reason, "Credit Note cannot be allocated as amount is greater than amount outstanding")
    used = api.get_credit_note(tenant, made.credit_note_id).credit_notes[0]
    removed = api.delete_credit_note_allocations(
        tenant, made.credit_note_id, used.allocations[0].allocation_id
    )
    assert removed.is_deleted
    same(api.get_invoice(tenant, kept["invoice"]).invoices[0].amount_due, Decimal("30.00"))
    listed = api.get_credit_notes(tenant, page=1, where='Type=="ACCRECCREDIT"')
    assert made.credit_note_id in [row.credit_note_id for row in listed.credit_notes]


@check("overpayments: receive and allocate")
def _():
    received = api.create_bank_transactions(
        tenant,
        BankTransactions(
            bank_transactions=[
                BankTransaction(
                    type="RECEIVE-OVERPAYMENT",
                    contact=Contact(contact_id=kept["contact"]),
                    bank_account=Account(code="090"),
                    date=date(2026, 11, 10),
                    line_items=[line("4.00")],
                )
            ]
        ),
    ).bank_transactions[0]
    same(received.total, Decimal("8.00"))
    allocation = Allocation(
        invoice=Invoice(invoice_id=kept["invoice"]), amount=Decimal("8.00"), date=date(2026, 11, 20)
    )
    api.create_overpayment_allocations(
        tenant, received.overpayment_id, Allocations(allocations=[allocation])
    )
    used = api.get_overpayments(tenant, page=1).overpayments[-1]
    same((used.remaining_credit, used.status.value if hasattr(used.status, "value") else used.status), (Decimal("0.00"), "PAID"))
    same(api.get_invoice(tenant, kept["invoice"]).invoices[0].amount_due, Decimal("22.00"))

next_minute(120)


@check("limits: the SDK sees which one")
def _():
    for _call in range(60):
        api.get_organisations(tenant)
    # The SDK would wait and ask again for a GET; a POST it gives up at once.
    error = refused(
        RateLimitException,
        lambda: api.update_contact(tenant, kept["contact"], Contacts(contacts=[Contact(first_name="B")])),
    )
    same((error.status, error.rate_limit), (429, "minute"))


next_minute()


@check("another organisation")
def _():
    wrong = "11111111-1111-1111-1111-111111111111"
    error = refused(ApiException, lambda: api.get_organisations(wrong))
    same(error.status, 403)


@check("an expired token is renewed by the SDK")
def _():
    before = kept["token"]["access_token"]
    kept["token"]["expires_at"] = (datetime.now(timezone.utc) - timedelta(minutes=1)).timestamp()
    same(len(api.get_organisations(tenant).organisations), 1)
    assert kept["token"]["access_token"] != before


@check("disconnect and revoke")
def _():
    connection = identity.get_connections()[0]
    identity.delete_connection(connection.id)
    error = refused(ApiException, lambda: api.get_organisations(tenant))
    same(error.status, 403)
    client.revoke_oauth2_token()
