//! Documents prepared from others and not yet saved: a payment for an invoice, a return of one.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::ErpnextWorld;
use super::super::answer::{Shape, float_json};
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

    /// Payment Reconciliation, a form that exists only while somebody uses it.
    pub(super) fn reconciliation(
        &mut self,
        method: &str,
        mut doc: Map<String, Value>,
        args: &Value,
    ) -> Outcome<super::super::routes::Answer> {
        self.demand("Journal Entry", Right::Write, false)?;
        match method {
            "allocate_entries" => {
                let allocation = self.allocations(args);
                doc.insert("allocation".into(), allocation);
            }
            "reconcile" => {
                let rows = doc["allocation"].as_array().cloned().unwrap_or_default();
                for row in &rows {
                    self.reconcile(&doc, row)?;
                }
                self.messages
                    .push(super::Message::plain("Successfully Reconciled"));
                self.unreconciled(&mut doc);
            }
            _ => self.unreconciled(&mut doc),
        }
        Ok(super::super::routes::Answer::under("docs", json!([doc])))
    }

    fn unreconciled(&self, doc: &mut Map<String, Value>) {
        let (party, account) = (
            super::text(doc, "party"),
            super::text(doc, "receivable_payable_account"),
        );
        let open: Vec<&Doc> = self
            .store
            .shelf("Sales Invoice")
            .into_iter()
            .flat_map(|shelf| shelf.each_with("customer", party))
            .filter(|invoice| invoice.docstatus() == 1 && invoice.text("debit_to") == account)
            .collect();
        let mut payments = Vec::new();
        let mut invoices = Vec::new();
        for invoice in open {
            let owed = invoice.number("outstanding_amount");
            if invoice.int("is_return") == 1 && owed < Decimal::ZERO {
                payments.push(json!({
                    "docstatus": 0, "idx": payments.len() + 1, "reference_type": "Sales Invoice",
                    "reference_name": invoice.name(), "posting_date": invoice.text("posting_date"),
                    "amount": float_json(-owed), "difference_amount": float_json(Decimal::ZERO),
                    "remarks": invoice.text("remarks"), "currency": invoice.text("party_account_currency"),
                    "exchange_rate": float_json(Decimal::ZERO), "parentfield": "payments",
                    "parenttype": "Payment Reconciliation",
                    "doctype": "Payment Reconciliation Payment", "__islocal": 1,
                }));
            } else if owed > Decimal::ZERO {
                let total = super::super::sales_invoice::receivable(invoice);
                invoices.push(json!({
                    "docstatus": 0, "idx": invoices.len() + 1, "invoice_type": "Sales Invoice",
                    "invoice_number": invoice.name(), "invoice_date": invoice.text("posting_date"),
                    "amount": float_json(total), "outstanding_amount": float_json(owed),
                    "currency": invoice.text("party_account_currency"),
                    "exchange_rate": float_json(Decimal::ZERO), "parentfield": "invoices",
                    "parenttype": "Payment Reconciliation",
                    "doctype": "Payment Reconciliation Invoice", "__islocal": 1,
                }));
            }
        }
        let zero = float_json(Decimal::ZERO);
        let mut fresh = Map::new();
        fresh.insert("docstatus".into(), json!(0));
        fresh.insert("idx".into(), json!(0));
        for key in [
            "company",
            "party_type",
            "party",
            "receivable_payable_account",
        ] {
            fresh.insert(key.into(), doc.get(key).cloned().unwrap_or_default());
        }
        for key in [
            "minimum_invoice_amount",
            "minimum_payment_amount",
            "maximum_invoice_amount",
            "maximum_payment_amount",
        ] {
            fresh.insert(key.into(), doc.get(key).cloned().unwrap_or(zero.clone()));
        }
        for key in ["invoice_limit", "payment_limit"] {
            fresh.insert(key.into(), doc.get(key).cloned().unwrap_or(json!(0)));
        }
        fresh.insert("doctype".into(), json!("Payment Reconciliation"));
        let allocation = doc.get("allocation").cloned().unwrap_or(json!([]));
        fresh.insert("allocation".into(), allocation);
        fresh.insert("payments".into(), Value::Array(payments));
        fresh.insert("invoices".into(), Value::Array(invoices));
        *doc = fresh;
    }

    /// Which credit goes against which invoice, first come first served.
    fn allocations(&self, args: &Value) -> Value {
        let amount = |value: &Value| Cell::text(&value.to_string()).as_number();
        let mut invoices: Vec<(Value, Decimal)> = args["invoices"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| (row.clone(), amount(&row["outstanding_amount"])))
            .collect();
        let mut rows: Vec<Value> = Vec::new();
        for payment in args["payments"].as_array().into_iter().flatten() {
            let mut left = amount(&payment["amount"]);
            for (invoice, open) in &mut invoices {
                let part = left.min(*open);
                if part <= Decimal::ZERO {
                    continue;
                }
                let company = self.setting("Global Defaults", "default_company").as_text();
                let difference = self.value("Company", company, "exchange_gain_loss_account");
                rows.push(json!({
                    "docstatus": 0, "idx": rows.len() + 1,
                    "reference_type": payment["reference_type"],
                    "reference_name": payment["reference_name"],
                    "invoice_type": invoice["invoice_type"],
                    "invoice_number": invoice["invoice_number"],
                    "allocated_amount": float_json(part),
                    "unreconciled_amount": float_json(left), "amount": float_json(left),
                    "difference_amount": float_json(Decimal::ZERO),
                    "gain_loss_posting_date": self.today(),
                    "difference_account": difference.as_text(),
                    "exchange_rate": float_json(Decimal::ONE), "currency": payment["currency"],
                    "parentfield": "allocation", "parenttype": "Payment Reconciliation",
                    "doctype": "Payment Reconciliation Allocation", "__islocal": 1,
                }));
                left -= part;
                *open -= part;
            }
        }
        Value::Array(rows)
    }

    fn reconcile(&mut self, doc: &Map<String, Value>, row: &Value) -> Outcome<()> {
        let amount = Cell::text(&row["allocated_amount"].to_string()).as_number();
        let center = self
            .value("Company", super::text(doc, "company"), "cost_center")
            .as_text()
            .to_owned();
        let mut rows = Vec::new();
        for (side, name) in [
            ("debit_in_account_currency", &row["reference_name"]),
            ("credit_in_account_currency", &row["invoice_number"]),
        ] {
            let mut line = Row::default();
            line.set("name", self.new_hash());
            line.set("account", super::text(doc, "receivable_payable_account"));
            line.set("party_type", "Customer");
            line.set("party", super::text(doc, "party"));
            line.set("cost_center", center.as_str());
            line.set("reference_type", "Sales Invoice");
            line.set("reference_name", name.as_str().unwrap_or_default());
            line.set(side, amount);
            rows.push(line);
        }
        self.post_journal("Credit Note", rows, false)?;
        Ok(())
    }
}
