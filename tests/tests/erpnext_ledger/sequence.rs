//! One random sequence, the same on every site: what to do next follows from the seed and from what
//! the site itself says is owed.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::site::{Answer, Site};

/// What one step was answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// What was asked for.
    pub what: String,
    /// HTTP status.
    pub status: u16,
    /// `exc_type`, "" where it was done.
    pub error: String,
    /// The last message, names replaced by their place in the sequence.
    pub message: String,
}

/// A sequence on one site.
pub struct Sequence {
    random: u64,
    customer: String,
    /// The account's currency is not the company's.
    foreign: bool,
    debtors: String,
    cash: String,
    income: String,
    write_off: String,
    cost_center: String,
    company: String,
    /// Everything made: type and name.
    made: Vec<(&'static str, String)>,
}

/// A document and what is open on it.
#[derive(Debug, PartialEq, Eq)]
pub struct Owed {
    /// Place in the sequence.
    place: usize,
    docstatus: i64,
    status: String,
    /// What is owed, or for a payment what is on account.
    amount: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn decimal(value: &Value) -> Decimal {
    value.to_string().parse().unwrap_or_default()
}

/// A number as JSON writes it.
fn number(number: Decimal) -> Value {
    serde_json::from_str(&number.to_string()).unwrap()
}

fn money(amount: Decimal) -> Value {
    number(amount.round_dp(2))
}

impl Sequence {
    /// A customer of its own, on the company's debtor account or, for every third seed, on one in
    /// dollars.
    pub fn begin(site: &mut dyn Site, seed: u64, run: &str) -> Self {
        let defaults = site.get("Global Defaults", "Global Defaults");
        let company = site.get("Company", &text(&defaults["default_company"]));
        let abbr = text(&company["abbr"]);
        let foreign = seed % 3 == 2;
        let mut sequence = Self {
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66,
            customer: format!("CT {run} {seed}"),
            foreign,
            debtors: text(&company["default_receivable_account"]),
            cash: text(&company["default_cash_account"]),
            income: text(&company["default_income_account"]),
            write_off: text(&company["write_off_account"]),
            cost_center: text(&company["cost_center"]),
            company: text(&company["name"]),
            made: Vec::new(),
        };
        let mut customer = json!({"customer_name": sequence.customer});
        if foreign {
            let name = format!("CT Debtors USD - {abbr}");
            let (status, _) = site.call("GET", &format!("/api/resource/Account/{name}"), None);
            if status == 404 {
                let account = json!({
                    "account_name": "CT Debtors USD", "company": sequence.company,
                    "parent_account": format!("Accounts Receivable - {abbr}"),
                    "account_type": "Receivable", "account_currency": "USD",
                });
                let (status, answer) = site.call("POST", "/api/resource/Account", Some(&account));
                assert_eq!(status, 200, "{answer}");
            }
            customer["default_currency"] = json!("USD");
            customer["accounts"] = json!([{"company": sequence.company, "account": name}]);
            sequence.debtors = name;
        }
        let (status, answer) = site.call("POST", "/api/resource/Customer", Some(&customer));
        assert_eq!(status, 200, "{answer}");
        sequence
    }

    /// Every voucher made so far.
    pub fn vouchers(&self) -> Vec<String> {
        self.made.iter().map(|(_, name)| name.clone()).collect()
    }

    /// SplitMix64.
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }

    fn pence(&mut self, limit: u64) -> Decimal {
        Decimal::new(i64::try_from(self.below(limit) + 1).unwrap(), 2)
    }

    fn rate(&mut self) -> Decimal {
        let rates = ["0.8", "0.75", "0.82", "0.7913"];
        let at = usize::try_from(self.below(4)).unwrap();
        rates[at].parse().unwrap()
    }

    /// What is open, by place in the sequence.
    pub fn owed(&self, site: &mut dyn Site) -> Vec<Owed> {
        let mut all = Vec::new();
        for (doctype, field) in [
            ("Sales Invoice", "outstanding_amount"),
            ("Payment Entry", "unallocated_amount"),
            ("Journal Entry", "total_debit"),
        ] {
            let mut fields = vec!["name", "docstatus", field];
            if doctype != "Journal Entry" {
                fields.push("status");
            }
            let filters = json!([["name", "in", self.vouchers()]]);
            for row in site.list(doctype, &fields, &filters) {
                all.push(Owed {
                    place: self.place(row["name"].as_str().unwrap()).unwrap(),
                    docstatus: row["docstatus"].as_i64().unwrap(),
                    status: text(&row["status"]),
                    amount: decimal(&row[field]).round_dp(6).normalize().to_string(),
                });
            }
        }
        all.sort_by_key(|owed| owed.place);
        all
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.made.iter().position(|(_, made)| made == name)
    }

    /// Submitted invoices (or credit notes) and what is owed on each.
    fn open(&self, site: &mut dyn Site, returns: bool) -> Vec<(String, Decimal)> {
        let filters = json!([
            ["name", "in", self.vouchers()],
            ["docstatus", "=", 1],
            ["is_return", "=", u8::from(returns)],
        ]);
        let mut rows = site.list("Sales Invoice", &["name", "outstanding_amount"], &filters);
        rows.sort_by_key(|row| self.place(row["name"].as_str().unwrap()));
        rows.iter()
            .map(|row| (text(&row["name"]), decimal(&row["outstanding_amount"])))
            .collect()
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let count = u64::try_from(from.len()).unwrap();
        (count > 0).then(|| from[usize::try_from(self.below(count)).unwrap()].clone())
    }

    /// Does the next thing.
    pub fn next(&mut self, site: &mut dyn Site) -> Step {
        // Without an invoice there is nothing to do anything to.
        let kind = if self.made.len() < 2 { 0 } else { self.below(14) };
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
        let cost = if fee { Decimal::new(125, 2) } else { Decimal::ZERO };
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

    fn step(&self, what: &str, (status, body): Answer) -> Step {
        let messages: Vec<String> = body["_server_messages"]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let last = messages
            .last()
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
            .map(|message| text(&message["message"]))
            .unwrap_or_default();
        Step {
            what: what.to_owned(),
            status,
            error: text(&body["exc_type"]),
            message: if status < 400 {
                String::new()
            } else {
                self.anonymous(&last)
            },
        }
    }

    /// A message without names, links and numbers the site chose.
    fn anonymous(&self, message: &str) -> String {
        let mut out = message.to_owned();
        for (at, (_, name)) in self.made.iter().enumerate().rev() {
            out = out.replace(name.as_str(), &format!("#{at}"));
        }
        // Links carry the site's own address.
        let mut plain = String::new();
        let mut inside = false;
        for c in out.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => plain.push(c),
                _ => {}
            }
        }
        // A voucher that was not made after all has a number nobody keeps.
        plain
            .split(' ')
            .map(|word| {
                if word.starts_with("CT-") || word.starts_with("ACC-JV-") {
                    "(a new one)"
                } else {
                    word
                }
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Cancels everything made; the customer is disabled.
    pub fn clean_up(&mut self, site: &mut dyn Site) {
        for kind in ["Payment Entry", "Journal Entry", "Sales Invoice"] {
            for (doctype, name) in self.made.iter().rev() {
                if *doctype == kind {
                    site.call(
                        "PUT",
                        &format!("/api/resource/{doctype}/{name}"),
                        Some(&json!({"docstatus": 2})),
                    );
                }
            }
        }
        site.call(
            "PUT",
            &format!("/api/resource/Customer/{}", self.customer),
            Some(&json!({"disabled": 1})),
        );
    }
}
