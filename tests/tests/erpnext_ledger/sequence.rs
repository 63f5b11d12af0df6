//! One random sequence, the same on every site: what to do next follows from the seed and from what
//! the site itself says is owed.

mod steps;

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

impl Step {
    /// Whether it is what a real site trips over itself: another return that is to reduce an invoice
    /// which owes less than nothing already.
    pub fn is_known_trip(&self) -> bool {
        self.error == "TypeError" && self.what == "a return that reduces its invoice"
    }
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
