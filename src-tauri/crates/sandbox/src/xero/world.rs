//! The simulated Xero as one value.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use serde_json::Value;
use uuid::Uuid;

use super::api::{Answer, Calling, area};
use super::batch::envelope;
use super::books::Books;
use super::config::{Limits, XeroConfig};
use super::errors::Refusal;
use super::http::{Incoming, empty, json, page, plain};
use super::idempotency::KeptAnswers;
use super::identity::{Identity, allows, public_keys};
use super::limits::{self, Usages};
use super::webhooks::{Delivery, Event, WebhookConfig, WebhookStatus, Webhooks};
use crate::RemoteSystem;

/// One call the system received.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it came.
    pub at: DateTime<Utc>,
    /// HTTP method.
    pub method: String,
    /// Path with query, as sent.
    pub path: String,
    /// Status answered.
    pub status: u16,
    /// How many calls of the minute and day limits it used: 0 or 1.
    pub cost: u32,
}

/// Tokens of a consent given without the browser.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Bearer token, valid 30 minutes.
    pub access_token: String,
    /// Refresh token, valid 60 days unused.
    pub refresh_token: String,
    /// Value of `Xero-tenant-id`.
    pub tenant_id: String,
    /// Id of the connection, for `DELETE /connections/{id}`.
    pub connection_id: String,
}

/// Sees every answer that a simulated Xero gives, with the request it is to.
pub type Observer = Box<dyn FnMut(&http::Request<Bytes>, &http::Response<Bytes>) + Send>;

/// Simulated Xero.
pub struct XeroWorld {
    config: XeroConfig,
    rng: StdRng,
    identity: Identity,
    /// The books of each organisation, the first first; never empty.
    organisations: Vec<Books>,
    usages: Usages,
    kept: KeptAnswers,
    calls: Vec<Call>,
    webhooks: Option<Webhooks>,
    observer: Option<Observer>,
}

impl XeroWorld {
    /// A fresh organisation with its chart of accounts and tax rates, no contacts, no invoices.
    pub fn new(config: XeroConfig) -> Self {
        XeroWorld {
            rng: StdRng::seed_from_u64(config.seed ^ 0x0e4e_109e),
            identity: Identity::new(&config),
            organisations: config.organisations().iter().map(Books::new).collect(),
            usages: Usages::default(),
            kept: KeptAnswers::default(),
            calls: Vec::new(),
            webhooks: None,
            observer: None,
            config,
        }
    }

    /// A person's edit inside Xero, by Xero's own rules: all of it or nothing, and without the
    /// call limits. `op` is an object with `"op"` and, beside it, fields in Xero's names:
    ///
    /// - `create_contact`, `edit_contact`, `archive_contact`, `merge_contact`
    ///   (`ContactID` ends, `MergedToContactID` stays)
    /// - `create_invoice`, `edit_invoice`, `approve_invoice`, `void_invoice`, `delete_invoice`
    /// - `create_credit_note`, `edit_credit_note`, `approve_credit_note`, `void_credit_note`,
    ///   `delete_credit_note`; `receive_money` (a bank transaction; `Type` defaults to
    ///   RECEIVE-OVERPAYMENT); `allocate_credit` (the credit, the invoice, `Amount` defaults to all
    ///   that fits), `remove_allocation` (the credit, `AllocationID`), `refund_credit`
    /// - `pay_invoice` (`Amount`, `Date`, `Account` default to all, today, code 090),
    ///   `delete_payment`; `receive_batch` (a batch payment; `Account` defaults to code 090),
    ///   `delete_batch` (`BatchPaymentID`); `reconcile` (`PaymentID` or `BatchPaymentID`)
    /// - `set_webhook` (`Url`, null ends it; `Key`, `Duplicates`, `Reversed`)
    /// - `rename_account` (`Code` or `AccountID`; `Name`, `NewCode`), `archive_account`,
    ///   `open_bank_account` (`Code`, `Name`; `CurrencyCode` defaults to the organisation's),
    ///   `enable_payments` (`Code` or `AccountID`)
    /// - `add_tracking` (`Category`, `Option`), `rename_option` (the same and `Name`), `archive_option`
    /// - `set_lock_date` (`PeriodLockDate`, `EndOfYearLockDate`, null clears),
    ///   `subscribe_currency` (`Code`, `Rate`), `disconnect` (all apps)
    ///
    /// `Organisation` (its id or name) says where, the first organisation without it.
    /// Contacts are named by `ContactID`, `ContactNumber` or `Name`; invoices by `InvoiceID` or
    /// `InvoiceNumber`; credit by `CreditNoteID`, `CreditNoteNumber`, `OverpaymentID` or
    /// `PrepaymentID`. Answers the record as the API would show it, or Xero's message.
    pub fn edit(&mut self, op: &Value, now: DateTime<Utc>) -> Result<Value, String> {
        if op.get("op").and_then(Value::as_str) == Some("disconnect") {
            self.identity.disconnect_all();
            return Ok(Value::Null);
        }
        if op.get("op").and_then(Value::as_str) == Some("set_webhook") {
            let text = |name: &str| op.get(name).and_then(Value::as_str).map(str::to_owned);
            let flag = |name: &str| op.get(name).and_then(Value::as_bool).unwrap_or(false);
            let config = text("Url").map(|url| WebhookConfig {
                url,
                key: text("Key").unwrap_or_default(),
                duplicates: flag("Duplicates"),
                reversed: flag("Reversed"),
            });
            self.set_webhook(config, now);
            return Ok(Value::Null);
        }
        let mut op = op.clone();
        let named = op
            .as_object_mut()
            .and_then(|fields| fields.shift_remove("Organisation"));
        let books = match named.as_ref().and_then(Value::as_str) {
            None => self.organisations.first_mut(),
            Some(named) => self.organisations.iter_mut().find(|books| {
                named.parse() == Ok(books.organisation.id) || books.organisation.name == named
            }),
        };
        let done = books.ok_or("no such organisation")?.edit(&op, now);
        self.publish(now);
        done
    }

    /// Subscribes an address to what happens to contacts, invoices and credit, or ends it.
    pub fn set_webhook(&mut self, config: Option<WebhookConfig>, now: DateTime<Utc>) {
        for books in &mut self.organisations {
            books.contacts.watch();
            books.invoices.watch();
            books.credits.watch();
        }
        self.webhooks = config.map(|config| Webhooks::new(config, now));
    }

    /// What the webhook subscription is at; none without one.
    pub fn webhook_status(&self) -> Option<WebhookStatus> {
        self.webhooks.as_ref().map(Webhooks::status)
    }

    /// Webhooks to be sent now, each given once until its answer is told.
    pub fn due_webhooks(&mut self, now: DateTime<Utc>) -> Vec<Delivery> {
        self.webhooks
            .as_mut()
            .map(|webhooks| webhooks.due(now))
            .unwrap_or_default()
    }

    /// When the next webhook is due; none where none waits.
    pub fn next_webhook(&self) -> Option<DateTime<Utc>> {
        self.webhooks.as_ref().and_then(Webhooks::next_due)
    }

    /// Tells the status a webhook was answered with; none for no answer within five seconds.
    pub fn webhook_answered(&mut self, id: u64, status: Option<u16>, now: DateTime<Utc>) {
        if let Some(webhooks) = &mut self.webhooks {
            webhooks.answered(id, status, now);
        }
    }

    /// Tells the webhooks what has just changed.
    fn publish(&mut self, now: DateTime<Utc>) {
        if let Some(webhooks) = &mut self.webhooks {
            for books in &mut self.organisations {
                let events: Vec<Event> = books.take_events(now);
                webhooks.publish(&events, books.organisation.id, now);
            }
        }
    }

    /// Lets somebody see every answer from now on, before the caller gets it.
    pub fn observe(&mut self, observer: Observer) {
        self.observer = Some(observer);
    }

    /// Every record as the first organisation holds it, under the API's names: `Organisation`, `Accounts`,
    /// `TaxRates`, `Currencies`, `Contacts` (archived too), `Invoices` (with lines), `Payments`,
    /// `CreditNotes`, `Overpayments`, `Prepayments`, `BankTransactions`, `BatchPayments`;
    /// records in the order of their last change.
    pub fn state(&self) -> Value {
        self.organisations
            .first()
            .map(Books::state)
            .unwrap_or_default()
    }

    /// Calls received so far, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Forgets the calls logged; limits keep counting.
    pub fn clear_calls(&mut self) {
        self.calls.clear();
    }

    /// Makes every access token issued so far expired at `now`.
    pub fn expire_tokens(&mut self, now: DateTime<Utc>) {
        self.identity.expire_tokens(now);
    }

    /// Forgets the calls counted against the limits.
    pub fn reset_limits(&mut self) {
        self.usages.reset();
    }

    /// Replaces the limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.config.limits = limits;
    }

    /// What the world was set up with.
    pub fn config(&self) -> &XeroConfig {
        &self.config
    }

    /// A consent to everything the sync needs and to every organisation, as if given in the browser. None for an unknown client.
    pub fn new_grant(&mut self, client_id: &str, now: DateTime<Utc>) -> Option<Grant> {
        self.identity.grant(client_id, now)
    }

    /// The 429 for one call in progress too many, for the server to send instead of [`handle`].
    ///
    /// [`handle`]: RemoteSystem::handle
    pub fn too_many_at_once(
        &mut self,
        request: &http::Request<Bytes>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        let mut response = limits::refusal("concurrent", None);
        let incoming = Incoming::new(request);
        if let Ok(bearer) = self.identity.bearer(incoming.header("authorization"), now) {
            let app = bearer.client_id.clone();
            let tenant = self
                .identity
                .tenant(bearer, incoming.header("xero-tenant-id"))
                .unwrap_or_default();
            self.usages
                .stamp(&mut response, &app, tenant, self.config.limits, now);
        }
        self.log(request, &response, 0, now);
        response
    }

    fn log(
        &mut self,
        request: &http::Request<Bytes>,
        response: &http::Response<Bytes>,
        cost: u32,
        now: DateTime<Utc>,
    ) {
        if let Some(observer) = &mut self.observer {
            observer(request, response);
        }
        let path = request
            .uri()
            .path_and_query()
            .map_or_else(String::new, ToString::to_string);
        self.calls.push(Call {
            at: now,
            method: request.method().to_string(),
            path,
            status: response.status().as_u16(),
            cost,
        });
    }

    fn new_id(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn route(
        &mut self,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> (http::Response<Bytes>, u32) {
        let route = request.route();
        let route: Vec<&str> = route.iter().map(String::as_str).collect();
        let response = match (request.method, route.as_slice()) {
            (&Method::GET, ["identity", "connect", "authorize"]) => {
                self.identity.ask_consent(request, now)
            }
            (&Method::POST, ["identity", "connect", "authorize"]) => {
                self.identity.answer_consent(request, now)
            }
            (&Method::POST, ["connect", "token"]) => self.identity.token(request, now),
            (&Method::POST, ["connect", "revocation"]) => self.identity.revoke(request),
            (&Method::GET, [".well-known", "openid-configuration"]) => Identity::discovery(request),
            (&Method::GET, [".well-known", "openid-configuration", "jwks"]) => {
                json(StatusCode::OK, &public_keys())
            }
            (_, ["connections", ..]) => match self.identity.connections(request, now) {
                Ok(response) => response,
                Err(refusal) => refusal.response(self.new_id()),
            },
            (_, ["api.xro", "2.0", resource, ..]) => {
                return self.accounting(request, resource, now);
            }
            (&Method::GET, []) => page(
                StatusCode::OK,
                "<!doctype html><html lang=\"en\"><title>Xero (demo books)</title>\
                 <p>The simulated Xero is running.</p></html>"
                    .to_owned(),
            ),
            _ => plain(
                StatusCode::NOT_FOUND,
                "The resource you're looking for cannot be found",
            ),
        };
        (response, 0)
    }

    fn accounting(
        &mut self,
        request: &Incoming<'_>,
        resource: &str,
        now: DateTime<Utc>,
    ) -> (http::Response<Bytes>, u32) {
        let (app, tenant) = match self.let_in(request, resource, now) {
            Ok(known) => known,
            Err(refusal) => return (refusal.response(self.new_id()), 0),
        };
        if let Some(refused) = self.usages.refuse(&app, tenant, self.config.limits, now) {
            return (refused, 0);
        }
        let mut response = self.within_limits(request, &app, tenant, now);
        self.usages
            .stamp(&mut response, &app, tenant, self.config.limits, now);
        (response, 1)
    }

    /// Token, then tenant, then scope.
    fn let_in(
        &self,
        request: &Incoming<'_>,
        resource: &str,
        now: DateTime<Utc>,
    ) -> Result<(String, Uuid), Refusal> {
        let bearer = self.identity.bearer(request.header("authorization"), now)?;
        let tenant = self
            .identity
            .tenant(bearer, request.header("xero-tenant-id"))?;
        if let Some((area, access)) = area(resource, request.method)
            && !allows(&bearer.scopes, area, access)
        {
            return Err(Refusal::unauthorised("AuthorizationUnsuccessful"));
        }
        Ok((bearer.client_id.clone(), tenant))
    }

    fn within_limits(
        &mut self,
        request: &Incoming<'_>,
        app: &str,
        tenant: Uuid,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        let key = request
            .header("idempotency-key")
            .filter(|_| matches!(*request.method, Method::POST | Method::PUT | Method::PATCH))
            .map(str::to_owned);
        if let Some(key) = &key {
            if key.len() > 128 {
                return Refusal::validation("The Idempotency-Key must be 128 characters or fewer.")
                    .response(self.new_id());
            }
            match self.kept.replay(app, key, request, now) {
                Ok(Some(kept)) => return kept,
                Ok(None) => {}
                Err(refusal) => return refusal.response(self.new_id()),
            }
        }
        let id = self.new_id();
        let calling = Calling { request, app, now };
        let books = self
            .organisations
            .iter_mut()
            .find(|books| books.organisation.id == tenant);
        let answered = books
            .ok_or_else(Refusal::tenant)
            .and_then(|books| calling.answer(books));
        let response = match answered {
            Ok(Answer::Rows(plural, pagination, rows)) => {
                let provider = self.identity.provider_name(app);
                json(
                    StatusCode::OK,
                    &envelope(id, &provider, now, pagination, plural, rows),
                )
            }
            Ok(Answer::Other(response)) => response,
            Err(refusal) => refusal.response(id),
        };
        if let Some(key) = &key {
            self.kept.keep(app, key, request, &response, now);
        }
        response
    }
}

impl RemoteSystem for XeroWorld {
    fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        let incoming = Incoming::new(request);
        let (response, cost) = if *request.method() == Method::OPTIONS {
            (empty(StatusCode::NO_CONTENT), 0)
        } else {
            self.route(&incoming, now)
        };
        self.publish(now);
        self.log(request, &response, cost, now);
        response
    }
}
