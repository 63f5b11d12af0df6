// What the checks share: the SDK pointed at the demo books, the consent page followed as a browser
// would, and one line of JSON per check.
'use strict';

const axios = require('axios');
const { Issuer } = require('openid-client');
const { XeroClient } = require('xero-node');

const base = process.env.SANDBOX_URL;
const client = {
  clientId: process.env.CLIENT_ID,
  clientSecret: process.env.CLIENT_SECRET,
  redirectUris: [process.env.REDIRECT_URI],
};

// The SDK has Xero's addresses built in; these two lines and `basePath` are all it takes to send
// it elsewhere. Its files are unchanged.
const discover = Issuer.discover.bind(Issuer);
Issuer.discover = () => discover(base);
axios.interceptors.request.use((config) => {
  config.url = config.url
    .replace('https://identity.xero.com', base)
    .replace('https://api.xero.com', base);
  return config;
});

function sdk(scopes, more = {}) {
  // The demo books' clock is moved forward between the checks, so it may be ahead of this one.
  const xero = new XeroClient({ ...client, scopes: scopes.split(' '), state: 'state-1', clockTolerance: 3600, ...more });
  xero.accountingApi.basePath = `${base}/api.xro/2.0`;
  return xero;
}

/** Opens the consent page, chooses organisations by their place if told to, presses a button, and
 * gives the address the browser is sent to. */
async function press(consentUrl, decision, organisations = []) {
  const page = await axios.get(consentUrl);
  const offered = [...page.data.matchAll(/name="organisation" value="([^"]+)"/g)].map((found) => found[1]);
  const request = /name="request" value="([^"]+)"/.exec(page.data)[1];
  const answer = await axios.post(
    `${base}/identity/connect/authorize`,
    new URLSearchParams([['request', request], ['decision', decision], ...organisations.map((index) => ['organisation', offered[index]])]).toString(),
    { maxRedirects: 0, validateStatus: (status) => status === 302 },
  );
  return answer.headers.location;
}

/** A new minute of calls: the demo books keep Xero's limits, by their own clock. */
async function nextMinute(seconds = 60) {
  await axios.post(`${base}/__sandbox/clock`, { advance_seconds: seconds });
}

/** A person's edit inside Xero. */
async function edit(operation) {
  return (await axios.post(`${base}/__sandbox/records`, operation)).data;
}

async function faults(rules) {
  await axios.post(`${base}/__sandbox/faults`, { rules });
}

/** Runs one check and prints what came of it. A value that is not as wanted throws. */
async function check(name, act) {
  let line;
  try {
    await act();
    line = { name, ok: true, detail: '' };
  } catch (error) {
    line = { name, ok: false, detail: String((error && error.stack) || JSON.stringify(error)).slice(0, 2000) };
  }
  console.log(JSON.stringify(line));
}

/** Calls something that must be refused; gives status, body and headers of the refusal. */
async function refused(call) {
  try {
    await call();
  } catch (error) {
    // The SDK rejects with a JSON text.
    const { response } = typeof error === 'string' ? JSON.parse(error) : error;
    return { status: response.statusCode, body: response.body, headers: response.headers };
  }
  throw new Error('it was not refused');
}

const messages = (element) => (element.validationErrors || element.ValidationErrors || []).map((error) => error.message || error.Message);

module.exports = { base, sdk, press, nextMinute, edit, faults, check, refused, messages };
