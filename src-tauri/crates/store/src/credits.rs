//! What customers have open beside invoices, as last read: see [`ledger::on_account`].

use ledger::{CreditForm, OpenCredit, RemoteId, Side};
use rusqlite::params;

use crate::records::put_look;
use crate::sql::{Columns, amount};
use crate::statements::credits as sql;
use crate::{Look, PairingId, Store, StoreError};

/// What a part of a side's list of open credits brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreditsRead {
    /// Whether this is all the side has open: what was stored before goes.
    pub whole: bool,
    /// Documents as they stand now; those with nothing open go.
    pub seen: Vec<OpenCredit>,
}

/// What the look at a side's credits is called among [`Store::look`]s.
pub const CREDITS: &str = "credits";

impl Store {
    /// What both sides have open beside invoices; Xero's last, in the order of forms and identities.
    pub fn credits(&self, pairing: PairingId) -> Result<Vec<(Side, OpenCredit)>, StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::ALL)?;
            let mut rows = query.query([pairing])?;
            let mut credits = Vec::new();
            while let Some(row) = rows.next()? {
                let form: String = row.get(1)?;
                let (Some(form), Some(currency), Some(open), Some(uncertain)) = (
                    CreditForm::of_word(&form),
                    row.currency_or_none(4)?,
                    row.decimal_or_none(8)?,
                    row.decimal_or_none(9)?,
                ) else {
                    continue;
                };
                credits.push((
                    row.side(0)?,
                    OpenCredit {
                        form,
                        id: row.remote_id(2)?,
                        contact: row.remote_id(3)?,
                        currency,
                        number: row.get(5)?,
                        contact_name: row.get(6)?,
                        date: row.date_or_none(7)?,
                        open,
                        uncertain,
                    },
                ));
            }
            Ok(credits)
        })
    }

    /// Stores what was read of a side, with how far it was read, in one transaction.
    pub fn store_credits(
        &self,
        pairing: PairingId,
        side: Side,
        read: &CreditsRead,
        look: &Look,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            if read.whole {
                writing.execute(&sql::FORGET_SIDE, params![pairing, side.word()])?;
            }
            let forget = |form: CreditForm, id: &RemoteId| {
                let values = params![pairing, side.word(), form.word(), id.0];
                writing.execute(&sql::FORGET_ONE, values)
            };
            for credit in &read.seen {
                forget(credit.form, &credit.id)?;
            }
            for credit in read.seen.iter().filter(|credit| !credit.open.is_zero()) {
                writing.execute(
                    &sql::PUT,
                    params![
                        pairing,
                        side.word(),
                        credit.form.word(),
                        credit.id.0,
                        credit.contact.0,
                        credit.currency.code(),
                        credit.number,
                        credit.contact_name,
                        credit.date.map(|date| date.to_string()),
                        amount(credit.open),
                        amount(credit.uncertain),
                    ],
                )?;
            }
            put_look(writing, pairing, side, CREDITS, look)
        })
    }
}
