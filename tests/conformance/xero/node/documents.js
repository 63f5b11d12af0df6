// Invoices and payments.
'use strict';

const assert = require('node:assert/strict');
const { Invoice, LineAmountTypes, Payment } = require('xero-node');
const { nextMinute, edit, check, refused, messages } = require('./support');

const day = (date) => new Date(date).toISOString().slice(0, 10);
const line = (unitAmount, more = {}) => ({
  description: 'Roses',
  quantity: 2,
  unitAmount,
  accountCode: '200',
  ...more,
});

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

module.exports = { invoices, payments };
