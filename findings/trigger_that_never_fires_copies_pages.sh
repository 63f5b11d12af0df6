#!/bin/sh
# SQLite 3.50.4 as apsw 3.50.4.0 brings it (rusqlite's "bundled" behaves alike)
#
# A trigger whose WHEN is never true costs a table nothing, one would guess, but for asking. But an INSERT into a table
# that has any trigger may stop after a part of its work, so SQLite keeps a statement journal for each one: before a
# page is changed, the page is copied, whole, to be put back if this one statement fails. A row of 200 bytes in a
# table with six indices over texts in no order changes a page of each:
#
#     1,000 rows, no trigger                              -> no byte of a statement journal
#     1,000 rows, AFTER INSERT ... WHEN 0                 -> 35,067,300 bytes, 150 times the rows
#     1,000 rows, the same, INSERT OR FAIL                -> no byte
#
# In memory (the default up to 64 kB a statement) the copies are allocations and memcpy instead of writes: some six
# hundredths of the processor time of an application that stores what it reads. A value that the statement works out
# itself, by a scalar subquery in VALUES, has no such price; neither have other ways to give up a row (OR FAIL, OR
# ROLLBACK), where nothing else in the statement may abort, such as a foreign key.
#
# Needs Python 3 with venv. Ends with 0 where all of this is still so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" --quiet install apsw==3.50.4.0
cat > "$folder/journal.py" <<'PYTHON'
import sys
import uuid

import apsw

# Written out at once, so that it can be counted.
apsw.config(apsw.SQLITE_CONFIG_STMTJRNL_SPILL, 0)
written = 0


class Counted(apsw.VFSFile):
    def __init__(self, inherits, name, flags):
        self.journal = flags[0] & apsw.SQLITE_OPEN_SUBJOURNAL
        super().__init__(inherits, name, flags)

    def xWrite(self, data, offset):
        global written
        if self.journal:
            written += len(data)
        super().xWrite(data, offset)


class Counting(apsw.VFS):
    def __init__(self):
        super().__init__("counting", "", maxpathname=0)

    def xOpen(self, name, flags):
        return Counted("", name, flags)


counting = Counting()


def journal(name, trigger, verb):
    """Bytes of statement journals for 1,000 rows, in one transaction, into a table that has 5,000."""
    global written
    books = apsw.Connection(f"{sys.argv[1]}/{name}.db", vfs="counting")
    columns = ["number", "contact", "marker", "account", "item", "reference"]
    books.execute(f"CREATE TABLE records (id INTEGER PRIMARY KEY, {', '.join(columns)})")
    for column in columns:
        books.execute(f"CREATE INDEX by_{column} ON records ({column})")
    space = uuid.UUID(int=0)

    def add(verb, rows):
        for row in rows:
            texts = [str(uuid.uuid5(space, f"{column} {row}")) for column in columns]
            books.execute(f"{verb} INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", [row, *texts])

    with books:
        add("INSERT", range(5_000))
    if trigger:
        books.execute(
            "CREATE TRIGGER never AFTER INSERT ON records WHEN 0 BEGIN "
            "UPDATE records SET number = number WHERE id = new.id; END"
        )
    written = 0
    with books:
        add(verb, range(5_000, 6_000))
    count = books.execute("SELECT count(*) FROM records").fetchall()[0][0]
    assert count == 6_000, count
    books.close()
    return written


plain = journal("plain", trigger=False, verb="INSERT")
triggered = journal("triggered", trigger=True, verb="INSERT")
failing = journal("failing", trigger=True, verb="INSERT OR FAIL")
print(f"SQLite {apsw.sqlite_lib_version()}")
print(f"no trigger {plain}, one that never fires {triggered}, the same with OR FAIL {failing} bytes")
assert apsw.sqlite_lib_version() == "3.50.4"
assert plain == 0
assert triggered > 30_000_000
assert failing == 0
PYTHON
"$folder/python/bin/python" "$folder/journal.py" "$folder"
