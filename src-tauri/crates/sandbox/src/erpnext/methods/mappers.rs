//! Documents prepared from others and not yet saved: a payment for an invoice, a return of one.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::ErpnextWorld;
use super::super::answer::Shape;
use super::super::cell::{Cell, Doc, Row};
use super::super::documents::{Action, Body};
use super::super::site::{Outcome, Right};
use super::desk::without;

/// Columns only a stored document has.
const STORED: [&str; 5] = ["name", "creation", "modified", "modified_by", "parent"];

impl ErpnextWorld {
    /// `get_payment_entry`: the payment that would settle an invoice.
    pub(super) fn payment_for(&mut self, doctype: &str, name: &str) -> Outcome<Value> {
        self.demand(doctype, Right::Read, false)?;
        let invoice = self.fetch(doctype, name)?.clone();
        let owed = invoice.number("outstanding_amount");
        let company = invoice.text("company").to_owned();
        let mut doc = self.draft("Payment Entry", &Body::new())?;
        let receiving = owed >= Decimal::ZERO;
        let bank = self.value("Company", &company, "default_bank_account");
        let ledger = invoice.row.get("debit_to").clone();
        let (from, to) = if receiving {
            (ledger, bank)
        } else {
            (bank, ledger)
        };
        let today = self.today();
        doc.set("payment_type", if receiving { "Receive" } else { "Pay" });
        doc.set("company", company);
        doc.set("posting_date", today.as_str());
        doc.set("reference_no", "-");
        doc.set("reference_date", today);
        doc.set("party_type", "Customer");
        doc.set("party", invoice.row.get("customer").clone());
        doc.set("paid_from", from);
        doc.set("paid_to", to);
        doc.set("paid_amount", owed.abs());
        doc.set("received_amount", owed.abs());
        doc.set("custom_remarks", Cell::Int(1));
        let mut row = Row::default();
        row.set("reference_doctype", doctype);
        row.set("reference_name", name);
        row.set("allocated_amount", owed);
        doc.rows_mut("references").push(row);
        if owed.is_zero() {
            return Ok(self.nothing_to_pay(doc, &invoice));
        }
        self.validate_payment(&mut doc, Action::Save)?;
        doc.set("custom_remarks", Cell::Int(0));
        for field in [
            "paid_amount_after_tax",
            "received_amount_after_tax",
            "base_paid_amount_after_tax",
            "base_received_amount_after_tax",
        ] {
            doc.set(field, Decimal::ZERO);
        }
        doc.set("reference_no", Cell::Null);
        doc.set("title", Cell::Null);
        let stamp = self.tick();
        let mut value = self.unsaved(&doc, &["references"]);
        for row in value["references"].as_array_mut().into_iter().flatten() {
            row["modified"] = json!(stamp);
            row["modified_by"] = json!(self.user);
            if let Some(row) = row.as_object_mut() {
                without(row, &["owner"]);
            }
        }
        Ok(value)
    }

    /// The payment prepared for a document nothing is owed on: it could not be saved as it is.
    fn nothing_to_pay(&self, mut doc: Doc, invoice: &Doc) -> Value {
        let zero = Decimal::ZERO;
        doc.set("payment_type", "Pay");
        let (from, to) = (
            doc.row.get("paid_to").clone(),
            doc.row.get("paid_from").clone(),
        );
        doc.set("paid_from", from);
        doc.set("paid_to", to);
        for side in ["paid_from", "paid_to"] {
            let account = doc.text(side).to_owned();
            for (field, suffix) in [("account_type", "type"), ("account_currency", "currency")] {
                let value = self.value("Account", &account, field);
                doc.set(format!("{side}_account_{suffix}"), value);
            }
        }
        let party = self.value("Customer", doc.text("party"), "customer_name");
        doc.set("party_name", party);
        doc.set("source_exchange_rate", Decimal::ONE);
        doc.set("target_exchange_rate", invoice.number("conversion_rate"));
        doc.set("custom_remarks", Cell::Int(0));
        for field in ["reference_no", "title"] {
            doc.set(field, Cell::Null);
        }
        for row in doc.rows_mut("references") {
            row.set("due_date", invoice.row.get("due_date").clone());
            row.set(
                "total_amount",
                super::super::sales_invoice::receivable(invoice),
            );
            row.set("outstanding_amount", zero);
        }
        let mut value = self.unsaved(&doc, &["references"]);
        for row in value["references"].as_array_mut().into_iter().flatten() {
            if let Some(row) = row.as_object_mut() {
                without(row, &["owner"]);
            }
        }
        value
    }

    /// `make_sales_return`: the credit note over a whole invoice.
    pub(super) fn return_of(&mut self, name: &str) -> Outcome<Value> {
        self.demand("Sales Invoice", Right::Read, false)?;
        let invoice = self.fetch("Sales Invoice", name)?.clone();
        let mut doc = invoice.clone();
        let negative = |row: &mut Row, fields: &[&'static str]| {
            for field in fields {
                let amount = -row.number(field);
                row.set(*field, amount);
            }
        };
        negative(
            &mut doc.row,
            &[
                "total_qty",
                "base_total",
                "base_net_total",
                "total",
                "net_total",
                "base_total_taxes_and_charges",
                "total_taxes_and_charges",
                "base_grand_total",
                "grand_total",
                "base_rounding_adjustment",
                "rounding_adjustment",
                "base_rounded_total",
                "rounded_total",
                "amount_eligible_for_commission",
            ],
        );
        for row in doc.rows_mut("items") {
            let own = row.text("name").to_owned();
            row.set("sales_invoice_item", own);
            row.set("stock_uom_rate", Decimal::ZERO);
            row.set("image", Cell::Null);
            negative(
                row,
                &[
                    "qty",
                    "stock_qty",
                    "amount",
                    "base_amount",
                    "net_amount",
                    "base_net_amount",
                ],
            );
        }
        for row in doc.rows_mut("payment_schedule") {
            row.set("discount_type", "Percentage");
            negative(row, &["payment_amount"]);
        }
        for row in doc.rows_mut("taxes") {
            negative(
                row,
                &["tax_amount", "base_tax_amount", "total", "base_total"],
            );
        }
        let owed = super::super::sales_invoice::receivable(&doc);
        doc.set("outstanding_amount", owed);
        doc.set("is_return", Cell::Int(1));
        doc.set("return_against", name);
        doc.set("docstatus", Cell::Int(0));
        doc.set("status", "Draft");
        let (today, clock) = (self.today(), self.time_of_day());
        doc.set("posting_date", today);
        doc.set("posting_time", clock);
        doc.set("ignore_pricing_rule", Cell::Int(1));
        // The series is the type's own first one, whatever the invoice had.
        doc.set("naming_series", "ACC-SINV-.YYYY.-");
        doc.set("set_warehouse", "");
        doc.set("select_print_heading", "Credit Note");
        for field in [
            "due_date",
            "remarks",
            "title",
            "against_income_account",
            "tax_category",
            "po_no",
        ] {
            doc.set(field, Cell::Null);
        }
        let mut value = self.unsaved(&doc, &["items", "payment_schedule"]);
        value["__onload"] = json!({"load_after_mapping": true});
        for table in ["items", "payment_schedule"] {
            for row in value[table].as_array_mut().into_iter().flatten() {
                row["__unsaved"] = json!(1);
                row["owner"] = json!(self.user);
            }
        }
        Ok(value)
    }

    /// A document as a form holds it before it is saved.
    fn unsaved(&self, doc: &Doc, tables: &[&str]) -> Value {
        let mut value = self.doc_json(doc, Shape::default());
        let Some(map) = value.as_object_mut() else {
            return value;
        };
        without(map, &STORED);
        map.insert("owner".into(), json!(self.user));
        map.insert("__islocal".into(), json!(1));
        map.insert("__unsaved".into(), json!(1));
        for table in tables {
            for row in map
                .get_mut(*table)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                if let Some(row) = row.as_object_mut() {
                    without(row, &STORED);
                    row.insert("__islocal".into(), json!(1));
                }
            }
        }
        value
    }
}
