// Credit notes, allocations, refunds, overpayments, prepayments, batch payments.
'use strict';

const assert = require('node:assert/strict');
const { nextMinute, check, refused, messages } = require('./support');

const line = (unitAmount, more = {}) => ({ description: 'Roses', quantity: 1, unitAmount, accountCode: '200', ...more });

module.exports = async function credit(api, tenant) {
  await nextMinute();
  const [{ contactID }] = (await api.createContacts(tenant(), { contacts: [{ name: 'Credited (node)' }] })).body.contacts;
  const contact = { contactID };
  const invoice = async (unitAmount) =>
    (
      await api.createInvoices(tenant(), {
        invoices: [{ type: 'ACCREC', contact, date: '2026-11-02', dueDate: '2026-12-02', status: 'AUTHORISED', lineItems: [line(unitAmount)] }],
      })
    ).body.invoices[0].invoiceID;
  const note = (more = {}) => ({ type: 'ACCRECCREDIT', contact, date: '2026-11-05', status: 'AUTHORISED', lineItems: [line(50)], ...more });
  const create = async (creditNote) => (await api.createCreditNotes(tenant(), { creditNotes: [creditNote] })).body.creditNotes[0];
  const readNote = async (id) => (await api.getCreditNote(tenant(), id)).body.creditNotes[0];
  const readInvoice = async (id) => (await api.getInvoice(tenant(), id)).body.invoices[0];
  const part = (invoiceID, amount) => ({ allocations: [{ invoice: { invoiceID }, amount, date: '2026-11-20' }] });
  const sold = await invoice(100);
  let made;

  await check('credit notes: create and read', async () => {
    made = await create(note({ creditNoteNumber: 'NODE-CN-1', reference: 'RMA 1' }));
    assert.equal(made.total, 60);
    assert.equal(made.remainingCredit, 60);
    const read = await readNote('NODE-CN-1');
    assert.equal(read.creditNoteID, made.creditNoteID);
    assert.equal(read.lineItems.length, 1);
  });
  await check('credit notes: edit', async () => {
    const [edited] = (await api.updateCreditNote(tenant(), made.creditNoteID, { creditNotes: [{ reference: 'RMA 2' }] })).body.creditNotes;
    assert.equal(edited.reference, 'RMA 2');
    assert.equal(edited.total, 60);
  });
  await check('credit notes: a batch with errors', async () => {
    const { creditNotes } = (
      await api.createCreditNotes(tenant(), { creditNotes: [note(), note({ creditNoteNumber: 'NODE-CN-1' }), note({ lineItems: [line(1, { accountCode: '9999' })] })] }, false)
    ).body;
    assert.deepEqual(creditNotes.map((row) => row.statusAttributeString), ['OK', 'ERROR', 'ERROR']);
    assert.deepEqual(messages(creditNotes[2]), ["Account code '9999' is not a valid code for this document."]);
  });
  await check('credit notes: allocate and take back', async () => {
    const { allocations } = (await api.createCreditNoteAllocation(tenant(), made.creditNoteID, part(sold, 40))).body;
    assert.equal(allocations[0].amount, 40);
    const credited = await readInvoice(sold);
    assert.equal(credited.amountDue, 80);
    assert.equal(credited.amountCredited, 40);
    assert.equal(credited.creditNotes[0].creditNoteNumber, 'NODE-CN-1');
    const used = await readNote(made.creditNoteID);
    assert.equal(used.remainingCredit, 20);
    const removed = (await api.deleteCreditNoteAllocations(tenant(), made.creditNoteID, used.allocations[0].allocationID)).body;
    assert.equal(removed.isDeleted, true);
    assert.equal((await readInvoice(sold)).amountDue, 120);
    assert.equal((await readNote(made.creditNoteID)).allocations.length, 0);
  });
  await check('credit notes: not more than there is', async () => {
    const { status, body } = await refused(() => api.createCreditNoteAllocation(tenant(), made.creditNoteID, part(sold, 61)));
    assert.equal(status, 400);
    assert.deepEqual(messages(body.Elements[0]), ['Credit Note cannot be allocated as amount is greater than amount outstanding']);
  });
  await check('credit notes: refund', async () => {
    const [refund] = (
      await api.createPayments(tenant(), {
        payments: [{ creditNote: { creditNoteID: made.creditNoteID }, account: { code: '090' }, date: '2026-11-21', amount: 60 }],
      })
    ).body.payments;
    assert.equal(refund.paymentType, 'ARCREDITPAYMENT');
    assert.equal((await readNote(made.creditNoteID)).status, 'PAID');
    await api.deletePayment(tenant(), refund.paymentID, { status: 'DELETED' });
    assert.equal((await readNote(made.creditNoteID)).status, 'AUTHORISED');
  });
  await check('credit notes: pages, filters, void', async () => {
    const page = (await api.getCreditNotes(tenant(), undefined, 'Status=="AUTHORISED"', 'Date DESC', 1, undefined, 1)).body;
    assert.equal(page.creditNotes.length, 1);
    assert.ok(page.pagination.itemCount >= 2);
    const [voided] = (await api.updateCreditNote(tenant(), made.creditNoteID, { creditNotes: [{ status: 'VOIDED' }] })).body.creditNotes;
    assert.equal(voided.status, 'VOIDED');
    assert.equal(voided.remainingCredit, 0);
  });
  await nextMinute();
  await check('overpayments: receive, allocate, take back', async () => {
    const [received] = (
      await api.createBankTransactions(tenant(), {
        bankTransactions: [{ type: 'RECEIVE-OVERPAYMENT', contact, bankAccount: { code: '090' }, date: '2026-11-10', lineItems: [line(30)] }],
      })
    ).body.bankTransactions;
    assert.equal(received.total, 30);
    const id = received.overpaymentID;
    await api.createOverpaymentAllocations(tenant(), id, part(sold, 30));
    const [used] = (await api.getOverpayment(tenant(), id)).body.overpayments;
    assert.equal(used.status, 'PAID');
    assert.equal((await readInvoice(sold)).overpayments[0].appliedAmount, 30);
    const removed = (await api.deleteOverpaymentAllocations(tenant(), id, used.allocations[0].allocationID)).body;
    assert.equal(removed.isDeleted, true);
    const listed = (await api.getOverpayments(tenant(), undefined, undefined, undefined, 1)).body;
    assert.equal(listed.overpayments.find((row) => row.overpaymentID === id).remainingCredit, 30);
  });
  await check('prepayments: receive and allocate', async () => {
    const [received] = (
      await api.createBankTransactions(tenant(), {
        bankTransactions: [{ type: 'RECEIVE-PREPAYMENT', contact, bankAccount: { code: '090' }, date: '2026-11-10', lineItems: [line(10)] }],
      })
    ).body.bankTransactions;
    assert.equal(received.total, 12);
    await api.createPrepaymentAllocations(tenant(), received.prepaymentID, part(sold, 12));
    const [used] = (await api.getPrepayment(tenant(), received.prepaymentID)).body.prepayments;
    assert.equal(used.remainingCredit, 0);
    assert.equal((await readInvoice(sold)).amountDue, 108);
  });
  await check('batch payments: create, no single deletion, delete', async () => {
    const [a, b] = [await invoice(10), await invoice(20)];
    const [batch] = (
      await api.createBatchPayment(tenant(), {
        batchPayments: [
          {
            account: { accountID: (await api.getAccounts(tenant(), undefined, 'Code=="090"')).body.accounts[0].accountID },
            date: '2026-11-12',
            reference: 'Line 7',
            payments: [
              { invoice: { invoiceID: a }, amount: 12 },
              { invoice: { invoiceID: b }, amount: 24 },
            ],
          },
        ],
      })
    ).body.batchPayments;
    assert.equal(batch.totalAmount, 36);
    assert.equal((await readInvoice(b)).status, 'PAID');
    const { body } = await refused(() => api.deletePayment(tenant(), batch.payments[0].paymentID, { status: 'DELETED' }));
    assert.match(JSON.stringify(body), /Payments within a batch cannot be deleted\./);
    const [deleted] = (await api.deleteBatchPayment(tenant(), { batchPaymentID: batch.batchPaymentID, status: 'DELETED' })).body.batchPayments;
    assert.equal(deleted.status, 'DELETED');
    assert.equal((await readInvoice(a)).amountDue, 12);
  });
  await check('history: notes beside what happened', async () => {
    const text = 'Sent from ERPNext';
    const [written] = (await api.createInvoiceHistory(tenant(), sold, { historyRecords: [{ details: text }] })).body.historyRecords;
    assert.equal(written.details, text);
    const { historyRecords } = (await api.getInvoiceHistory(tenant(), sold)).body;
    assert.ok(historyRecords.some((record) => record.details === text && record.changes === 'Note'));
    assert.ok(historyRecords.some((record) => record.changes === 'Approved'));
  });
};
