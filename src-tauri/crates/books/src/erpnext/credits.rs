//! What customers have open beside invoices. All of it is read at once, where the ledger has moved.

use ::erpnext::records::{ledger_mark, on_account};
use engine::books::{BooksError, CreditsPage, CreditsPass, Cursor};

use super::{ErpnextBooks, failure};

impl ErpnextBooks {
    pub(super) async fn open_credits(
        &self,
        cursor: &Cursor,
        begin: Option<CreditsPass>,
    ) -> Result<CreditsPage, BooksError> {
        let chart = self.chart().await?;
        // Before the lists: what is posted meanwhile moves the mark of the next pass.
        let mark = ledger_mark(&self.client, &chart)
            .await
            .map_err(failure::of_the_connection)?;
        let next = Cursor(mark);
        if next == *cursor && !begin.is_some_and(|pass| pass.whole) {
            return Ok(CreditsPage {
                next,
                ..CreditsPage::default()
            });
        }
        let found = on_account(&self.client, &chart)
            .await
            .map_err(failure::of_the_connection)?;
        Ok(CreditsPage {
            all: true,
            seen: found.open,
            unreadable: found.unreadable,
            next,
            more: false,
        })
    }
}
