//! Reads.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Row;
use super::client::{Call, Client};
use super::contact::Contact;
use super::document::Invoice;
use super::list::{paged, read_rows};
use super::payment::BatchPayment;
use super::settings::{
    Account, Action, BrandingTheme, Currency, Item, Organisation, RepeatingInvoice, TaxRate,
    TrackingCategory,
};
use crate::error::XeroError;

/// The most rows Xero puts on a page.
pub const LARGEST_PAGE: usize = 1000;

/// The most ids asked for in one call, because they travel in the address.
pub const MOST_IDS: usize = 40;

/// The most names in one filter, for the same reason.
pub(super) const MOST_NAMES: usize = 10;

impl Client {
    /// The organisation. Xero does not count this as egress.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn organisation(&self) -> Result<Organisation, XeroError> {
        self.whole_list::<Organisation>(Call::get("Organisation"), "Organisations")
            .await?
            .into_iter()
            .next()
            .ok_or_else(|| XeroError::Garbage("the organisation is missing".to_owned()))
    }

    /// All accounts, archived ones included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn accounts(&self) -> Result<Vec<Account>, XeroError> {
        self.whole_list(Call::get("Accounts"), "Accounts").await
    }

    /// All tax rates.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn tax_rates(&self) -> Result<Vec<TaxRate>, XeroError> {
        self.whole_list(Call::get("TaxRates"), "TaxRates").await
    }

    /// The currencies the organisation is subscribed to.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn currencies(&self) -> Result<Vec<Currency>, XeroError> {
        self.whole_list(Call::get("Currencies"), "Currencies").await
    }

    /// The items.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn items(&self) -> Result<Vec<Item>, XeroError> {
        self.whole_list(Call::get("Items").with("unitdp", "4"), "Items")
            .await
    }

    /// The tracking categories, archived ones included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn tracking_categories(&self) -> Result<Vec<TrackingCategory>, XeroError> {
        self.whole_list(
            Call::get("TrackingCategories").with("includeArchived", "true"),
            "TrackingCategories",
        )
        .await
    }

    /// The branding themes.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn branding_themes(&self) -> Result<Vec<BrandingTheme>, XeroError> {
        self.whole_list(Call::get("BrandingThemes"), "BrandingThemes")
            .await
    }

    /// What the signed-in person may do in the organisation.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn actions(&self) -> Result<Vec<Action>, XeroError> {
        self.whole_list(Call::get("Organisation/Actions"), "Actions")
            .await
    }

    /// The sales and bills that Xero raises by itself. Not paged.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn repeating_invoices(&self) -> Result<Vec<RepeatingInvoice>, XeroError> {
        self.whole_list(Call::get("RepeatingInvoices"), "RepeatingInvoices")
            .await
    }

    /// The batch payments, which Xero does not list in pages.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn batch_payments(&self) -> Result<Vec<BatchPayment>, XeroError> {
        self.whole_list(Call::get("BatchPayments"), "BatchPayments")
            .await
    }

    /// Contacts by id, in as few calls as the address length allows.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn contacts_by_ids(&self, ids: &[&str]) -> Result<Vec<Row<Contact>>, XeroError> {
        let mut found = Vec::new();
        for some in ids.chunks(MOST_IDS) {
            let call = Call::get("Contacts")
                .with("includeArchived", "true")
                .with("IDs", some.join(","));
            let value = self.call(&paged(call, None, 1)).await?;
            found.extend(read_rows(value)?);
        }
        Ok(found)
    }

    /// Invoices by id, with their lines.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn invoices_by_ids(&self, ids: &[&str]) -> Result<Vec<Row<Invoice>>, XeroError> {
        let mut found = Vec::new();
        for some in ids.chunks(MOST_IDS) {
            let call = invoices().with("IDs", some.join(","));
            let value = self.call(&paged(call, None, 1)).await?;
            found.extend(read_rows(value)?);
        }
        Ok(found)
    }

    /// Sales invoices by number, with their lines; voided and deleted ones included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn invoices_by_numbers(
        &self,
        numbers: &[&str],
    ) -> Result<Vec<Row<Invoice>>, XeroError> {
        let mut found: Vec<Row<Invoice>> = Vec::new();
        // A number with a comma cannot travel in a comma-separated list.
        let (odd, plain): (Vec<&str>, Vec<&str>) =
            numbers.iter().partition(|number| number.contains(','));
        for some in plain.chunks(MOST_IDS) {
            let call = invoices().with("InvoiceNumbers", some.join(","));
            let value = self.call(&paged(call, None, 1)).await?;
            found.extend(read_rows(value)?);
        }
        for some in odd.chunks(MOST_NAMES) {
            let call = invoices().with("where", any_of("InvoiceNumber", some));
            let value = self.call(&paged(call, None, 1)).await?;
            found.extend(read_rows(value)?);
        }
        found.retain(|row| !matches!(row, Row::Read { row, .. } if row.0.kind != "ACCREC"));
        Ok(found)
    }

    /// Contacts whose `Name` or `ContactNumber` (`field`) is one of these, archived ones included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn contacts_by(
        &self,
        field: &'static str,
        values: &[&str],
    ) -> Result<Vec<Row<Contact>>, XeroError> {
        let mut found = Vec::new();
        // The filter language has no way to write a quotation mark inside a text.
        let (quoted, plain): (Vec<&str>, Vec<&str>) =
            values.iter().partition(|value| value.contains('"'));
        let by_filter = plain
            .chunks(MOST_NAMES)
            .map(|some| ("where", any_of(field, some)));
        let by_search = quoted.iter().map(|value| {
            let longest = value.split('"').max_by_key(|part| part.len());
            ("searchTerm", longest.unwrap_or_default().to_owned())
        });
        for (name, text) in by_filter.chain(by_search) {
            let call = Call::get("Contacts")
                .with("includeArchived", "true")
                .with(name, text);
            let value = self.call(&paged(call, None, 1)).await?;
            found.extend(read_rows(value)?);
        }
        Ok(found)
    }

    async fn whole_list<T: DeserializeOwned>(
        &self,
        call: Call,
        key: &'static str,
    ) -> Result<Vec<T>, XeroError> {
        let value = self.call(&call).await?;
        rows(value, key)?
            .into_iter()
            .map(|row| {
                serde_json::from_value(row)
                    .map_err(|error| XeroError::Garbage(format!("{key}: {error}")))
            })
            .collect()
    }
}

fn invoices() -> Call {
    Call::get("Invoices")
        .with("Statuses", "DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED")
        .with("includeArchived", "true")
        .with("unitdp", "4")
}

pub(super) fn any_of(field: &str, values: &[&str]) -> String {
    values
        .iter()
        .map(|value| format!("{field}==\"{value}\""))
        .collect::<Vec<_>>()
        .join(" OR ")
}

/// The rows of a list answer.
pub(super) fn rows(mut value: Value, key: &str) -> Result<Vec<Value>, XeroError> {
    match value.get_mut(key).map(Value::take) {
        Some(Value::Array(rows)) => Ok(rows),
        _ => Err(XeroError::Garbage(format!("{key} is missing"))),
    }
}
