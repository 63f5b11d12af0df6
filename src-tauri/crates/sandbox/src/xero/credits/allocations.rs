//! `PUT` and `DELETE /CreditNotes/{id}/Allocations`, and the same of overpayments and prepayments.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::books::Books;
use super::super::dates;
use super::super::errors::Faults;
use super::super::invoices::{InvoiceStatus, day};
use super::super::json::{decimal, filled, given, money, put, round};
use super::{Allocation, Credit, CreditKind};

impl Books {
    /// Uses credit for an invoice. Each call adds an allocation.
    pub fn allocate(
        &mut self,
        credit: Uuid,
        element: &Value,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let Some(mut credit) = self.credits.get(credit).cloned() else {
            return Err(Faults::one("The credit could not be found"));
        };
        let words = credit.kind.words();
        let invoice = given(element, "Invoice").and_then(|named| {
            filled(named, "InvoiceID")
                .and_then(|id| id.parse().ok())
                .or_else(|| self.sales_invoice_numbered(&filled(named, "InvoiceNumber")?))
                .and_then(|id| self.invoices.get(id))
        });
        let Some(invoice) = invoice else {
            let mut faults = Faults::default();
            faults.at(
                "/Invoice",
                "An existing invoice with the specified ID could not be found",
            );
            return Err(faults);
        };
        let mut faults = Faults::default();
        let amount = match given(element, "Amount").map(decimal) {
            Some(Some(amount)) if amount > Decimal::ZERO => round(amount, 2),
            _ => {
                faults.add("Allocation amount must be greater than zero");
                Decimal::ZERO
            }
        };
        // What the two documents must have in common. The wording past the type is approximate.
        if invoice.kind != "ACCREC" {
            faults.add(format!(
                "{words} cannot be allocated to an incorrect invoice type"
            ));
        }
        if invoice.contact != credit.document.contact {
            faults.add(format!(
                "{words} cannot be allocated to an invoice of another contact"
            ));
        }
        if invoice.currency != credit.document.currency {
            faults.add(format!(
                "{words} cannot be allocated to an invoice in another currency"
            ));
        }
        match invoice.status {
            InvoiceStatus::Authorised => {
                if amount > invoice.amount_due() {
                    faults.add(too_much(credit.kind));
                }
            }
            InvoiceStatus::Paid => {
                faults.at(
                    "/Invoice",
                    "The invoice you are trying to allocate to has already been paid off",
                );
            }
            _ => faults.add(format!(
                "{words} can only be allocated to Authorised invoices"
            )),
        }
        match credit.document.status {
            InvoiceStatus::Authorised => {
                if amount > credit.document.amount_due() {
                    faults.add(too_much(credit.kind));
                }
            }
            InvoiceStatus::Paid => faults.add(too_much(credit.kind)),
            _ => faults.add(format!("{words} not of valid status for allocation")),
        }
        let later = invoice.date.max(credit.document.date);
        let date = day(element, "Date", &mut faults).unwrap_or(later);
        self.check_locks(InvoiceStatus::Authorised, date, &mut faults);
        faults.into_result()?;
        let invoice = invoice.id;
        let id = self.new_id();
        let credit_id = credit.document.id;
        credit.allocations.push(Allocation {
            id,
            invoice,
            amount,
            date,
        });
        self.credits.put(credit);
        self.settle_credit(credit_id, now);
        self.settle_invoice(invoice, now);
        self.note(credit_id, "Credit Applied", "", now);
        self.note(invoice, "Credit Applied", "", now);
        Ok(id)
    }

    /// Takes an allocation back; both documents are as if it had not been. Answers what Xero
    /// answers, and nothing is left of it. None for an unknown allocation.
    pub fn remove_allocation(
        &mut self,
        credit: Uuid,
        allocation: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Option<Value>, Faults> {
        let Some(mut credit) = self.credits.get(credit).cloned() else {
            return Ok(None);
        };
        let found = |each: &Allocation| each.id == allocation;
        let Some(index) = credit.allocations.iter().position(found) else {
            return Ok(None);
        };
        let mut faults = Faults::default();
        let date = credit.allocations[index].date;
        self.check_locks(InvoiceStatus::Authorised, date, &mut faults);
        faults.into_result()?;
        let removed = credit.allocations.remove(index);
        let id = credit.document.id;
        self.credits.put(credit);
        self.settle_credit(id, now);
        self.settle_invoice(removed.invoice, now);
        self.note(id, "Credit Removed", "", now);
        self.note(removed.invoice, "Credit Removed", "", now);
        // The specification's example spells `AllocationId`, puts the invoice in an array and has no
        // amount, which its own schema (and the Python SDK) requires; so the amount is here.
        Ok(Some(json!({
            "AllocationId": removed.id.to_string(),
            "Amount": money(removed.amount),
            "Date": dates::day(removed.date),
            "Invoice": [{"InvoiceID": removed.invoice.to_string()}],
            "IsDeleted": true,
        })))
    }

    /// One allocation as answers show it.
    pub fn allocation_json(&self, allocation: &Allocation) -> Value {
        let mut invoice = json!({
            "InvoiceID": allocation.invoice.to_string(),
            "Payments": [],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "HasErrors": false,
            "IsDiscounted": false,
            "LineItems": [],
        });
        if let Some(known) = self.invoices.get(allocation.invoice) {
            put(&mut invoice, "InvoiceNumber", known.number.as_str());
        }
        json!({
            "AllocationID": allocation.id.to_string(),
            "Amount": money(allocation.amount),
            "Date": dates::day(allocation.date),
            "Invoice": invoice,
        })
    }

    /// The allocation of a credit.
    pub fn allocation(&self, credit: Uuid, id: Uuid) -> Option<&Allocation> {
        let credit: &Credit = self.credits.get(credit)?;
        credit.allocations.iter().find(|each| each.id == id)
    }
}

fn too_much(kind: CreditKind) -> String {
    format!(
        "{} cannot be allocated as amount is greater than amount outstanding",
        kind.words()
    )
}
