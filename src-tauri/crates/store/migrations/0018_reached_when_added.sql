-- The link of a record that is added is looked up by the statement that adds it.
DROP TRIGGER records_made_xero;
DROP TRIGGER records_made_erpnext;
