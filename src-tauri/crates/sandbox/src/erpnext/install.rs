//! Setting a new site up, as ERPNext's set-up wizard leaves it.

mod masters;
mod settings;

use rust_decimal::Decimal;

use super::cell::{Cell, Doc, Row};
use super::charts::{STANDARD, pack, root_type};
use super::documents::set_defaults;
use super::site::PERSON;
use super::{Country, ErpnextWorld};

/// The user the API key belongs to.
pub(crate) const API_USER: &str = "sync@demo.example";

/// That user's password, for signing in through the browser. Opens nothing else.
pub(crate) const DEMO_PASSWORD: &str = "demo-password";

/// The roles that user holds.
const ROLES: [&str; 12] = [
    "System Manager",
    "Accounts Manager",
    "Accounts User",
    "Sales Manager",
    "Sales Master Manager",
    "Sales User",
    "Stock Manager",
    "Stock User",
    "Item Manager",
    "Purchase Manager",
    "Purchase User",
    "Purchase Master Manager",
];

/// A company's defaults and the accounts (cost centres) they point at.
const DEFAULTS: [(&str, &str); 11] = [
    ("default_receivable_account", "Debtors"),
    ("default_payable_account", "Creditors"),
    ("default_income_account", "Sales"),
    ("default_expense_account", "Cost of Goods Sold"),
    ("default_cash_account", "Cash"),
    ("default_bank_account", "Bank Account"),
    ("round_off_account", "Round Off"),
    ("round_off_cost_center", "Main"),
    ("write_off_account", "Write Off"),
    ("exchange_gain_loss_account", "Exchange Gain/Loss"),
    ("cost_center", "Main"),
];

/// Payment methods and their type.
const PAYMENT_MODES: [(&str, &str); 5] = [
    ("Bank Draft", "Bank"),
    ("Cash", "Cash"),
    ("Cheque", "Bank"),
    ("Credit Card", "Bank"),
    ("Wire Transfer", "Bank"),
];

/// What a company is founded with.
struct Founding {
    company: String,
    abbr: String,
    currency: String,
    country: Country,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

impl ErpnextWorld {
    pub(crate) fn install(&mut self) {
        self.install_masters();
        let founding = Founding {
            company: self.config.company.clone(),
            abbr: self.config.abbr.clone(),
            currency: self.config.currency.clone(),
            country: self.config.country,
        };
        self.install_company(&founding);
        self.install_accounts(&founding);
        self.install_taxes(&founding);
        self.install_settings();
        self.install_users();
    }

    /// Stores a document as the set-up writes it, without checks. A name of "" is made up.
    pub(crate) fn plant(&mut self, doctype: &str, name: &str, cells: &[(&'static str, Cell)]) {
        let Some(meta) = self.meta.get(doctype) else {
            return;
        };
        let single = meta.is_single;
        let mut doc = Doc::new(meta.name);
        set_defaults(meta, &mut doc.row);
        let stamp = self.tick();
        doc.set("name", name);
        doc.set("owner", PERSON);
        doc.set("modified_by", PERSON);
        if !single {
            doc.set("creation", stamp.as_str());
        }
        doc.set("modified", stamp);
        for (field, cell) in cells {
            doc.set(*field, cell.clone());
        }
        self.store.put(doc);
    }

    /// Adds child rows to a planted document.
    fn graft(
        &mut self,
        doctype: &str,
        name: &str,
        table: &'static str,
        rows: &[&[(&'static str, Cell)]],
    ) {
        let Some(mut doc) = self.store.get(doctype, name).cloned() else {
            return;
        };
        for cells in rows {
            let mut row = Row::default();
            let hash = self.new_hash();
            row.set("name", hash);
            for (field, cell) in *cells {
                row.set(*field, cell.clone());
            }
            doc.rows_mut(table).push(row);
        }
        self.store.put(doc);
    }

    /// What a company added later gets besides its own document: cost centres, warehouses,
    /// accounts, tax templates, its row in each mode of payment. The document itself gets the
    /// defaults that point at them.
    pub(crate) fn found_company(&mut self, doc: &mut Doc) {
        let country = match doc.text("country") {
            "New Zealand" => Country::NZ,
            "Australia" => Country::AU,
            "United States" => Country::US,
            _ => Country::GB,
        };
        let founding = Founding {
            company: doc.name().to_owned(),
            abbr: doc.text("abbr").to_owned(),
            currency: doc.text("default_currency").to_owned(),
            country,
        };
        let own = doc.clone();
        self.install_company(&founding);
        if let Some(planted) = self.store.get("Company", own.name()).cloned() {
            for (field, _) in DEFAULTS {
                if doc.text(field).is_empty() {
                    doc.set(field, planted.row.get(field).clone());
                }
            }
        }
        self.store.put(doc.clone());
        self.install_accounts(&founding);
        self.install_taxes(&founding);
    }

    fn install_company(&mut self, founding: &Founding) {
        let abbr = founding.abbr.clone();
        let company = founding.company.clone();
        let text = |text: &str| Cell::text(text);
        let with = |account: &str| Cell::from(format!("{account} - {abbr}"));
        let country = pack(founding.country).name;
        let mut cells = vec![
            ("company_name", text(&company)),
            ("abbr", text(&abbr)),
            ("default_currency", text(&founding.currency)),
            ("country", text(country)),
            ("chart_of_accounts", text("Standard")),
        ];
        cells.extend(
            DEFAULTS
                .iter()
                .map(|(field, account)| (*field, with(account))),
        );
        self.plant("Company", &company, &cells);
        let root = format!("{company} - {abbr}");
        self.plant(
            "Cost Center",
            &root,
            &[
                ("cost_center_name", text(&company)),
                ("company", text(&company)),
                ("is_group", Cell::Int(1)),
            ],
        );
        self.plant(
            "Cost Center",
            &format!("Main - {abbr}"),
            &[
                ("cost_center_name", text("Main")),
                ("company", text(&company)),
                ("parent_cost_center", text(&root)),
            ],
        );
        for name in ["Stores", "Finished Goods", "Work In Progress"] {
            self.plant(
                "Warehouse",
                &format!("{name} - {abbr}"),
                &[("warehouse_name", text(name)), ("company", text(&company))],
            );
        }
    }

    fn install_accounts(&mut self, founding: &Founding) {
        let abbr = founding.abbr.clone();
        let company = founding.company.clone();
        let currency = founding.currency.clone();
        let country = pack(founding.country);
        let mut parents: Vec<String> = Vec::new();
        let mut kind = ("", "");
        for (at, line) in STANDARD.lines().enumerate() {
            let depth = (line.len() - line.trim_start().len()) / 2;
            let (name, account_type) = line.trim().split_once('|').unwrap_or((line.trim(), ""));
            let (name, group) = match name.strip_suffix('/') {
                Some(name) => (name, 1),
                None => (name, 0),
            };
            let own = name.replace("{TAX}", country.tax_account);
            if depth == 0 {
                kind = root_type(&own);
            }
            parents.truncate(depth);
            let full = format!("{own} - {abbr}");
            let lft = i64::try_from(at).unwrap_or(0) * 2 + 1;
            let mut cells = vec![
                ("account_name", Cell::text(&own)),
                ("is_group", Cell::Int(group)),
                ("company", Cell::text(&company)),
                ("root_type", Cell::text(kind.0)),
                ("report_type", Cell::text(kind.1)),
                ("account_currency", Cell::text(&currency)),
                ("account_type", Cell::text(account_type)),
                ("account_number", Cell::text("")),
                ("lft", Cell::Int(lft)),
                ("rgt", Cell::Int(lft + 1)),
            ];
            if let Some(parent) = parents.last() {
                cells.push(("parent_account", Cell::text(parent)));
            }
            if name == "{TAX}" {
                cells.push(("tax_rate", Cell::Number(decimal(country.standard_rate))));
            }
            self.plant("Account", &full, &cells);
            parents.push(full);
        }
        for (mode, kind) in PAYMENT_MODES {
            if !self.exists("Mode of Payment", mode) {
                self.plant(
                    "Mode of Payment",
                    mode,
                    &[
                        ("mode_of_payment", Cell::text(mode)),
                        ("type", Cell::text(kind)),
                    ],
                );
            }
            if mode == "Cash" {
                let row = [
                    ("company", Cell::text(&company)),
                    ("default_account", Cell::from(format!("Cash - {abbr}"))),
                ];
                self.graft("Mode of Payment", mode, "accounts", &[&row]);
            }
        }
    }

    fn install_taxes(&mut self, founding: &Founding) {
        let abbr = founding.abbr.clone();
        let company = founding.company.clone();
        let country = pack(founding.country);
        let account = format!("{} - {abbr}", country.tax_account);
        // As ERPNext names them (recording 05#40).
        let title = match founding.country {
            Country::NZ => country.name.to_owned(),
            _ => format!("{} Tax", country.name),
        };
        let name = format!("{title} - {abbr}");
        self.plant(
            "Sales Taxes and Charges Template",
            &name,
            &[
                ("title", Cell::text(&title)),
                ("company", Cell::text(&company)),
            ],
        );
        let row = [
            ("charge_type", Cell::text("On Net Total")),
            ("account_head", Cell::text(&account)),
            (
                "description",
                Cell::from(format!(
                    "{} {}%",
                    country.tax_account, country.standard_rate
                )),
            ),
            ("rate", Cell::Number(decimal(country.standard_rate))),
            ("cost_center", Cell::from(format!("Main - {abbr}"))),
        ];
        self.graft("Sales Taxes and Charges Template", &name, "taxes", &[&row]);
        for (title, rate) in country.item_taxes {
            let name = format!("{title} - {abbr}");
            self.plant(
                "Item Tax Template",
                &name,
                &[
                    ("title", Cell::text(title)),
                    ("company", Cell::text(&company)),
                ],
            );
            let row = [
                ("tax_type", Cell::text(&account)),
                ("tax_rate", Cell::Number(decimal(rate))),
            ];
            self.graft("Item Tax Template", &name, "taxes", &[&row]);
        }
    }

    fn install_users(&mut self) {
        let text = |text: &str| Cell::text(text);
        for role in ROLES
            .iter()
            .chain(&["Administrator", "All", "Desk User", "Guest"])
        {
            self.plant("Role", role, &[("role_name", text(role))]);
        }
        self.plant(
            "User",
            PERSON,
            &[
                ("enabled", Cell::Int(1)),
                ("email", text("admin@demo.example")),
                ("first_name", text("Administrator")),
                ("full_name", text("Administrator")),
            ],
        );
        let (key, secret) = (self.config.api_key.clone(), self.config.api_secret.clone());
        self.plant(
            "User",
            API_USER,
            &[
                ("enabled", Cell::Int(1)),
                ("email", text(API_USER)),
                ("first_name", text("Sync")),
                ("full_name", text("Sync")),
                ("username", text("sync")),
                ("language", text("en")),
                ("time_zone", text(self.config.time_zone.name())),
                ("api_key", text(&key)),
                ("api_secret", text(&secret)),
            ],
        );
        let rows: Vec<[(&'static str, Cell); 1]> =
            ROLES.iter().map(|role| [("role", text(role))]).collect();
        let rows: Vec<&[(&'static str, Cell)]> = rows.iter().map(<[_; 1]>::as_slice).collect();
        self.graft("User", API_USER, "roles", &rows);
        let mut password = serde_json::Map::new();
        password.insert("new_password".to_owned(), DEMO_PASSWORD.into());
        if let Some(mut user) = self.store.get("User", API_USER).cloned() {
            self.keep_password(&mut user, &password);
        }
    }
}
