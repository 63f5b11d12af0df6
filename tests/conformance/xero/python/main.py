"""Xero's official Python SDK against the simulated Xero. One line of JSON per check."""

import os
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import credit
import documents
from support import (
    BASE,
    CLIENT_ID,
    CLIENT_SECRET,
    Sdk,
    check,
    consent,
    http,
    messages,
    next_minute,
    refused,
    same,
    word,
)
from xero_python.accounting import (
    Address,
    Bill,
    Contact,
    Contacts,
    Currency,
    CurrencyCode,
    Item,
    Items,
    PaymentTerm,
    PaymentTermType,
    Phone,
    Purchase,
    TrackingCategory,
    TrackingOption,
)
from xero_python.exceptions import AccountingBadRequestException, ApiException, RateLimitException

sdk = Sdk()
api = sdk.api
kept = {}


@check("sign in, and a refresh by the SDK")
def _():
    sdk.token = consent()
    before = sdk.token["access_token"]
    sdk.client.refresh_oauth2_token()
    assert sdk.token["access_token"] != before


@check("connections")
def _():
    connections = sdk.identity.get_connections()
    same(len(connections), 1)
    same(connections[0].tenant_type, "ORGANISATION")
    kept["tenant"] = connections[0].tenant_id


tenant = kept.get("tenant", "")


@check("organisation")
def _():
    organisation = api.get_organisations(tenant).organisations[0]
    same(organisation.organisation_id, tenant)
    same(organisation.base_currency.value, "GBP")


@check("accounts, filtered and ordered")
def _():
    accounts = api.get_accounts(tenant).accounts
    assert any(account.code == "200" and word(account._class) == "REVENUE" for account in accounts)
    banks = api.get_accounts(tenant, where='Type=="BANK"', order="Code DESC").accounts
    assert banks and all(account.type.value == "BANK" for account in banks)
    same([bank.code for bank in banks], sorted([bank.code for bank in banks], reverse=True))


@check("tax rates")
def _():
    rates = api.get_tax_rates(tenant, where='Status=="ACTIVE"').tax_rates
    standard = [rate for rate in rates if rate.tax_type == "OUTPUT2"][0]
    same((standard.effective_rate, standard.can_apply_to_revenue), (Decimal(20), True))


@check("currencies: read and add; branding themes")
def _():
    same(api.get_currencies(tenant).currencies[0].code.value, "GBP")
    added = api.create_currency(tenant, Currency(code=CurrencyCode.ISK, description="Icelandic Krona"))
    same(added.currencies[0].code.value, "ISK")
    assert "ISK" in [each.code.value for each in api.get_currencies(tenant).currencies]
    same(api.get_branding_themes(tenant).branding_themes[0].sort_order, 0)


next_minute()


@check("items: create, read, edit, delete")
def _():
    sales = Purchase(unit_price=Decimal("1.2345"), account_code="200", tax_type="OUTPUT2")
    sent = Items(items=[Item(code="PY-ROSE", name="Rose", sales_details=sales)])
    made = api.create_items(tenant, sent, unitdp=4).items[0]
    same(made.sales_details.unit_price, Decimal("1.2345"))
    renamed = Items(items=[Item(code="PY-ROSE", name="Red rose")])
    same(api.update_item(tenant, made.item_id, renamed).items[0].name, "Red rose")
    same(api.get_item(tenant, "PY-ROSE").items[0].item_id, made.item_id)
    api.delete_item(tenant, made.item_id)
    same([item.code for item in api.get_items(tenant).items if item.code == "PY-ROSE"], [])


@check("tracking categories and options")
def _():
    made = api.create_tracking_category(tenant, TrackingCategory(name="Region"))
    category = made.tracking_categories[0].tracking_category_id
    option = api.create_tracking_options(tenant, category, TrackingOption(name="North")).options[0]
    same(option.status, "ACTIVE")
    read = api.get_tracking_categories(tenant).tracking_categories
    same([[each.name for each in one.options] for one in read], [["North"]])


next_minute()


@check("contacts: create")
def _():
    sent = Contact(
        name="Ardent Blooms (python)",
        contact_number="PY-1",
        email_address="hello@ardent.example",
        addresses=[Address(address_type="POBOX", address_line1="1 High Street", city="Leeds")],
        phones=[Phone(phone_type="DEFAULT", phone_number="5551234", phone_area_code="020")],
        payment_terms=PaymentTerm(sales=Bill(day=14, type=PaymentTermType.DAYSAFTERBILLDATE)),
    )
    made = api.create_contacts(tenant, Contacts(contacts=[sent])).contacts[0]
    kept["contact"] = made.contact_id
    same(made.contact_status, "ACTIVE")
    same([each.city for each in made.addresses if each.address_type == "POBOX"], ["Leeds"])
    assert isinstance(made.updated_date_utc, datetime)


@check("contacts: read one, by number too")
def _():
    read = api.get_contact(tenant, kept["contact"]).contacts[0]
    same((read.name, read.payment_terms.sales.day), ("Ardent Blooms (python)", 14))
    numbered = api.get_contact_by_contact_number(tenant, "PY-1").contacts[0]
    same(numbered.contact_id, kept["contact"])


@check("contacts: edit keeps what was not sent")
def _():
    change = Contacts(contacts=[Contact(first_name="Ada")])
    edited = api.update_contact(tenant, kept["contact"], change).contacts[0]
    same((edited.first_name, edited.contact_number), ("Ada", "PY-1"))
    same(edited.email_address, "hello@ardent.example")


@check("contacts: a name is unique")
def _():
    again = Contacts(contacts=[Contact(name="Ardent Blooms (python)")])
    error = refused(AccountingBadRequestException, lambda: api.create_contacts(tenant, again))
    same(error.status, 400)
    assert error.reason.startswith("The contact name Ardent Blooms (python) is already assigned")


@check("contacts: a batch saves what it can")
def _():
    sent = [
        Contact(name="Batch One (python)"),
        Contact(name="Ardent Blooms (python)"),
        Contact(name="Batch Two (python)", email_address="not an address"),
    ]
    rows = api.create_contacts(tenant, Contacts(contacts=sent), summarize_errors=False).contacts
    same([row.has_validation_errors for row in rows], [False, True, True])
    same(messages(rows[2]), ["Email address must be valid"])


@check("contacts: pages")
def _():
    page = api.get_contacts(tenant, page=1, page_size=5)
    same((len(page.contacts), page.pagination.page_size), (5, 5))
    beyond = api.get_contacts(tenant, page=page.pagination.page_count + 1, page_size=5)
    same(beyond.contacts, [])
    summary = api.get_contacts(tenant, summary_only=True, search_term="ardent")
    same([row.name for row in summary.contacts], ["Ardent Blooms (python)"])


@check("contacts: where and changed since")
def _():
    named = api.get_contacts(tenant, where='Name=="ardent blooms (python)"').contacts
    same([row.contact_id for row in named], [kept["contact"]])
    since = api.get_contact(tenant, kept["contact"]).contacts[0].updated_date_utc
    later = api.get_contacts(tenant, page=1, page_size=1000, if_modified_since=since)
    everything = api.get_contacts(tenant, page=1, page_size=1)
    assert later.pagination.item_count < everything.pagination.item_count
    second = since.replace(microsecond=0)
    assert all(contact.updated_date_utc >= second for contact in later.contacts)


@check("contacts: archive hides it")
def _():
    sent = Contacts(contacts=[Contact(name="Gone (python)")])
    gone = api.create_contacts(tenant, sent).contacts[0].contact_id
    archive = Contacts(contacts=[Contact(contact_status="ARCHIVED")])
    same(api.update_contact(tenant, gone, archive).contacts[0].contact_status, "ARCHIVED")
    same(api.get_contacts(tenant, i_ds=[gone]).contacts, [])
    shown = api.get_contacts(tenant, i_ds=[gone], include_archived=True, page=1).contacts
    same([row.contact_id for row in shown], [gone])


documents.run(api, tenant)
credit.run(api, tenant)

next_minute(120)


@check("limits: the SDK sees which one")
def _():
    for _call in range(60):
        api.get_organisations(tenant)
    # The SDK would wait and ask again for a GET; a POST it gives up at once.
    change = Contacts(contacts=[Contact(first_name="B")])
    error = refused(
        RateLimitException, lambda: api.update_contact(tenant, kept["contact"], change)
    )
    same((error.status, error.rate_limit), (429, "minute"))


next_minute()


@check("where that cannot be read")
def _():
    error = refused(
        AccountingBadRequestException, lambda: api.get_invoices(tenant, where="Date >")
    )
    same(error.error_data["Type"], "QueryParseException")


@check("an unknown record")
def _():
    unknown = "11111111-1111-1111-1111-111111111111"
    error = refused(ApiException, lambda: api.get_invoice(tenant, unknown))
    same(error.status, 404)


@check("another organisation")
def _():
    wrong = "11111111-1111-1111-1111-111111111111"
    error = refused(ApiException, lambda: api.get_organisations(wrong))
    same(error.status, 403)


@check("an expired token is renewed by the SDK")
def _():
    before = sdk.token["access_token"]
    sdk.token["expires_at"] = (datetime.now(timezone.utc) - timedelta(minutes=1)).timestamp()
    same(len(api.get_organisations(tenant).organisations), 1)
    assert sdk.token["access_token"] != before


@check("a custom connection: one organisation, no refresh token")
def _():
    custom = Sdk(
        client_id=os.environ["CUSTOM_CLIENT_ID"], client_secret=os.environ["CUSTOM_CLIENT_SECRET"]
    )
    custom.client.get_client_credentials_token()
    assert "refresh_token" not in custom.token or not custom.token["refresh_token"]
    same([row.tenant_id for row in custom.identity.get_connections()], [tenant])
    # The SDK always sends the header; the connection is to one organisation.
    for header in (tenant, ""):
        same(custom.api.get_organisations(header).organisations[0].organisation_id, tenant)


@check("a second consent adds the second organisation")
def _():
    sdk.token = consent(organisations=[1])
    connections = sdk.identity.get_connections()
    same(len(connections), 2)
    second = [row.tenant_id for row in connections if row.tenant_id != tenant][0]
    names = [api.get_organisations(each).organisations[0].name for each in (tenant, second)]
    assert names[0] != names[1]
    mine = [row.contact_id for row in api.get_contacts(second).contacts]
    assert mine and kept["contact"] not in mine
    gone = [row.id for row in connections if row.tenant_id == second][0]
    sdk.identity.delete_connection(gone)
    same(refused(ApiException, lambda: api.get_organisations(second)).status, 403)
    same(len(api.get_organisations(tenant).organisations), 1)


@check("a missing scope")
def _():
    # Scopes add up over consents, so everything before has to be taken back.
    sdk.client.revoke_oauth2_token()
    narrow = Sdk(consent("offline_access accounting.contacts.read"))
    same(refused(ApiException, lambda: narrow.api.get_invoices(tenant)).status, 401)
    new = Contacts(contacts=[Contact(name="No")])
    same(refused(ApiException, lambda: narrow.api.create_contacts(tenant, new)).status, 401)
    assert narrow.api.get_contacts(tenant, page=1, page_size=1).contacts
    kept["narrow"] = narrow


@check("disconnect")
def _():
    narrow = kept["narrow"]
    narrow.identity.delete_connection(narrow.identity.get_connections()[0].id)
    same(refused(ApiException, lambda: narrow.api.get_contacts(tenant)).status, 403)
    error = refused(ApiException, lambda: narrow.identity.delete_connection(kept["tenant"]))
    same(error.status, 404)


@check("revocation ends the session")
def _():
    last = Sdk(consent())
    token = last.token["refresh_token"]
    last.client.revoke_oauth2_token()
    answer = http.request(
        "POST",
        BASE + "/connect/token",
        fields={
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        },
        encode_multipart=False,
    )
    same((answer.status, answer.data), (400, b'{"error":"invalid_grant"}'))
