//! What a new document is called.

use chrono::Datelike as _;

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc};
use super::super::errors::{Message, Refusal};
use super::super::release::Wording;
use super::super::site::Outcome;
use super::super::store::fold;

/// The longest name the database takes.
const NAME_LENGTH: usize = 140;

impl ErpnextWorld {
    /// Names a new document: the client's own name where it may choose, else by its type's rule.
    pub(crate) fn name_document(&mut self, doc: &mut Doc, chosen: Option<&str>) -> Outcome<()> {
        self.check_amendable(doc)?;
        let name = match chosen {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => self.automatic_name(doc)?,
        };
        if name.contains(['<', '>']) {
            let mut refusal = Refusal::thrown(
                "NameError",
                "Name cannot contain special characters like '<', '>'",
                "Message",
            );
            refusal.status = 409;
            return Err(Box::new(refusal));
        }
        if chosen.is_some() && name.chars().count() > NAME_LENGTH {
            return Err(Box::new(Refusal::crash(
                self.release().database,
                "DataError",
                "(1406, \"Data too long for column 'name' at row 1\")",
            )));
        }
        doc.set("name", name);
        Ok(())
    }

    fn automatic_name(&mut self, doc: &Doc) -> Outcome<String> {
        let amended = doc.text("amended_from");
        if !amended.is_empty() {
            return Ok(self.amended_name(doc.doctype, amended));
        }
        if let Some(name) = self.name_by_rule(doc) {
            return Ok(name);
        }
        Ok(match doc.doctype {
            "Webhook" | "Client Script" | "Notification" => {
                return Err(Box::new(Refusal::validation(
                    "Please set the document name",
                )));
            }
            "Customer" => self.customer_name_for(doc),
            "Contact" => self.contact_name_for(doc),
            "Address" => {
                let title = doc.text("address_title").trim();
                let base = format!("{title}-{}", doc.text("address_type"));
                self.free_name("Address", &base)
            }
            "Sales Invoice" | "Payment Entry" | "Journal Entry" => {
                self.series_name(doc.text("naming_series"))
            }
            "Custom Field" => format!("{}-{}", doc.text("dt"), doc.text("fieldname")),
            "Workflow" => doc.text("workflow_name").to_owned(),
            "Accounting Dimension" => match doc.text("label") {
                "" => doc.text("document_type").to_owned(),
                label => label.to_owned(),
            },
            "Property Setter" => format!(
                "{}-{}-{}",
                doc.text("doc_type"),
                if doc.text("field_name").is_empty() {
                    "main"
                } else {
                    doc.text("field_name")
                },
                doc.text("property")
            ),
            "Account" => {
                let abbr = self.abbreviation(doc.text("company"));
                match doc.text("account_number") {
                    "" => format!("{} - {abbr}", doc.text("account_name")),
                    number => format!("{number} - {} - {abbr}", doc.text("account_name")),
                }
            }
            "Cost Center"
            | "Warehouse"
            | "Item Tax Template"
            | "Sales Taxes and Charges Template"
            | "Accounting Period" => {
                let own = ["cost_center_name", "warehouse_name", "title", "period_name"]
                    .into_iter()
                    .map(|field| doc.text(field))
                    .find(|text| !text.is_empty())
                    .unwrap_or_default();
                format!("{own} - {}", self.abbreviation(doc.text("company")))
            }
            "Period Closing Voucher" => self.series_name("ACC-PCV-.YYYY.-"),
            "Currency Exchange" => format!(
                "{}-{}-{}-{}",
                doc.text("date"),
                doc.text("from_currency"),
                doc.text("to_currency"),
                match (doc.int("for_selling"), doc.int("for_buying")) {
                    (1, 0) => "Selling",
                    (0, 1) => "Buying",
                    _ => "Selling-Buying",
                }
            ),
            _ => {
                // Types named by one of their own fields.
                let by_field = [
                    "company_name",
                    "currency_name",
                    "year",
                    "mode_of_payment",
                    "item_code",
                    "uom_name",
                    "customer_group_name",
                    "territory_name",
                    "country_name",
                    "email",
                    "role_name",
                    "price_list_name",
                    "item_group_name",
                    "template_name",
                    "payment_term_name",
                    "title",
                    "language_name",
                    "project_name",
                ]
                .into_iter()
                .map(|field| doc.text(field))
                .find(|text| !text.is_empty())
                .map(str::to_owned);
                match (doc.doctype, by_field) {
                    ("ToDo" | "Comment" | "Deleted Document" | "Item Price", _) | (_, None) => {
                        self.new_hash()
                    }
                    (_, Some(name)) => name,
                }
            }
        })
    }

    /// The next name of a naming series such as `ACC-SINV-.YYYY.-`: any pattern works, known or
    /// not, and starts a counter of its own.
    pub(crate) fn series_name(&mut self, pattern: &str) -> String {
        let (before, ..) = self.evaluated(pattern);
        let number = self.store.next_in_series(&before);
        self.named_by(pattern, number)
    }

    /// The name that a pattern gives with a number.
    pub(crate) fn named_by(&self, pattern: &str, number: u64) -> String {
        let (before, digits, behind) = self.evaluated(pattern);
        format!("{before}{number:0digits$}{behind}")
    }

    /// A pattern as of today: what stands before the number, how many digits that has, what stands behind it.
    /// The number is counted under what stands before it.
    pub(crate) fn evaluated(&self, pattern: &str) -> (String, usize, String) {
        let pattern = if pattern.contains('#') {
            pattern.to_owned()
        } else {
            format!("{pattern}.#####")
        };
        let today = self.now.with_timezone(&self.config.time_zone).date_naive();
        let (mut before, mut digits, mut behind) = (String::new(), None, String::new());
        for part in pattern.split('.') {
            let text = match part {
                "YYYY" => today.year().to_string(),
                "YY" => format!("{:02}", today.year() % 100),
                "MM" => format!("{:02}", today.month()),
                "DD" => format!("{:02}", today.day()),
                hashes if hashes.starts_with('#') => {
                    digits = digits.or(Some(hashes.len()));
                    continue;
                }
                text => text.to_owned(),
            };
            if digits.is_some() {
                behind += &text;
            } else {
                before += &text;
            }
        }
        (before, digits.unwrap_or(5), behind)
    }

    /// The name that a Document Naming Rule gives, which counts before any series: the one of the highest
    /// priority that is for documents of this type.
    fn name_by_rule(&mut self, doc: &Doc) -> Option<String> {
        let rule = self
            .store
            .shelf("Document Naming Rule")?
            .by_name()
            .filter(|rule| rule.text("document_type") == doc.doctype && rule.int("disabled") == 0)
            .max_by_key(|rule| rule.int("priority"))?;
        let mut rule = rule.clone();
        let digits = usize::try_from(rule.int("prefix_digits")).unwrap_or(0);
        let pattern = format!("{}.{}", rule.text("prefix"), "#".repeat(digits.max(1)));
        let number = rule.int("counter") + 1;
        rule.set("counter", Cell::Int(number));
        self.store.put(rule);
        Some(self.named_by(&pattern, u64::try_from(number).unwrap_or(0)))
    }

    /// Deleting the newest document of a series gives its number back, so the name is used again.
    pub(crate) fn give_number_back(&mut self, name: &str) {
        let digits = name.chars().rev().take_while(char::is_ascii_digit).count();
        for width in (1..=digits.min(9)).rev() {
            let (prefix, number) = name.split_at(name.len() - width);
            if let Ok(number) = number.parse::<u64>()
                && self.store.series(prefix) == Some(number)
            {
                self.store.give_back(prefix, number);
                return;
            }
        }
    }

    /// What a new document amends must be cancelled. Nobody asks of a draft that says so later.
    fn check_amendable(&self, doc: &Doc) -> Outcome<()> {
        let (doctype, amended) = (doc.doctype, doc.text("amended_from"));
        let cancelled = self
            .store
            .get(doctype, amended)
            .is_some_and(|original| original.docstatus() == 2);
        if amended.is_empty() || cancelled {
            return Ok(());
        }
        let slug = doctype.to_lowercase().replace(' ', "-");
        Err(Box::new(Refusal::thrown(
            "ValidationError",
            &format!(
                "<a href=\"{}/{slug}/{amended}\">{amended}</a> cannot be amended because it is not cancelled. Please cancel the document before creating an amendment.",
                self.desk()
            ),
            "Amendment Not Allowed",
        )))
    }

    fn amended_name(&self, doctype: &str, amended: &str) -> String {
        let first = self.value(doctype, amended, "amended_from").is_unset();
        let (base, number) = if first {
            (amended, 1)
        } else {
            match amended.rsplit_once('-') {
                Some((base, number)) => (base, number.parse::<u32>().unwrap_or(0) + 1),
                None => (amended, 1),
            }
        };
        format!("{base}-{number}")
    }

    fn customer_name_for(&mut self, doc: &Doc) -> String {
        let wanted = doc.text("customer_name");
        let by_series = self
            .setting("Selling Settings", "cust_master_name")
            .as_text()
            == "Naming Series";
        if wanted.is_empty() || by_series {
            let series = doc.text("naming_series").to_owned();
            return self.series_name(&series);
        }
        if !self.exists("Customer", wanted) {
            return wanted.trim().to_owned();
        }
        // A second customer of that name gets a number behind it, and the user a note.
        let pattern = fold(&format!("{wanted} - x"));
        let stem = pattern.strip_suffix('x').unwrap_or(&pattern);
        let highest = self.store.shelf("Customer").map_or(0, |shelf| {
            shelf
                .by_name()
                .filter(|doc| fold(doc.name()).contains(stem))
                .filter_map(|doc| doc.name().rsplit(' ').next()?.parse::<u64>().ok())
                .max()
                .unwrap_or(0)
        });
        let name = format!("{wanted} - {}", highest + 1);
        let note = Message::plain(format!(
            "Changed customer name to '{name}' as '{wanted}' already exists."
        ))
        .titled("Note")
        .coloured("yellow");
        self.messages.push(match self.release().wording {
            Wording::Of15 => note,
            Wording::Of16 => note.alert(),
        });
        name
    }

    fn contact_name_for(&self, doc: &Doc) -> String {
        let parts: Vec<&str> = ["first_name", "middle_name", "last_name"]
            .into_iter()
            .map(|field| doc.text(field))
            .filter(|text| !text.is_empty())
            .collect();
        let mut base = parts.join(" ");
        if base.is_empty() {
            doc.text("company_name").clone_into(&mut base);
        }
        if base.is_empty() {
            doc.text("email_id").clone_into(&mut base);
        }
        if let Some(link) = doc.rows("links").first() {
            base = format!("{base}-{}", link.text("link_name").trim());
        }
        self.free_name("Contact", &base)
    }

    /// The name itself, or with -1, -2, … where it is taken.
    fn free_name(&self, doctype: &str, base: &str) -> String {
        if !self.exists(doctype, base) {
            return base.to_owned();
        }
        let mut number = 1;
        loop {
            let name = format!("{base}-{number}");
            if !self.exists(doctype, &name) {
                return name;
            }
            number += 1;
        }
    }

    pub(crate) fn abbreviation(&self, company: &str) -> String {
        self.value("Company", company, "abbr").as_text().to_owned()
    }
}
