//! What the general ledger refuses.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::{Doc, float_text};
use super::super::errors::{Message, Refusal};
use super::super::site::{Outcome, date, shown_date};
use super::postings::Posting;

/// By how much debit and credit of a payment may differ: that is booked as rounding.
const ROUNDING: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// Of money that is paid out each document is a debit, one that it asks money for too: such a payment is of two
/// unequal halves (seen on 15 and 16).
fn check_balance(doc: &Doc, postings: &[Posting]) -> Outcome<()> {
    let left: Decimal = postings.iter().map(|posting| posting.amount).sum();
    if doc.doctype != "Payment Entry" || left.abs() <= ROUNDING {
        return Ok(());
    }
    Err(Box::new(Refusal::business(format!(
        "Debit and Credit not equal for Payment Entry #{}. Difference is {}.",
        doc.name(),
        float_text(left)
    ))))
}

impl ErpnextWorld {
    /// What the general ledger refuses when a voucher is submitted, in the order it looks: dates
    /// outside every fiscal year, accounts in a currency that an invoice cannot be in, closed periods,
    /// disabled accounts, the frozen part of the books and closed years; then each entry by itself.
    /// What posts nothing is refused nothing.
    pub(crate) fn check_ledger(&self, doc: &Doc) -> Outcome<()> {
        let (day, company) = (doc.text("posting_date"), doc.text("company"));
        let mut postings = self.postings(doc);
        if postings.is_empty() {
            return Ok(());
        }
        // The customer's entry is the first of an invoice.
        postings.sort_by_key(|posting| posting.party.is_empty());
        self.check_fiscal_year(day, company)?;
        if doc.doctype == "Sales Invoice" {
            self.check_account_currencies(doc, &postings)?;
        }
        self.check_closed_period(doc)?;
        for posting in &postings {
            if self.value("Account", &posting.account, "disabled").as_int() == 1 {
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
        self.check_frozen(doc)?;
        self.check_closed_year(doc)?;
        for posting in &postings {
            self.check_posting(doc, posting)?;
        }
        check_balance(doc, &postings)
    }

    /// An invoice posts to accounts in its own currency or the company's.
    fn check_account_currencies(&self, doc: &Doc, postings: &[Posting]) -> Outcome<()> {
        let own = self.value("Company", doc.text("company"), "default_currency");
        let mut taken = vec![own.as_text()];
        if doc.text("currency") != own.as_text() {
            taken.push(doc.text("currency"));
        }
        for posting in postings {
            let held = self.value("Account", &posting.account, "account_currency");
            // An account that does not say is in the company's.
            if !held.is_unset() && !taken.contains(&held.as_text()) {
                return Err(Box::new(Refusal::business(format!(
                    "Account {} is invalid. Account Currency must be {}",
                    posting.account,
                    taken.join(" or ")
                ))));
            }
        }
        Ok(())
    }

    fn check_posting(&self, doc: &Doc, posting: &Posting) -> Outcome<()> {
        let Some(account) = self.store.get("Account", &posting.account) else {
            return Ok(());
        };
        let voucher = format!("{} {}", doc.doctype, doc.name());
        let refuse = |text: String| Err(Box::new(Refusal::business(text)));
        let profit = account.text("report_type") == "Profit and Loss";
        if profit && doc.doctype == "Payment Entry" && !has_cost_center(doc, &posting.account) {
            let text = format!(
                "{voucher}: Cost Center is required for 'Profit and Loss' account {}. Please set the cost center field in Payment Entry or setup a default Cost Center for the Company.",
                posting.account
            );
            let refusal = Refusal::thrown("ValidationError", &text, "Missing Cost Center");
            return Err(Box::new(refusal.in_erpnext()));
        }
        if !posting.party.is_empty() {
            self.check_party(&posting.party, doc.text("company"))?;
            self.check_entry_currency(doc, &posting.party, &posting.account)?;
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
        refusal.messages = vec![Message::plain(text)];
        Err(Box::new(refusal))
    }
}

/// Whether the payment says which cost centre an entry belongs to.
fn has_cost_center(doc: &Doc, account: &str) -> bool {
    !doc.text("cost_center").is_empty()
        || doc
            .rows("deductions")
            .iter()
            .any(|row| row.text("account") == account && !row.text("cost_center").is_empty())
}
