//! What may happen next.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Sequence, Step, decimal, money, number, text};
use crate::site::Site;

impl Sequence {
    /// Does the next thing.
    pub fn next(&mut self, site: &mut dyn Site) -> Step {
        // Without an invoice there is nothing to do anything to.
        let kind = if self.made.len() < 2 {
            0
        } else {
            self.below(14)
        };
        match kind {
            0..=2 => self.invoice(site),
            3..=4 => self.credit(site),
            5..=7 => self.payment(site),
            8 => self.refund(site),
            9..=10 => self.reconcile(site),
            11 => self.journal(site),
            _ => self.cancel(site),
        }
    }

    fn line(&self, qty: i64, rate: Decimal) -> Value {
        json!([{
            "item_name": "Line", "description": "Line", "uom": "Nos", "qty": qty,
            "income_account": self.income, "rate": money(rate),
        }])
    }

    fn sales(&mut self, qty: i64, rate: Decimal) -> Value {
        let mut body = json!({
            "naming_series": "CT-SINV-.YYYY.-", "customer": self.customer,
            "company": self.company, "disable_rounded_total": 1,
            "items": self.line(qty, rate), "docstatus": 1,
        });
        if self.foreign {
            body["currency"] = json!("USD");
            body["debit_to"] = json!(self.debtors);
            body["conversion_rate"] = number(self.rate());
        }
        body
    }

    fn invoice(&mut self, site: &mut dyn Site) -> Step {
        let rate = self.pence(30_000);
        let body = self.sales(1, rate);
        self.make(site, "an invoice", "Sales Invoice", &body)
    }

    fn credit(&mut self, site: &mut dyn Site) -> Step {
        let rate = self.pence(20_000);
        let mut body = self.sales(-1, rate);
        body["is_return"] = json!(1);
        let mut what = "a credit note";
        let invoices = self.open(site, false);
        if self.below(4) > 0
            && let Some((invoice, owed)) = self.pick(&invoices)
        {
            body["return_against"] = json!(invoice);
            what = "a return";
            // Mostly the invoice's own rate; another one is refused.
            if self.foreign && self.below(5) > 0 {
                let own = site.get("Sales Invoice", &invoice)["conversion_rate"].clone();
                body["conversion_rate"] = own;
            }
            if self.below(2) == 0 {
                body["update_outstanding_for_self"] = json!(0);
                what = "a return that reduces its invoice";
            }
            if self.below(3) == 0 && owed > Decimal::ZERO {
                body["items"][0]["rate"] = money(owed);
            }
        }
        self.make(site, what, "Sales Invoice", &body)
    }

    fn paying(&mut self, kind: &str, amount: Decimal, references: &[(String, Decimal)]) -> Value {
        let rows: Vec<Value> = references
            .iter()
            .map(|(name, amount)| {
                json!({
                    "reference_doctype": "Sales Invoice", "reference_name": name,
                    "allocated_amount": money(*amount),
                })
            })
            .collect();
        let receiving = kind == "Receive";
        let (party, other) = if receiving {
            ("paid_from", "paid_to")
        } else {
            ("paid_to", "paid_from")
        };
        let mut body = json!({
            "naming_series": "CT-PAY-.YYYY.-", "payment_type": kind, "company": self.company,
            "party_type": "Customer", "party": self.customer,
            "paid_amount": money(amount), "received_amount": money(amount),
            "references": rows, "docstatus": 1,
        });
        body[party] = json!(self.debtors);
        body[other] = json!(self.cash);
        if self.foreign {
            let rate = self.rate();
            let home = (amount * rate).round_dp(2);
            if receiving {
                body["received_amount"] = money(home);
                body["source_exchange_rate"] = number(rate);
            } else {
                body["paid_amount"] = money(home);
                body["target_exchange_rate"] = number(rate);
            }
        }
        body
    }

    fn payment(&mut self, site: &mut dyn Site) -> Step {
        let mut invoices = self.open(site, false);
        if self.below(5) == 0 {
            invoices.extend(self.open(site, true));
        }
        let mut references: Vec<(String, Decimal)> = Vec::new();
        for _ in 0..self.below(4) {
            let Some((name, owed)) = self.pick(&invoices) else {
                break;
            };
            // Sometimes the same invoice twice, which is refused.
            if references.iter().any(|(known, _)| *known == name) && self.below(6) > 0 {
                continue;
            }
            let part = match self.below(6) {
                0 => owed + Decimal::new(1, 2),
                1..=3 => owed,
                _ => (owed / Decimal::TWO).round_dp(2),
            };
            references.push((name, part));
        }
        let allocated: Decimal = references.iter().map(|(_, part)| *part).sum();
        let extra = match self.below(4) {
            0 => self.pence(5_000),
            1 if references.is_empty() => self.pence(20_000),
            _ => Decimal::ZERO,
        };
        let fee = self.below(5) == 0 && !self.foreign && allocated > Decimal::TEN;
        let cost = if fee {
            Decimal::new(125, 2)
        } else {
            Decimal::ZERO
        };
        let mut body = self.paying("Receive", allocated + extra - cost, &references);
        if fee {
            body["deductions"] = json!([{
                "account": self.write_off, "cost_center": self.cost_center, "amount": money(cost),
            }]);
        }
        let what = format!("a payment of {} invoices", references.len());
        self.make(site, &what, "Payment Entry", &body)
    }

    fn refund(&mut self, site: &mut dyn Site) -> Step {
        let notes = self.open(site, true);
        let Some((note, owed)) = self.pick(&notes) else {
            return self.invoice(site);
        };
        let part = if self.below(3) == 0 {
            (owed / Decimal::TWO).round_dp(2)
        } else {
            owed
        };
        let body = self.paying("Pay", part.abs(), &[(note, part)]);
        self.make(site, "a refund", "Payment Entry", &body)
    }

    fn reconcile(&mut self, site: &mut dyn Site) -> Step {
        let form = json!({
            "doctype": "Payment Reconciliation", "company": self.company,
            "party_type": "Customer", "party": self.customer,
            "receivable_payable_account": self.debtors,
        });
        let run = |site: &mut dyn Site, form: &Value, method: &str, args: Option<Value>| {
            let mut body = json!({"docs": form.to_string(), "method": method});
            if let Some(args) = args {
                body["args"] = json!(args.to_string());
            }
            site.call("POST", "/api/method/run_doc_method", Some(&body))
        };
        let (status, found) = run(site, &form, "get_unreconciled_entries", None);
        if status != 200 {
            return self.step("looking for what is open", (status, found));
        }
        let form = found["docs"][0].clone();
        let by_place = |sequence: &Self, table: &str, key: &str| {
            let mut rows = form[table].as_array().cloned().unwrap_or_default();
            rows.sort_by_key(|row| sequence.place(row[key].as_str().unwrap_or_default()));
            rows
        };
        let payments = by_place(self, "payments", "reference_name");
        let invoices = by_place(self, "invoices", "invoice_number");
        let payment = self.pick(&payments);
        let invoice = self.pick(&invoices);
        let all = self.below(2) == 0;
        let args = json!({
            "payments": payment.map(|row| vec![row]).unwrap_or_default(),
            "invoices": if all { invoices } else { invoice.map(|row| vec![row]).unwrap_or_default() },
        });
        let (status, allocated) = run(site, &form, "allocate_entries", Some(args));
        if status != 200 {
            return self.step("allocating", (status, allocated));
        }
        let mut form = allocated["docs"][0].clone();
        if self.below(3) == 0
            && let Some(row) = form["allocation"].get_mut(0)
        {
            let half = (decimal(&row["allocated_amount"]) / Decimal::TWO).round_dp(2);
            row["allocated_amount"] = money(half);
        }
        let done = run(site, &form, "reconcile", None);
        self.step("reconciling", done)
    }

    fn journal(&mut self, site: &mut dyn Site) -> Step {
        let invoices = self.open(site, false);
        let notes = self.open(site, true);
        let row = |account: &str, debit: Decimal, credit: Decimal| {
            json!({
                "account": account, "debit_in_account_currency": money(debit),
                "credit_in_account_currency": money(credit),
            })
        };
        let zero = Decimal::ZERO;
        let Some((invoice, owed)) = self.pick(&invoices) else {
            return self.invoice(site);
        };
        let owed = owed.abs().max(Decimal::ONE);
        let part = if self.below(3) == 0 {
            owed + Decimal::ONE
        } else {
            owed
        };
        let mut credit = row(&self.debtors, zero, part);
        credit["party_type"] = json!("Customer");
        credit["party"] = json!(self.customer);
        let referenced = self.below(4) > 0;
        if referenced {
            credit["reference_type"] = json!("Sales Invoice");
            credit["reference_name"] = json!(invoice);
        }
        let note = self.pick(&notes).filter(|_| self.below(2) == 0);
        let (kind, debit) = match note {
            Some((note, _)) if referenced => {
                let mut debit = row(&self.debtors, part, zero);
                debit["party_type"] = json!("Customer");
                debit["party"] = json!(self.customer);
                debit["reference_type"] = json!("Sales Invoice");
                debit["reference_name"] = json!(note);
                ("Credit Note", debit)
            }
            _ => ("Journal Entry", row(&self.cash, part, zero)),
        };
        // Entries in two currencies need rates that agree; those are refused here.
        let body = json!({
            "naming_series": "CT-JV-.YYYY.-", "company": self.company, "voucher_type": kind,
            "posting_date": self.day(site), "accounts": [debit, credit], "docstatus": 1,
        });
        self.make(site, "a journal entry", "Journal Entry", &body)
    }

    /// The day of the first invoice, which is today.
    fn day(&self, site: &mut dyn Site) -> String {
        text(&site.get(self.made[0].0, &self.made[0].1)["posting_date"])
    }

    fn cancel(&mut self, site: &mut dyn Site) -> Step {
        let made = self.made.clone();
        let Some((doctype, name)) = self.pick(&made) else {
            return self.invoice(site);
        };
        let answer = site.call(
            "PUT",
            &format!("/api/resource/{doctype}/{name}"),
            Some(&json!({"docstatus": 2})),
        );
        let what = format!("cancelling #{}", self.place(&name).unwrap());
        self.step(&what, answer)
    }

    fn make(
        &mut self,
        site: &mut dyn Site,
        what: &str,
        doctype: &'static str,
        body: &Value,
    ) -> Step {
        let answer = site.call("POST", &format!("/api/resource/{doctype}"), Some(body));
        if answer.0 == 200 {
            self.made.push((doctype, text(&answer.1["data"]["name"])));
        }
        self.step(what, answer)
    }
}
