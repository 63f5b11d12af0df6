// Credit notes, allocations, refunds, overpayments, prepayments, batch payments.
'use strict';

module.exports = async () => {};
