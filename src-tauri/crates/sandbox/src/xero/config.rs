//! What a simulated Xero is set up with.

use chrono_tz::Tz;
use uuid::Uuid;

/// Where the organisation is registered: decides base currency, chart of accounts and tax rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Country {
    /// United Kingdom, GBP, VAT.
    Gb,
    /// New Zealand, NZD, GST.
    Nz,
    /// Australia, AUD, GST.
    Au,
    /// United States, USD, sales tax.
    Us,
}

impl Country {
    /// ISO 3166 code, as `Organisation.CountryCode`.
    pub const fn code(self) -> &'static str {
        match self {
            Country::Gb => "GB",
            Country::Nz => "NZ",
            Country::Au => "AU",
            Country::Us => "US",
        }
    }

    /// Reads an ISO 3166 code in any case.
    pub fn from_code(code: &str) -> Option<Self> {
        match code.to_ascii_uppercase().as_str() {
            "GB" | "UK" => Some(Country::Gb),
            "NZ" => Some(Country::Nz),
            "AU" => Some(Country::Au),
            "US" => Some(Country::Us),
            _ => None,
        }
    }

    /// The organisation's base currency.
    pub const fn currency(self) -> &'static str {
        match self {
            Country::Gb => "GBP",
            Country::Nz => "NZD",
            Country::Au => "AUD",
            Country::Us => "USD",
        }
    }

    /// A usual time zone of the country.
    pub const fn time_zone(self) -> Tz {
        match self {
            Country::Gb => chrono_tz::Europe::London,
            Country::Nz => chrono_tz::Pacific::Auckland,
            Country::Au => chrono_tz::Australia::Sydney,
            Country::Us => chrono_tz::America::New_York,
        }
    }
}

/// An app registered at Xero.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// The public client id.
    pub client_id: String,
    /// The client secret; none for an "Auth Code with PKCE" app.
    pub secret: Option<String>,
    /// The app's name, shown on the consent page and as `ProviderName`.
    pub name: String,
    /// Registered redirect URIs, compared exactly. For convenience of a test bench a port of `*`
    /// (`http://localhost:*/callback`) matches every port, which Xero does not offer.
    pub redirect_uris: Vec<String>,
    /// A custom connection: `client_credentials` only, one organisation, no tenant header needed.
    pub custom_connection: bool,
    /// May be given several organisations by one consent ("bulk connections", of the highest tier);
    /// without it one consent is for one organisation.
    pub several_organisations: bool,
    /// Made before 2 March 2026: may ask for the broad `accounting.transactions` scopes.
    pub broad_scopes: bool,
}

impl OAuthClient {
    /// An app with the default redirect pattern and granular scopes.
    pub fn new(client_id: &str, secret: Option<&str>) -> Self {
        OAuthClient {
            client_id: client_id.to_owned(),
            secret: secret.map(str::to_owned),
            name: "Counterfoil".to_owned(),
            redirect_uris: vec!["http://localhost:*/callback".to_owned()],
            custom_connection: false,
            several_organisations: false,
            broad_scopes: false,
        }
    }
}

/// Call limits per app and organisation (Xero developer docs, "API rate limits").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls per organisation in one fixed minute.
    pub per_minute: u32,
    /// Calls per organisation in one day: 1,000 on the Starter tier, 5,000 above.
    pub per_day: u32,
    /// Calls of the app over all organisations in one fixed minute.
    pub app_per_minute: u32,
    /// Calls in progress at once. Worlds answer one call at a time, so the HTTP server counts and
    /// asks [`crate::xero::XeroWorld::too_many_at_once`] for the refusal.
    pub concurrent: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            per_minute: 60,
            per_day: 5_000,
            app_per_minute: 10_000,
            concurrent: 5,
        }
    }
}

/// Choices where Xero's behaviour is undocumented or reported both ways.
#[allow(clippy::struct_excessive_bools)] // independent switches
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quirks {
    /// `If-Modified-Since` answers include the very second asked for.
    pub modified_since_inclusive: bool,
    /// A DELETED or VOIDED invoice or credit note frees its number.
    pub number_reuse: bool,
    /// A merge of contacts bumps `UpdatedDateUTC` of the moved invoices.
    pub merge_bumps_invoices: bool,
    /// A status-only update deletes all lines and writes them again at two decimals.
    pub status_update_rewrites_lines: bool,
    /// A payment that is deleted with its batch does not say any more that it was part of one.
    pub deleted_payments_leave_their_batch: bool,
    /// The organisation has opted in to stated totals with a `RoundingAmount`.
    pub stated_totals: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Quirks {
            modified_since_inclusive: true,
            number_reuse: false,
            merge_bumps_invoices: true,
            status_update_rewrites_lines: false,
            deleted_payments_leave_their_batch: true,
            stated_totals: false,
        }
    }
}

/// A further organisation of the person who signs in.
#[derive(Debug, Clone)]
pub struct FurtherOrganisation {
    /// `Xero-tenant-id` of the organisation, also its `OrganisationID`.
    pub tenant_id: Uuid,
    /// Its name.
    pub name: String,
    /// Where it is registered.
    pub country: Country,
}

/// Everything a simulated Xero starts from.
#[derive(Debug, Clone)]
pub struct XeroConfig {
    /// Country of the organisation.
    pub country: Country,
    /// Name of the organisation.
    pub organisation_name: String,
    /// Apps registered at Xero.
    pub clients: Vec<OAuthClient>,
    /// `Xero-tenant-id` of the organisation, also its `OrganisationID`.
    pub tenant_id: Uuid,
    /// Time zone of the organisation, for default dates.
    pub time_zone: Tz,
    /// Call limits.
    pub limits: Limits,
    /// Seed of every id and token.
    pub seed: u64,
    /// Choices where the real behaviour is not known.
    pub quirks: Quirks,
    /// Organisations that the same person can let apps into, besides the first.
    pub further: Vec<FurtherOrganisation>,
}

impl XeroConfig {
    /// One configuration for each organisation, the first first.
    pub fn organisations(&self) -> Vec<XeroConfig> {
        let first = XeroConfig {
            further: Vec::new(),
            ..self.clone()
        };
        let further = self
            .further
            .iter()
            .zip(1..)
            .map(|(further, number)| XeroConfig {
                country: further.country,
                organisation_name: further.name.clone(),
                tenant_id: further.tenant_id,
                time_zone: further.country.time_zone(),
                seed: self.seed.wrapping_add(number << 32),
                ..first.clone()
            });
        std::iter::once(first.clone()).chain(further).collect()
    }

    /// A believable organisation with one PKCE app (`COUNTERFOIL-DEMO-PKCE`) and one app with a
    /// secret (`COUNTERFOIL-DEMO` / `demo-secret`).
    pub fn demo(country: Country, seed: u64) -> Self {
        XeroConfig {
            country,
            organisation_name: "Harbour & Vine Trading".to_owned(),
            clients: vec![
                OAuthClient::new("COUNTERFOIL-DEMO-PKCE", None),
                OAuthClient::new("COUNTERFOIL-DEMO", Some("demo-secret")),
            ],
            tenant_id: Uuid::from_u128(
                0x7078_4f0e_51d3_4a6b_9c1e_0000_0000_0000 | u128::from(seed),
            ),
            time_zone: country.time_zone(),
            limits: Limits::default(),
            seed,
            quirks: Quirks::default(),
            further: Vec::new(),
        }
    }
}
