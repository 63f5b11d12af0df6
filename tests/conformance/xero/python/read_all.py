"""Xero's official Python SDK reads a whole organisation: every contact and invoice, in the largest
pages. One line of JSON: how many of each, and in how many seconds. Starting Python and signing in are
not counted."""

import json
import time

from support import Sdk, consent

PAGE = 1000

sdk = Sdk()
sdk.token = consent()
tenant = sdk.identity.get_connections()[0].tenant_id


def whole(read, name):
    """How many records a list has, read page after page to its end."""
    count = 0
    page = 1
    while True:
        answer = read(tenant, page=page, page_size=PAGE, include_archived=True)
        rows = getattr(answer, name)
        count += len(rows)
        if page >= answer.pagination.page_count:
            return count
        page += 1


began = time.perf_counter()
contacts = whole(sdk.api.get_contacts, "contacts")
invoices = whole(
    lambda tenant, **query: sdk.api.get_invoices(tenant, unitdp=4, **query), "invoices"
)
seconds = time.perf_counter() - began
print(json.dumps({"contacts": contacts, "invoices": invoices, "seconds": seconds}))
