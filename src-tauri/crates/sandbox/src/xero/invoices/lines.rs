//! Lines of an invoice as a request gives them: which are kept, changed, added, dropped; and the
//! rules of accounts and tax rates.

use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::super::books::Books;
use super::super::errors::Faults;
use super::super::json::{decimal, given, round, text};
use super::super::settings::{Account, Item};
use super::totals::{line_amount, line_tax};
use super::{AmountsAre, Line};

/// The highest line amount.
const HIGHEST: Decimal = Decimal::from_parts(3_567_587_327, 232, 0, false, 2);

impl Books {
    /// Reads `LineItems`: with a known `LineItemID` the line is updated, without one it is created,
    /// and lines not sent are dropped.
    pub(super) fn read_lines(
        &mut self,
        items: &[Value],
        before: &[Line],
        unit_decimals: u32,
        faults: &mut Faults,
    ) -> Vec<Line> {
        items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let known = text(item, "LineItemID")
                    .and_then(|id| id.parse::<Uuid>().ok())
                    .and_then(|id| before.iter().find(|line| line.id == id));
                let mut line = known.cloned().unwrap_or_else(|| Line {
                    id: self.new_id(),
                    ..Line::default()
                });
                let mut found = Faults::default();
                self.read_line(&mut line, item, unit_decimals, &mut found);
                faults.within(&place(index), found);
                line
            })
            .collect()
    }

    fn read_line(&self, line: &mut Line, item: &Value, unit_decimals: u32, faults: &mut Faults) {
        let mut wrong_number = |name: &str| {
            faults.add(format!("The {name} of a line item is not a valid number."));
        };
        let mut read = |name: &'static str| -> Option<Decimal> {
            let value = given(item, name)?;
            let read = decimal(value);
            if read.is_none() {
                wrong_number(name);
            }
            read
        };
        let (quantity, mut unit, amount) =
            (read("Quantity"), read("UnitAmount"), read("LineAmount"));
        let (rate, discount) = (read("DiscountRate"), read("DiscountAmount"));
        if let Some(description) = text(item, "Description") {
            if description.chars().count() > 4_000 {
                faults.add("The line item description must be 4000 characters or fewer.");
            }
            line.description = Some(description).filter(|text| !text.is_empty());
        }
        let named = self.read_item(line, item, faults);
        if let Some(code) = text(item, "AccountCode") {
            line.account_code = Some(code).filter(|code| !code.is_empty());
        } else if let Some(id) = text(item, "AccountID").and_then(|id| id.parse::<Uuid>().ok()) {
            line.account_code = self
                .accounts
                .iter()
                .find(|account| account.id == id)
                .map(|account| account.code.clone());
        }
        if let Some(tax_type) = text(item, "TaxType") {
            line.tax_type = Some(tax_type).filter(|tax| !tax.is_empty());
        }
        if let Some(usual) = named {
            usual.fill(line, item);
            if unit.is_none() && amount.is_none() {
                unit = usual.unit_price;
            }
        }
        match (rate, discount) {
            (Some(rate), Some(amount)) if !rate.is_zero() && !amount.is_zero() => {
                faults.add("A line item can have a discount rate or a discount amount, not both.");
            }
            (Some(rate), _) => {
                line.discount_rate = Some(round(rate, 4)).filter(|rate| !rate.is_zero());
                line.discount_amount = None;
            }
            (None, Some(amount)) => {
                line.discount_amount = Some(round(amount, 2)).filter(|amount| !amount.is_zero());
                line.discount_rate = None;
            }
            (None, None) => {}
        }
        if let Some(quantity) = quantity {
            line.quantity = round(quantity, 4);
            // Seen live [3p: support.workguru.io, help.wiplist.io]; on credit notes likewise.
            if line.quantity < Decimal::ZERO {
                faults.add(format!(
                    "The quantity value '{:.4}' is invalid. Quantity must not be less than zero.",
                    line.quantity
                ));
            }
        }
        // Stored prices are rounded too: an update without unitdp=4 loses their last decimals.
        line.unit_amount = round(unit.unwrap_or(line.unit_amount), unit_decimals);
        if let (None, Some(amount)) = (unit, amount)
            && line.unit_amount.is_zero()
        {
            if quantity.is_none() && line.quantity.is_zero() {
                line.quantity = Decimal::ONE;
            }
            if !line.quantity.is_zero() {
                line.unit_amount = round(amount / line.quantity, unit_decimals);
            }
        }
        if unit.is_some() && quantity.is_none() && line.quantity.is_zero() {
            line.quantity = Decimal::ONE;
        }
        check_discount(line, discount, faults);
        let computed = line_amount(
            line.quantity,
            line.unit_amount,
            line.discount_rate,
            line.discount_amount,
        );
        if let Some(amount) = amount
            && unit.is_some()
            && round(amount, 2) != computed
        {
            faults.add(format!(
                "The line total {} does not match the expected line total {computed:.2}",
                round(amount, 2)
            ));
        }
        line.line_amount = match amount {
            Some(amount) if unit.is_none() && line.discount_rate.is_none() => round(amount, 2),
            _ => computed,
        };
        if line.line_amount.abs() > HIGHEST {
            faults.add("The line amount is too large.");
        }
        if let Some(tracking) = given(item, "Tracking").and_then(Value::as_array) {
            line.tracking = self.read_tracking(tracking, &line.tracking, faults);
        }
    }

    /// Reads `ItemCode`. Gives the item whose usual price, account, tax rate and description a line
    /// gets that has it new.
    fn read_item(&self, line: &mut Line, item: &Value, faults: &mut Faults) -> Option<&Item> {
        let code = text(item, "ItemCode")?;
        let new = line.item_code.as_deref() != Some(code.as_str());
        line.item_code = Some(code.clone()).filter(|code| !code.is_empty());
        if code.is_empty() || !new {
            return None;
        }
        let known = self.items.with_key("code", &code.to_lowercase()).next();
        if known.is_none() {
            // Approximate.
            faults.add(format!("Item code '{code}' is not valid"));
        }
        known.and_then(|id| self.items.get(id))
    }

    /// A draft loses account codes that no line can have, with a warning (openapi: the example of
    /// manual journals; the same was seen of documents).
    pub(super) fn drop_unknown_accounts(&mut self, lines: &mut [Line]) {
        for line in lines {
            let unusable = line
                .account_code
                .as_deref()
                .is_some_and(|code| !self.account(code).is_some_and(usable_on_lines));
            if unusable && let Some(code) = line.account_code.take() {
                self.warnings.push(format!(
                    "Account code '{code}' has been removed as it does not match a recognised account."
                ));
            }
        }
    }

    /// Gives every line its tax: the account's rate unless it names one, the computed amount unless
    /// one was sent.
    pub(super) fn tax_lines(
        &self,
        lines: &mut [Line],
        sent: &[Value],
        amounts_are: AmountsAre,
        faults: &mut Faults,
    ) {
        for (index, line) in lines.iter_mut().enumerate() {
            if line.tax_type.is_none() {
                line.tax_type = line
                    .account_code
                    .as_deref()
                    .and_then(|code| self.account(code))
                    .map(|account| account.tax_type.to_owned());
            }
            if amounts_are == AmountsAre::NoTax {
                line.tax_type = Some("NONE".to_owned());
            }
            let rate = line
                .tax_type
                .as_deref()
                .and_then(|tax| self.tax_rate(tax))
                .map_or(Decimal::ZERO, |rate| rate.rate);
            line.tax_amount = line_tax(line.line_amount, rate, amounts_are);
            let own = sent
                .get(index)
                .and_then(|item| given(item, "TaxAmount"))
                .and_then(decimal);
            if let (Some(own), true) = (own, amounts_are != AmountsAre::NoTax) {
                line.tax_amount = round(own, 2);
                if line.tax_amount.abs() > line.line_amount.abs() {
                    faults.at(
                        &place(index),
                        "The tax amount cannot be greater than the line amount",
                    );
                }
            }
        }
    }

    /// The rules of accounts and tax rates; drafts may be incomplete but not wrong.
    pub fn check_lines(&self, lines: &[Line], complete: bool, no_tax: bool, faults: &mut Faults) {
        if complete && lines.is_empty() {
            faults.add("One or more line items must be specified");
        }
        for (index, line) in lines.iter().enumerate() {
            let place = place(index);
            // A line that is a description alone is legal.
            let text_only = line.description.is_some()
                && line.account_code.is_none()
                && line.line_amount.is_zero()
                && line.unit_amount.is_zero();
            if complete && line.description.is_none() {
                faults.at(&place, "Description is required for each line item.");
            }
            let account = line
                .account_code
                .as_deref()
                .map(|code| (code, self.account(code)));
            match account {
                None if complete && !text_only => faults.at(&place, "Account code or ID must be specified"),
                Some((code, Some(account))) if account.archived => faults.at(&place, format!(
                    "Account code '{code}' has been archived, or has been deleted. Each line item must reference a valid account."
                )),
                Some((code, account))
                    if account.is_none_or(|account| !usable_on_lines(account)) =>
                {
                    faults.at(&place, format!(
                        "Account code '{code}' is not a valid code for this document."
                    ));
                }
                _ => {}
            }
            let Some(tax_type) = line.tax_type.as_deref().filter(|_| !no_tax) else {
                continue;
            };
            match (self.tax_rate(tax_type), account) {
                (None, _) => faults.at(&place, format!(
                    "The TaxType code {tax_type} does not exist or cannot be used for this type of transaction."
                )),
                (Some(rate), Some((code, Some(account)))) if !rate.applies_to(account.class()) => {
                    faults.at(&place, format!(
                        "The TaxType code '{tax_type}' cannot be used with account code '{code}'."
                    ));
                }
                _ => {}
            }
        }
    }

    /// The ledger account with a code.
    pub fn account(&self, code: &str) -> Option<&super::super::settings::Account> {
        self.accounts.iter().find(|account| account.code == code)
    }

    /// The tax rate of a type.
    pub fn tax_rate(&self, tax_type: &str) -> Option<&super::super::settings::TaxRate> {
        self.tax_rates.iter().find(|rate| rate.tax_type == tax_type)
    }
}

/// A discount takes no more off than the line is, not even nothing off a negative one (Xero-OpenAPI
/// issue 429). The amount is rounded before, the line is not (xero-php-oauth2 issue 288).
fn check_discount(line: &Line, sent: Option<Decimal>, faults: &mut Faults) {
    let Some(discount) = sent.map(|amount| round(amount, 2)).or(line.discount_amount) else {
        return;
    };
    if discount > line.quantity * line.unit_amount {
        faults.add(format!(
            "The discount rate '{discount:.2}' is invalid. Discount must not be greater than the line total."
        ));
    }
}

/// Neither banks nor what Xero keeps for itself.
fn usable_on_lines(account: &Account) -> bool {
    account.kind != "BANK"
        && !matches!(account.system, "DEBTORS" | "CREDITORS" | "RETAINEDEARNINGS")
}

/// Where a line is in its document.
fn place(index: usize) -> String {
    format!("/LineItems/{index}")
}
