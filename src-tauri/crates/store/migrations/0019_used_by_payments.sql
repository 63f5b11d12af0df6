-- What a payment of ERPNext settles with the credit notes that it names is told apart now, so those that were read
-- before say something else: they are read from the beginning, once.
DELETE FROM cursors WHERE side = 'erpnext' AND kind IN ('payment', 'credit_note');
