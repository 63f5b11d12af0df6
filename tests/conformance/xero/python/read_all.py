"""Xero's official Python SDK reads what a preview reads of an organisation: every contact, invoice, credit
note, payment, overpayment and prepayment, in the largest pages. One line of JSON: how many of each, and in
how many seconds, those for contacts and invoices alone beside them. Starting Python and signing in are not
counted."""

import json
import time

from support import Sdk, consent

PAGE = 1000

sdk = Sdk()
sdk.token = consent()
tenant = sdk.identity.get_connections()[0].tenant_id


def whole(read, name, **query):
    """How many records a list has, read page after page to its end."""
    count = 0
    page = 1
    while True:
        answer = read(tenant, page=page, page_size=PAGE, **query)
        rows = getattr(answer, name)
        count += len(rows)
        if page >= answer.pagination.page_count:
            return count
        page += 1


began = time.perf_counter()
api = sdk.api
read = {
    "contacts": whole(api.get_contacts, "contacts", include_archived=True),
    "invoices": whole(api.get_invoices, "invoices", unitdp=4, include_archived=True),
}
first = time.perf_counter() - began
read |= {
    "credit_notes": whole(api.get_credit_notes, "credit_notes", unitdp=4),
    "payments": whole(api.get_payments, "payments"),
    "overpayments": whole(api.get_overpayments, "overpayments", unitdp=4),
    "prepayments": whole(api.get_prepayments, "prepayments", unitdp=4),
}
seconds = time.perf_counter() - began
print(json.dumps(read | {"seconds": seconds, "contacts_and_invoices": first}))
