//! A Xero organisation as the engine's [`Books`].

mod credit_notes;
mod credits;
mod cursor;
mod documents;
mod payments;
mod profile;
mod rows;
mod settings;
mod uses;
mod wording;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use chrono::TimeDelta;
use engine::books::{
    Answer, Books, BooksError, Change, CreditsPage, CreditsPass, Cursor, Lookup, Page, Prepared,
    Profile, Pulled, Seen, SeenPage, Traces, Wire, Write,
};
use ledger::{Cause, Currency, Kind, RemoteId, Side, Version};
use secrecy::SecretString;
use url::form_urlencoded;
use xero::auth::AuthError;
use xero::translate::document::TaxRates;
use xero::translate::payment_write::Advance;
use xero::wire::batch::BATCH;
use xero::wire::contact::Contact;
use xero::wire::document::{CreditNote, Invoice};
use xero::wire::settings::RepeatingInvoice;
use xero::{Client, XeroError};

pub use self::settings::Settings;

/// One Xero organisation.
pub struct XeroBooks {
    client: Arc<Client>,
    facts: RwLock<Facts>,
    /// Customers whose names strangers in Xero have for a contact code, as far as Xero said so.
    codes_taken: Mutex<BTreeSet<RemoteId>>,
    /// The digest of the access token with which the organisation was last asked for.
    confirmed: Mutex<Option<String>>,
    /// What the bank transactions of money on account said.
    known: Mutex<payments::Known>,
    /// The code of the account that money for no invoice yet is booked to, where the rules make prepayments of it.
    prepayments: Mutex<Option<String>>,
    /// Lists of money on account that were just read.
    at_hand: Mutex<BTreeMap<&'static str, payments::AtHand>>,
}

/// What the last profile said that later calls need.
#[derive(Debug, Clone, Default)]
struct Facts {
    rates: Option<Arc<TaxRates>>,
    base: Option<Currency>,
    short_code: Option<String>,
    /// Xero's id of the organisation, and its name.
    organisation: Option<(String, String)>,
    /// The settings in full, and when they were read.
    settings: Option<Settings>,
    /// Whether these come from an earlier run.
    remembered: bool,
}

impl XeroBooks {
    /// The organisation that a client is for.
    pub fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            facts: RwLock::new(Facts::default()),
            codes_taken: Mutex::default(),
            confirmed: Mutex::default(),
            known: Mutex::default(),
            prepayments: Mutex::default(),
            at_hand: Mutex::default(),
        }
    }

    /// Says what money becomes that is for no invoice yet: a prepayment, booked to the account of this code, or
    /// an overpayment.
    pub fn keep_advances_as(&self, prepayments: Option<String>) {
        *(self.prepayments.lock()).unwrap_or_else(PoisonError::into_inner) = prepayments;
    }

    /// The code by which Xero's web pages know the organisation, as the last profile said or as it
    /// was kept.
    pub fn short_code(&self) -> Option<String> {
        self.facts().short_code
    }

    /// Says the code that was kept from an earlier profile, so that links work before the next one.
    pub fn know_short_code(&self, code: &str) {
        self.change_facts(|facts| facts.short_code = Some(code.to_owned()));
    }

    /// The actions that Xero says are not allowed in the organisation: by its plan, or to who signed in. One call.
    ///
    /// # Errors
    /// As [`Books::profile`].
    pub async fn not_allowed(&self) -> Result<Vec<String>, BooksError> {
        let actions = self.client.actions().await.map_err(|e| failure(&e))?;
        let refused = actions.into_iter().filter(|it| it.status == "NOT-ALLOWED");
        Ok(refused.map(|it| it.name).collect())
    }

    /// The sales invoices that Xero raises by itself. One call.
    ///
    /// # Errors
    /// As [`Books::profile`].
    pub async fn repeating(&self) -> Result<Vec<RepeatingInvoice>, BooksError> {
        let all = self.client.repeating_invoices().await;
        let all = all.map_err(|e| failure(&e))?.into_iter();
        Ok(all
            .filter(|it| it.kind == "ACCREC" && it.status != "DELETED")
            .collect())
    }

    /// The settings as they were last read, to be kept for the next run; `None` before they were.
    pub fn settings(&self) -> Option<Settings> {
        let settings = self.facts().settings?;
        let confirmed = self.confirmed();
        Some(Settings {
            confirmed,
            ..settings
        })
    }

    /// Says the settings that were kept from an earlier run. The organisation itself is asked for with
    /// the first call all the same, unless it was with the same access token.
    pub fn know_settings(&self, mut settings: Settings) {
        *self
            .confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = settings.confirmed.take();
        self.change_facts(|facts| {
            *facts = Facts {
                rates: Some(Arc::new(settings.rates.clone())),
                base: Some(settings.profile.base_currency),
                short_code: settings.short_code.clone(),
                organisation: Some(settings.organisation.clone()),
                settings: Some(settings),
                remembered: true,
            };
        });
    }

    fn facts(&self) -> Facts {
        self.facts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change_facts(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn confirm(&self, token: &SecretString) {
        *self
            .confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(settings::digest(token));
    }

    fn confirmed(&self) -> Option<String> {
        self.confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks for the organisation once more where the access token is another than the one it was asked
    /// for with: what a new token leads to may have been exchanged.
    ///
    /// # Errors
    /// [`BooksError::OtherBooks`].
    async fn still_the_same(&self) -> Result<(), BooksError> {
        let Some((id, name)) = self.facts().organisation else {
            return Ok(());
        };
        let token = self.client.token().await.map_err(|e| failure(&e))?;
        if self.confirmed().as_deref() == Some(settings::digest(&token).as_str()) {
            return Ok(());
        }
        let now = self.client.organisation().await.map_err(|e| failure(&e))?;
        if !now.organisation_id.eq_ignore_ascii_case(&id) {
            return Err(BooksError::OtherBooks {
                side: Side::Xero,
                expected: name,
                found: now.name,
            });
        }
        self.confirm(&token);
        Ok(())
    }

    fn change_codes<T>(&self, change: impl FnOnce(&mut BTreeSet<RemoteId>) -> T) -> T {
        change(
            &mut self
                .codes_taken
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    fn change_known<T>(&self, change: impl FnOnce(&mut payments::Known) -> T) -> T {
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change_at_hand<T>(
        &self,
        change: impl FnOnce(&mut BTreeMap<&'static str, payments::AtHand>) -> T,
    ) -> T {
        change(&mut self.at_hand.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn by_ids(&self, kind: Kind, ids: &[&str]) -> Result<Vec<Pulled>, XeroError> {
        match kind {
            Kind::Contact => {
                let found = self.client.contacts_by_ids(ids).await?;
                Ok(found.into_iter().map(rows::contact).collect())
            }
            Kind::Invoice => {
                let rates = self.facts().rates.unwrap_or_default();
                let found = self.client.invoices_by_ids(ids).await?;
                Ok(rows::invoices(found, &rates))
            }
            Kind::CreditNote => {
                let rates = self.facts().rates.unwrap_or_default();
                let found = self.credit_notes_by_ids(ids).await?;
                Ok(rows::credit_notes(found, &rates))
            }
            Kind::Payment => self.payments_by_ids(ids, payments::Banks::Asked).await,
        }
    }
}

#[async_trait]
impl Books for XeroBooks {
    fn side(&self) -> Side {
        Side::Xero
    }

    async fn profile(&self) -> Result<Profile, BooksError> {
        let token = self.client.token().await.map_err(|e| failure(&e))?;
        let (organisation, accounts, taxes, currencies, tracking) = futures::try_join!(
            self.client.organisation(),
            self.client.accounts(),
            self.client.tax_rates(),
            self.client.currencies(),
            self.client.tracking_categories(),
        )
        .map_err(|e| failure(&e))?;
        let profile = profile::of(
            self.client.tenant(),
            &organisation,
            &accounts,
            &taxes,
            &currencies,
            &tracking,
        )?;
        let rates = Arc::new(profile::percentages(&taxes));
        self.change_facts(|facts| {
            *facts = Facts {
                rates: Some(rates),
                base: Some(profile.base_currency),
                short_code: organisation.short_code.clone(),
                organisation: Some((
                    organisation.organisation_id.clone(),
                    organisation.name.clone(),
                )),
                settings: Some(Settings {
                    at: self.client.governor().clock().now(),
                    profile: profile.clone(),
                    knows_tracking: true,
                    rates: profile::percentages(&taxes),
                    short_code: organisation.short_code,
                    organisation: (organisation.organisation_id, organisation.name),
                    confirmed: None,
                }),
                remembered: false,
            };
        });
        self.confirm(&token);
        Ok(profile)
    }

    fn known_profile(&self) -> Option<Profile> {
        let settings = self.facts().settings?;
        let now = self.client.governor().clock().now();
        settings.are_good(now).then_some(settings.profile)
    }

    fn knows_since(&self, within: TimeDelta) -> bool {
        let now = self.client.governor().clock().now();
        let settings = self.facts().settings;
        settings.is_some_and(|it| it.are_good(now) && now - it.at <= within)
    }

    async fn page(&self, kind: Kind, cursor: &Cursor) -> Result<Page, BooksError> {
        self.still_the_same().await?;
        match kind {
            Kind::Contact => {
                let page = self
                    .client
                    .page::<Contact>(&cursor::read(cursor))
                    .await
                    .map_err(|e| failure(&e))?;
                Ok(Page {
                    rows: page.rows.into_iter().map(rows::contact).collect(),
                    total: page.total,
                    more: page.more,
                    next: cursor::write(&page.next),
                })
            }
            Kind::Invoice => self.documents_page::<Invoice>(cursor).await,
            Kind::CreditNote => self.documents_page::<CreditNote>(cursor).await,
            Kind::Payment => self.payments_page(cursor).await,
        }
    }

    async fn find(&self, kind: Kind, by: &Lookup) -> Result<Vec<Pulled>, BooksError> {
        let asked = match by {
            Lookup::Ids(ids)
            | Lookup::Markers(ids)
            | Lookup::Settling(ids)
            | Lookup::OnAccount(ids) => ids.iter().map(RemoteId::as_str).collect::<Vec<_>>(),
            Lookup::Titles(titles) => titles.iter().map(String::as_str).collect(),
        };
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        self.still_the_same().await?;
        let found = match (kind, by) {
            (Kind::Contact | Kind::Payment, Lookup::Ids(_)) => self.by_ids(kind, &asked).await,
            (Kind::Contact, Lookup::Markers(_)) => self
                .client
                .contacts_by("ContactNumber", &asked)
                .await
                .map(|found| found.into_iter().map(rows::contact).collect()),
            (Kind::Contact, Lookup::Titles(_)) => {
                let names: Vec<String> =
                    asked.iter().map(|name| rows::single_spaced(name)).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                self.client
                    .contacts_by("Name", &names)
                    .await
                    .map(|found| rows::named(found.into_iter().map(rows::contact), &names))
            }
            (Kind::Payment, Lookup::Settling(_)) => self.payments_settling(&asked).await,
            (Kind::Payment, Lookup::OnAccount(_)) => self.on_account(&asked).await,
            // A payment has no number there, and holds nothing of ours; nothing but payments settles.
            (Kind::Payment, Lookup::Markers(_) | Lookup::Titles(_))
            | (_, Lookup::OnAccount(_))
            | (Kind::Contact | Kind::Invoice | Kind::CreditNote, Lookup::Settling(_)) => {
                Ok(Vec::new())
            }
            // Links cannot be searched for, and a credit note has none; but a document that came from
            // ERPNext has the number of its source.
            (Kind::Invoice, by) => {
                let found = match by {
                    Lookup::Ids(_) => self.client.invoices_by_ids(&asked).await,
                    _ => self.client.invoices_by_numbers(&asked).await,
                };
                return self
                    .documents(found.map_err(|error| failure(&error))?)
                    .await;
            }
            (Kind::CreditNote, by) => {
                let found = match by {
                    Lookup::Ids(_) => self.credit_notes_by_ids(&asked).await,
                    _ => self.client.credit_notes_by_numbers(&asked).await,
                };
                return self
                    .documents(found.map_err(|error| failure(&error))?)
                    .await;
            }
        };
        found.map_err(|error| failure(&error))
    }

    /// Voiding, deleting and archiving are changes there, and come up in lists; nothing is ever not
    /// found (xero/FACTS §8).
    fn deletes(&self) -> bool {
        false
    }

    async fn traces(&self, cursor: &Cursor) -> Result<Traces, BooksError> {
        Ok(Traces {
            next: cursor.clone(),
            ..Traces::default()
        })
    }

    async fn recent(&self, _kind: Kind, _cursor: &Cursor) -> Result<Vec<Seen>, BooksError> {
        Ok(Vec::new())
    }

    async fn all(&self, kind: Kind, cursor: &Cursor) -> Result<SeenPage, BooksError> {
        let page = cursor.0.parse().unwrap_or(1);
        let found = match kind {
            Kind::Contact => self.client.standing::<Contact>(page).await,
            Kind::Invoice => self.client.standing::<Invoice>(page).await,
            Kind::CreditNote => self.client.standing::<CreditNote>(page).await,
            Kind::Payment => return self.payments_standing(cursor).await,
        }
        .map_err(|error| failure(&error))?;
        Ok(SeenPage {
            seen: found
                .rows
                .into_iter()
                .map(|row| Seen {
                    id: RemoteId::new(row.id),
                    version: rows::document_version(row.updated, row.due),
                    born: None,
                })
                .collect(),
            next: Cursor((page + 1).to_string()),
            more: found.more,
        })
    }

    async fn seen(&self, kind: Kind, ids: &[RemoteId]) -> Result<Vec<Seen>, BooksError> {
        let found = self.find(kind, &Lookup::Ids(ids.to_vec())).await?;
        Ok(found
            .into_iter()
            .map(|row| Seen {
                id: row.id,
                version: row.version,
                born: None,
            })
            .collect())
    }

    async fn exists(&self, _kind: Kind, _id: &RemoteId) -> Result<bool, BooksError> {
        Ok(true)
    }

    fn is_as_read(&self, _kind: Kind, seen: &Seen, version: &Version) -> bool {
        rows::is_as_read(&seen.version, version)
    }

    /// A tenth of the smallest day that Xero allows an app (xero/FACTS §1).
    fn calls_for_comparing(&self) -> Option<u32> {
        Some(50)
    }

    async fn credits(
        &self,
        cursor: &Cursor,
        begin: Option<CreditsPass>,
    ) -> Result<CreditsPage, BooksError> {
        self.open_credits(cursor, begin).await
    }

    fn prepare(&self, write: &Write) -> Result<Prepared, Cause> {
        let codes_taken = self.change_codes(|codes| codes.clone());
        let prepayments = (self.prepayments.lock()).unwrap_or_else(PoisonError::into_inner);
        let advance = match prepayments.as_deref() {
            Some(account) => Advance::Prepayment { account },
            None => Advance::Overpayment,
        };
        wording::prepare(write, &self.facts(), &codes_taken, advance)
    }

    async fn send(&self, batch: &[Prepared], wire: &dyn Wire) -> Vec<Answer> {
        if let Err(error) = self.still_the_same().await {
            return batch
                .iter()
                .map(|_| Answer::NotSent(error.clone()))
                .collect();
        }
        // Answers are read with the tax rates; without them the same invoice would read otherwise.
        let unread = batch
            .iter()
            .any(|prepared| prepared.write.change.kind().is_document());
        if unread && let Err(error) = self.rates().await {
            return batch
                .iter()
                .map(|_| Answer::NotSent(error.clone()))
                .collect();
        }
        writes::send(self, batch, wire).await
    }

    fn batch_size(&self, _kind: Kind) -> usize {
        BATCH
    }

    fn link(&self, kind: Kind, id: &RemoteId) -> Option<String> {
        if !self.client.endpoints().is_real() {
            return None;
        }
        let short_code = self.facts().short_code?;
        let page = match kind {
            Kind::Contact => format!("/Contacts/View/{id}"),
            Kind::Invoice => format!("/AccountsReceivable/View.aspx?InvoiceID={id}"),
            Kind::CreditNote => {
                format!("/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={id}")
            }
            // Where Xero shows one is documented nowhere.
            Kind::Payment => return None,
        };
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("shortcode", &short_code)
            .append_pair("redirecturl", &page)
            .finish();
        Some(format!(
            "https://go.xero.com/organisationlogin/default.aspx?{query}"
        ))
    }
}

/// What a failed call means for the connection as a whole.
fn failure(error: &XeroError) -> BooksError {
    let side = Side::Xero;
    let why = error.to_string();
    match error {
        XeroError::Net(net::NetError::TooLarge { .. })
        | XeroError::Auth(AuthError::Garbage(_))
        | XeroError::Garbage(_)
        | XeroError::NotFound
        | XeroError::TooMuch(_)
        | XeroError::RequestTooLarge
        | XeroError::Validation { .. }
        | XeroError::Refused { .. } => BooksError::Garbage { side, why },
        XeroError::Net(_) | XeroError::Auth(AuthError::Net(_)) => BooksError::Offline { side, why },
        XeroError::Auth(AuthError::Unavailable(_))
        | XeroError::Busy
        | XeroError::Maintenance(_)
        | XeroError::Unavailable { .. } => BooksError::Unavailable { side, why },
        XeroError::MissingScope(_) => BooksError::NotAllowed { side, why },
        XeroError::Auth(_) | XeroError::TokenExpired | XeroError::NotConnected(_) => {
            BooksError::SignInNeeded { side, why }
        }
        XeroError::DayOver { until } => BooksError::LimitReached {
            side,
            until: *until,
        },
        XeroError::Stopped => BooksError::Stopped,
    }
}

/// Whether a write creates, so that "exists already" can be our own lost write.
fn creates(change: &Change) -> bool {
    matches!(change, Change::Create { .. })
}

#[cfg(test)]
mod tests;
