//! What a site's own rules would do to everything that is written there, found before the first
//! write: fields that it demands and we cannot know of, fields that it hides, mandatory accounting
//! dimensions, workflows, and units of measure.
//!
//! Tried on ERPNext 16.9 and 15.71: with a mandatory field that is left empty every document is
//! refused (417 `MandatoryError`). A Workflow on Sales Invoice does not stop the API: documents are
//! submitted past it.

mod hidden;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::client::{Client, List};
use crate::error::{Error, RefusalKind};

pub use self::hidden::HiddenField;

/// The document types that are written, child tables included, and the standard fields of each that
/// are always filled: by us, or by ERPNext itself.
const WRITTEN: &[(&str, &[&str])] = &[
    (
        "Customer",
        &[
            "naming_series",
            "customer_name",
            "customer_type",
            "disabled",
        ],
    ),
    (
        "Sales Invoice",
        &[
            "naming_series",
            "company",
            "customer",
            "customer_name",
            "posting_date",
            "posting_time",
            "set_posting_time",
            "due_date",
            "currency",
            "conversion_rate",
            "selling_price_list",
            "price_list_currency",
            "plc_conversion_rate",
            "debit_to",
            "items",
            "net_total",
            "base_net_total",
            "total",
            "base_total",
            "grand_total",
            "base_grand_total",
            "payment_schedule",
            "against_income_account",
            "remarks",
            "status",
            "language",
        ],
    ),
    (
        "Sales Invoice Item",
        &[
            "item_name",
            "description",
            "uom",
            "stock_uom",
            "conversion_factor",
            "qty",
            "stock_qty",
            "rate",
            "base_rate",
            "amount",
            "base_amount",
            "net_rate",
            "net_amount",
            "base_net_rate",
            "base_net_amount",
            "income_account",
            "cost_center",
        ],
    ),
    (
        "Sales Taxes and Charges",
        &[
            "charge_type",
            "account_head",
            "description",
            "cost_center",
            "rate",
            "tax_amount",
            "total",
        ],
    ),
    (
        "Journal Entry",
        &[
            "naming_series",
            "voucher_type",
            "company",
            "posting_date",
            "accounts",
            "total_debit",
            "total_credit",
            "difference",
            "multi_currency",
            "title",
            "remark",
        ],
    ),
    (
        "Journal Entry Account",
        &[
            "account",
            "account_type",
            "account_currency",
            "party_type",
            "party",
            "cost_center",
            "exchange_rate",
            "debit_in_account_currency",
            "debit",
            "credit_in_account_currency",
            "credit",
            "reference_type",
            "reference_name",
            "against_account",
        ],
    ),
    (
        "Payment Entry",
        &[
            "naming_series",
            "payment_type",
            "posting_date",
            "company",
            "party_type",
            "party",
            "party_name",
            "paid_from",
            "paid_from_account_type",
            "paid_from_account_currency",
            "paid_to",
            "paid_to_account_type",
            "paid_to_account_currency",
            "paid_amount",
            "source_exchange_rate",
            "base_paid_amount",
            "received_amount",
            "target_exchange_rate",
            "base_received_amount",
            "reference_no",
            "reference_date",
            "references",
            "total_allocated_amount",
            "remarks",
            "status",
            "title",
        ],
    ),
    (
        "Payment Entry Reference",
        &[
            "reference_doctype",
            "reference_name",
            "total_amount",
            "outstanding_amount",
            "allocated_amount",
            "exchange_rate",
            "account",
        ],
    ),
];

/// Types of fields that hold nothing.
const NO_VALUE: [&str; 8] = [
    "Section Break",
    "Column Break",
    "Tab Break",
    "HTML",
    "Heading",
    "Button",
    "Fold",
    "Check",
];

/// What could be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<T> {
    /// All of it.
    All(Vec<T>),
    /// The user may not look.
    Hidden,
}

/// A workflow that is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// The document type that passes through it.
    pub doctype: String,
}

/// A field that a site demands, that has no default and that we do not fill.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Demanded {
    /// The document type, a child table's where it is on its rows.
    pub doctype: String,
    /// What people read on the form; the field's name where it has no label.
    pub label: String,
}

/// An accounting dimension without which a company's entries are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// What people read on the form.
    pub label: String,
    /// Whether sales accounts need it.
    pub on_income: bool,
    /// Whether receivables and taxes need it.
    pub on_balance_sheet: bool,
}

/// What units of measure there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// One at least takes broken quantities.
    Fractions,
    /// All of them take whole quantities only.
    WholeOnly,
    /// The user may not look.
    Hidden,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacles {
    /// Active workflows on what is written.
    pub workflows: Seen<Workflow>,
    /// Fields that are demanded and stay empty.
    pub demanded: Seen<Demanded>,
    /// Fields that are read and not shown to this user.
    pub hidden: Vec<HiddenField>,
    /// Dimensions that are mandatory.
    pub dimensions: Seen<Dimension>,
    /// Units of measure.
    pub units: Units,
}

/// Looks for them, for one company's books.
///
/// # Errors
/// See [`Error`]; what the user may not look at is no error.
pub async fn find(client: &Client, company: &str) -> Result<Obstacles, Error> {
    let written: Vec<&str> = WRITTEN.iter().map(|(doctype, _)| *doctype).collect();
    let workflows = rows(
        client,
        List {
            doctype: "Workflow",
            parent: None,
            fields: vec!["name", "document_type"],
            filters: vec![
                json!(["is_active", "=", 1]),
                json!(["document_type", "in", written]),
            ],
            order_by: "name asc",
            limit: 0,
        },
    );
    let custom = rows(
        client,
        List {
            doctype: "Custom Field",
            parent: None,
            fields: vec!["dt", "fieldname", "label", "fieldtype", "default"],
            filters: vec![json!(["reqd", "=", 1]), json!(["dt", "in", written])],
            order_by: "name asc",
            limit: 0,
        },
    );
    let setters = rows(
        client,
        List {
            doctype: "Property Setter",
            parent: None,
            fields: vec!["doc_type", "field_name", "property", "value"],
            filters: vec![
                json!(["doc_type", "in", written]),
                json!(["property", "in", ["reqd", "default", "label"]]),
            ],
            order_by: "name asc",
            limit: 0,
        },
    );
    let dimensions = rows(
        client,
        List {
            doctype: "Accounting Dimension",
            parent: None,
            fields: vec!["name", "label"],
            filters: vec![json!(["disabled", "=", 0])],
            order_by: "name asc",
            limit: 0,
        },
    );
    let of_company = rows(
        client,
        List {
            doctype: "Accounting Dimension Detail",
            parent: Some("Accounting Dimension"),
            fields: vec!["parent", "mandatory_for_pl", "mandatory_for_bs"],
            filters: vec![json!(["company", "=", company])],
            order_by: "parent asc",
            limit: 0,
        },
    );
    let units = rows(
        client,
        List {
            doctype: "UOM",
            parent: None,
            fields: vec!["name"],
            filters: vec![
                json!(["must_be_whole_number", "=", 0]),
                json!(["enabled", "=", 1]),
            ],
            order_by: "name asc",
            limit: 1,
        },
    );
    let hidden = hidden::fields(client);
    let (workflows, custom, setters, dimensions, of_company, units, hidden) = futures::try_join!(
        workflows, custom, setters, dimensions, of_company, units, hidden
    )?;
    Ok(Obstacles {
        workflows: read_workflows(workflows),
        demanded: match (custom, setters) {
            (Seen::All(custom), Seen::All(setters)) => Seen::All(read_demanded(&custom, &setters)),
            _ => Seen::Hidden,
        },
        hidden,
        dimensions: match (dimensions, of_company) {
            (Seen::All(dimensions), Seen::All(of_company)) => {
                Seen::All(read_dimensions(&dimensions, &of_company))
            }
            _ => Seen::Hidden,
        },
        units: match units {
            Seen::All(rows) if rows.is_empty() => Units::WholeOnly,
            Seen::All(_) => Units::Fractions,
            Seen::Hidden => Units::Hidden,
        },
    })
}

/// Rows of a document type that this user may not be shown, or that this version does not have.
pub(crate) async fn rows(client: &Client, list: List<'_>) -> Result<Seen<Value>, Error> {
    match client.list(&list).await {
        Ok(rows) => Ok(Seen::All(rows.to_values())),
        // This version has no such document type.
        Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Missing => {
            Ok(Seen::All(Vec::new()))
        }
        Err(Error::NotAllowed(_) | Error::Refused(_)) => Ok(Seen::Hidden),
        Err(error) => Err(error),
    }
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default().trim()
}

fn read_workflows(rows: Seen<Value>) -> Seen<Workflow> {
    match rows {
        Seen::Hidden => Seen::Hidden,
        Seen::All(rows) => Seen::All(
            rows.iter()
                .map(|row| Workflow {
                    name: text(row, "name").to_owned(),
                    doctype: text(row, "document_type").to_owned(),
                })
                .collect(),
        ),
    }
}

fn read_demanded(custom: &[Value], setters: &[Value]) -> Vec<Demanded> {
    // What the form was customised to: (document type, field) and property.
    let mut set: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    for row in setters {
        let key = (
            text(row, "doc_type"),
            text(row, "field_name"),
            text(row, "property"),
        );
        set.insert(key, text(row, "value"));
    }
    let has_default = |doctype: &str, field: &str| {
        set.get(&(doctype, field, "default"))
            .is_some_and(|value| !value.is_empty())
    };
    let mut found = BTreeSet::new();
    for row in custom {
        let (doctype, field) = (text(row, "dt"), text(row, "fieldname"));
        let lifted = set.get(&(doctype, field, "reqd")) == Some(&"0");
        let filled = !text(row, "default").is_empty() || has_default(doctype, field);
        if lifted || filled || NO_VALUE.contains(&text(row, "fieldtype")) {
            continue;
        }
        let label = text(row, "label");
        found.insert(Demanded {
            doctype: doctype.to_owned(),
            label: if label.is_empty() { field } else { label }.to_owned(),
        });
    }
    for ((doctype, field, property), value) in &set {
        let filled = WRITTEN
            .iter()
            .any(|(written, fields)| written == doctype && fields.contains(field));
        // A field of the site's own that was customised is in the other list.
        let own = custom
            .iter()
            .any(|row| text(row, "dt") == *doctype && text(row, "fieldname") == *field);
        if *property != "reqd" || *value != "1" || filled || own || has_default(doctype, field) {
            continue;
        }
        let label = set.get(&(*doctype, *field, "label")).copied();
        found.insert(Demanded {
            doctype: (*doctype).to_owned(),
            label: label.map_or_else(|| spoken(field), str::to_owned),
        });
    }
    found.into_iter().collect()
}

/// A field's name as its label would be: `tax_id` is "Tax Id".
pub(crate) fn spoken(field: &str) -> String {
    field
        .split('_')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            format!("{}{rest}", first.to_uppercase())
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// A default dimension is filled in by the form alone, not by the server, so it does not count.
fn read_dimensions(dimensions: &[Value], of_company: &[Value]) -> Vec<Dimension> {
    of_company
        .iter()
        .filter_map(|row| {
            let dimension = dimensions
                .iter()
                .find(|dimension| dimension["name"] == row["parent"])?;
            let found = Dimension {
                label: text(dimension, "label").to_owned(),
                on_income: row["mandatory_for_pl"] == 1,
                on_balance_sheet: row["mandatory_for_bs"] == 1,
            };
            (found.on_income || found.on_balance_sheet).then_some(found)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_nobody_fills_are_named() {
        let custom = [
            json!({"dt": "Sales Invoice Item", "fieldname": "need", "label": "Need", "fieldtype": "Data", "default": null}),
            json!({"dt": "Sales Invoice", "fieldname": "branch", "label": "", "fieldtype": "Link", "default": ""}),
            json!({"dt": "Customer", "fieldname": "kept", "label": "Kept", "fieldtype": "Data", "default": "x"}),
            json!({"dt": "Customer", "fieldname": "tick", "label": "Tick", "fieldtype": "Check", "default": null}),
            json!({"dt": "Customer", "fieldname": "lifted", "label": "Lifted", "fieldtype": "Data", "default": null}),
        ];
        let setter = |doctype: &str, field: &str, property: &str, value: &str| json!({"doc_type": doctype, "field_name": field, "property": property, "value": value});
        let setters = [
            setter("Customer", "lifted", "reqd", "0"),
            setter("Customer", "tax_id", "reqd", "1"),
            setter("Customer", "naming_series", "reqd", "1"),
            setter("Customer", "territory", "reqd", "1"),
            setter("Customer", "territory", "default", "All Territories"),
            setter("Sales Invoice", "po_no", "reqd", "1"),
            setter("Sales Invoice", "po_no", "label", "Order No"),
            setter("Sales Invoice", "project", "reqd", "0"),
            setter("Payment Entry", "reference_no", "reqd", "1"),
            setter("Payment Entry", "mode_of_payment", "reqd", "1"),
        ];
        let named: Vec<String> = read_demanded(&custom, &setters)
            .into_iter()
            .map(|field| format!("{}: {}", field.doctype, field.label))
            .collect();
        assert_eq!(
            named,
            [
                "Customer: Tax Id",
                "Payment Entry: Mode Of Payment",
                "Sales Invoice: Order No",
                "Sales Invoice: branch",
                "Sales Invoice Item: Need"
            ]
        );
    }

    #[test]
    fn a_dimension_counts_where_it_is_mandatory_and_not_disabled() {
        let dimensions = [
            json!({"name": "Branch", "label": "Branch"}),
            json!({"name": "Region", "label": "Region"}),
        ];
        let detail = |parent: &str, pl: u8, bs: u8| json!({"parent": parent, "mandatory_for_pl": pl, "mandatory_for_bs": bs});
        let found = read_dimensions(
            &dimensions,
            &[
                detail("Branch", 1, 0),
                detail("Region", 0, 0),
                detail("Gone", 1, 1),
            ],
        );
        assert_eq!(
            found,
            [Dimension {
                label: "Branch".to_owned(),
                on_income: true,
                on_balance_sheet: false
            }]
        );
    }
}
