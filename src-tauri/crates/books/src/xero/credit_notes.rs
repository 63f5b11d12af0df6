//! Credit notes, and the invoices that they are used for.

mod uses;

use xero::XeroError;
use xero::wire::Row;
use xero::wire::document::CreditNote;

pub(super) use self::uses::{Turn, in_turn, is_about_uses, says_less, steps, used_otherwise};
use super::{XeroBooks, rows};

impl XeroBooks {
    /// Credit notes by their identities; voided and deleted ones included.
    pub(super) async fn credit_notes_by_ids(
        &self,
        ids: &[&str],
    ) -> Result<Vec<Row<CreditNote>>, XeroError> {
        let ids: Vec<&str> = ids.iter().copied().filter(rows::is_guid).collect();
        self.client.credit_notes_by_ids(&ids).await
    }
}
