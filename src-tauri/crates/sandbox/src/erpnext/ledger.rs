//! The general ledger and the payment ledger. ERPNext stores their entries; here they are worked
//! out from the vouchers whenever somebody lists them, so that a large site stays small.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::ErpnextWorld;
use super::cell::{Cell, Doc};
use super::errors::Refusal;
use super::payment_entry::{ON_ACCOUNT, UNLINKED, party_rate, party_side};
use super::sales_invoice::receivable;
use super::site::{Outcome, date, shown_date};

/// Document types whose rows are worked out.
pub(crate) const COMPUTED: [&str; 2] = ["GL Entry", "Payment Ledger Entry"];

/// Marks a row that was set against an invoice after its voucher was posted: the payment ledger
/// follows, the general ledger keeps what it had (recording 23#12).
pub(crate) const LATER: &str = "__later";

/// The vouchers that post.
const VOUCHERS: [&str; 3] = ["Sales Invoice", "Payment Entry", "Journal Entry"];

/// One side of a posting before it becomes an entry.
struct Posting {
    account: String,
    party: String,
    /// The voucher whose open amount this changes.
    against: Option<(String, String)>,
    /// Debit positive, credit negative, in company currency.
    amount: Decimal,
    /// The same in the account's currency.
    in_account: Decimal,
    /// It was on account when it was posted.
    later: bool,
}

/// What was on account when it was posted, as one entry again.
fn as_posted(postings: &mut Vec<Posting>) {
    let mut later: Vec<Posting> = Vec::new();
    postings.retain_mut(|posting| {
        if posting.later {
            later.push(Posting {
                account: std::mem::take(&mut posting.account),
                party: std::mem::take(&mut posting.party),
                against: None,
                ..*posting
            });
        }
        !posting.later
    });
    for entry in later {
        let same = postings.iter_mut().find(|posting| {
            posting.against.is_none()
                && posting.account == entry.account
                && posting.party == entry.party
        });
        match same {
            Some(posting) => {
                posting.amount += entry.amount;
                posting.in_account += entry.in_account;
            }
            None => postings.push(entry),
        }
    }
}

/// A name that stays the same for the same entry: ten hexadecimal digits, as ledger rows have.
fn entry_name(voucher: &str, at: usize, salt: u64) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325 ^ salt;
    for byte in voucher.bytes().chain(at.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{:010x}", hash & 0xff_ffff_ffff)
}

/// The vouchers a filter names, where it names any.
fn named(filters: &Value) -> Option<BTreeSet<String>> {
    const FIELDS: [&str; 3] = ["voucher_no", "against_voucher", "against_voucher_no"];
    let texts = |value: &Value| -> BTreeSet<String> {
        match value {
            Value::String(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            Value::Array(list) => list
                .iter()
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect(),
            _ => BTreeSet::new(),
        }
    };
    match filters {
        Value::Object(map) => map
            .iter()
            .find(|(key, _)| FIELDS.contains(&key.as_str()))
            .and_then(|(_, value)| match value {
                Value::String(_) => Some(texts(value)),
                Value::Array(pair) if pair.first().is_some_and(|op| op == "in" || op == "=") => {
                    pair.get(1).map(texts)
                }
                _ => None,
            }),
        Value::Array(list) => list.iter().find_map(|filter| {
            let parts = filter.as_array()?;
            let at = parts.len().checked_sub(3)?;
            let field = parts.get(at)?.as_str()?;
            let operator = parts.get(at + 1)?.as_str()?;
            (FIELDS.contains(&field) && matches!(operator, "=" | "in"))
                .then(|| texts(&parts[at + 2]))
        }),
        _ => None,
    }
}

impl ErpnextWorld {
    /// The entries of one ledger, at least those of the vouchers the filters name.
    pub(crate) fn ledger(&self, doctype: &str, filters: &Value) -> Vec<Doc> {
        let payments = doctype == "Payment Ledger Entry";
        let mut entries = Vec::new();
        for kind in VOUCHERS {
            let Some(shelf) = self.store.shelf(kind) else {
                continue;
            };
            let docs: Vec<&Doc> = match named(filters) {
                Some(names) => names
                    .iter()
                    .flat_map(|name| self.vouchers_about(kind, name))
                    .collect(),
                None => shelf.by_name().collect(),
            };
            for voucher in docs.into_iter().filter(|doc| doc.docstatus() > 0) {
                let mut postings = self.postings(voucher);
                if !payments {
                    as_posted(&mut postings);
                }
                for (at, posting) in postings.iter().enumerate() {
                    if payments {
                        if !posting.party.is_empty() {
                            entries.push(self.payment_ledger_entry(voucher, at, posting, false));
                            if voucher.docstatus() == 2 {
                                entries.push(self.payment_ledger_entry(voucher, at, posting, true));
                            }
                        }
                    } else {
                        entries.push(self.gl_entry(voucher, at, posting, false));
                        if voucher.docstatus() == 2 {
                            entries.push(self.gl_entry(voucher, at, posting, true));
                        }
                    }
                }
            }
        }
        let mut seen = BTreeSet::new();
        entries.retain(|entry| seen.insert(entry.name().to_owned()));
        entries
    }

    /// A voucher itself and those that settle it.
    fn vouchers_about(&self, kind: &str, name: &str) -> Vec<&Doc> {
        let Some(shelf) = self.store.shelf(kind) else {
            return Vec::new();
        };
        let table = match kind {
            "Payment Entry" => "references",
            "Journal Entry" => "accounts",
            _ => "",
        };
        let mut found: Vec<&Doc> = shelf.get(name).into_iter().collect();
        let field = if table.is_empty() {
            "return_against"
        } else {
            "reference_name"
        };
        found.extend(shelf.with_value(table, field, name).unwrap_or_default());
        found
    }

    fn entry(&self, doctype: &'static str, voucher: &Doc, posting: &Posting) -> Doc {
        let mut doc = Doc::new(doctype);
        for field in ["owner", "modified_by", "creation", "modified"] {
            doc.set(field, voucher.row.get(field).clone());
        }
        for field in ["posting_date", "company"] {
            doc.set(field, voucher.row.get(field).clone());
        }
        doc.set("docstatus", Cell::Int(1));
        doc.set("account", posting.account.as_str());
        let currency = self.value("Account", &posting.account, "account_currency");
        doc.set("account_currency", currency);
        if !posting.party.is_empty() {
            doc.set("party_type", "Customer");
            doc.set("party", posting.party.as_str());
        }
        doc.set("voucher_type", voucher.doctype);
        doc.set("voucher_no", voucher.name());
        doc
    }

    fn gl_entry(&self, voucher: &Doc, at: usize, posting: &Posting, reversal: bool) -> Doc {
        let mut doc = self.entry("GL Entry", voucher, posting);
        let name = entry_name(voucher.name(), at, if reversal { 2 } else { 1 });
        doc.set("name", name);
        let sign = if reversal {
            -Decimal::ONE
        } else {
            Decimal::ONE
        };
        let (own, held) = (posting.amount * sign, posting.in_account * sign);
        for (field, amount) in [
            ("debit", own),
            ("debit_in_account_currency", held),
            ("credit", -own),
            ("credit_in_account_currency", -held),
        ] {
            doc.set(field, amount.max(Decimal::ZERO));
        }
        if let Some((kind, name)) = &posting.against {
            doc.set("against_voucher_type", kind.as_str());
            doc.set("against_voucher", name.as_str());
        }
        doc.set(
            "is_cancelled",
            Cell::Int(i64::from(voucher.docstatus() == 2)),
        );
        doc
    }

    fn payment_ledger_entry(
        &self,
        voucher: &Doc,
        at: usize,
        posting: &Posting,
        reversal: bool,
    ) -> Doc {
        let mut doc = self.entry("Payment Ledger Entry", voucher, posting);
        doc.set(
            "name",
            entry_name(voucher.name(), at, if reversal { 4 } else { 3 }),
        );
        let sign = if reversal {
            -Decimal::ONE
        } else {
            Decimal::ONE
        };
        doc.set("account_type", "Receivable");
        let (kind, name) = posting
            .against
            .clone()
            .unwrap_or_else(|| (voucher.doctype.to_owned(), voucher.name().to_owned()));
        doc.set("against_voucher_type", kind);
        doc.set("against_voucher_no", name);
        doc.set("amount", posting.amount * sign);
        doc.set("amount_in_account_currency", posting.in_account * sign);
        doc.set("delinked", Cell::Int(i64::from(voucher.docstatus() == 2)));
        doc
    }
}

impl ErpnextWorld {
    /// What a voucher puts into the ledger.
    fn postings(&self, voucher: &Doc) -> Vec<Posting> {
        match voucher.doctype {
            "Sales Invoice" => {
                let mut postings = invoice_postings(voucher);
                self.post_rounding(voucher, &mut postings);
                postings
            }
            "Payment Entry" => payment_postings(voucher),
            _ => journal_postings(voucher),
        }
    }

    /// What rounding leaves over goes to the company's round-off account, so that both sides agree.
    fn post_rounding(&self, voucher: &Doc, postings: &mut Vec<Posting>) {
        let left: Decimal = postings.iter().map(|posting| posting.amount).sum();
        if left.is_zero() {
            return;
        }
        let account = self.value("Company", voucher.text("company"), "round_off_account");
        postings.push(Posting {
            account: account.as_text().to_owned(),
            party: String::new(),
            against: None,
            amount: -left,
            in_account: -left,
            later: false,
        });
    }

    /// What is open on a voucher: the sum of the payment ledger about it, in its account's
    /// currency. Cancelled vouchers count no more.
    pub(crate) fn open_amount(&self, doctype: &str, name: &str) -> Decimal {
        let mut sum = Decimal::ZERO;
        for kind in VOUCHERS {
            let mut seen: Vec<&str> = Vec::new();
            for voucher in self.vouchers_about(kind, name) {
                if voucher.docstatus() != 1 || seen.contains(&voucher.name()) {
                    continue;
                }
                seen.push(voucher.name());
                for posting in self.postings(voucher) {
                    if posting.party.is_empty() {
                        continue;
                    }
                    let about = match &posting.against {
                        Some((of, about)) => of == doctype && about == name,
                        None => voucher.doctype == doctype && voucher.name() == name,
                    };
                    if about {
                        sum += posting.in_account;
                    }
                }
            }
        }
        sum
    }

    /// Sets what is owed on a submitted invoice from the ledger, with status and a new `modified`.
    pub(crate) fn refresh_outstanding(&mut self, invoice: &str) {
        let Some(mut doc) = self.store.get("Sales Invoice", invoice).cloned() else {
            return;
        };
        if doc.docstatus() != 1 {
            return;
        }
        let owed = self.open_amount("Sales Invoice", doc.name());
        doc.set("outstanding_amount", owed);
        let status = self.invoice_status(&doc);
        doc.set("status", status);
        let stamp = self.tick();
        doc.set("modified", stamp);
        self.store.put(doc);
    }

    /// What the general ledger refuses when a voucher is submitted: dates outside every fiscal
    /// year, closed and frozen periods, accounts nothing may be posted to.
    pub(crate) fn check_ledger(&self, doc: &Doc) -> Outcome<()> {
        let (day, company) = (doc.text("posting_date"), doc.text("company"));
        self.check_fiscal_year(day, company)?;
        self.check_closed_period(doc)?;
        let postings = self.postings(doc);
        for posting in &postings {
            let Some(account) = self.store.get("Account", &posting.account) else {
                continue;
            };
            if account.int("disabled") == 1 {
                return Err(Box::new(Refusal::business_class(
                    "erpnext.accounts.doctype.journal_entry.journal_entry",
                    "DisabledAccountError",
                    &format!(
                        "Cannot create accounting entries against disabled accounts: <strong>{}</strong>",
                        posting.account
                    ),
                    "Disabled Account Selected",
                )));
            }
        }
        for posting in &postings {
            self.check_posting(doc, posting)?;
        }
        self.check_closed_year(doc)?;
        self.check_frozen(doc)
    }

    fn check_posting(&self, doc: &Doc, posting: &Posting) -> Outcome<()> {
        let Some(account) = self.store.get("Account", &posting.account) else {
            return Ok(());
        };
        let voucher = format!("{} {}", doc.doctype, doc.name());
        let refuse = |text: String| Err(Box::new(Refusal::business(text)));
        let profit = account.text("report_type") == "Profit and Loss";
        if profit && doc.doctype == "Payment Entry" && !self.has_cost_center(doc, &posting.account)
        {
            let text = format!(
                "{voucher}: Cost Center is required for 'Profit and Loss' account {}. Please set the cost center field in Payment Entry or setup a default Cost Center for the Company.",
                posting.account
            );
            let refusal = Refusal::thrown("ValidationError", &text, "Missing Cost Center");
            return Err(Box::new(refusal.in_erpnext()));
        }
        if account.int("is_group") == 1 {
            return refuse(format!(
                "{voucher}: Account {} is a Group Account and group accounts cannot be used in transactions",
                posting.account
            ));
        }
        if account.text("company") != doc.text("company") {
            return refuse(format!(
                "{voucher}: Account {} does not belong to Company {}",
                posting.account,
                doc.text("company")
            ));
        }
        if !posting.party.is_empty()
            && !matches!(account.text("account_type"), "Receivable" | "Payable")
        {
            return refuse(format!(
                "Party Type and Party can only be set for Receivable / Payable account<br><br>{}",
                posting.account
            ));
        }
        Ok(())
    }

    /// Whether the payment says which cost centre an entry belongs to.
    fn has_cost_center(&self, doc: &Doc, account: &str) -> bool {
        !doc.text("cost_center").is_empty()
            || doc
                .rows("deductions")
                .iter()
                .any(|row| row.text("account") == account && !row.text("cost_center").is_empty())
    }

    /// Refuses a date outside every active fiscal year.
    pub(crate) fn check_fiscal_year(&self, day: &str, company: &str) -> Outcome<()> {
        if date(day).is_none() {
            return Ok(());
        }
        let covered = self.store.shelf("Fiscal Year").is_some_and(|shelf| {
            shelf.by_name().any(|year| {
                year.int("disabled") == 0
                    && year.text("year_start_date") <= day
                    && day <= year.text("year_end_date")
            })
        });
        if covered {
            return Ok(());
        }
        let text = format!(
            "Date {} is not in any active Fiscal Year for <strong>{company}</strong>",
            shown_date(day)
        );
        let mut refusal = Refusal::business_class(
            "erpnext.accounts.utils",
            "FiscalYearError",
            &text,
            "Message",
        );
        refusal.messages = vec![super::errors::Message::plain(text)];
        Err(Box::new(refusal))
    }
}

fn invoice_postings(doc: &Doc) -> Vec<Posting> {
    let mut postings: Vec<Posting> = Vec::new();
    let mut credit = |account: &str, amount: Decimal| {
        if amount.is_zero() {
            return;
        }
        match postings
            .iter_mut()
            .find(|posting| posting.account == account)
        {
            Some(posting) => {
                posting.amount -= amount;
                posting.in_account -= amount;
            }
            None => postings.push(Posting {
                account: account.to_owned(),
                party: String::new(),
                against: None,
                amount: -amount,
                in_account: -amount,
                later: false,
            }),
        }
    };
    for row in doc.rows("items") {
        credit(row.text("income_account"), row.number("base_net_amount"));
    }
    for row in doc.rows("taxes") {
        credit(
            row.text("account_head"),
            row.number("base_tax_amount_after_discount_amount"),
        );
    }
    let owed = receivable(doc);
    let total = if doc.number("base_rounded_total").is_zero() {
        doc.number("base_grand_total")
    } else {
        doc.number("base_rounded_total")
    };
    let own = doc.text("return_against");
    let for_original =
        doc.int("is_return") == 1 && doc.int("update_outstanding_for_self") == 0 && !own.is_empty();
    let against = if for_original { own } else { doc.name() };
    // Cancelling takes every reference to the invoice out of the ledger, its own included.
    let against = (doc.docstatus() != 2 || for_original)
        .then(|| ("Sales Invoice".to_owned(), against.to_owned()));
    if !total.is_zero() {
        postings.push(Posting {
            account: doc.text("debit_to").to_owned(),
            party: doc.text("customer").to_owned(),
            against,
            amount: total,
            in_account: owed,
            later: false,
        });
    }
    postings
}

fn payment_postings(doc: &Doc) -> Vec<Posting> {
    let paying = doc.text("payment_type") == "Pay";
    let plain = |account: &str, base: Decimal, held: Decimal| Posting {
        account: account.to_owned(),
        party: String::new(),
        against: None,
        amount: base,
        in_account: held,
        later: false,
    };
    let mut postings = Vec::new();
    if doc.text("payment_type") != "Receive" {
        postings.push(plain(
            doc.text("paid_from"),
            -doc.number("base_paid_amount"),
            -doc.number("paid_amount"),
        ));
    }
    if !paying {
        postings.push(plain(
            doc.text("paid_to"),
            doc.number("base_received_amount"),
            doc.number("received_amount"),
        ));
    }
    for row in doc.rows("deductions") {
        let amount = row.number("amount");
        postings.push(plain(row.text("account"), amount, amount));
    }
    let rate = doc.number(party_rate(doc));
    let mut party = |against: Option<(String, String)>, amount: Decimal, later: bool| {
        if !amount.is_zero() {
            postings.push(Posting {
                later,
                account: doc.text(party_side(doc)).to_owned(),
                party: doc.text("party").to_owned(),
                against,
                amount: (amount * rate).round_dp(2),
                in_account: amount.round_dp(2),
            });
        }
    };
    for row in doc.rows("references") {
        let against = (
            row.text("reference_doctype").to_owned(),
            row.text("reference_name").to_owned(),
        );
        let amount = row.number("allocated_amount");
        // Money paid out is a debit, whatever sign the settled document has.
        let amount = if paying { amount.abs() } else { -amount };
        party(Some(against), amount, row.int(LATER) == 1);
    }
    let sign = if paying { Decimal::ONE } else { -Decimal::ONE };
    for row in doc.rows(UNLINKED) {
        let amount = row.number("allocated_amount");
        let amount = if paying { amount.abs() } else { -amount };
        party(None, amount, row.int(LATER) == 1);
    }
    // What was on account when it was posted, less what was set against invoices since.
    let since: Decimal = doc
        .rows("references")
        .iter()
        .chain(doc.rows(UNLINKED))
        .filter(|row| row.int(LATER) == 1)
        .map(|row| row.number("allocated_amount").abs())
        .sum();
    party(None, (doc.number(ON_ACCOUNT) - since) * sign, false);
    postings
}

fn journal_postings(doc: &Doc) -> Vec<Posting> {
    doc.rows("accounts")
        .iter()
        .map(|row| {
            let reference = row.text("reference_name");
            Posting {
                account: row.text("account").to_owned(),
                party: row.text("party").to_owned(),
                against: (!reference.is_empty())
                    .then(|| (row.text("reference_type").to_owned(), reference.to_owned())),
                amount: row.number("debit") - row.number("credit"),
                in_account: row.number("debit_in_account_currency")
                    - row.number("credit_in_account_currency"),
                later: row.int(LATER) == 1,
            }
        })
        .collect()
}
