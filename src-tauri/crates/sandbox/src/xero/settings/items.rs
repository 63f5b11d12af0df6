//! Items (Xero developer docs, "Items"): what is sold, with its usual price, account and tax.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::batch::Kind;
use super::super::books::Books;
use super::super::dates;
use super::super::errors::Faults;
use super::super::filter::Operand;
use super::super::invoices::Line;
use super::super::json::{decimal, filled, given, number, put, round, text};
use super::super::listing::Listed;
use super::super::records::Row;

/// The endpoint's names.
pub const ITEMS: Kind = Kind {
    plural: "Items",
    id: "ItemID",
    flag: None,
};

/// Something sold.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// `ItemID`.
    pub id: Uuid,
    /// Code, unique, at most 30 characters.
    pub code: String,
    /// Name, at most 50 characters.
    pub name: String,
    /// Description on sales documents.
    pub description: String,
    /// Usual price before tax, 4 decimals.
    pub unit_price: Option<Decimal>,
    /// Usual ledger account.
    pub account_code: Option<String>,
    /// Usual tax rate.
    pub tax_type: Option<String>,
    /// `UpdatedDateUTC`.
    pub updated: DateTime<Utc>,
}

impl Row for Item {
    fn id(&self) -> Uuid {
        self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("code", self.code.to_lowercase())]
    }
}

impl Listed for Item {
    fn property(&self, name: &str) -> Option<Operand> {
        Some(match name {
            "itemid" => Operand::Text(self.id.to_string()),
            "code" => Operand::Text(self.code.clone()),
            "name" => Operand::Text(self.name.clone()),
            "updateddateutc" => Operand::Time(self.updated),
            _ => return None,
        })
    }

    fn found_by(&self, _term: &str) -> bool {
        true
    }
}

impl Item {
    /// Gives a line the usual description, account and tax rate where the request says none.
    pub fn fill(&self, line: &mut Line, request: &Value) {
        if given(request, "Description").is_none() && !self.description.is_empty() {
            line.description = Some(self.description.clone());
        }
        if given(request, "AccountCode").is_none() && given(request, "AccountID").is_none() {
            line.account_code = self.account_code.clone().or(line.account_code.take());
        }
        if given(request, "TaxType").is_none() {
            line.tax_type = self.tax_type.clone().or(line.tax_type.take());
        }
    }

    /// As answers show it.
    pub fn to_json(&self, unit_decimals: u32) -> Value {
        let mut sales = json!({});
        if let Some(price) = self.unit_price {
            put(&mut sales, "UnitPrice", number(price, unit_decimals));
        }
        if let Some(code) = &self.account_code {
            put(&mut sales, "AccountCode", code.as_str());
        }
        if let Some(tax) = &self.tax_type {
            put(&mut sales, "TaxType", tax.as_str());
        }
        json!({
            "ItemID": self.id.to_string(),
            "Code": self.code,
            "Name": self.name,
            "Description": self.description,
            "UpdatedDateUTC": dates::instant(self.updated),
            "PurchaseDetails": {},
            "SalesDetails": sales,
            "IsTrackedAsInventory": false,
            "IsSold": true,
            "IsPurchased": false,
        })
    }
}

impl Books {
    /// The item a path segment names: its id or its code.
    pub fn item_at(&self, segment: &str) -> Option<Uuid> {
        segment
            .parse()
            .ok()
            .filter(|id| self.items.get(*id).is_some())
            .or_else(|| self.items.with_key("code", &segment.to_lowercase()).next())
    }

    /// Creates or updates an item; `create` refuses a code that is taken.
    pub fn write_item(
        &mut self,
        element: &Value,
        target: Option<Uuid>,
        create: bool,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let mut faults = Faults::default();
        let code = filled(element, "Code");
        let named = filled(element, "ItemID")
            .or_else(|| code.clone())
            .and_then(|key| self.item_at(&key));
        let known = target.or(named.filter(|_| !create));
        let mut item = match known.and_then(|id| self.items.get(id)) {
            Some(item) => item.clone(),
            None => Item {
                id: self.new_id(),
                code: String::new(),
                name: String::new(),
                description: String::new(),
                unit_price: None,
                account_code: None,
                tax_type: None,
                updated: now,
            },
        };
        if let Some(code) = code {
            item.code = code;
        }
        if let Some(name) = text(element, "Name") {
            item.name = name;
        }
        if let Some(description) = text(element, "Description") {
            item.description = description;
        }
        if let Some(sales) = given(element, "SalesDetails") {
            item.unit_price = given(sales, "UnitPrice")
                .and_then(decimal)
                .map(|price| round(price, 4))
                .or(item.unit_price);
            item.account_code = filled(sales, "AccountCode").or(item.account_code);
            item.tax_type = filled(sales, "TaxType").or(item.tax_type);
        }
        let length = item.code.chars().count();
        if length == 0 || length > 30 {
            faults.add("Item Code must be between 1 and 30 characters.");
        }
        if item.name.chars().count() > 50 {
            faults.add("Item Name must be 50 characters or fewer.");
        }
        let taken = self
            .items
            .with_key("code", &item.code.to_lowercase())
            .any(|id| id != item.id);
        if taken {
            faults.add(format!("Item with Code '{}' already exists.", item.code));
        }
        if let Some(code) = &item.account_code
            && self.account(code).is_none()
        {
            faults.add(format!(
                "Account code '{code}' is not a valid code for this document."
            ));
        }
        faults.into_result()?;
        item.updated = dates::to_millis(now);
        let id = item.id;
        self.items.put(item);
        Ok(id)
    }
}
