//! `/BankTransactions`, as far as they make overpayments and prepayments (Xero developer docs, "Bank
//! Transactions"): money received that no invoice asked for.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::batch::Kind;
use super::super::books::Books;
use super::super::dates;
use super::super::errors::{Faults, Refusal};
use super::super::filter::Operand;
use super::super::http::Incoming;
use super::super::invoices::{AmountsAre, Invoice, InvoiceStatus, NO_CONTACT, Shown, Writing};
use super::super::json::{filled, flag, given, put, text};
use super::super::listing::{Listing, View, choose, pagination};
use super::super::records::Row;
use super::{Credit, CreditKind};

/// The endpoint's names.
pub const BANK_TRANSACTIONS: Kind = Kind {
    plural: "BankTransactions",
    id: "BankTransactionID",
    flag: None,
};

/// Money received into a bank account.
#[derive(Debug, Clone, PartialEq)]
pub struct BankTransaction {
    /// `BankTransactionID`.
    pub id: Uuid,
    /// The overpayment or prepayment it made.
    pub credit: Uuid,
    /// The bank account.
    pub account: Uuid,
    /// Matched with a bank line.
    pub reconciled: bool,
    /// DELETED instead of AUTHORISED.
    pub deleted: bool,
    /// `UpdatedDateUTC`.
    pub updated: DateTime<Utc>,
}

impl Row for BankTransaction {
    fn id(&self) -> Uuid {
        self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("credit", self.credit.to_string())]
    }
}

impl Books {
    /// Creates a bank transaction with its overpayment or prepayment, or deletes one.
    pub fn write_bank_transaction(
        &mut self,
        element: &Value,
        target: Option<Uuid>,
        writing: Writing<'_>,
    ) -> Result<Uuid, Faults> {
        let target = target.or_else(|| filled(element, "BankTransactionID")?.parse().ok());
        if let Some(id) = target.filter(|id: &Uuid| !id.is_nil()) {
            return self.delete_bank_transaction(id, element, writing.now);
        }
        let kind = match text(element, "Type").as_deref() {
            Some("RECEIVE-OVERPAYMENT") => CreditKind::Overpayment,
            Some("RECEIVE-PREPAYMENT") => CreditKind::Prepayment,
            _ => {
                return Err(Faults::one(
                    "The Type of a bank transaction must be RECEIVE-OVERPAYMENT or RECEIVE-PREPAYMENT",
                ));
            }
        };
        let mut faults = Faults::default();
        let account = self.bank_account(element, &mut faults);
        let mut document = Invoice::blank();
        document.kind = kind.type_word();
        document.status = InvoiceStatus::Authorised;
        document.date = self.today(writing.now);
        self.organisation
            .base_currency()
            .clone_into(&mut document.currency);
        document.created_by = writing.app.map(str::to_owned);
        match given(element, "Contact") {
            None => faults.add(NO_CONTACT),
            Some(contact) => {
                document.contact = self.document_contact(contact, None, writing.now, &mut faults);
            }
        }
        let mut fields = element.clone();
        if kind == CreditKind::Overpayment {
            // An overpayment is owed back: no tax, and the receivable account whatever is named.
            put(&mut fields, "LineAmountTypes", "NoTax");
        }
        self.apply(&mut document, None, &fields, writing, &mut faults);
        if kind == CreditKind::Overpayment {
            let receivable = self
                .accounts
                .iter()
                .find(|account| account.system == "DEBTORS")
                .map(|account| account.code.clone());
            for line in &mut document.lines {
                line.account_code.clone_from(&receivable);
            }
            if document.lines.is_empty() {
                faults.add("One or more line items must be specified");
            }
        } else {
            let no_tax = document.amounts_are == AmountsAre::NoTax;
            self.check_lines(&document.lines, true, no_tax, &mut faults);
        }
        if document.totals.total <= Decimal::ZERO && !document.lines.is_empty() {
            faults.add("The total of a bank transaction must be greater than zero.");
        }
        self.check_locks(document.status, document.date, &mut faults);
        faults.into_result()?;
        document.id = self.new_id();
        document.updated = dates::to_millis(writing.now);
        let transaction = BankTransaction {
            id: self.new_id(),
            credit: document.id,
            account,
            reconciled: flag(element, "IsReconciled").unwrap_or(false),
            deleted: false,
            updated: document.updated,
        };
        let id = transaction.id;
        self.credits.put(Credit {
            kind,
            document,
            allocations: Vec::new(),
        });
        self.bank_transactions.put(transaction);
        Ok(id)
    }

    fn bank_account(&self, element: &Value, faults: &mut Faults) -> Uuid {
        let named = given(element, "BankAccount");
        let key = |name| named.and_then(|account| filled(account, name));
        let found = self.accounts.iter().find(|account| {
            key("AccountID").map_or_else(
                || key("Code").is_some_and(|code| code == account.code),
                |id| id.parse() == Ok(account.id),
            )
        });
        match found {
            Some(account) if account.kind == "BANK" && !account.archived => account.id,
            Some(_) => {
                faults.add("Account type is invalid for making a payment to/from");
                Uuid::nil()
            }
            None => {
                faults.add("Account could not be found");
                Uuid::nil()
            }
        }
    }

    fn delete_bank_transaction(
        &mut self,
        id: Uuid,
        element: &Value,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let not_valid = || {
            Faults::one(
                "This Bank Transaction cannot be edited as it has a payment or credit note allocated to it.",
            )
        };
        let mut transaction = self
            .bank_transactions
            .get(id)
            .filter(|transaction| !transaction.deleted)
            .cloned()
            .ok_or_else(|| Faults::one("Bank Transaction not of valid status for modification"))?;
        if text(element, "Status").as_deref() != Some("DELETED") {
            return Err(Faults::one(
                "Bank Transaction not of valid status for modification",
            ));
        }
        let mut credit = self
            .credits
            .get(transaction.credit)
            .cloned()
            .ok_or_else(not_valid)?;
        if !credit.allocations.is_empty() || !credit.document.payments.is_empty() {
            return Err(not_valid());
        }
        let mut faults = Faults::default();
        self.check_locks(InvoiceStatus::Authorised, credit.document.date, &mut faults);
        faults.into_result()?;
        credit.document.status = InvoiceStatus::Voided;
        credit.document.updated = dates::to_millis(now);
        transaction.deleted = true;
        transaction.updated = dates::to_millis(now);
        self.credits.put(credit);
        self.bank_transactions.put(transaction);
        Ok(id)
    }

    /// A list: the bank transactions and the `pagination` object if paged.
    pub fn list_bank_transactions(
        &self,
        request: &Incoming<'_>,
    ) -> Result<(Option<Value>, Value), Refusal> {
        let listing = Listing::read(request, false)?;
        let chosen = choose(
            &self.bank_transactions,
            None,
            &View {
                property: &|transaction: &BankTransaction, name| {
                    let document = &self.credits.get(transaction.credit)?.document;
                    match name {
                        "banktransactionid" => Some(Operand::Text(transaction.id.to_string())),
                        "status" => Some(Operand::Text(status_of(transaction).to_owned())),
                        "isreconciled" => Some(Operand::Flag(transaction.reconciled)),
                        _ => self.invoice_property(document, name),
                    }
                },
                found_by: &|_, _| true,
                keep: None,
            },
            &listing,
            self.quirks,
        )?;
        let shown = Shown {
            lines: listing.page.is_some(),
            contact: false,
            summary: false,
            unit_decimals: listing.unit_decimals,
        };
        let rows = chosen
            .ids
            .iter()
            .filter_map(|id| self.bank_transaction_json(*id, shown))
            .collect();
        Ok((pagination(&listing, chosen.count), rows))
    }

    /// One bank transaction as an answer shows it.
    pub fn bank_transaction_json(&self, id: Uuid, shown: Shown) -> Option<Value> {
        let transaction = self.bank_transactions.get(id)?;
        let credit = self.credits.get(transaction.credit)?;
        let mut value = self.credit_json(transaction.credit, shown)?;
        if let Value::Object(map) = &mut value {
            for name in [
                "ID",
                "RemainingCredit",
                "Payments",
                "Allocations",
                "FullyPaidOnDate",
                "UpdatedDateUTCString",
            ] {
                map.shift_remove(name);
            }
        }
        let mut shape = json!({"BankTransactionID": id.to_string()});
        if let (Value::Object(shape), Value::Object(map)) = (&mut shape, value) {
            shape.extend(map);
        }
        if let Some(account) = self
            .accounts
            .iter()
            .find(|account| account.id == transaction.account)
        {
            put(
                &mut shape,
                "BankAccount",
                json!({
                    "AccountID": account.id.to_string(),
                    "Code": account.code,
                    "Name": account.name,
                }),
            );
        }
        put(
            &mut shape,
            credit.kind.names().id,
            transaction.credit.to_string(),
        );
        put(&mut shape, "IsReconciled", transaction.reconciled);
        put(&mut shape, "Status", status_of(transaction));
        put(
            &mut shape,
            "UpdatedDateUTC",
            dates::instant(transaction.updated),
        );
        Some(shape)
    }
}

fn status_of(transaction: &BankTransaction) -> &'static str {
    if transaction.deleted {
        "DELETED"
    } else {
        "AUTHORISED"
    }
}
