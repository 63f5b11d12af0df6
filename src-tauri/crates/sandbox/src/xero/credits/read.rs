//! `GET /CreditNotes`, `/Overpayments`, `/Prepayments`, and one of them as answers show it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::books::Books;
use super::super::contacts::Detail;
use super::super::dates;
use super::super::errors::Refusal;
use super::super::filter::Operand;
use super::super::http::Incoming;
use super::super::invoices::{Shown, put_day};
use super::super::json::{money, number, put};
use super::super::listing::{Listing, View, choose, pagination};
use super::{Credit, CreditKind};

impl Books {
    /// A list: the records and the `pagination` object if paged. Lines only in paged lists.
    pub fn list_credits(
        &self,
        kind: CreditKind,
        request: &Incoming<'_>,
    ) -> Result<(Option<Value>, Value), Refusal> {
        let listing = Listing::read(request, false)?;
        let chosen = choose(
            &self.credits,
            None,
            &View {
                property: &|credit: &Credit, name| self.credit_property(credit, name),
                found_by: &|_, _| true,
                keep: Some(&|credit: &Credit| credit.kind == kind),
            },
            &listing,
            self.quirks,
        )?;
        let shown = Shown {
            lines: listing.page.is_some(),
            contact: false,
            summary: false,
            unit_decimals: listing.unit_decimals,
        };
        let rows = chosen
            .ids
            .iter()
            .filter_map(|id| self.credit_json(*id, shown))
            .collect();
        Ok((pagination(&listing, chosen.count), rows))
    }

    /// The record a path segment names: its id, or a credit note's number.
    pub fn credit_at(&self, kind: CreditKind, segment: &str) -> Option<Uuid> {
        let numbered = || self.credit_note_numbered(segment);
        segment
            .parse()
            .ok()
            .filter(|id| self.credits.get(*id).is_some())
            .or_else(numbered)
            .filter(|id| {
                self.credits
                    .get(*id)
                    .is_some_and(|credit| credit.kind == kind)
            })
    }

    fn credit_property(&self, credit: &Credit, name: &str) -> Option<Operand> {
        let document = &credit.document;
        match name {
            "creditnoteid" | "overpaymentid" | "prepaymentid" | "id" => {
                Some(Operand::Text(document.id.to_string()))
            }
            "creditnotenumber" => Some(Operand::Text(document.number.clone())),
            "remainingcredit" => Some(Operand::Number(document.amount_due())),
            "invoiceid" | "invoicenumber" | "amountdue" | "amountpaid" | "duedate" => None,
            _ => self.invoice_property(document, name),
        }
    }

    /// One record as an answer shows it.
    pub fn credit_json(&self, id: Uuid, shown: Shown) -> Option<Value> {
        let credit = self.credits.get(id)?;
        let document = &credit.document;
        let names = credit.kind.names();
        let mut value = json!({
            names.id: id.to_string(),
            "ID": id.to_string(),
            "Type": credit.kind.type_word(),
            "Reference": document.reference,
        });
        if credit.kind == CreditKind::CreditNote {
            put(&mut value, "CreditNoteNumber", document.number.as_str());
            put(&mut value, "SentToContact", document.sent);
            put(&mut value, "HasErrors", false);
            if let Some(theme) = &document.branding_theme {
                put(&mut value, "BrandingThemeID", theme.as_str());
            }
        }
        put(&mut value, "Payments", self.payments_of(&document.payments));
        put(
            &mut value,
            "Allocations",
            credit
                .allocations
                .iter()
                .map(|each| self.allocation_json(each))
                .collect::<Vec<_>>(),
        );
        put(&mut value, "RemainingCredit", money(document.amount_due()));
        put(&mut value, "CurrencyRate", number(document.rate, 6));
        put(&mut value, "HasAttachments", false);
        if let Some(contact) = self.contacts.get(document.contact) {
            let shape = if shown.contact {
                contact.to_json(Detail::Full, None)
            } else {
                contact.stub()
            };
            put(&mut value, "Contact", shape);
        }
        put_day(&mut value, "Date", document.date);
        put(&mut value, "Status", document.status.word());
        put(&mut value, "LineAmountTypes", document.amounts_are.word());
        put(&mut value, "LineItems", self.lines_json(document, shown));
        put(&mut value, "SubTotal", money(document.totals.sub_total));
        put(&mut value, "TotalTax", money(document.totals.total_tax));
        put(&mut value, "Total", money(document.totals.total));
        put(
            &mut value,
            "UpdatedDateUTC",
            dates::instant(document.updated),
        );
        put(
            &mut value,
            "UpdatedDateUTCString",
            dates::instant_string(document.updated),
        );
        put(&mut value, "CurrencyCode", document.currency.as_str());
        // Overpayments and prepayments have no such date (openapi).
        if let Some(date) = document.fully_paid_on
            && credit.kind == CreditKind::CreditNote
        {
            put(&mut value, "FullyPaidOnDate", dates::day(date));
        }
        Some(value)
    }

    /// The credit allocated to an invoice as the invoice shows it, of one kind.
    pub fn applied_json(&self, invoice: Uuid, kind: CreditKind) -> Value {
        let mut rows = Vec::new();
        for credit in self
            .credits_of_invoice(invoice)
            .filter(|credit| credit.kind == kind)
        {
            for allocation in credit
                .allocations
                .iter()
                .filter(|each| each.invoice == invoice)
            {
                let mut row = json!({
                    kind.names().id: credit.document.id.to_string(),
                    "ID": credit.document.id.to_string(),
                    "AppliedAmount": money(allocation.amount),
                    "Total": money(credit.document.totals.total),
                    "LineItems": [],
                });
                if kind == CreditKind::CreditNote {
                    put(
                        &mut row,
                        "CreditNoteNumber",
                        credit.document.number.as_str(),
                    );
                    put(&mut row, "HasErrors", false);
                }
                put_day(&mut row, "Date", allocation.date);
                rows.push(row);
            }
        }
        Value::Array(rows)
    }
}
