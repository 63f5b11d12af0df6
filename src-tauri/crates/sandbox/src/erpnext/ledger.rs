//! The general ledger and the payment ledger. ERPNext stores their entries; here they are worked
//! out from the vouchers whenever somebody lists them, so that a large site stays small.

mod checks;
mod postings;

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use self::postings::{Posting, as_posted};
use super::ErpnextWorld;
use super::cell::{Cell, Doc};

/// Document types whose rows are worked out.
pub(crate) const COMPUTED: [&str; 2] = ["GL Entry", "Payment Ledger Entry"];

/// Marks a row that was set against an invoice after its voucher was posted: the payment ledger
/// follows, the general ledger keeps what it had (recording 23#12).
pub(crate) const LATER: &str = "__later";

/// The vouchers that post.
const VOUCHERS: [&str; 3] = ["Sales Invoice", "Payment Entry", "Journal Entry"];

/// A name that stays the same for the same entry: ten hexadecimal digits, as ledger rows have.
pub(crate) fn entry_name(voucher: &str, at: usize, salt: u64) -> String {
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
}
