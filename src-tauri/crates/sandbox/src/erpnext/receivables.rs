//! The account a customer's entries go to, its currency, and how much a customer may owe.
//!
//! All entries of a customer in a company are in one currency, the first one's: it decides which
//! account is taken where none is named, and what later ones are refused (recording 28#119–161).

use std::collections::{BTreeMap, HashSet};

use rust_decimal::Decimal;

use super::ErpnextWorld;
use super::cell::{Doc, float_text};
use super::errors::Refusal;
use super::site::{Outcome, PERSON};

/// Who may raise a credit limit where the site names nobody else.
const CREDIT_CONTROLLER: &str = "Sales Master Manager";

/// The voucher types with the child table ("" for none) and the field that name their customer.
const PARTIES: [(&str, &str, &str); 3] = [
    ("Sales Invoice", "", "customer"),
    ("Payment Entry", "", "party"),
    ("Journal Entry", "accounts", "party"),
];

impl ErpnextWorld {
    /// The account of the customer's first entry in the company; `except` is a voucher that does not
    /// count. Cancelled entries count no more.
    fn account_used(&self, customer: &str, company: &str, except: &str) -> Option<String> {
        PARTIES.into_iter().find_map(|(kind, table, field)| {
            let found = self.store.shelf(kind)?.each_with(table, field, customer);
            found
                .filter(|voucher| {
                    voucher.docstatus() == 1
                        && voucher.text("company") == company
                        && voucher.name() != except
                })
                .find_map(|voucher| {
                    self.postings(voucher)
                        .into_iter()
                        .find(|posting| posting.party == customer)
                        .map(|posting| posting.account)
                })
        })
    }

    /// A voucher of the customer that is cancelled.
    pub(crate) fn cancelled_voucher_of(&self, customer: &str) -> Option<&str> {
        PARTIES.into_iter().find_map(|(kind, table, field)| {
            let mut found = self.store.shelf(kind)?.each_with(table, field, customer);
            found
                .find(|voucher| voucher.docstatus() == 2)
                .map(Doc::name)
        })
    }

    /// The currency of an account.
    fn currency_of(&self, account: &str) -> String {
        self.value("Account", account, "account_currency")
            .as_text()
            .to_owned()
    }

    /// The receivable account of a customer: their own, their group's or the company's, unless their
    /// entries are in another currency; then that of the entries.
    pub(crate) fn party_account(&self, customer: &Doc, company: &str) -> String {
        let of = |doc: &Doc| {
            doc.rows("accounts")
                .iter()
                .find(|row| row.text("company") == company)
                .map(|row| row.text("account").to_owned())
                .filter(|account| !account.is_empty())
        };
        let group = || {
            let group = customer.text("customer_group");
            self.store.get("Customer Group", group).and_then(of)
        };
        let usual = of(customer).or_else(group).unwrap_or_else(|| {
            self.value("Company", company, "default_receivable_account")
                .as_text()
                .to_owned()
        });
        match self.account_used(customer.name(), company, "") {
            Some(used) if self.currency_of(&used) != self.currency_of(&usual) => used,
            _ => usual,
        }
    }

    /// Refuses a document whose currency is not that of the customer's account, where the account is
    /// not in the company's.
    pub(crate) fn check_currency(&self, doc: &Doc, customer: &Doc) -> Outcome<()> {
        let company = doc.text("company");
        let held = self.currency_of(&self.party_account(customer, company));
        let own = self.value("Company", company, "default_currency");
        if held.is_empty() || held == own.as_text() || held == doc.text("currency") {
            return Ok(());
        }
        Err(Box::new(Refusal::business_class(
            "erpnext.exceptions",
            "InvalidCurrency",
            &format!(
                "Accounting Entry for Customer: {} can only be made in currency: {held}",
                customer.name()
            ),
            "Message",
        )))
    }

    /// Refuses the first document of a customer on an account in another currency than its own,
    /// unless the site takes several currencies on one account.
    pub(crate) fn check_account_currency(&self, doc: &Doc) -> Outcome<()> {
        let account = doc.text("debit_to");
        let held = self.currency_of(account);
        let several = self
            .setting(
                "Accounts Settings",
                "allow_multi_currency_invoices_against_single_party_account",
            )
            .as_int()
            == 1;
        if held == doc.text("currency") || several {
            return Ok(());
        }
        let used = self.account_used(doc.text("customer"), doc.text("company"), doc.name());
        if used.is_some() || doc.text("is_opening") == "Yes" {
            return Ok(());
        }
        Err(Box::new(Refusal::business(format!(
            "Party Account <strong>{account}</strong> currency ({held}) and document currency ({}) should be same",
            doc.text("currency")
        ))))
    }

    /// Refuses an entry of a customer in another currency than their earlier ones.
    pub(crate) fn check_entry_currency(
        &self,
        voucher: &Doc,
        customer: &str,
        account: &str,
    ) -> Outcome<()> {
        let company = voucher.text("company");
        let Some(used) = self.account_used(customer, company, voucher.name()) else {
            return Ok(());
        };
        let earlier = self.currency_of(&used);
        if earlier == self.currency_of(account) {
            return Ok(());
        }
        Err(Box::new(Refusal::business_class(
            "erpnext.exceptions",
            "InvalidAccountCurrency",
            &format!(
                "<strong>Customer</strong> <strong>{customer}</strong> has accounting entries in currency <strong>{earlier}</strong> for company <strong>{company}</strong>. Please select a receivable or payable account with currency <strong>{earlier}</strong>."
            ),
            "Message",
        )))
    }

    /// Refuses a customer who is disabled, or frozen for this user.
    pub(crate) fn check_party(&self, customer: &str, company: &str) -> Outcome<()> {
        let Some(party) = self.store.get("Customer", customer) else {
            return Ok(());
        };
        let (class, state) = if party.int("disabled") == 1 {
            ("PartyDisabled", "disabled")
        } else if party.int("is_frozen") == 1 && !self.may_post_frozen(company) {
            ("PartyFrozen", "frozen")
        } else {
            return Ok(());
        };
        Err(Box::new(Refusal::business_class(
            "erpnext.exceptions",
            class,
            &format!("Customer {customer} is {state}"),
            "Message",
        )))
    }

    /// What a customer may owe in the company's currency: their own limit, their group's, the
    /// company's; 0 for no limit.
    fn credit_limit(&self, customer: &Doc, company: &str) -> Decimal {
        let of = |doc: &Doc| {
            let rows = doc.rows("credit_limits");
            rows.iter()
                .find(|row| row.text("company") == company)
                .cloned()
        };
        let own = of(customer).map_or(Decimal::ZERO, |row| row.number("credit_limit"));
        if !own.is_zero() {
            return own;
        }
        let group = self
            .store
            .get("Customer Group", customer.text("customer_group"))
            .and_then(of)
            // A group's limit that is bypassed at orders is bypassed altogether.
            .filter(|row| row.int("bypass_credit_limit_check") == 0)
            .map_or(Decimal::ZERO, |row| row.number("credit_limit"));
        if !group.is_zero() {
            return group;
        }
        self.value("Company", company, "credit_limit").as_number()
    }

    /// What a customer owes by the general ledger, in the company's currency.
    fn owed_by(&self, customer: &str, company: &str) -> Decimal {
        let mut seen = HashSet::new();
        let mut owed = Decimal::ZERO;
        for (kind, table, field) in PARTIES {
            let Some(shelf) = self.store.shelf(kind) else {
                continue;
            };
            for voucher in shelf.each_with(table, field, customer) {
                if voucher.docstatus() == 1
                    && voucher.text("company") == company
                    && seen.insert((kind, voucher.name()))
                {
                    let postings = self.postings(voucher);
                    let theirs = postings.iter().filter(|posting| posting.party == customer);
                    owed += theirs.map(|posting| posting.amount).sum::<Decimal>();
                }
            }
        }
        owed
    }

    /// Refuses an invoice, posted already, with which its customer owes more than they may
    /// (recording 28#242–269).
    pub(crate) fn check_credit_limit(&self, doc: &Doc) -> Outcome<()> {
        let (name, company) = (doc.text("customer"), doc.text("company"));
        let Some(customer) = self.store.get("Customer", name) else {
            return Ok(());
        };
        let limit = self.credit_limit(customer, company);
        if limit <= Decimal::ZERO {
            return Ok(());
        }
        let owed = self.owed_by(name, company);
        if owed <= limit {
            return Ok(());
        }
        let controller = self
            .setting("Accounts Settings", "credit_controller")
            .as_text()
            .to_owned();
        if !controller.is_empty() && self.has_role(&controller) {
            return Ok(());
        }
        let role = if controller.is_empty() {
            CREDIT_CONTROLLER
        } else {
            &controller
        };
        let people = self.people_with(role);
        if people.is_empty() {
            return Err(Box::new(Refusal::business(format!(
                "Please contact your administrator to extend the credit limits for {name}."
            ))));
        }
        let text = format!(
            "Credit limit has been crossed for customer {name} ({}/{})<br><br>Please contact any of the following users to extend the credit limits for {name}: <br><br><ul><li>{}</li></ul>",
            float_text(owed),
            float_text(limit),
            people.join("<li>")
        );
        let refusal = Refusal::thrown("ValidationError", &text, "Credit Limit Crossed");
        Err(Box::new(refusal.in_erpnext()))
    }

    /// Refuses new credit limits that make no sense: two for a company, or less than what the customer
    /// owes already. Those a customer is created with are taken as they are.
    pub(crate) fn check_credit_limits(&self, doc: &Doc, before: Option<&Doc>) -> Outcome<()> {
        let limits = |doc: &Doc| {
            let rows = doc.rows("credit_limits").iter();
            rows.map(|row| (row.text("company").to_owned(), row.number("credit_limit")))
                .collect::<BTreeMap<_, _>>()
        };
        let unchanged = |before: &Doc| {
            before.rows("credit_limits").len() == doc.rows("credit_limits").len()
                && limits(before) == limits(doc)
        };
        if before.is_none_or(unchanged) {
            return Ok(());
        }
        let mut seen: Vec<&str> = Vec::new();
        for row in doc.rows("credit_limits") {
            let company = row.text("company");
            if seen.contains(&company) {
                return Err(Box::new(Refusal::business(format!(
                    "Credit limit is already defined for the Company {company}"
                ))));
            }
            seen.push(company);
            let limit = row.number("credit_limit");
            let owed = self.owed_by(doc.name(), company);
            if limit < owed {
                return Err(Box::new(Refusal::business(format!(
                    "New credit limit is less than current outstanding amount for the customer. Credit limit has to be atleast {}",
                    float_text(owed)
                ))));
            }
        }
        Ok(())
    }

    /// Whether the session's user holds a role.
    pub(crate) fn has_role(&self, role: &str) -> bool {
        self.user == PERSON
            || self.store.get("User", &self.user).is_some_and(|user| {
                user.rows("roles")
                    .iter()
                    .any(|row| row.text("role") == role)
            })
    }

    /// Whom to turn to: `Name (address)` of everybody with a role.
    fn people_with(&self, role: &str) -> Vec<String> {
        let users = self.store.shelf("User").into_iter();
        users
            .flat_map(super::store::Shelf::by_name)
            .filter(|user| user.int("enabled") == 1)
            .filter(|user| {
                user.rows("roles")
                    .iter()
                    .any(|row| row.text("role") == role)
            })
            .map(|user| format!("{} ({})", user.text("full_name"), user.name()))
            .collect()
    }
}
