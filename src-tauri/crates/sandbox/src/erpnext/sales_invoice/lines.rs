//! Invoice lines and tax rows: defaults from the item and the company, and their checks.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc, Row};
use super::super::errors::{Message, Refusal};
use super::super::site::Outcome;

/// A line's item, as messages name it.
fn code(row: &Row) -> &str {
    match row.text("item_code") {
        "" => "None",
        code => code,
    }
}

/// Fills in what an item says by its code alone.
pub(crate) fn complete_item(doc: &mut Doc, described: bool) {
    let code = doc.text("item_code").to_owned();
    doc.row.set_missing("item_name", code.as_str());
    if described {
        let name = doc.text("item_name").to_owned();
        doc.row.set_missing("description", name);
    }
    if !doc.row.has("is_sales_item") {
        doc.set("is_sales_item", Cell::Int(1));
        doc.set("grant_commission", Cell::Int(1));
    }
}

impl ErpnextWorld {
    /// What a new item gets without being asked: its own unit, and a warehouse of the company.
    pub(crate) fn complete_item_tables(&mut self, doc: &mut Doc) {
        if doc.rows("uoms").is_empty() {
            let mut row = Row::default();
            row.set("name", self.new_hash());
            row.set("uom", doc.row.get("stock_uom").clone());
            row.set("conversion_factor", Decimal::ONE);
            doc.rows_mut("uoms").push(row);
        }
        let company = self
            .setting("Global Defaults", "default_company")
            .as_text()
            .to_owned();
        let store = format!("Stores - {}", self.abbreviation(&company));
        if doc.rows("item_defaults").is_empty() && self.exists("Warehouse", &store) {
            let mut row = Row::default();
            row.set("name", self.new_hash());
            row.set("company", company);
            row.set("default_warehouse", store);
            doc.rows_mut("item_defaults").push(row);
        }
    }
}

impl ErpnextWorld {
    pub(super) fn fill_lines(&mut self, doc: &mut Doc) -> Outcome<()> {
        if doc.rows("items").is_empty() {
            return Err(Box::new(
                Refusal::crash("", "TypeError", self.release().wording.no_lines()).in_erpnext(),
            ));
        }
        let company = doc.text("company").to_owned();
        let cost_center = self.value("Company", &company, "cost_center");
        let price_list = doc.text("selling_price_list").to_owned();
        let (day, rate) = (
            doc.text("posting_date").to_owned(),
            doc.number("conversion_rate"),
        );
        let mut rows = std::mem::take(doc.rows_mut("items"));
        for row in &mut rows {
            let code = row.text("item_code").to_owned();
            if code.is_empty() {
                self.free_line(row);
            } else {
                self.item_line(row, &code, &company, &price_list, (&day, rate))?;
            }
            if let Cell::Text(center) = &cost_center {
                row.set_missing("cost_center", &**center);
            }
        }
        self.taxes_of_templates(doc, &rows);
        *doc.rows_mut("items") = rows;
        for row in doc.rows_mut("taxes") {
            if let Cell::Text(center) = &cost_center {
                row.set_missing("cost_center", &**center);
            }
        }
        Ok(())
    }

    fn free_line(&self, row: &mut Row) {
        let uom = self.setting("Stock Settings", "stock_uom");
        if let Cell::Text(uom) = uom {
            row.set_missing("stock_uom", &**uom);
        }
        if !row.text("uom").is_empty() {
            row.set_missing("conversion_factor", Decimal::ONE);
        }
        if !row.has("rate") {
            row.set("rate", Decimal::ZERO);
        }
        if !row.has("price_list_rate") {
            row.set("price_list_rate", Decimal::ZERO);
        }
    }

    fn item_line(
        &mut self,
        row: &mut Row,
        code: &str,
        company: &str,
        price_list: &str,
        terms: (&str, Decimal),
    ) -> Outcome<()> {
        let item = self.fetch("Item", code)?.clone();
        if item.int("disabled") == 1 {
            return Err(Box::new(Refusal::business(format!(
                "Item {code} is disabled"
            ))));
        }
        for field in ["item_name", "description", "item_group", "stock_uom"] {
            if row.text(field).is_empty() {
                // What the item does not say is said to be nothing.
                let cell = match item.row.get(field) {
                    Cell::Null => Cell::text(""),
                    known => known.clone(),
                };
                row.set(field, cell);
            }
        }
        row.set_missing("uom", item.text("stock_uom"));
        row.set_missing("conversion_factor", Decimal::ONE);
        row.set("grant_commission", Cell::Int(item.int("grant_commission")));
        let own = item
            .rows("item_defaults")
            .iter()
            .find(|defaults| defaults.text("company") == company);
        for (field, fallback) in [
            ("income_account", "default_income_account"),
            ("expense_account", "default_expense_account"),
        ] {
            if row.text(field).is_empty() {
                let value = own
                    .map(|defaults| defaults.get(field).clone())
                    .filter(|cell| !cell.is_unset())
                    .unwrap_or_else(|| self.value("Company", company, fallback));
                row.set(field, value);
            }
        }
        if row.text("cost_center").is_empty()
            && let Some(own) = own
        {
            row.set("cost_center", own.get("selling_cost_center").clone());
        }
        if row.text("warehouse").is_empty() {
            let store = format!("Stores - {}", self.abbreviation(company));
            if self.exists("Warehouse", &store) {
                row.set("warehouse", store);
            }
        }
        if row.text("item_tax_template").is_empty()
            && let Some(tax) = item
                .rows("taxes")
                .iter()
                .find(|tax| tax.text("tax_category").is_empty())
        {
            let template = tax.text("item_tax_template");
            if self
                .value("Item Tax Template", template, "company")
                .as_text()
                == company
            {
                row.set("item_tax_template", template);
            }
        }
        if row.get("image").is_unset() {
            row.set("image", "");
        }
        self.price_line(row, code, price_list, terms);
        Ok(())
    }

    /// The price list: its rate fills an empty one, and the first rate of an item becomes a price.
    fn price_line(
        &mut self,
        row: &mut Row,
        code: &str,
        price_list: &str,
        (day, exchange): (&str, Decimal),
    ) {
        let listed = self
            .store
            .shelf("Item Price")
            .and_then(|shelf| shelf.with_value("", "item_code", code))
            .unwrap_or_default()
            .into_iter()
            .filter(|price| price.text("price_list") == price_list)
            .map(|price| {
                let valid = price.text("valid_from") <= day;
                (valid, price.number("price_list_rate"))
            })
            .max_by_key(|(valid, _)| *valid);
        let rate = row.number("rate");
        let given = row.number("price_list_rate");
        if let Some((valid, listed)) = listed {
            // Prices are in the price list's currency, and count from their first day.
            if given.is_zero() && valid && !exchange.is_zero() {
                row.set("price_list_rate", self.round(listed / exchange, 2));
            }
        } else {
            let insert = self
                .setting("Stock Settings", "auto_insert_price_list_rate_if_missing")
                .as_int()
                == 1;
            let first = if given.is_zero() { rate } else { given };
            if insert && !first.is_zero() && !price_list.is_empty() {
                let mut price = self.trace("Item Price");
                price.set("item_code", code);
                price.set("price_list", price_list);
                price.set("price_list_rate", first);
                price.set("valid_from", self.today());
                price.set("selling", Cell::Int(1));
                price.set("uom", row.get("uom").clone());
                let currency = self.value("Price List", price_list, "currency");
                price.set("currency", currency);
                self.store.put(price);
                self.messages.push(
                    Message::plain(format!(
                        "Item Price added for {code} in Price List {price_list}"
                    ))
                    .alert(),
                );
            }
        }
        if !row.has("rate") {
            row.set("rate", Decimal::ZERO);
        }
    }

    /// On a document without tax rows, the accounts that its lines' rates name get one each, with
    /// rate 0.
    fn taxes_of_templates(&mut self, doc: &mut Doc, items: &[Row]) {
        if !doc.rows("taxes").is_empty() {
            return;
        }
        let wanted = self
            .setting("Accounts Settings", "add_taxes_from_item_tax_template")
            .as_int()
            == 1;
        if !wanted {
            return;
        }
        for item in items {
            let Ok(serde_json::Value::Object(rates)) =
                serde_json::from_str(item.text("item_tax_rate"))
            else {
                continue;
            };
            for account in rates.keys() {
                if doc
                    .rows("taxes")
                    .iter()
                    .any(|tax| tax.text("account_head") == account)
                {
                    continue;
                }
                let mut tax = Row::default();
                tax.set("name", self.new_hash());
                tax.set("charge_type", "On Net Total");
                tax.set("account_head", account.as_str());
                tax.set("description", account.as_str());
                tax.set("rate", Decimal::ZERO);
                doc.rows_mut("taxes").push(tax);
            }
        }
    }

    /// An invoice has no line of nothing.
    pub(super) fn check_quantities(&self, doc: &Doc) -> Outcome<()> {
        if doc.int("is_return") == 1 || doc.int("is_debit_note") == 1 {
            return Ok(());
        }
        for (at, row) in doc.rows("items").iter().enumerate() {
            if self.quantity(row).is_zero() {
                return Err(Box::new(Refusal::business_class(
                    "erpnext.controllers.accounts_controller",
                    "InvalidQtyError",
                    &format!(
                        "Row #{}: Quantity for Item <strong>{}</strong> cannot be zero.",
                        at + 1,
                        code(row)
                    ),
                    "Invalid Quantity",
                )));
            }
        }
        Ok(())
    }

    /// Quantities and prices have the signs their document asks for: a return's as soon as it is
    /// saved, an invoice's when it is submitted, free text or item (recording 28#12-34).
    pub(super) fn check_signs(&self, doc: &Doc) -> Outcome<()> {
        let is_return = doc.int("is_return") == 1;
        let negative_rates = self
            .setting("Selling Settings", "allow_negative_rates_for_items")
            .as_int()
            == 1;
        for row in doc.rows("items") {
            let (qty, code) = (self.quantity(row), code(row));
            let wrong = if is_return {
                (qty > Decimal::ZERO).then_some("negative")
            } else {
                (qty < Decimal::ZERO).then_some("positive")
            };
            if let Some(wanted) = wrong {
                return Err(Box::new(Refusal::business(format!(
                    "For an item {code}, quantity must be {wanted} number"
                ))));
            }
            if row.number("rate") < Decimal::ZERO && !negative_rates {
                return Err(Box::new(Refusal::business(format!(
                    "For item <strong>{code}</strong>, rate must be a positive number. To Allow negative rates, enable <strong>`Allow Negative rates for Items`</strong> in <a href=\"{}/selling-settings/Selling%20Settings\">Selling Settings</a>",
                    self.desk()
                ))));
            }
        }
        Ok(())
    }

    /// A line's quantity as it is stored.
    fn quantity(&self, row: &Row) -> Decimal {
        self.round(
            row.number("qty"),
            self.precision("Sales Invoice Item", "qty"),
        )
    }

    pub(super) fn check_lines(&self, doc: &Doc) -> Outcome<()> {
        let company = doc.text("company");
        for (at, row) in doc.rows("items").iter().enumerate() {
            let number = at + 1;
            let qty = self.quantity(row);
            let account = row.text("income_account");
            let owner = self.value("Account", account, "company");
            if account.is_empty() || owner.as_text() != company {
                let shown = if account.is_empty() { "None" } else { account };
                return Err(Box::new(
                    Refusal::thrown(
                        "ValidationError",
                        &self
                            .release()
                            .wording
                            .wrong_income_account(number, shown, company),
                        "Invalid Account",
                    )
                    .in_erpnext(),
                ));
            }
            for (uom, amount) in [
                ("uom", qty),
                (
                    "stock_uom",
                    qty * row.number("conversion_factor").max(Decimal::ONE),
                ),
            ] {
                let unit = row.text(uom);
                let whole = self.value("UOM", unit, "must_be_whole_number").as_int() == 1;
                if whole && !amount.fract().is_zero() {
                    return Err(Box::new(Refusal::business_class(
                        "erpnext.utilities.transaction_base",
                        "UOMMustBeIntegerError",
                        &format!(
                            "Row {number}: Quantity ({}) cannot be a fraction. To allow this, disable '<strong>Must be Whole Number</strong>' in UOM <strong>{unit}</strong>.",
                            Cell::Number(qty).shown()
                        ),
                        "Message",
                    )));
                }
            }
        }
        Ok(())
    }

    pub(super) fn check_taxes(&self, doc: &mut Doc) -> Outcome<()> {
        let company = doc.text("company").to_owned();
        for (at, row) in doc.rows("taxes").iter().enumerate() {
            let number = at + 1;
            let account = row.text("account_head");
            if !account.is_empty() && self.value("Account", account, "company").as_text() != company
            {
                return Err(Box::new(Refusal::business(format!(
                    "Row #{number}: Account {account} does not belong to company {company}"
                ))));
            }
            if row.text("charge_type") == "Actual" && row.int("included_in_print_rate") == 1 {
                return Err(Box::new(Refusal::business(format!(
                    "Charge of type 'Actual' in row {number} cannot be included in Item Rate or Paid Amount"
                ))));
            }
        }
        for row in doc.rows_mut("taxes") {
            if !row.has("tax_amount") {
                row.set("tax_amount", Decimal::ZERO);
            }
        }
        Ok(())
    }
}
