//! Where 15 and 16 come to other totals for the same document, or one of them refuses it.

use super::*;

const OLD: ErpnextVersion = ErpnextVersion::V15;
const NEW: ErpnextVersion = ErpnextVersion::V16;

fn percent(rate: i32) -> Value {
    json!({"charge_type": "On Net Total", "account_head": "VAT - ACM", "rate": rate, "description": "VAT"})
}

fn fixed(amount: f64) -> Value {
    json!({"charge_type": "Actual", "account_head": "VAT - ACM", "tax_amount": amount, "description": "VAT"})
}

/// A template of the site that taxes by that rate.
fn with_template(mut row: Value, template: &str) -> Value {
    row["item_tax_template"] = json!(template);
    row
}

fn drafted(version: ErpnextVersion, lines: &[Value], taxes: &[Value]) -> (Site, Reply) {
    let mut site = Site::furnished_of(version);
    let template = json!({"title": "VAT 20", "company": "Acme Ltd", "taxes": [{"tax_type": "VAT - ACM", "tax_rate": 20}]});
    assert_eq!(site.post("Item Tax Template", &template).status, 200);
    let body = invoice(&json!({"items": lines, "taxes": taxes, "disable_rounded_total": 1}));
    let reply = site.post("Sales Invoice", &body);
    (site, reply)
}

#[test]
fn the_last_row_of_an_account_gives_every_row_its_rate() {
    let hundred = [free("1", "100")];
    for (taxes, old, new) in [
        (
            vec![percent(20), percent(5)],
            ["20.0", "5.0"],
            ["5.0", "5.0"],
        ),
        (
            vec![percent(20), fixed(0.01)],
            ["20.0", "0.01"],
            ["0.0", "0.01"],
        ),
        (
            vec![fixed(0.01), percent(20)],
            ["0.01", "20.0"],
            ["0.01", "20.0"],
        ),
    ] {
        for (version, expected) in [(OLD, old), (NEW, new)] {
            let (_, reply) = drafted(version, &hundred, &taxes);
            let amounts: Vec<String> = reply.data()["taxes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["tax_amount"].to_string())
                .collect();
            assert_eq!(amounts, expected, "{version} {taxes:?}");
        }
    }
}

#[test]
fn lines_name_the_rate_of_every_account() {
    let lines = [
        free("1", "100"),
        with_template(free("1", "100"), "VAT 20 - ACM"),
    ];
    for (version, expected) in [
        (OLD, ["{}", "{\"VAT - ACM\": 20.0}"]),
        (NEW, ["{\"VAT - ACM\": 5}", "{\"VAT - ACM\": 20.0}"]),
    ] {
        let (mut site, reply) = drafted(version, &lines, &[percent(5)]);
        let name = reply.data()["name"].as_str().unwrap().to_owned();
        let stored = site.read("Sales Invoice", &name);
        assert_eq!(stored["total_taxes_and_charges"].to_string(), "25.0");
        for (at, expected) in expected.into_iter().enumerate() {
            assert_eq!(stored["items"][at]["item_tax_rate"], expected, "{version}");
        }
    }
}

#[test]
fn a_fixed_tax_on_lines_with_and_without_a_rate_is_refused() {
    let lines = [
        with_template(free("1", "100"), "VAT 20 - ACM"),
        free("1", "100"),
    ];
    let (_, reply) = drafted(OLD, &lines, &[fixed(30.0)]);
    assert_eq!(reply.data()["grand_total"].to_string(), "230.0");
    let (mut site, reply) = drafted(NEW, &lines, &[fixed(30.0)]);
    assert_eq!((reply.status, reply.exc_type()), (417, "ValidationError"));
    assert_eq!(
        reply.message(),
        "Item Wise Tax Details do not match with Taxes and Charges at the following rows:<br>Row 1 (Difference: 15.0)"
    );
    assert!(site.list("Sales Invoice", &[]).data()[0].is_null());
    // Half a pound of it is made up for, and without a template nothing is looked at.
    let (_, reply) = drafted(NEW, &lines, &[fixed(1.0)]);
    assert_eq!(reply.data()["grand_total"].to_string(), "201.0");
    let bare = [free("1", "100"), free("1", "100")];
    let (_, reply) = drafted(NEW, &bare, &[fixed(30.0)]);
    assert_eq!(reply.data()["grand_total"].to_string(), "230.0");
}

#[test]
fn the_tax_of_each_line_is_on_the_tax_row_or_in_a_table() {
    let lines = [free("1", "0.33"), free("1", "0.33"), free("1", "0.33")];
    let (_, reply) = drafted(OLD, &lines, &[percent(20)]);
    let data = reply.data();
    assert_eq!(
        data["taxes"][0]["item_wise_tax_detail"],
        "{\"L\":[20.0,0.198]}"
    );
    assert!(data.get("item_wise_tax_details").is_none());
    let (mut site, reply) = drafted(NEW, &lines, &[percent(20)]);
    let stored = site.read("Sales Invoice", reply.data()["name"].as_str().unwrap());
    assert_eq!(stored["taxes"][0]["tax_amount"].to_string(), "0.2");
    assert_eq!(stored["taxes"][0]["net_amount"].to_string(), "0.99");
    assert!(stored["taxes"][0].get("item_wise_tax_detail").is_none());
    let rows = stored["item_wise_tax_details"].as_array().unwrap();
    let seen: Vec<[String; 3]> = rows
        .iter()
        .map(|row| ["rate", "amount", "taxable_amount"].map(|field| row[field].to_string()))
        .collect();
    // Three times 0.07 is a penny more than the row has; the last one gives it back.
    assert_eq!(
        seen,
        [
            ["20.0", "0.07", "0.33"],
            ["20.0", "0.07", "0.33"],
            ["20.0", "0.06", "0.33"]
        ]
    );
    for (row, item) in rows.iter().zip(stored["items"].as_array().unwrap()) {
        assert_eq!(row["item_row"], item["name"]);
        assert_eq!(row["tax_row"], stored["taxes"][0]["name"]);
    }
}

#[test]
fn more_pennies_than_fifty_are_not_made_up_for() {
    // 0.024 a line: each is 0.02 in the table and 0.024 on the row.
    let lines = vec![free("1", "0.12"); 150];
    let (_, reply) = drafted(OLD, &lines, &[percent(20)]);
    assert_eq!(reply.data()["grand_total"].to_string(), "21.6");
    let (_, reply) = drafted(NEW, &lines, &[percent(20)]);
    assert_eq!(reply.status, 417);
    assert!(reply.message().ends_with("Row 1 (Difference: 0.6)"));
}

#[test]
fn a_discount_beyond_the_total_is_refused_in_other_words() {
    for (version, words) in [
        (
            OLD,
            "Incorrect value:Grand Total (Company Currency) must be >= 0.0",
        ),
        (
            NEW,
            "Additional Discount Amount (£ 100.01) cannot exceed the total before such discount (£ 100.00)",
        ),
    ] {
        let mut site = Site::furnished_of(version);
        let body = invoice(&json!({"apply_discount_on": "Net Total", "discount_amount": 100.01}));
        let reply = site.post("Sales Invoice", &body);
        assert_eq!((reply.status, reply.message().as_str()), (417, words));
    }
}
