// Xero's official Node SDK against the simulated Xero. One line of JSON per check.
'use strict';

const assert = require('node:assert/strict');
const axios = require('axios');
const { Issuer, generators } = require('openid-client');
const { Contact, Invoice, LineAmountTypes, Payment } = require('xero-node');
const consents = require('./consents');
const credit = require('./credit');
const parts = require('./parts');
const { base, sdk, press, nextMinute, edit, faults, check, refused, messages } = require('./support');

const SCOPES =
  'openid profile email offline_access accounting.contacts accounting.invoices accounting.payments accounting.banktransactions accounting.settings';
const day = (date) => new Date(date).toISOString().slice(0, 10);
const line = (unitAmount, more = {}) => ({
  description: 'Roses',
  quantity: 2,
  unitAmount,
  accountCode: '200',
  ...more,
});

async function main() {
  const xero = sdk(SCOPES);
  const api = xero.accountingApi;
  let tenant;

  await check('sign in: consent, code, signed id_token', async () => {
    const url = await xero.buildConsentUrl();
    const back = await press(url, 'allow');
    const tokens = await xero.apiCallback(back);
    assert.equal(tokens.expires_in, 1800);
    assert.equal(tokens.claims().email, 'demo@example.com');
    assert.ok(tokens.refresh_token);
  });
  await check('sign in: refused consent', async () => {
    const other = sdk(SCOPES);
    const back = await press(await other.buildConsentUrl(), 'cancel');
    await assert.rejects(other.apiCallback(back), /access_denied/);
  });
  await check('sign in: PKCE without a secret', async () => {
    const issuer = await Issuer.discover('');
    const app = new issuer.Client({
      client_id: process.env.PKCE_CLIENT_ID,
      token_endpoint_auth_method: 'none',
      redirect_uris: [process.env.REDIRECT_URI],
    });
    const verifier = generators.codeVerifier();
    const url = app.authorizationUrl({
      scope: SCOPES,
      state: 's',
      code_challenge: generators.codeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const parameters = app.callbackParams(await press(url, 'allow'));
    const tokens = await app.callback(process.env.REDIRECT_URI, parameters, { state: 's', code_verifier: verifier });
    assert.equal(tokens.token_type, 'Bearer');
    const again = await app.refresh(tokens.refresh_token);
    assert.notEqual(again.refresh_token, tokens.refresh_token);
    await assert.rejects(app.callback(process.env.REDIRECT_URI, parameters, { state: 's', code_verifier: verifier }), /invalid_grant/);
  });
  await check('connections', async () => {
    const tenants = await xero.updateTenants(false);
    assert.equal(tenants.length, 1);
    assert.equal(tenants[0].tenantType, 'ORGANISATION');
    tenant = tenants[0].tenantId;
  });
  await check('refresh keeps the session', async () => {
    const before = xero.readTokenSet().access_token;
    await xero.refreshToken();
    assert.notEqual(xero.readTokenSet().access_token, before);
  });

  await settings(api, () => tenant);
  await lists(api, () => tenant);
  await contacts(api, () => tenant);
  await invoices(api, () => tenant);
  await payments(api, () => tenant);
  await credit(api, () => tenant);
  await parts(api, () => tenant);
  await consents(SCOPES, () => tenant);
  await refusals(xero, api, () => tenant);
}

async function settings(api, tenant) {
  await nextMinute();
  await check('organisation', async () => {
    const { organisations } = (await api.getOrganisations(tenant())).body;
    assert.equal(organisations[0].organisationID, tenant());
    assert.equal(organisations[0].baseCurrency, 'GBP');
    assert.equal(organisations[0].countryCode, 'GB');
  });
  await check('accounts, filtered and ordered', async () => {
    const all = (await api.getAccounts(tenant())).body.accounts;
    assert.ok(all.some((account) => account.code === '200' && account._class === 'REVENUE'));
    const banks = (await api.getAccounts(tenant(), undefined, 'Type=="BANK"', 'Code DESC')).body.accounts;
    assert.deepEqual(banks.map((account) => account.type), banks.map(() => 'BANK'));
    assert.ok(banks.length >= 1);
  });
  await check('tax rates', async () => {
    const { taxRates } = (await api.getTaxRates(tenant())).body;
    const standard = taxRates.find((rate) => rate.taxType === 'OUTPUT2');
    assert.equal(standard.effectiveRate, 20);
    assert.equal(standard.canApplyToRevenue, true);
  });
  await check('currencies and branding themes', async () => {
    const { currencies } = (await api.getCurrencies(tenant())).body;
    assert.equal(currencies[0].code, 'GBP');
    const { brandingThemes } = (await api.getBrandingThemes(tenant())).body;
    assert.equal(brandingThemes[0].sortOrder, 0);
  });
}

async function lists(api, tenant) {
  await nextMinute();
  await check('items: create, read, edit, delete', async () => {
    const sent = { code: 'NODE-ROSE', name: 'Rose', salesDetails: { unitPrice: 1.2345, accountCode: '200', taxType: 'OUTPUT2' } };
    const [made] = (await api.createItems(tenant(), { items: [sent] }, true, 4)).body.items;
    assert.equal(made.salesDetails.unitPrice, 1.2345);
    const [edited] = (await api.updateItem(tenant(), made.itemID, { items: [{ code: 'NODE-ROSE', name: 'Red rose' }] })).body.items;
    assert.equal(edited.name, 'Red rose');
    assert.equal((await api.getItem(tenant(), 'NODE-ROSE')).body.items[0].itemID, made.itemID);
    await api.deleteItem(tenant(), made.itemID);
    assert.equal((await api.getItems(tenant())).body.items.length, 0);
  });
  await check('tracking categories and options', async () => {
    const [made] = (await api.createTrackingCategory(tenant(), { name: 'Region' })).body.trackingCategories;
    const [option] = (await api.createTrackingOptions(tenant(), made.trackingCategoryID, { name: 'North' })).body.options;
    assert.equal(option.status, 'ACTIVE');
    const { trackingCategories } = (await api.getTrackingCategories(tenant())).body;
    assert.deepEqual(trackingCategories.map((category) => category.options.map((each) => each.name)), [['North']]);
  });
}

async function contacts(api, tenant) {
  await nextMinute();
  let id;
  await check('contacts: create', async () => {
    const sent = {
      name: 'Ardent Blooms (node)',
      emailAddress: 'hello@ardent.example',
      contactNumber: 'NODE-1',
      addresses: [{ addressType: 'POBOX', addressLine1: '1 High Street', city: 'Leeds', postalCode: 'LS1 1AA', country: 'United Kingdom' }],
      phones: [{ phoneType: 'DEFAULT', phoneNumber: '5551234', phoneAreaCode: '020' }],
      paymentTerms: { sales: { day: 14, type: 'DAYSAFTERBILLDATE' } },
    };
    const [made] = (await api.createContacts(tenant(), { contacts: [sent] })).body.contacts;
    id = made.contactID;
    assert.equal(made.contactStatus, Contact.ContactStatusEnum.ACTIVE);
    assert.equal(made.addresses.find((address) => address.addressType === 'POBOX').city, 'Leeds');
    assert.ok(made.updatedDateUTC instanceof Date);
  });
  await check('contacts: read one, by number too', async () => {
    const [one] = (await api.getContact(tenant(), id)).body.contacts;
    assert.equal(one.paymentTerms.sales.day, 14);
    const [same] = (await api.getContactByContactNumber(tenant(), 'NODE-1')).body.contacts;
    assert.equal(same.contactID, id);
  });
  await check('contacts: edit keeps what was not sent', async () => {
    const [edited] = (await api.updateContact(tenant(), id, { contacts: [{ firstName: 'Ada' }] })).body.contacts;
    assert.equal(edited.firstName, 'Ada');
    assert.equal(edited.emailAddress, 'hello@ardent.example');
  });
  await check('contacts: a name is unique', async () => {
    const { status, body } = await refused(() => api.createContacts(tenant(), { contacts: [{ name: 'Ardent Blooms (node)' }] }));
    assert.equal(status, 400);
    assert.equal(body.ErrorNumber, 10);
    assert.match(messages(body.Elements[0])[0], /^The contact name Ardent Blooms \(node\) is already assigned to another contact/);
  });
  await check('contacts: a batch saves what it can', async () => {
    const sent = [{ name: 'Batch One (node)' }, { name: 'Ardent Blooms (node)' }, { name: 'Batch Two (node)', emailAddress: 'not an address' }];
    const rows = (await api.createContacts(tenant(), { contacts: sent }, false)).body.contacts;
    assert.equal(rows.length, 3);
    assert.equal(rows[0].hasValidationErrors, false);
    assert.ok(rows[1].hasValidationErrors && rows[2].hasValidationErrors);
    assert.deepEqual(messages(rows[2]), ['Email address must be valid']);
  });
  await check('contacts: pages', async () => {
    const first = (await api.getContacts(tenant(), undefined, undefined, undefined, undefined, 1, undefined, undefined, undefined, 5)).body;
    assert.equal(first.contacts.length, 5);
    assert.equal(first.pagination.pageSize, 5);
    assert.equal(first.pagination.pageCount, Math.ceil(first.pagination.itemCount / 5));
    const last = (await api.getContacts(tenant(), undefined, undefined, undefined, undefined, first.pagination.pageCount + 1, undefined, undefined, undefined, 5)).body;
    assert.equal(last.contacts.length, 0);
  });
  await check('contacts: where and changed since', async () => {
    const named = (await api.getContacts(tenant(), undefined, 'Name=="ardent blooms (node)"')).body.contacts;
    assert.deepEqual(named.map((contact) => contact.contactID), [id]);
    const [one] = (await api.getContact(tenant(), id)).body.contacts;
    const since = (await api.getContacts(tenant(), one.updatedDateUTC, undefined, undefined, undefined, 1)).body.contacts;
    assert.ok(since.some((contact) => contact.contactID === id));
    assert.ok(since.every((contact) => contact.updatedDateUTC >= new Date(Math.floor(one.updatedDateUTC / 1000) * 1000)));
  });
  await check('contacts: archive hides it', async () => {
    const [made] = (await api.createContacts(tenant(), { contacts: [{ name: 'Gone (node)' }] })).body.contacts;
    const [archived] = (await api.updateContact(tenant(), made.contactID, { contacts: [{ contactStatus: 'ARCHIVED' }] })).body.contacts;
    assert.equal(archived.contactStatus, 'ARCHIVED');
    assert.equal((await api.getContacts(tenant(), undefined, undefined, undefined, [made.contactID])).body.contacts.length, 0);
    assert.equal((await api.getContacts(tenant(), undefined, undefined, undefined, [made.contactID], 1, true)).body.contacts.length, 1);
  });
}

async function contactId(api, tenant, name) {
  const [made] = (await api.updateOrCreateContacts(tenant(), { contacts: [{ name }] })).body.contacts;
  return made.contactID;
}

async function invoices(api, tenant) {
  await nextMinute();
  const contact = { contactID: await contactId(api, tenant, 'Invoiced (node)') };
  const draft = (more = {}) => ({
    type: Invoice.TypeEnum.ACCREC,
    contact,
    date: '2026-11-02',
    dueDate: '2026-12-02',
    lineItems: [line(12.5)],
    ...more,
  });
  const create = async (invoice, ...rest) => (await api.createInvoices(tenant(), { invoices: [invoice] }, ...rest)).body.invoices[0];
  let made;
  await check('invoices: create, totals and dates', async () => {
    made = await create(draft({ invoiceNumber: 'NODE-INV-1', status: Invoice.StatusEnum.AUTHORISED, reference: 'PO 1' }));
    assert.equal(made.subTotal, 25);
    assert.equal(made.totalTax, 5);
    assert.equal(made.total, 30);
    assert.equal(made.amountDue, 30);
    assert.equal(day(made.date), '2026-11-02');
    assert.equal(day(made.dueDate), '2026-12-02');
    assert.equal(made.lineItems[0].taxType, 'OUTPUT2');
  });
  await check('invoices: four decimals with unitdp', async () => {
    const fine = await create(draft({ lineItems: [line(1.2345, { quantity: 100 })] }), false, 4);
    assert.equal(fine.lineItems[0].unitAmount, 1.2345);
    assert.equal(fine.subTotal, 123.45);
    const coarse = (await api.getInvoice(tenant(), fine.invoiceID)).body.invoices[0];
    assert.equal(coarse.lineItems[0].unitAmount, 1.23);
  });
  await check('invoices: tax inclusive, discounts', async () => {
    const inclusive = await create(
      draft({ lineAmountTypes: LineAmountTypes.Inclusive, lineItems: [line(60), line(10, { discountRate: 10 })] }),
    );
    assert.equal(inclusive.total, 138);
    assert.equal(inclusive.totalTax, 23);
    assert.equal(inclusive.totalDiscount, 2);
  });
  await check('invoices: numbered by Xero', async () => {
    const numbered = await create(draft());
    assert.match(numbered.invoiceNumber, /^INV-\d+$/);
    assert.equal(numbered.status, 'DRAFT');
  });
  await check('invoices: a number is unique', async () => {
    const { status, body } = await refused(() => api.createInvoices(tenant(), { invoices: [draft({ invoiceNumber: 'NODE-INV-1' })] }, true));
    assert.equal(status, 400);
    assert.deepEqual(messages(body.Elements[0]), ['Invoice # must be unique.']);
  });
  await check('invoices: a batch with errors', async () => {
    const rows = (
      await api.createInvoices(
        tenant(),
        {
          invoices: [
            draft({ invoiceNumber: 'NODE-B-1', status: 'AUTHORISED' }),
            draft({ invoiceNumber: 'NODE-B-2', status: 'AUTHORISED', lineItems: [line(5, { accountCode: '9999' })] }),
            draft({ invoiceNumber: 'NODE-B-3', status: 'AUTHORISED', lineItems: [] }),
          ],
        },
        false,
      )
    ).body.invoices;
    assert.deepEqual(rows.map((row) => row.statusAttributeString), ['OK', 'ERROR', 'ERROR']);
    assert.deepEqual(messages(rows[1]), ["Account code '9999' is not a valid code for this document."]);
    assert.deepEqual(messages(rows[2]), ['One or more line items must be specified']);
  });
  await check('invoices: edit, lines kept by id', async () => {
    const [read] = (await api.getInvoice(tenant(), made.invoiceID)).body.invoices;
    const kept = read.lineItems[0].lineItemID;
    const [edited] = (
      await api.updateInvoice(tenant(), made.invoiceID, {
        invoices: [{ lineItems: [{ lineItemID: kept, description: 'Peonies', quantity: 2, unitAmount: 12.5, accountCode: '200' }, line(1)] }],
      })
    ).body.invoices;
    assert.equal(edited.lineItems.length, 2);
    assert.equal(edited.lineItems[0].lineItemID, kept);
    assert.equal(edited.total, 32.4);
  });
  await check('invoices: post with a known number updates', async () => {
    const [upserted] = (await api.updateOrCreateInvoices(tenant(), { invoices: [{ type: 'ACCREC', invoiceNumber: 'NODE-INV-1', contact, reference: 'PO 2' }] })).body.invoices;
    assert.equal(upserted.invoiceID, made.invoiceID);
    assert.equal(upserted.reference, 'PO 2');
  });
  await check('invoices: pages and filters', async () => {
    const page = (await api.getInvoices(tenant(), undefined, undefined, undefined, undefined, undefined, [contact.contactID], ['AUTHORISED', 'PAID'], 1, undefined, undefined, undefined, undefined, 2)).body;
    assert.equal(page.invoices.length, 2);
    assert.ok(page.pagination.itemCount >= 2);
    assert.ok(page.invoices.every((invoice) => invoice.status === 'AUTHORISED' && invoice.lineItems.length > 0));
    const headers = (await api.getInvoices(tenant(), undefined, `Contact.ContactID==guid("${contact.contactID}") AND Date>=DateTime(2026,11,01)`, 'Date DESC')).body.invoices;
    assert.ok(headers.length >= 4 && headers.every((invoice) => invoice.lineItems.length === 0));
    const numbers = (await api.getInvoices(tenant(), undefined, undefined, undefined, undefined, ['NODE-INV-1', 'NODE-B-1'])).body.invoices;
    assert.deepEqual(numbers.map((invoice) => invoice.invoiceNumber).sort(), ['NODE-B-1', 'NODE-INV-1']);
  });
  await check('invoices: changed since', async () => {
    const [read] = (await api.getInvoice(tenant(), made.invoiceID)).body.invoices;
    await nextMinute();
    const later = new Date(read.updatedDateUTC.getTime() + 30_000);
    const none = (await api.getInvoices(tenant(), later, undefined, undefined, [made.invoiceID], undefined, undefined, undefined, 1)).body.invoices;
    assert.equal(none.length, 0);
    await edit({ op: 'edit_invoice', InvoiceID: made.invoiceID, Reference: 'PO 3' });
    const one = (await api.getInvoices(tenant(), later, undefined, undefined, [made.invoiceID], undefined, undefined, undefined, 1)).body.invoices;
    assert.equal(one[0].reference, 'PO 3');
  });
  await check('invoices: void, delete, and no way back', async () => {
    const [voided] = (await api.updateInvoice(tenant(), made.invoiceID, { invoices: [{ status: 'VOIDED' }] })).body.invoices;
    assert.equal(voided.status, 'VOIDED');
    assert.equal(voided.amountDue, 0);
    const other = await create(draft());
    const [deleted] = (await api.updateInvoice(tenant(), other.invoiceID, { invoices: [{ status: 'DELETED' }] })).body.invoices;
    assert.equal(deleted.status, 'DELETED');
    const { body } = await refused(() => api.updateInvoice(tenant(), made.invoiceID, { invoices: [{ status: 'AUTHORISED' }] }));
    assert.deepEqual(messages(body.Elements[0]), ['Invoice not of valid status for modification']);
  });
  await check('invoices: foreign currency', async () => {
    const foreign = await create(draft({ currencyCode: 'USD', currencyRate: 1.25 }));
    assert.equal(foreign.currencyCode, 'USD');
    assert.equal(foreign.currencyRate, 1.25);
    const { body } = await refused(() => api.createInvoices(tenant(), { invoices: [draft({ currencyCode: 'ZAR' })] }));
    assert.deepEqual(messages(body.Elements[0]), ['Organisation is not subscribed to currency ZAR']);
  });
  await check('invoices: an idempotency key replays', async () => {
    const key = 'node-key-1';
    const first = await create(draft(), true, undefined, key);
    const again = await create(draft(), true, undefined, key);
    assert.equal(again.invoiceID, first.invoiceID);
    const { status, body } = await refused(() => api.createInvoices(tenant(), { invoices: [draft({ reference: 'other' })] }, true, undefined, key));
    assert.equal(status, 400);
    assert.equal(body.Message, `Idempotency Key: ${key} is used with a different request.`);
  });
  await check('invoices: online address', async () => {
    const sent = await create(draft({ status: 'AUTHORISED' }));
    const { onlineInvoices } = (await api.getOnlineInvoice(tenant(), sent.invoiceID)).body;
    assert.match(onlineInvoices[0].onlineInvoiceUrl, /^https:/);
  });
}

async function payments(api, tenant) {
  await nextMinute();
  const contact = { contactID: await contactId(api, tenant, 'Payer (node)') };
  const [invoice] = (
    await api.createInvoices(tenant(), {
      invoices: [{ type: 'ACCREC', contact, date: '2026-11-02', dueDate: '2026-12-02', status: 'AUTHORISED', lineItems: [line(50)] }],
    })
  ).body.invoices;
  const pay = (amount, more = {}) => ({ invoice: { invoiceID: invoice.invoiceID }, account: { code: '090' }, date: '2026-11-10', amount, ...more });
  const read = async () => (await api.getInvoice(tenant(), invoice.invoiceID)).body.invoices[0];
  let last;
  await check('payments: part and rest make it paid', async () => {
    const [part] = (await api.createPayments(tenant(), { payments: [pay(20, { reference: 'first' })] })).body.payments;
    assert.equal(part.paymentType, Payment.PaymentTypeEnum.ACCRECPAYMENT);
    assert.equal((await read()).amountDue, 100);
    const rest = (await api.createPayment(tenant(), pay(100, { date: '2026-11-12' }))).body.payments[0];
    last = rest.paymentID;
    const paid = await read();
    assert.equal(paid.status, 'PAID');
    assert.equal(day(paid.fullyPaidOnDate), '2026-11-12');
    assert.equal(paid.payments.length, 2);
    assert.deepEqual(paid.updatedDateUTC, rest.updatedDateUTC);
  });
  await check('payments: no more than is due', async () => {
    const { body } = await refused(() => api.createPayments(tenant(), { payments: [pay(1)] }, true));
    assert.deepEqual(messages(body.Elements[0]), ['Payment amount exceeds the amount outstanding on this document']);
  });
  await check('payments: a paid invoice is not voided', async () => {
    const { body } = await refused(() => api.updateInvoice(tenant(), invoice.invoiceID, { invoices: [{ status: 'VOIDED' }] }));
    assert.match(messages(body.Elements[0])[0], /^The status VOIDED cannot be applied to the invoice/);
  });
  await check('payments: delete makes it due again', async () => {
    const [deleted] = (await api.deletePayment(tenant(), last, { status: 'DELETED' })).body.payments;
    assert.equal(deleted.status, 'DELETED');
    const due = await read();
    assert.equal(due.status, 'AUTHORISED');
    assert.equal(due.amountDue, 100);
    assert.equal(due.fullyPaidOnDate, undefined);
  });
  await check('payments: pages and filters', async () => {
    const where = `Invoice.InvoiceID==guid("${invoice.invoiceID}")`;
    const page = (await api.getPayments(tenant(), undefined, where, undefined, 1, 1)).body;
    assert.equal(page.payments.length, 1);
    assert.equal(page.pagination.itemCount, 2);
    const [one] = (await api.getPayment(tenant(), last)).body.payments;
    assert.equal(one.status, 'DELETED');
  });
}

async function refusals(xero, api, tenant) {
  await nextMinute(120);
  await check('limits: the sixty-first call', async () => {
    let answer;
    for (let call = 0; call < 60; call += 1) {
      answer = await api.getOrganisations(tenant());
    }
    assert.equal(answer.response.headers['x-minlimit-remaining'], '0');
    const { status, headers } = await refused(() => api.getOrganisations(tenant()));
    assert.equal(status, 429);
    assert.equal(headers['x-rate-limit-problem'], 'minute');
    assert.ok(Number(headers['retry-after']) <= 60);
  });
  await nextMinute();
  await check('where that cannot be read', async () => {
    const { status, body } = await refused(() => api.getInvoices(tenant(), undefined, 'Date >'));
    assert.equal(status, 400);
    assert.equal(body.Type, 'QueryParseException');
  });
  await check('an unknown record', async () => {
    const { status, body } = await refused(() => api.getInvoice(tenant(), '11111111-1111-1111-1111-111111111111'));
    assert.equal(status, 404);
    assert.match(String(body), /cannot be found/);
  });
  await check('another organisation', async () => {
    const { status, body } = await refused(() => api.getOrganisations('11111111-1111-1111-1111-111111111111'));
    assert.equal(status, 403);
    assert.equal(body.Detail, 'AuthenticationUnsuccessful');
  });
  await check('an expired token', async () => {
    await faults([{ effect: 'expire_tokens', nth: [1] }]);
    const { status, body } = await refused(() => api.getOrganisations(tenant()));
    await faults([]);
    assert.equal(status, 401);
    assert.match(body.Detail, /^TokenExpired: token expired at \d\d\/\d\d\/\d{4}/);
    await xero.refreshToken();
    assert.equal((await api.getOrganisations(tenant())).body.organisations.length, 1);
  });
  await check('a missing scope', async () => {
    // Scopes add up over consents, so this is another app.
    const issuer = await Issuer.discover('');
    const app = new issuer.Client({ client_id: process.env.CLIENT_ID, client_secret: process.env.CLIENT_SECRET });
    await app.revoke(xero.readTokenSet().refresh_token);
    const narrow = sdk('openid offline_access accounting.contacts.read');
    await narrow.apiCallback(await press(await narrow.buildConsentUrl(), 'allow'));
    const { status, body } = await refused(() => narrow.accountingApi.getInvoices(tenant()));
    assert.equal(status, 401);
    assert.equal(body.Detail, 'AuthorizationUnsuccessful');
    const written = await refused(() => narrow.accountingApi.createContacts(tenant(), { contacts: [{ name: 'No' }] }));
    assert.equal(written.status, 401);
    Object.assign(xero, { narrow });
  });
  await check('disconnect', async () => {
    const { narrow } = xero;
    const [connection] = await narrow.updateTenants(false);
    await narrow.disconnect(connection.id);
    const { status } = await refused(() => narrow.accountingApi.getContacts(tenant()));
    assert.equal(status, 403);
  });
  await check('revocation ends the session', async () => {
    const last = sdk(SCOPES);
    await last.apiCallback(await press(await last.buildConsentUrl(), 'allow'));
    const { refresh_token: token } = last.readTokenSet();
    await last.revokeToken();
    const answer = await axios.post(
      `${base}/connect/token`,
      new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, client_id: process.env.CLIENT_ID, client_secret: process.env.CLIENT_SECRET }).toString(),
      { validateStatus: () => true },
    );
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.data, { error: 'invalid_grant' });
  });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
