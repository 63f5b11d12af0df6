// Xero's official Node SDK against the simulated Xero. One line of JSON per check.
'use strict';

const assert = require('node:assert/strict');
const axios = require('axios');
const { Issuer, generators } = require('openid-client');
const { Contact } = require('xero-node');
const consents = require('./consents');
const credit = require('./credit');
const { invoices, payments } = require('./documents');
const parts = require('./parts');
const { base, sdk, press, nextMinute, faults, check, refused, messages } = require('./support');

const SCOPES =
  'openid profile email offline_access accounting.contacts accounting.invoices accounting.payments accounting.banktransactions accounting.settings';

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
