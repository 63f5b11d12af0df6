//! Setting a new site up, as ERPNext's set-up wizard leaves it.

use rust_decimal::Decimal;

use super::ErpnextWorld;
use super::cell::{Cell, Doc, Row};
use super::charts::{COUNTRIES, CURRENCIES, STANDARD, UNITS, pack, root_type};
use super::documents::set_defaults;
use super::site::PERSON;

/// The user the API key belongs to.
pub(crate) const API_USER: &str = "sync@demo.example";

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

/// Payment methods and their type.
const PAYMENT_MODES: [(&str, &str); 5] = [
    ("Bank Draft", "Bank"),
    ("Cash", "Cash"),
    ("Cheque", "Bank"),
    ("Credit Card", "Bank"),
    ("Wire Transfer", "Bank"),
];

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

impl ErpnextWorld {
    pub(crate) fn install(&mut self) {
        self.install_masters();
        self.install_company();
        self.install_accounts();
        self.install_taxes();
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

    fn install_masters(&mut self) {
        let text = |text: &str| Cell::text(text);
        for (code, name, fraction, coin) in CURRENCIES {
            self.plant(
                "Currency",
                code,
                &[
                    ("currency_name", text(name)),
                    ("enabled", Cell::Int(1)),
                    ("fraction", text(fraction)),
                    ("fraction_units", Cell::Int(100)),
                    (
                        "smallest_currency_fraction_value",
                        Cell::Number(decimal(coin)),
                    ),
                    ("number_format", text("#,###.##")),
                ],
            );
        }
        for (name, whole) in UNITS {
            self.plant(
                "UOM",
                name,
                &[
                    ("uom_name", text(name)),
                    ("must_be_whole_number", Cell::Int(i64::from(whole))),
                ],
            );
        }
        for (name, code) in COUNTRIES {
            self.plant(
                "Country",
                name,
                &[("country_name", text(name)), ("code", text(code))],
            );
        }
        let country = pack(self.config.country).name;
        self.plant(
            "Territory",
            "All Territories",
            &[
                ("territory_name", text("All Territories")),
                ("is_group", Cell::Int(1)),
            ],
        );
        for name in ["Rest Of The World", country] {
            self.plant(
                "Territory",
                name,
                &[
                    ("territory_name", text(name)),
                    ("parent_territory", text("All Territories")),
                ],
            );
        }
        for (doctype, field, parent, root, names) in [
            (
                "Customer Group",
                "customer_group_name",
                "parent_customer_group",
                "All Customer Groups",
                &["Commercial", "Government", "Individual", "Non Profit"][..],
            ),
            (
                "Item Group",
                "item_group_name",
                "parent_item_group",
                "All Item Groups",
                &[
                    "Consumable",
                    "Products",
                    "Raw Material",
                    "Services",
                    "Sub Assemblies",
                ][..],
            ),
        ] {
            self.plant(
                doctype,
                root,
                &[(field, text(root)), ("is_group", Cell::Int(1))],
            );
            for name in names {
                self.plant(doctype, name, &[(field, text(name)), (parent, text(root))]);
            }
        }
        for (code, name) in [
            ("en", "English"),
            ("en-GB", "English (United Kingdom)"),
            ("de", "Deutsch"),
            ("fr", "Français"),
        ] {
            self.plant(
                "Language",
                code,
                &[("language_name", text(name)), ("enabled", Cell::Int(1))],
            );
        }
        let currency = self.config.currency.clone();
        for (name, selling) in [("Standard Buying", 0), ("Standard Selling", 1)] {
            self.plant(
                "Price List",
                name,
                &[
                    ("price_list_name", text(name)),
                    ("currency", text(&currency)),
                    ("selling", Cell::Int(selling)),
                    ("buying", Cell::Int(1 - selling)),
                ],
            );
        }
        for year in 2023..=2028 {
            let name = year.to_string();
            self.plant(
                "Fiscal Year",
                &name,
                &[
                    ("year", text(&name)),
                    ("year_start_date", Cell::from(format!("{year}-01-01"))),
                    ("year_end_date", Cell::from(format!("{year}-12-31"))),
                ],
            );
        }
        let mut names: Vec<(&'static str, [i64; 3])> = self
            .meta
            .values()
            .map(|meta| {
                (
                    meta.name,
                    [meta.is_table, meta.is_single, meta.is_submittable].map(i64::from),
                )
            })
            .collect();
        names.sort_unstable();
        for (name, [table, single, submittable]) in names {
            self.plant(
                "DocType",
                name,
                &[
                    ("istable", Cell::Int(table)),
                    ("issingle", Cell::Int(single)),
                    ("is_submittable", Cell::Int(submittable)),
                ],
            );
        }
    }

    fn install_company(&mut self) {
        let abbr = self.config.abbr.clone();
        let company = self.config.company.clone();
        let text = |text: &str| Cell::text(text);
        let with = |account: &str| Cell::from(format!("{account} - {abbr}"));
        let currency = self.config.currency.clone();
        let country = pack(self.config.country).name;
        self.plant(
            "Company",
            &company,
            &[
                ("company_name", text(&company)),
                ("abbr", text(&abbr)),
                ("default_currency", text(&currency)),
                ("country", text(country)),
                ("chart_of_accounts", text("Standard")),
                ("default_receivable_account", with("Debtors")),
                ("default_payable_account", with("Creditors")),
                ("default_income_account", with("Sales")),
                ("default_expense_account", with("Cost of Goods Sold")),
                ("default_cash_account", with("Cash")),
                ("default_bank_account", with("Bank Account")),
                ("round_off_account", with("Round Off")),
                ("round_off_cost_center", with("Main")),
                ("write_off_account", with("Write Off")),
                ("exchange_gain_loss_account", with("Exchange Gain/Loss")),
                ("cost_center", with("Main")),
            ],
        );
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

    fn install_accounts(&mut self) {
        let abbr = self.config.abbr.clone();
        let company = self.config.company.clone();
        let currency = self.config.currency.clone();
        let country = pack(self.config.country);
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
            self.plant(
                "Mode of Payment",
                mode,
                &[
                    ("mode_of_payment", Cell::text(mode)),
                    ("type", Cell::text(kind)),
                ],
            );
            if mode == "Cash" {
                let row = [
                    ("company", Cell::text(&company)),
                    ("default_account", Cell::from(format!("Cash - {abbr}"))),
                ];
                self.graft("Mode of Payment", mode, "accounts", &[&row]);
            }
        }
    }

    fn install_taxes(&mut self) {
        let abbr = self.config.abbr.clone();
        let company = self.config.company.clone();
        let country = pack(self.config.country);
        let account = format!("{} - {abbr}", country.tax_account);
        let title = format!("{} Tax", country.name);
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

    fn install_settings(&mut self) {
        let text = |text: &str| Cell::text(text);
        let country = pack(self.config.country).name;
        let currency = self.config.currency.clone();
        let company = self.config.company.clone();
        let zone = self.config.time_zone.name();
        self.plant(
            "System Settings",
            "System Settings",
            &[
                ("app_name", text("ERPNext")),
                ("country", text(country)),
                ("language", text("en")),
                ("time_zone", text(zone)),
                ("currency", text(&currency)),
                ("setup_complete", Cell::Int(1)),
                ("date_format", text("dd-mm-yyyy")),
                ("time_format", text("HH:mm:ss")),
                ("number_format", text("#,###.##")),
                ("float_precision", text("3")),
                ("currency_precision", text("")),
                ("rounding_method", text("Banker's Rounding")),
                ("allow_error_traceback", Cell::Int(1)),
            ],
        );
        self.plant(
            "Global Defaults",
            "Global Defaults",
            &[
                ("default_company", text(&company)),
                ("country", text(country)),
                ("default_currency", text(&currency)),
            ],
        );
        self.plant(
            "Accounts Settings",
            "Accounts Settings",
            &[
                ("unlink_payment_on_cancellation_of_invoice", Cell::Int(1)),
                (
                    "unlink_advance_payment_on_cancelation_of_order",
                    Cell::Int(1),
                ),
                ("add_taxes_from_item_tax_template", Cell::Int(1)),
                (
                    "automatically_process_deferred_accounting_entry",
                    Cell::Int(1),
                ),
                ("book_deferred_entries_based_on", text("Days")),
                (
                    "determine_address_tax_category_from",
                    text("Billing Address"),
                ),
                ("allow_stale", Cell::Int(1)),
                ("stale_days", Cell::Int(1)),
            ],
        );
        self.plant(
            "Selling Settings",
            "Selling Settings",
            &[
                ("cust_master_name", text("Customer Name")),
                ("selling_price_list", text("Standard Selling")),
                ("maintain_same_rate_action", text("Stop")),
                ("so_required", text("No")),
                ("dn_required", text("No")),
                ("sales_update_frequency", text("Each Transaction")),
                ("allow_multiple_items", Cell::Int(1)),
            ],
        );
        self.plant(
            "Stock Settings",
            "Stock Settings",
            &[
                ("stock_uom", text("Nos")),
                ("item_naming_by", text("Item Code")),
                ("item_group", text("Products")),
                ("auto_insert_price_list_rate_if_missing", Cell::Int(1)),
            ],
        );
        self.plant(
            "Repost Accounting Ledger Settings",
            "Repost Accounting Ledger Settings",
            &[],
        );
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
    }
}
