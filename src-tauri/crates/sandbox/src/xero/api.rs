//! `/api.xro/2.0/…`: which endpoint, and what it answers.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::batch::{self, CONTACTS, INVOICES, Kind, PAYMENTS};
use super::books::Books;
use super::contacts::{ContactMatch, Detail};
use super::credits::CreditKind;
use super::errors::Refusal;
use super::filter::{self, compare_by};
use super::http::{Incoming, empty};
use super::identity::{Access, Area};
use super::invoices::{InvoiceMatch, InvoiceStatus, Shown, Writing};
use super::json::filled;
use super::listing::{Listed, modified_since, unit_decimals};

const CURRENCIES: Kind = Kind {
    plural: "Currencies",
    id: "Code",
    flag: None,
};

/// What an endpoint answers.
pub enum Answer {
    /// An envelope with this array, and its pagination.
    Rows(&'static str, Option<Value>, Value),
    /// Something else, whole.
    Other(http::Response<Bytes>),
}

/// The area of a resource, and whether a method reads or writes it. None for an unknown resource.
pub fn area(resource: &str, method: &Method) -> Option<(Area, Access)> {
    let area = match resource {
        "contacts" => Area::Contacts,
        "invoices" | "creditnotes" | "items" | "repeatinginvoices" => Area::Invoices,
        "payments" | "batchpayments" | "overpayments" | "prepayments" => Area::Payments,
        "banktransactions" => Area::BankTransactions,
        "organisation" | "organisations" | "accounts" | "taxrates" | "currencies"
        | "trackingcategories" | "brandingthemes" => Area::Settings,
        _ => return None,
    };
    let access = if method == Method::GET {
        Access::Read
    } else {
        Access::Write
    };
    Some((area, access))
}

/// One call about the books, by an app already let in.
pub struct Calling<'a> {
    /// The request.
    pub request: &'a Incoming<'a>,
    /// The app.
    pub app: &'a str,
    /// The instant.
    pub now: DateTime<Utc>,
}

impl Calling<'_> {
    /// Answers.
    pub fn answer(&self, books: &mut Books) -> Result<Answer, Refusal> {
        let route = self.request.route();
        let rest: Vec<&str> = route.iter().skip(2).map(String::as_str).collect();
        // Numbers in the path keep their spelling.
        let key = self.request.segments.get(3).map_or("", String::as_str);
        let get = self.request.method == Method::GET;
        match (rest.as_slice(), self.request.method.as_str()) {
            ([_, _, "history"], _) => self.history(books, rest[0], key),
            (["contacts", ..], _) => self.contacts(books, &rest, key),
            (["invoices", ..], _) => self.invoices(books, &rest, key),
            (["payments", ..], _) => self.payments(books, &rest, key),
            (["creditnotes", ..], _) => self.credits(books, CreditKind::CreditNote, &rest, key),
            (["overpayments", ..], _) => self.credits(books, CreditKind::Overpayment, &rest, key),
            (["prepayments", ..], _) => self.credits(books, CreditKind::Prepayment, &rest, key),
            (["banktransactions", ..], _) => self.bank_transactions(books, &rest, key),
            (["batchpayments", ..], _) => self.batch_payments(books, &rest, key),
            (["repeatinginvoices"], "GET") => Ok(Answer::Rows(
                "RepeatingInvoices",
                None,
                books.repeating.iter().cloned().collect(),
            )),
            (["items", ..], _) => self.items(books, &rest, key),
            (["trackingcategories", ..], _) => self.tracking(books, &rest, key),
            (["currencies"], "PUT") => {
                let element = batch::elements(self.request, CURRENCIES)?.remove(0);
                let shown = books.subscribe(&element)?;
                Ok(Answer::Rows("Currencies", None, json!([shown])))
            }
            _ if !get => Err(Refusal::NotImplemented),
            (["organisation" | "organisations"], _) => Ok(Answer::Rows(
                "Organisations",
                None,
                json!([books.organisation.to_json()]),
            )),
            (["organisation" | "organisations", "actions"], _) => {
                Ok(Answer::Rows("Actions", None, books.organisation.actions()))
            }
            (["accounts", rest @ ..], _) => {
                let since = modified_since(self.request)?;
                let rows: Vec<_> = books
                    .accounts
                    .iter()
                    .filter(|account| since.is_none_or(|since| account.updated >= since))
                    .filter(|account| {
                        rest.is_empty() || key.parse() == Ok(account.id) || key == account.code
                    })
                    .collect();
                self.settings(
                    "Accounts",
                    rows,
                    !rest.is_empty(),
                    super::settings::Account::to_json,
                )
            }
            (["taxrates", rest @ ..], _) => {
                let rows: Vec<_> = books
                    .tax_rates
                    .iter()
                    .filter(|rate| rest.is_empty() || rate.tax_type.eq_ignore_ascii_case(key))
                    .collect();
                self.settings(
                    "TaxRates",
                    rows,
                    !rest.is_empty(),
                    super::settings::TaxRate::to_json,
                )
            }
            (["currencies"], _) => {
                let rows: Vec<_> = books.currencies.iter().collect();
                self.settings(
                    "Currencies",
                    rows,
                    false,
                    super::settings::Currency::to_json,
                )
            }
            (["brandingthemes"], _) => Ok(Answer::Rows(
                "BrandingThemes",
                None,
                json!([{
                    "BrandingThemeID": Uuid::from_u128(books.organisation.id.as_u128() ^ 0xb7a).to_string(),
                    "Name": "Standard",
                    "SortOrder": 0,
                }]),
            )),
            _ => Err(Refusal::NotFound),
        }
    }

    /// A short list with `where` and `order`, or one of it.
    pub fn settings<R: Listed>(
        &self,
        plural: &'static str,
        rows: Vec<&R>,
        one: bool,
        show: impl Fn(&R) -> Value,
    ) -> Result<Answer, Refusal> {
        if one && rows.is_empty() {
            return Err(Refusal::NotFound);
        }
        let filter = self.request.query("where").map(filter::parse).transpose()?;
        let mut kept = Vec::new();
        for row in rows {
            let passes = match &filter {
                None => true,
                Some(filter) => filter.passes(&|name| row.property(name))?,
            };
            if passes {
                kept.push(row);
            }
        }
        if let Some(order) = self.request.query("order").map(filter::parse_order) {
            kept.sort_by(|a, b| {
                compare_by(&order, &|name| a.property(name), &|name| b.property(name))
            });
        }
        Ok(Answer::Rows(
            plural,
            None,
            kept.into_iter().map(show).collect(),
        ))
    }

    fn contacts(&self, books: &mut Books, rest: &[&str], key: &str) -> Result<Answer, Refusal> {
        let show = |books: &Books, id| books.contact_json(id, Detail::Full);
        let matching = match (self.request.method, rest.len()) {
            (&Method::GET, 1) => {
                let (pagination, rows) = books.list_contacts(self.request)?;
                return Ok(Answer::Rows("Contacts", pagination, rows));
            }
            (&Method::GET, 2) => {
                let found = books.contact_at(key).and_then(|id| show(books, id));
                return one(CONTACTS, found);
            }
            (&Method::PUT, 1) => ContactMatch::Create,
            (&Method::POST, 1) => ContactMatch::Upsert,
            (&Method::POST, 2) => {
                ContactMatch::Exactly(books.contact_at(key).ok_or(Refusal::NotFound)?)
            }
            (&Method::GET, _) => return Err(Refusal::NotFound),
            _ => return Err(Refusal::NotImplemented),
        };
        let elements = batch::elements(self.request, CONTACTS)?;
        let rows = batch::write(
            books,
            self.request,
            CONTACTS,
            &elements,
            &mut |books, element| books.write_contact(element, matching, self.now),
            &show,
        )?;
        Ok(Answer::Rows("Contacts", None, rows))
    }

    fn invoices(&self, books: &mut Books, rest: &[&str], key: &str) -> Result<Answer, Refusal> {
        let shown = Shown::whole(unit_decimals(self.request));
        let show = move |books: &Books, id| books.invoice_json(id, shown);
        let matching = match (self.request.method, rest) {
            (&Method::GET, [_]) => {
                let (pagination, rows) = books.list_invoices(self.request, self.app)?;
                return Ok(Answer::Rows("Invoices", pagination, rows));
            }
            (&Method::GET, [_, _]) => {
                let found = books.invoice_at(key).and_then(|id| show(books, id));
                return one(INVOICES, found);
            }
            (&Method::GET, [_, _, "onlineinvoice"]) => return online_invoice(books, key),
            (&Method::POST, [_, _, "email"]) => return email(books, key),
            (&Method::PUT, [_]) => InvoiceMatch::Create,
            (&Method::POST, [_]) => InvoiceMatch::Upsert,
            (&Method::POST, [_, _]) => {
                InvoiceMatch::Exactly(books.invoice_at(key).ok_or(Refusal::NotFound)?)
            }
            (&Method::GET, _) => return Err(Refusal::NotFound),
            _ => return Err(Refusal::NotImplemented),
        };
        let writing = Writing {
            now: self.now,
            unit_decimals: shown.unit_decimals,
            app: Some(self.app),
        };
        let elements = batch::elements(self.request, INVOICES)?;
        let rows = batch::write(
            books,
            self.request,
            INVOICES,
            &elements,
            &mut |books, element| books.write_invoice(element, matching, writing),
            &show,
        )?;
        Ok(Answer::Rows("Invoices", None, rows))
    }

    fn payments(&self, books: &mut Books, rest: &[&str], key: &str) -> Result<Answer, Refusal> {
        let show = |books: &Books, id| books.payment_json(id);
        let mut elements = match (self.request.method, rest.len()) {
            (&Method::GET, 1) => {
                let (pagination, rows) = books.list_payments(self.request)?;
                return Ok(Answer::Rows("Payments", pagination, rows));
            }
            (&Method::GET, 2) => {
                let found = key.parse().ok().and_then(|id| show(books, id));
                return one(PAYMENTS, found);
            }
            (&Method::PUT, 1) | (&Method::POST, 1 | 2) => batch::elements(self.request, PAYMENTS)?,
            (&Method::GET, _) => return Err(Refusal::NotFound),
            _ => return Err(Refusal::NotImplemented),
        };
        let post = self.request.method == Method::POST;
        if post {
            // POST takes one payment; further ones are not looked at.
            elements.truncate(1);
        }
        let target: Option<Uuid> = match rest.len() {
            2 => Some(
                key.parse()
                    .ok()
                    .filter(|id| books.payments.get(*id).is_some())
                    .ok_or(Refusal::NotFound)?,
            ),
            _ => elements
                .first()
                .filter(|_| post)
                .and_then(|element| filled(element, "PaymentID"))
                .and_then(|id| id.parse().ok()),
        };
        let rows = batch::write(
            books,
            self.request,
            PAYMENTS,
            &elements,
            &mut |books, element| match target {
                Some(id) => books.update_payment(id, element, self.now),
                None => books.create_payment(element, self.now),
            },
            &show,
        );
        match rows {
            Ok(rows) => Ok(Answer::Rows("Payments", None, rows)),
            // An update of a payment is refused with the bare message.
            Err(Refusal::Invalid { elements }) if target.is_some() => {
                let message = elements
                    .first()
                    .and_then(|element| element.pointer("/ValidationErrors/0/Message"))
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                Err(Refusal::validation(message))
            }
            Err(other) => Err(other),
        }
    }
}

/// One record, or 404.
pub fn one(kind: Kind, found: Option<Value>) -> Result<Answer, Refusal> {
    found
        .map(|row| Answer::Rows(kind.plural, None, json!([row])))
        .ok_or(Refusal::NotFound)
}

fn online_invoice(books: &Books, key: &str) -> Result<Answer, Refusal> {
    let invoice = books
        .invoice_at(key)
        .and_then(|id| books.invoices.get(id))
        .filter(|invoice| invoice.status != InvoiceStatus::Draft)
        .ok_or(Refusal::NotFound)?;
    let url = format!("https://in.xero.com/{}", invoice.id.simple());
    Ok(Answer::Rows(
        "OnlineInvoices",
        None,
        json!([{"OnlineInvoiceUrl": url}]),
    ))
}

fn email(books: &mut Books, key: &str) -> Result<Answer, Refusal> {
    let mut invoice = books
        .invoice_at(key)
        .and_then(|id| books.invoices.get(id))
        .cloned()
        .ok_or(Refusal::NotFound)?;
    let has_address = books
        .contacts
        .get(invoice.contact)
        .is_some_and(|contact| !contact.text("EmailAddress").is_empty());
    let sendable = matches!(
        invoice.status,
        InvoiceStatus::Submitted | InvoiceStatus::Authorised | InvoiceStatus::Paid
    );
    if !has_address || !sendable {
        return Err(Refusal::validation(
            "The invoice cannot be emailed: it must be approved and its contact have an email address.",
        ));
    }
    invoice.sent = true;
    books.invoices.put(invoice);
    Ok(Answer::Other(empty(StatusCode::NO_CONTENT)))
}
