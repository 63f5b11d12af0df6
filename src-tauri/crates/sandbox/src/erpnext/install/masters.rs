//! Masters every site has: currencies, units, countries, groups, fiscal years.

use super::super::ErpnextWorld;
use super::super::cell::Cell;
use super::super::charts::{COUNTRIES, CURRENCIES, UNITS, pack};
use super::decimal;

impl ErpnextWorld {
    pub(super) fn install_masters(&mut self) {
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
}
