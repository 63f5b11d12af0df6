//! The organisation's own details.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::charts;
use super::super::config::{Country, XeroConfig};
use super::super::dates;
use super::super::json::put;

/// `Organisations[0]`.
pub struct Organisation {
    /// `OrganisationID`, equal to the tenant id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Country.
    pub country: Country,
    /// Time zone of default dates.
    pub time_zone: Tz,
    /// Documents dated on or before are refused (advisers may pass).
    pub period_lock: Option<NaiveDate>,
    /// Documents dated on or before are refused to everybody.
    pub year_lock: Option<NaiveDate>,
    short_code: String,
    /// What the plan, or the role of who signed in, does not allow (`Organisation/Actions`).
    pub not_allowed: BTreeSet<String>,
}

impl Organisation {
    /// From the set-up.
    pub fn new(config: &XeroConfig) -> Self {
        let short: String = config
            .tenant_id
            .simple()
            .to_string()
            .chars()
            .rev()
            .take(5)
            .collect();
        Organisation {
            id: config.tenant_id,
            name: config.organisation_name.clone(),
            country: config.country,
            time_zone: config.time_zone,
            period_lock: None,
            year_lock: None,
            short_code: format!("!{short}"),
            not_allowed: BTreeSet::from(["ApproveTransactionsBeforePeriodLockDate".to_owned()]),
        }
    }

    /// The base currency.
    pub fn base_currency(&self) -> &'static str {
        self.country.currency()
    }

    /// As `GET /Organisation` shows it.
    pub fn to_json(&self) -> Value {
        let chart = charts::of(self.country);
        let created = DateTime::<Utc>::from_timestamp(1_455_827_393, 0).unwrap_or_default();
        let mut value = json!({
            "Name": self.name,
            "LegalName": self.name,
            "PaysTax": true,
            // The one place where Xero says UK.
            "Version": match self.country {
                Country::Gb => "UK",
                country => country.code(),
            },
            "OrganisationType": "COMPANY",
            "BaseCurrency": self.base_currency(),
            "CountryCode": self.country.code(),
            "IsDemoCompany": false,
            "OrganisationStatus": "ACTIVE",
            "TaxNumber": chart.tax_number,
            "FinancialYearEndDay": chart.year_end.0,
            "FinancialYearEndMonth": chart.year_end.1,
            "SalesTaxBasis": chart.sales_tax_basis,
            "SalesTaxPeriod": "TWOMONTHS",
            "DefaultSalesTax": "Tax Exclusive",
            "DefaultPurchasesTax": "Tax Exclusive",
        });
        if let Some(date) = self.period_lock {
            put(&mut value, "PeriodLockDate", dates::day(date));
        }
        if let Some(date) = self.year_lock {
            put(&mut value, "EndOfYearLockDate", dates::day(date));
        }
        for (name, part) in [
            ("CreatedDateUTC", json!(dates::bare_instant(created))),
            ("OrganisationEntityType", json!("COMPANY")),
            ("Timezone", json!(dates::windows_zone(self.time_zone))),
            ("ShortCode", json!(self.short_code)),
            ("OrganisationID", json!(self.id.to_string())),
            ("Edition", json!("BUSINESS")),
            ("Class", json!("PREMIUM")),
            ("Addresses", json!([])),
            ("Phones", json!([])),
            ("ExternalLinks", json!([])),
            ("PaymentTerms", json!({})),
        ] {
            put(&mut value, name, part);
        }
        value
    }

    /// `GET /Organisation/Actions`.
    pub fn actions(&self) -> Value {
        [
            "CreateDraftInvoice",
            "CreateApprovedInvoice",
            "CreateContact",
            "CreateInvoicePayment",
            "UseMulticurrency",
            "AttachFilesIntoInvoice",
            "ApproveTransactionsBeforePeriodLockDate",
        ]
        .iter()
        .map(|name| {
            let allowed = !self.not_allowed.contains(*name);
            json!({"Name": name, "Status": if allowed { "ALLOWED" } else { "NOT-ALLOWED" }})
        })
        .collect()
    }
}
