//! `GET /Invoices`, and an invoice as answers show it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::books::Books;
use super::super::contacts::Detail;
use super::super::credits::CreditKind;
use super::super::dates;
use super::super::errors::Refusal;
use super::super::filter::Operand;
use super::super::http::Incoming;
use super::super::json::{money, number, put};
use super::super::listing::{Listing, View, choose, pagination};
use super::{Invoice, InvoiceStatus, put_day};

/// How much of an invoice an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Lines.
    pub lines: bool,
    /// The contact in full instead of id and name.
    pub contact: bool,
    /// `summaryOnly`: neither payments nor lines.
    pub summary: bool,
    /// Decimals of unit amounts.
    pub unit_decimals: u32,
}

impl Shown {
    /// One invoice, or the answer to a write.
    pub const fn whole(unit_decimals: u32) -> Self {
        Shown {
            lines: true,
            contact: true,
            summary: false,
            unit_decimals,
        }
    }
}

impl Books {
    /// A list: the invoices and the `pagination` object if paged.
    pub fn list_invoices(
        &self,
        request: &Incoming<'_>,
        app: &str,
    ) -> Result<(Option<Value>, Value), Refusal> {
        let statuses: Option<Vec<InvoiceStatus>> = request.query_list("statuses").map(|words| {
            words
                .iter()
                .filter_map(|word| InvoiceStatus::from_word(&word.to_ascii_uppercase()))
                .collect()
        });
        let listing = Listing::read(request, statuses.is_some())?;
        let ids: Option<Vec<Uuid>> = list_of_ids(request, "ids");
        let contacts: Option<Vec<Uuid>> = list_of_ids(request, "contactids");
        let numbers: Option<Vec<String>> = request
            .query_list("invoicenumbers")
            .map(|list| list.iter().map(|number| number.to_lowercase()).collect());
        let mine = request.query_flag("createdbymyapp") == Some(true);
        let keep = |invoice: &Invoice| {
            statuses
                .as_ref()
                .is_none_or(|list| list.contains(&invoice.status))
                && ids.as_ref().is_none_or(|list| list.contains(&invoice.id))
                && contacts
                    .as_ref()
                    .is_none_or(|list| list.contains(&invoice.contact))
                && numbers
                    .as_ref()
                    .is_none_or(|list| list.contains(&invoice.number.to_lowercase()))
                && (!mine || invoice.created_by.as_deref() == Some(app))
        };
        let keeps_all =
            statuses.is_none() && ids.is_none() && contacts.is_none() && numbers.is_none() && !mine;
        let only = ids
            .clone()
            .or_else(|| numbers.as_deref().map(|list| self.numbered(list)))
            .or_else(|| contacts.as_deref().map(|list| self.of_contacts(list)))
            .or_else(|| self.invoices_by_filter(&listing));
        let chosen = choose(
            &self.invoices,
            only,
            &View {
                property: &|invoice, name| self.invoice_property(invoice, name),
                found_by: &|invoice, term| {
                    invoice.number.to_lowercase().contains(term)
                        || invoice.reference.to_lowercase().contains(term)
                },
                keep: if keeps_all { None } else { Some(&keep) },
            },
            &listing,
            self.quirks,
        )?;
        let shown = Shown {
            lines: listing.page.is_some() && !listing.summary,
            contact: false,
            summary: listing.summary,
            unit_decimals: listing.unit_decimals,
        };
        let rows = chosen
            .ids
            .iter()
            .filter_map(|id| self.invoice_json(*id, shown))
            .collect();
        Ok((pagination(&listing, chosen.count), rows))
    }

    fn numbered(&self, numbers: &[String]) -> Vec<Uuid> {
        numbers
            .iter()
            .flat_map(|number| self.invoices.with_key("number", number))
            .collect()
    }

    fn of_contacts(&self, contacts: &[Uuid]) -> Vec<Uuid> {
        contacts
            .iter()
            .flat_map(|contact| self.invoices.with_key("contact", &contact.to_string()))
            .collect()
    }

    fn invoices_by_filter(&self, listing: &Listing) -> Option<Vec<Uuid>> {
        let filter = listing.filter.as_ref()?;
        if let Some(id) = filter.must_equal("invoiceid") {
            return Some(id.parse().into_iter().collect());
        }
        if let Some(number) = filter.must_equal("invoicenumber") {
            return Some(self.numbered(&[number.to_lowercase()]));
        }
        let contact = filter.must_equal("contact.contactid")?;
        Some(self.of_contacts(&[contact.parse().ok()?]))
    }

    /// Value of a filter property.
    pub fn invoice_property(&self, invoice: &Invoice, name: &str) -> Option<Operand> {
        match name {
            "contact.name" => self
                .contacts
                .get(invoice.contact)
                .map(|contact| Operand::Text(contact.name.clone())),
            "contact.contactnumber" => self
                .contacts
                .get(invoice.contact)
                .map(|contact| Operand::text(contact.number.as_deref())),
            _ => invoice.own_property(name),
        }
    }

    /// The invoice a path segment names: its id or its number.
    pub fn invoice_at(&self, segment: &str) -> Option<Uuid> {
        segment
            .parse()
            .ok()
            .filter(|id| self.invoices.get(*id).is_some())
            .or_else(|| {
                self.invoices
                    .with_key("number", &segment.to_lowercase())
                    .next()
            })
    }

    /// One invoice as an answer shows it.
    pub fn invoice_json(&self, id: Uuid, shown: Shown) -> Option<Value> {
        let invoice = self.invoices.get(id)?;
        let mut value = json!({
            "Type": invoice.kind,
            "InvoiceID": invoice.id.to_string(),
            "InvoiceNumber": invoice.number,
            "Reference": invoice.reference,
        });
        if !shown.summary {
            put(&mut value, "Payments", self.payments_of(&invoice.payments));
        }
        for kind in [
            CreditKind::CreditNote,
            CreditKind::Prepayment,
            CreditKind::Overpayment,
        ] {
            let applied = if invoice.amount_credited.is_zero() {
                json!([])
            } else {
                self.applied_json(id, kind)
            };
            put(&mut value, kind.names().plural, applied);
        }
        put(&mut value, "AmountDue", money(invoice.amount_due()));
        put(&mut value, "AmountPaid", money(invoice.amount_paid));
        put(&mut value, "AmountCredited", money(invoice.amount_credited));
        put(&mut value, "SentToContact", invoice.sent);
        put(&mut value, "CurrencyRate", number(invoice.rate, 6));
        put(&mut value, "HasErrors", false);
        put(
            &mut value,
            "IsDiscounted",
            !invoice.totals.discount.is_zero(),
        );
        if !shown.summary {
            put(&mut value, "HasAttachments", false);
        }
        if let Some(url) = &invoice.url {
            put(&mut value, "Url", url.as_str());
        }
        if let Some(theme) = &invoice.branding_theme {
            put(&mut value, "BrandingThemeID", theme.as_str());
        }
        if let Some(contact) = self.contacts.get(invoice.contact) {
            let shape = if shown.contact {
                contact.to_json(Detail::Full, None)
            } else {
                contact.stub()
            };
            put(&mut value, "Contact", shape);
        }
        put_day(&mut value, "Date", invoice.date);
        if let Some(date) = invoice.due_date {
            put_day(&mut value, "DueDate", date);
        }
        if let Some(date) = invoice.expected_payment {
            put(&mut value, "ExpectedPaymentDate", dates::day(date));
        }
        put(&mut value, "Status", invoice.status.word());
        put(&mut value, "LineAmountTypes", invoice.amounts_are.word());
        if !shown.summary {
            put(&mut value, "LineItems", self.lines_json(invoice, shown));
        }
        self.put_stated(&mut value, invoice, shown);
        put(&mut value, "SubTotal", money(invoice.totals.sub_total));
        put(&mut value, "TotalTax", money(invoice.totals.total_tax));
        put(&mut value, "Total", money(invoice.totals.total));
        if !invoice.totals.discount.is_zero() {
            put(&mut value, "TotalDiscount", money(invoice.totals.discount));
        }
        put(
            &mut value,
            "UpdatedDateUTC",
            dates::instant(invoice.updated),
        );
        put(
            &mut value,
            "UpdatedDateUTCString",
            dates::instant_string(invoice.updated),
        );
        put(&mut value, "CurrencyCode", invoice.currency.as_str());
        if let Some(date) = invoice.fully_paid_on {
            put(&mut value, "FullyPaidOnDate", dates::day(date));
        }
        Some(value)
    }
}

impl Books {
    /// Payments as the documents they belong to show them.
    pub fn payments_of(&self, ids: &[Uuid]) -> Value {
        ids.iter()
            .filter_map(|id| self.payments.get(*id))
            .map(|payment| {
                let mut row = json!({
                    "PaymentID": payment.id.to_string(),
                    "Date": dates::day(payment.date),
                    "Amount": money(payment.amount),
                    "Reference": payment.reference,
                    "CurrencyRate": number(payment.rate, 6),
                    "HasAccount": false,
                    "HasValidationErrors": false,
                });
                if let Some(batch) = payment.batch {
                    put(&mut row, "BatchPaymentID", batch.to_string());
                }
                row
            })
            .collect()
    }

    /// Lines as answers show them, or none.
    pub fn lines_json(&self, document: &Invoice, shown: Shown) -> Value {
        document
            .lines
            .iter()
            .filter(|_| shown.lines)
            .map(|line| {
                let account = line
                    .account_code
                    .as_deref()
                    .and_then(|code| self.account(code));
                line.to_json(
                    account.map(|account| account.id),
                    self.tracking_json(line),
                    shown.unit_decimals,
                )
            })
            .collect()
    }
}

fn list_of_ids(request: &Incoming<'_>, name: &str) -> Option<Vec<Uuid>> {
    request
        .query_list(name)
        .map(|list| list.iter().filter_map(|id| id.parse().ok()).collect())
}
