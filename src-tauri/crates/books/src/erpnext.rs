//! One ERPNext company as the engine's books.

mod address;
mod claims;
mod credits;
mod failure;
mod hold;
mod look;
mod mark;
mod part;
mod payments;
mod prepare;
mod proof;
mod pull;
mod send;
mod standing;
mod submit;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ::erpnext::records::changes::{
    Reading, changed_credit_notes, changed_customers, changed_invoices,
};
use ::erpnext::records::opening_entries;
use ::erpnext::{Chart, Client, site};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use engine::books::{
    Answer, Books, BooksError, Change, Claim, Claims, CreditsPage, CreditsPass, Cursor, Lookup,
    Opening, Origin, Page, Prepared, Profile, Pulled, Seen, SeenPage, Traces, Wire, Write,
};
use ledger::{Cause, Kind, RemoteId, Side, Version};

use self::proof::Proofs;
use self::send::Sender;

/// One company of an ERPNext site.
pub struct ErpnextBooks {
    client: Client,
    company: String,
    /// As of the last look at the company; every run begins with one.
    chart: RwLock<Option<Arc<Chart>>>,
    /// What the site was seen to compute as foretold, since this program was started.
    proofs: Mutex<Proofs>,
    /// Names that the site refused for a new customer because another one has them.
    names_taken: Mutex<BTreeSet<String>>,
}

/// Of [`Origin::marks`]: when the company was made.
pub const COMPANY_MADE: &str = "company";
/// Of [`Origin::marks`]: when our field on Customer was made.
pub const FIELDS_MADE: &str = "fields";

/// How many names to look up at once.
const NAMES_AT_ONCE: usize = 200;
impl ErpnextBooks {
    /// A company's books. Nothing is sent yet.
    pub fn new(client: Client, company: String) -> Self {
        Self {
            client,
            company,
            chart: RwLock::new(None),
            proofs: Mutex::default(),
            names_taken: Mutex::default(),
        }
    }

    /// The company as of the last look at it; looked at now where it has not been.
    async fn chart(&self) -> Result<Arc<Chart>, BooksError> {
        match self.known_chart() {
            Some(chart) => Ok(chart),
            None => self.look().await,
        }
    }

    fn known_chart(&self) -> Option<Arc<Chart>> {
        self.chart
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Looks at the company afresh.
    async fn look(&self) -> Result<Arc<Chart>, BooksError> {
        let chart = Chart::read(&self.client, &self.company)
            .await
            .map_err(failure::of_the_connection)?;
        let chart = Arc::new(chart);
        self.proofs().keep_for(&chart);
        *self.chart.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&chart));
        Ok(chart)
    }

    fn proofs(&self) -> MutexGuard<'_, Proofs> {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn names_taken(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.names_taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The site's time zone as the IANA calls it, once the company was looked at.
    pub fn time_zone(&self) -> Option<String> {
        Some(self.known_chart()?.time_zone.clone())
    }

    /// The client these books are read and written with.
    pub const fn client(&self) -> &Client {
        &self.client
    }
}

/// Whether the fields are installed that the writes of a kind put identities into.
const fn is_marked(chart: &Chart, kind: Kind) -> bool {
    let markers = &chart.markers;
    match kind {
        Kind::Contact => markers.customer,
        Kind::Invoice => markers.invoice,
        // What a credit note is used for is a Journal Entry.
        Kind::CreditNote => markers.credit_note && markers.allocation,
        // A Payment Entry, what is deducted of one, what a Journal Entry settles, what was paid at the till.
        Kind::Payment => {
            let rows = markers.deduction && markers.journal_row && markers.till_row;
            markers.payment && markers.allocation && rows
        }
    }
}

#[async_trait]
impl Books for ErpnextBooks {
    fn side(&self) -> Side {
        Side::Erpnext
    }

    async fn profile(&self) -> Result<Profile, BooksError> {
        let chart = self.look().await?;
        let entries = opening_entries(&self.client, &chart)
            .await
            .map_err(failure::of_the_connection)?;
        let marks = [
            (COMPANY_MADE, &chart.company_made),
            (FIELDS_MADE, &chart.fields_made),
        ];
        let origin = Origin {
            marks: marks
                .into_iter()
                .filter_map(|(of, mark)| Some((of.to_owned(), mark.clone()?)))
                .collect(),
            address: Some(self.client.site().as_str().to_owned()),
        };
        Ok(Profile {
            origin,
            identity: chart.company.clone(),
            name: chart.company.clone(),
            base_currency: chart.currency,
            country: chart.country.clone(),
            // ERPNext takes any currency it has a rate for, and we send the rate.
            currencies: Vec::new(),
            locked_until: chart.frozen_until,
            accounts: chart.account_choices(),
            taxes: chart.tax_choices(),
            bank_accounts: chart.bank_choices(),
            tracking: chart.tracking_choices(),
            advance_accounts: Vec::new(),
            // Its opening invoices say so themselves.
            opening: Opening {
                account: None,
                entries,
            },
            time_zone: chart.time_zone.clone(),
        })
    }

    fn ready(&self) -> Result<(), BooksError> {
        match self.known_chart() {
            Some(chart) if !Kind::ALL.iter().all(|kind| is_marked(&chart, *kind)) => {
                Err(send::markers_missing())
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn page(&self, kind: Kind, cursor: &Cursor) -> Result<Page, BooksError> {
        let chart = self.chart().await?;
        // A cursor of an older version that cannot be read means reading from the beginning.
        let reading: Reading = serde_json::from_str(&cursor.0).unwrap_or_default();
        let (rows, next, total) = match kind {
            Kind::Contact => {
                let changes = changed_customers(&self.client, &chart, reading)
                    .await
                    .map_err(failure::of_the_connection)?;
                let rows = changes
                    .rows
                    .into_iter()
                    .map(|fetched| pull::contact(fetched, &chart))
                    .collect();
                (rows, changes.next, changes.total)
            }
            Kind::CreditNote => {
                let changes = changed_credit_notes(&self.client, &chart, reading)
                    .await
                    .map_err(failure::of_the_connection)?;
                let rows = self.pulled_credit_notes(&chart, changes.rows).await?;
                (rows, changes.next, changes.total)
            }
            Kind::Payment => return self.payments_page(&chart, cursor).await,
            Kind::Invoice => {
                let changes = changed_invoices(&self.client, &chart, reading)
                    .await
                    .map_err(failure::of_the_connection)?;
                let rows = self.pulled_invoices(&chart, changes.rows).await?;
                (rows, changes.next, changes.total)
            }
        };
        Ok(Page {
            rows,
            more: !next.ended,
            next: Cursor(serde_json::to_string(&next).unwrap_or_default()),
            total,
        })
    }

    async fn find(&self, kind: Kind, by: &Lookup) -> Result<Vec<Pulled>, BooksError> {
        self.look_up(kind, by).await
    }

    fn is_for_good(&self, payment: &RemoteId) -> bool {
        !matches!(part::Named::of(payment.as_str()), part::Named::Entry(_))
    }

    fn deletes(&self) -> bool {
        true
    }

    async fn traces(&self, cursor: &Cursor) -> Result<Traces, BooksError> {
        self.follow_traces(cursor).await
    }

    async fn recent(&self, kind: Kind, cursor: &Cursor) -> Result<Vec<Seen>, BooksError> {
        self.recently(kind, cursor).await
    }

    async fn all(&self, kind: Kind, cursor: &Cursor) -> Result<SeenPage, BooksError> {
        self.all_after(kind, cursor).await
    }

    async fn seen(&self, kind: Kind, ids: &[RemoteId]) -> Result<Vec<Seen>, BooksError> {
        let chart = self.chart().await?;
        self.seen_by_name(&chart, kind, ids).await
    }

    async fn exists(&self, kind: Kind, id: &RemoteId) -> Result<bool, BooksError> {
        self.is_there(kind, id).await
    }

    async fn document_exists(&self, kind: Kind, id: &RemoteId) -> Result<bool, BooksError> {
        self.document_is_there(kind, id).await
    }

    fn is_as_read(&self, kind: Kind, seen: &Seen, version: &Version) -> bool {
        standing::is_as_read(kind, seen, version)
    }

    fn calls_for_comparing(&self) -> Option<u32> {
        // The site is the person's own.
        None
    }

    async fn credits(
        &self,
        cursor: &Cursor,
        begin: Option<CreditsPass>,
    ) -> Result<CreditsPage, BooksError> {
        self.open_credits(cursor, begin).await
    }

    async fn hold(
        &self,
        changes: &[&Change],
    ) -> Result<Vec<Option<serde_json::Value>>, BooksError> {
        self.hold_all(changes).await
    }

    fn prepare(&self, write: &Write) -> Result<Prepared, Cause> {
        match self.known_chart() {
            Some(chart) => {
                let mut prepared =
                    prepare::prepare(write, &chart, &self.proofs(), self.client.now())?;
                prepare::let_the_site_name(&mut prepared, &self.names_taken());
                Ok(prepared)
            }
            // Every run asks for the profile before it plans.
            None => Err(Cause::refused(
                Side::Erpnext,
                "the company has not been looked at yet",
            )),
        }
    }

    async fn send(&self, batch: &[Prepared], wire: &dyn Wire) -> Vec<Answer> {
        Sender { books: self, wire }.send_all(batch).await
    }

    async fn finish(
        &self,
        prepared: &Prepared,
        found: Pulled,
        wire: Option<&dyn Wire>,
    ) -> Result<Option<Pulled>, BooksError> {
        self.finish_contact(prepared, found, wire).await
    }

    fn moment(&self) -> Option<DateTime<Utc>> {
        self.client.site_time()
    }

    async fn claims(&self, key: &str) -> Result<Option<Claims>, BooksError> {
        self.read_claims(key).await
    }

    async fn claim(
        &self,
        key: &str,
        about: &str,
        claim: &Claim,
    ) -> Result<Option<DateTime<Utc>>, BooksError> {
        self.write_claim(key, about, claim).await
    }

    fn batch_size(&self, kind: Kind) -> usize {
        // Each write is one request; a batch shares the calls that read the results back, and at its
        // end the last requests leave connections idle.
        match kind {
            Kind::Contact | Kind::Invoice => 100,
            Kind::CreditNote | Kind::Payment => 20,
        }
    }

    fn link(&self, kind: Kind, id: &RemoteId) -> Option<String> {
        let (page, name) = match kind {
            Kind::Contact => ("customer", id.as_str()),
            Kind::Invoice | Kind::CreditNote => ("sales-invoice", id.as_str()),
            Kind::Payment => match part::Named::of(id.as_str()).document() {
                ("Journal Entry", name) => ("journal-entry", name),
                ("Sales Invoice", name) => ("sales-invoice", name),
                (_, name) => ("payment-entry", name),
            },
        };
        Some(format!(
            "{}/app/{page}/{}",
            self.client.site(),
            site::segment(name)
        ))
    }
}
