// Several organisations of one person, and a connection that needs no person.
'use strict';

const assert = require('node:assert/strict');
const { base, sdk, press, nextMinute, check, refused } = require('./support');

module.exports = async function consents(scopes, tenant) {
  await nextMinute();
  await check('a second consent adds the second organisation', async () => {
    const xero = sdk(scopes);
    const api = xero.accountingApi;
    await xero.apiCallback(await press(await xero.buildConsentUrl(), 'allow', [1]));
    const tenants = await xero.updateTenants(false);
    assert.equal(tenants.length, 2);
    const second = tenants.find((each) => each.tenantId !== tenant());
    const name = async (id) => (await api.getOrganisations(id)).body.organisations[0].name;
    assert.notEqual(await name(tenant()), await name(second.tenantId));
    const both = await Promise.all([tenant(), second.tenantId].map(async (id) => (await api.getContacts(id)).body.contacts));
    assert.ok(both[1].length > 0 && both[1].length < both[0].length);
    await xero.disconnect(second.id);
    assert.equal((await refused(() => api.getOrganisations(second.tenantId))).status, 403);
    assert.equal((await api.getOrganisations(tenant())).body.organisations.length, 1);
  });
  await check('a custom connection: one organisation, no refresh token', async () => {
    const custom = sdk(scopes, {
      clientId: process.env.CUSTOM_CLIENT_ID,
      clientSecret: process.env.CUSTOM_CLIENT_SECRET,
      grantType: 'client_credentials',
    });
    const tokens = await custom.getClientCredentialsToken();
    assert.equal(tokens.refresh_token, undefined);
    assert.equal(custom.accountingApi.basePath, `${base}/api.xro/2.0`);
    // The header may be empty: the connection is to one organisation.
    const [organisation] = (await custom.accountingApi.getOrganisations('')).body.organisations;
    assert.equal(organisation.organisationID, tenant());
  });
};
