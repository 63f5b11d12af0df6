//! Sales documents, invoices and credit notes: one shape, in a list of each.

use std::sync::Arc;

use engine::books::{BooksError, Cursor, Page, Pulled};
use xero::translate::document::TaxRates;
use xero::wire::Row;
use xero::wire::document::{CreditNote, Document, Invoice};
use xero::wire::list::Listed;

use super::{XeroBooks, cursor, failure, profile, rows, settings};

/// A kind of sales document that Xero lists by itself.
pub(super) trait Sold: Listed + Send + Sync {
    /// What it says.
    fn document(&self) -> &Document;

    /// Rows of its list as the engine takes them; suppliers' left out.
    fn pulled(rows: Vec<Row<Self>>, rates: &TaxRates) -> Vec<Pulled>;
}

impl Sold for Invoice {
    fn document(&self) -> &Document {
        &self.0
    }

    fn pulled(rows: Vec<Row<Self>>, rates: &TaxRates) -> Vec<Pulled> {
        rows::invoices(rows, rates)
    }
}

impl Sold for CreditNote {
    fn document(&self) -> &Document {
        &self.0
    }

    fn pulled(rows: Vec<Row<Self>>, rates: &TaxRates) -> Vec<Pulled> {
        rows::credit_notes(rows, rates)
    }
}

impl XeroBooks {
    /// A page of the list of a kind of document.
    pub(super) async fn documents_page<T: Sold>(
        &self,
        cursor: &Cursor,
    ) -> Result<Page, BooksError> {
        let page = self
            .client
            .page::<T>(&cursor::read(cursor))
            .await
            .map_err(|error| failure(&error))?;
        Ok(Page {
            rows: self.documents(page.rows).await?,
            total: page.total,
            more: page.more,
            next: cursor::write(&page.next),
        })
    }

    /// Documents as the engine takes them.
    pub(super) async fn documents<T: Sold>(
        &self,
        rows: Vec<Row<T>>,
    ) -> Result<Vec<Pulled>, BooksError> {
        let rates = self.rates_of(&rows).await?;
        Ok(T::pulled(rows, &rates))
    }

    /// The percentages of the tax rates; read once where no profile was asked for before, so that
    /// the same document always reads the same.
    pub(super) async fn rates(&self) -> Result<Arc<TaxRates>, BooksError> {
        if let Some(rates) = self.facts().rates {
            return Ok(rates);
        }
        let rates = self.client.tax_rates().await.map_err(|e| failure(&e))?;
        let rates = Arc::new(profile::percentages(&rates));
        self.change_facts(|facts| facts.rates = Some(rates.clone()));
        Ok(rates)
    }

    /// The percentages by which these are read: read anew where one is not among those that were known
    /// from an earlier run.
    async fn rates_of<T: Sold>(&self, rows: &[Row<T>]) -> Result<Arc<TaxRates>, BooksError> {
        let rates = self.rates().await?;
        let read = rows.iter().filter_map(|row| match row {
            Row::Read { row, .. } => Some(row.document()),
            Row::Unreadable { .. } => None,
        });
        if !self.facts().remembered || !settings::carry_another_rate(read, &rates) {
            return Ok(rates);
        }
        // The next plan asks for the rest of the settings.
        self.change_facts(|facts| {
            facts.rates = None;
            facts.settings = None;
            facts.remembered = false;
        });
        self.rates().await
    }
}
