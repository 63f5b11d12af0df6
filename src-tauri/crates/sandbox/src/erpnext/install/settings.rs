//! Settings as the set-up wizard leaves them.

use super::super::ErpnextWorld;
use super::super::cell::Cell;
use super::super::charts::pack;

impl ErpnextWorld {
    pub(super) fn install_settings(&mut self) {
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
        if self.meta.contains_key("Letter Head") {
            for (name, default) in [("Company Letterhead", 0), ("Company Letterhead - Grey", 1)] {
                let fields = [
                    ("letter_head_name", text(name)),
                    ("is_default", Cell::Int(default)),
                ];
                self.plant("Letter Head", name, &fields);
            }
        }
        self.plant(
            "Global Defaults",
            "Global Defaults",
            &[
                ("default_company", text(&company)),
                ("country", text(country)),
                ("default_currency", text(&currency)),
            ],
        );
        let form = "Document Naming Settings";
        self.plant(
            form,
            form,
            &[("default_amend_naming", text("Amend Counter"))],
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
}
