//! The general ledger and the payment ledger. ERPNext stores their entries; here they are worked
//! out from the vouchers whenever somebody lists them, so that a large site stays small.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::ErpnextWorld;
use super::cell::{Cell, Doc};
use super::sales_invoice::receivable;

/// Document types whose rows are worked out.
pub(crate) const COMPUTED: [&str; 2] = ["GL Entry", "Payment Ledger Entry"];

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
                let postings = postings(voucher);
                for (at, posting) in postings.iter().enumerate() {
                    if payments {
                        if !posting.party.is_empty() {
                            entries.push(self.payment_ledger_entry(voucher, at, posting));
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

    fn payment_ledger_entry(&self, voucher: &Doc, at: usize, posting: &Posting) -> Doc {
        let mut doc = self.entry("Payment Ledger Entry", voucher, posting);
        doc.set("name", entry_name(voucher.name(), at, 3));
        doc.set("account_type", "Receivable");
        let (kind, name) = posting
            .against
            .clone()
            .unwrap_or_else(|| (voucher.doctype.to_owned(), voucher.name().to_owned()));
        doc.set("against_voucher_type", kind);
        doc.set("against_voucher_no", name);
        doc.set("amount", posting.amount);
        doc.set("amount_in_account_currency", posting.in_account);
        doc.set("delinked", Cell::Int(i64::from(voucher.docstatus() == 2)));
        doc
    }
}

/// What a voucher puts into the ledger.
fn postings(voucher: &Doc) -> Vec<Posting> {
    match voucher.doctype {
        "Sales Invoice" => invoice_postings(voucher),
        "Payment Entry" => payment_postings(voucher),
        _ => journal_postings(voucher),
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
    if !total.is_zero() {
        postings.push(Posting {
            account: doc.text("debit_to").to_owned(),
            party: doc.text("customer").to_owned(),
            against: Some(("Sales Invoice".to_owned(), against.to_owned())),
            amount: total,
            in_account: owed,
        });
    }
    postings
}

fn payment_postings(doc: &Doc) -> Vec<Posting> {
    let receiving = doc.text("payment_type") != "Pay";
    let (money, ledger) = if receiving {
        ("paid_to", "paid_from")
    } else {
        ("paid_from", "paid_to")
    };
    let (base, held, rate, sign) = if receiving {
        (
            "base_received_amount",
            "received_amount",
            "source_exchange_rate",
            Decimal::ONE,
        )
    } else {
        (
            "base_paid_amount",
            "paid_amount",
            "target_exchange_rate",
            -Decimal::ONE,
        )
    };
    let mut postings = vec![Posting {
        account: doc.text(money).to_owned(),
        party: String::new(),
        against: None,
        amount: doc.number(base) * sign,
        in_account: doc.number(held) * sign,
    }];
    for row in doc.rows("deductions") {
        postings.push(Posting {
            account: row.text("account").to_owned(),
            party: String::new(),
            against: None,
            amount: row.number("amount"),
            in_account: row.number("amount"),
        });
    }
    let mut party = |against: Option<(String, String)>, amount: Decimal| {
        if !amount.is_zero() {
            postings.push(Posting {
                account: doc.text(ledger).to_owned(),
                party: doc.text("party").to_owned(),
                against,
                amount: (amount * doc.number(rate)).round_dp(2),
                in_account: amount,
            });
        }
    };
    for row in doc.rows("references") {
        let against = (
            row.text("reference_doctype").to_owned(),
            row.text("reference_name").to_owned(),
        );
        party(Some(against), -row.number("allocated_amount"));
    }
    party(None, -doc.number("unallocated_amount") * sign);
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
            }
        })
        .collect()
}
