// What lines take from items and tracking categories; what is said of parts of a document.
'use strict';

const assert = require('node:assert/strict');
const { nextMinute, check, refused, messages } = require('./support');

const line = (unitAmount, more = {}) => ({ description: 'Roses', quantity: 1, unitAmount, accountCode: '200', ...more });

module.exports = async function parts(api, tenant) {
  await nextMinute();
  const [{ contactID }] = (await api.createContacts(tenant(), { contacts: [{ name: 'Parts (node)' }] })).body.contacts;
  const invoice = (lineItems, more = {}) => ({
    type: 'ACCREC',
    contact: { contactID },
    date: '2026-11-02',
    dueDate: '2026-12-02',
    status: 'AUTHORISED',
    lineItems,
    ...more,
  });
  const create = async (sent, ...rest) => (await api.createInvoices(tenant(), { invoices: [sent] }, ...rest)).body.invoices[0];

  await check('currencies: add', async () => {
    const [added] = (await api.createCurrency(tenant(), { code: 'ISK', description: 'Icelandic Krona' })).body.currencies;
    assert.equal(added.code, 'ISK');
    const made = await create(invoice([line(5)], { currencyCode: 'ISK', currencyRate: 170 }));
    assert.equal(made.currencyRate, 170);
  });
  await check('lines: filled from their item, tracked under an option', async () => {
    await api.createItems(tenant(), {
      items: [{ code: 'NODE-FERN', name: 'Fern', description: 'A fern', salesDetails: { unitPrice: 2.5, accountCode: '260', taxType: 'ZERORATEDOUTPUT' } }],
    });
    const made = await create(invoice([{ itemCode: 'NODE-FERN', quantity: 4, tracking: [{ name: 'Region', option: 'North' }] }]));
    const [filled] = made.lineItems;
    assert.deepEqual(
      [filled.description, filled.lineAmount, filled.accountCode, filled.taxType],
      ['A fern', 10, '260', 'ZERORATEDOUTPUT'],
    );
    assert.deepEqual(filled.tracking.map((each) => [each.name, each.option]), [['Region', 'North']]);
    assert.ok(filled.tracking[0].trackingOptionID);
    const { body } = await refused(() => create(invoice([line(1, { tracking: [{ name: 'Region', option: 'Nowhere' }] })]), true));
    assert.match(messages(body.Elements[0])[0], /Nowhere/);
  });
  await check('errors: beside the parts they are about', async () => {
    const { body } = await refused(() => create(invoice([line(1), line(1, { accountCode: '9999' })]), true));
    const said = ["Account code '9999' is not a valid code for this document."];
    const [element] = body.Elements;
    assert.deepEqual(messages(element), said);
    assert.deepEqual(element.LineItems.map(messages), [[], said]);
  });
  await check('warnings: what a draft loses', async () => {
    const made = await create(invoice([line(1, { accountCode: '9999' })], { status: 'DRAFT' }), false);
    assert.equal(made.statusAttributeString, 'WARNING');
    assert.deepEqual(
      made.warnings.map((warning) => warning.message),
      ["Account code '9999' has been removed as it does not match a recognised account."],
    );
    assert.equal(made.lineItems[0].accountCode, undefined);
  });
  await check('invoices: what may not be voided, deleted or edited', async () => {
    const update = (id, fields) => refused(() => api.updateInvoice(tenant(), id, { invoices: [fields] }));
    const first = async (id, fields) => messages((await update(id, fields)).body.Elements[0])[0];
    const not = 'Invoice not of valid status for modification';
    const draft = await create(invoice([line(5)], { status: 'DRAFT' }));
    const sold = await create(invoice([line(5)]));
    assert.equal(await first(draft.invoiceID, { status: 'VOIDED' }), not);
    assert.equal(await first(sold.invoiceID, { status: 'DELETED' }), not);
    assert.equal(await first(sold.invoiceID, { status: 'DRAFT' }), not);
    await api.createPayments(tenant(), {
      payments: [{ invoice: { invoiceID: sold.invoiceID }, account: { code: '090' }, date: '2026-11-10', amount: 6 }],
    });
    const { body } = await update(sold.invoiceID, { lineItems: [line(7)] });
    assert.deepEqual(messages(body.Elements[0]), [
      not,
      'This document cannot be edited as it has a payment or credit note allocated to it.',
    ]);
    const [harmless] = (await api.updateInvoice(tenant(), sold.invoiceID, { invoices: [{ reference: 'paid' }] })).body.invoices;
    assert.equal(harmless.reference, 'paid');
  });
};
