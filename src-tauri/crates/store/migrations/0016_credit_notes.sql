-- Credit notes are records of their own now, read and compared as such.
DELETE FROM credits WHERE form = 'credit_note';
