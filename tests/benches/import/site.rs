//! The ERPNext site, asked as a script would ask it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use tests::{Books, System};

/// An ERPNext site and a key to it.
pub struct Site {
    pub url: String,
    pub key: String,
    pub secret: String,
    pub company: String,
    http: reqwest::Client,
}

/// What is sent of an invoice; the rest ERPNext fills in or refuses to be told.
const FIELDS: [&str; 9] = [
    "company",
    "customer",
    "posting_date",
    "due_date",
    "currency",
    "conversion_rate",
    "po_no",
    "debit_to",
    "cost_center",
];
const ITEM_FIELDS: [&str; 12] = [
    "item_name",
    "description",
    "qty",
    "rate",
    "uom",
    "stock_uom",
    "conversion_factor",
    "income_account",
    "cost_center",
    "price_list_rate",
    "discount_percentage",
    "item_tax_template",
];
const TAX_FIELDS: [&str; 7] = [
    "charge_type",
    "account_head",
    "description",
    "rate",
    "tax_amount",
    "included_in_print_rate",
    "cost_center",
];

impl Site {
    /// The real site that the environment names, else an empty demo site, which stays as long as
    /// what is returned with it.
    pub async fn open() -> (Self, Option<Books>) {
        let variable = |name: &str| std::env::var(format!("COUNTERFOIL_TEST_ERPNEXT_{name}")).ok();
        let named = (
            variable("URL"),
            variable("KEY"),
            variable("SECRET"),
            variable("COMPANY"),
        );
        let http = reqwest::Client::new();
        if let (Some(url), Some(key), Some(secret), Some(company)) = named {
            let site = Self {
                url,
                key,
                secret,
                company,
                http,
            };
            return (site, None);
        }
        let demo = Books::open(1, 0, 0).await;
        let erpnext = &demo.ready.erpnext;
        let site = Self {
            url: demo.url(System::Erpnext).to_owned(),
            key: erpnext.key.clone(),
            secret: erpnext.secret.clone(),
            company: erpnext.company.clone(),
            http,
        };
        (site, Some(demo))
    }

    /// A POST; the status and the answer.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let response = self
            .http
            .post(format!("{}{path}", self.url))
            .header(
                "Authorization",
                format!("token {}:{}", self.key, self.secret),
            )
            .header("Accept", "application/json")
            .json(body)
            .send()
            .await
            .expect("the site answers");
        let status = response.status().as_u16();
        (status, response.text().await.expect("a whole answer"))
    }

    async fn asked(&self, method: &str, body: &Value) -> Value {
        let (status, answer) = self.post(&format!("/api/method/{method}"), body).await;
        assert_eq!(status, 200, "{method}: {answer}");
        let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer["message"].take()
    }

    /// Which versions it runs.
    pub async fn versions(&self) -> String {
        let versions = self
            .asked("frappe.utils.change_log.get_versions", &json!({}))
            .await;
        ["frappe", "erpnext"]
            .map(|app| {
                let version = versions[app]["version"].as_str().unwrap_or("?");
                format!("{app} {version}")
            })
            .join(", ")
    }

    async fn list(&self, body: Value) -> Vec<Map<String, Value>> {
        let rows = self.asked("frappe.client.get_list", &body).await;
        serde_json::from_value(rows).expect("rows")
    }

    /// The names of all invoices.
    pub async fn invoices(&self) -> BTreeSet<String> {
        let rows = self
            .list(json!({
                "doctype": "Sales Invoice", "fields": ["name"],
                "filters": [["company", "=", self.company]], "limit_page_length": 0,
            }))
            .await;
        rows.iter()
            .map(|row| row["name"].as_str().expect("a name").to_owned())
            .collect()
    }

    /// Submitted invoices: name, total and tax as the site states them.
    pub async fn totals(&self) -> Vec<(String, String, String)> {
        let rows = self
            .list(json!({
                "doctype": "Sales Invoice", "filters": [["docstatus", "=", 1]], "limit_page_length": 0,
                "fields": ["name", "grand_total", "total_taxes_and_charges"],
            }))
            .await;
        rows.iter()
            .map(|row| {
                let name = row["name"].as_str().expect("a name").to_owned();
                let total = row["grand_total"].to_string();
                (name, total, row["total_taxes_and_charges"].to_string())
            })
            .collect()
    }

    /// Bodies that make the same documents again, without a name.
    pub async fn bodies(&self, names: &[String]) -> Vec<Value> {
        let parents = self
            .list(json!({
                "doctype": "Sales Invoice", "fields": ["*"],
                "filters": [["name", "in", names], ["docstatus", "=", 1]],
                "order_by": "posting_date asc, name asc", "limit_page_length": 0,
            }))
            .await;
        let mut bodies = Vec::new();
        let children = |doctype: &'static str| {
            self.list(json!({
                "doctype": doctype, "parent": "Sales Invoice", "fields": ["*"],
                "filters": [["parent", "in", names], ["parenttype", "=", "Sales Invoice"]],
                "order_by": "idx asc", "limit_page_length": 0,
            }))
        };
        let items = children("Sales Invoice Item").await;
        let taxes = children("Sales Taxes and Charges").await;
        for parent in parents {
            let of = |rows: &[Map<String, Value>], fields: &[&str]| -> Vec<Value> {
                rows.iter()
                    .filter(|row| row["parent"] == parent["name"])
                    .map(|row| Value::Object(only(row, fields)))
                    .collect()
            };
            let mut body = only(&parent, &FIELDS);
            let more = json!({
                "doctype": "Sales Invoice",
                "docstatus": 1,
                "set_posting_time": 1,
                "disable_rounded_total": 1,
                "ignore_pricing_rule": 1,
                "ignore_default_payment_terms_template": 1,
                "payment_terms_template": "",
                "taxes_and_charges": "",
                "items": of(&items, &ITEM_FIELDS),
                "taxes": of(&taxes, &TAX_FIELDS),
            });
            body.extend(more.as_object().expect("an object").clone());
            bodies.push(Value::Object(body));
        }
        bodies
    }
}

/// The fields that are set. A price list's rate of nothing is not sent: it is none.
fn only(row: &Map<String, Value>, fields: &[&str]) -> Map<String, Value> {
    fields
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), row.get(*field)?.clone())))
        .filter(|(field, value)| {
            let nothing = value.as_f64() == Some(0.0);
            let may_be_nothing = matches!(field.as_str(), "rate" | "tax_amount");
            !value.is_null() && value != "" && (!nothing || may_be_nothing)
        })
        .collect()
}
