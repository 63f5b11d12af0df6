//! What each voucher puts into the ledgers.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::Doc;
use super::super::payment_entry::{ON_ACCOUNT, UNLINKED, party_rate, party_side};
use super::super::sales_invoice::receivable;
use super::super::sales_invoice::till::booked;
use super::LATER;

/// One side of a posting before it becomes an entry.
pub(crate) struct Posting {
    pub(crate) account: String,
    pub(crate) party: String,
    /// The voucher whose open amount this changes.
    pub(super) against: Option<(String, String)>,
    /// Debit positive, credit negative, in company currency.
    pub(crate) amount: Decimal,
    /// The same in the account's currency.
    pub(super) in_account: Decimal,
    /// It was on account when it was posted.
    pub(super) later: bool,
}

/// What was on account when it was posted, as one entry again.
pub(super) fn as_posted(postings: &mut Vec<Posting>) {
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

impl ErpnextWorld {
    /// What a voucher puts into the ledger.
    pub(crate) fn postings(&self, voucher: &Doc) -> Vec<Posting> {
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
            against: against.clone(),
            amount: total,
            in_account: owed,
            later: false,
        });
    }
    post_till(doc, against.as_ref(), &mut postings);
    postings
}

/// What was paid at the till: off what is owed, and to where it went. The change is of the account that gives it.
fn post_till(doc: &Doc, against: Option<&(String, String)>, postings: &mut Vec<Posting>) {
    let mut change = doc.number("base_change_amount");
    for row in booked(doc) {
        let own = row.text("account") == doc.text("account_for_change_amount");
        let given = if own { change } else { Decimal::ZERO };
        change -= given;
        let amount = row.number("base_amount") - given;
        for (account, party, against, amount) in [
            (doc.text("debit_to"), doc.text("customer"), against, -amount),
            (row.text("account"), "", None, amount),
        ] {
            postings.push(Posting {
                account: account.to_owned(),
                party: party.to_owned(),
                against: against.cloned(),
                amount,
                in_account: amount,
                later: false,
            });
        }
    }
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
