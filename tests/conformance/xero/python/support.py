"""What the checks share: the SDK pointed at the demo books, the consent page followed as a browser
would, and one line of JSON per check."""

import json
import os
import re
import traceback
import urllib.parse
from datetime import date, datetime, timezone
from decimal import Decimal

import urllib3
from xero_python.accounting import (
    AccountingApi,
    Allocation,
    Allocations,
    Contact,
    Contacts,
    Invoice,
    Invoices,
    LineItem,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
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


def check(name):
    """Runs a check at once and prints what came of it."""

    def run(act):
        try:
            act()
            line = {"name": name, "ok": True, "detail": ""}
        except Exception:  # noqa: BLE001 - whatever it is, it is the result
            line = {"name": name, "ok": False, "detail": traceback.format_exc()[-2000:]}
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


def messages(element):
    """What is wrong with an element, a model of the SDK or plain JSON."""
    if isinstance(element, dict):
        return [error["Message"] for error in element.get("ValidationErrors", [])]
    return [error.message for error in element.validation_errors or []]


def refused_element(error):
    """The first element of a refusal, as JSON."""
    return json.loads(error.http_resp.data)["Elements"][0]


def word(value):
    """The word of an enumeration or the word itself: the SDK has both."""
    return getattr(value, "value", value)


def control(what, body):
    """Something that only the demo books know."""
    answer = http.request("POST", f"{BASE}/__sandbox/{what}", body=json.dumps(body).encode())
    same(answer.status, 200)
    return json.loads(answer.data)


def next_minute(seconds=60):
    """A new minute of calls: the demo books keep Xero's limits, by their own clock."""
    control("clock", {"advance_seconds": seconds})


def edit(operation):
    """A person's edit inside Xero."""
    return control("records", operation)


def consent(scopes=SCOPES, organisations=()):
    """The SDK begins with a refresh token; the consent page gives one, as a browser would."""
    asked = urllib.parse.urlencode(
        {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "scope": scopes,
            "state": "s",
        }
    )
    page = http.request("GET", f"{BASE}/identity/connect/authorize?{asked}").data.decode()
    request = re.search(r'name="request" value="([^"]+)"', page).group(1)
    form = [("request", request), ("decision", "allow")]
    offered = re.findall(r'name="organisation" value="([^"]+)"', page)
    form += [("organisation", offered[index]) for index in organisations]
    answer = http.request(
        "POST",
        BASE + "/identity/connect/authorize",
        body=urllib.parse.urlencode(form),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
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
    return token_for_sdk(json.loads(tokens.data))


def token_for_sdk(tokens):
    """The shape the SDK keeps tokens in."""
    names = ("access_token", "refresh_token", "expires_in", "token_type", "scope", "id_token")
    token = {name: tokens[name] for name in names if name in tokens}
    token["scope"] = tokens["scope"].split()
    token["expires_at"] = datetime.now(timezone.utc).timestamp() + tokens["expires_in"]
    return token


class Sdk:
    """The SDK with a token of its own."""

    def __init__(self, token=None, client_id=CLIENT_ID, client_secret=CLIENT_SECRET):
        self.token = token
        # Given to the constructor it would be the first one's: configurations are copies of it.
        configuration = Configuration()
        configuration.oauth2_token = OAuth2Token(client_id=client_id, client_secret=client_secret)
        self.client = ApiClient(
            configuration,
            oauth2_token_getter=lambda: self.token,
            oauth2_token_saver=self.save,
        )
        self.api = AccountingApi(self.client, base_url=BASE + "/api.xro/2.0")
        self.identity = IdentityApi(self.client, base_url=BASE)

    def save(self, token):
        self.token = token


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


def invoice(contact_id, **more):
    """A sales invoice of 30.00."""
    return Invoice(
        **{
            "type": "ACCREC",
            "contact": Contact(contact_id=contact_id),
            "date": date(2026, 11, 2),
            "due_date": date(2026, 12, 2),
            "line_items": [line("12.50")],
            "status": "AUTHORISED",
            **more,
        }
    )


def new_contact(api, tenant, name):
    """The id of a new contact."""
    return api.create_contacts(tenant, Contacts(contacts=[Contact(name=name)])).contacts[0].contact_id


def new_invoice(api, tenant, contact_id, **more):
    """A new invoice as it was answered."""
    sent = Invoices(invoices=[invoice(contact_id, **more)])
    return api.create_invoices(tenant, sent).invoices[0]


def part(invoice_id, amount):
    """An allocation of some credit to an invoice."""
    return Allocations(
        allocations=[
            Allocation(
                invoice=Invoice(invoice_id=invoice_id),
                amount=Decimal(amount),
                date=date(2026, 11, 20),
            )
        ]
    )
