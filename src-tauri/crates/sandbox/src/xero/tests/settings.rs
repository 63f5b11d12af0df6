use serde_json::json;

use super::super::Country;
use super::{Bench, column};

#[test]
fn every_country_has_a_sound_chart() {
    for (country, currency, tax, rate) in [
        (Country::Gb, "GBP", "OUTPUT2", "20.0000"),
        (Country::Nz, "NZD", "OUTPUT2", "15.0000"),
        (Country::Au, "AUD", "OUTPUT", "10.0000"),
        (Country::Us, "USD", "TAX001", "8.8750"),
    ] {
        let mut bench = Bench::new(country);
        let organisation = bench.get("Organisation");
        assert_eq!(organisation.at("/Organisations/0/BaseCurrency"), currency);
        assert_eq!(
            organisation.at("/Organisations/0/OrganisationID"),
            bench.grant.tenant_id
        );
        assert_eq!(
            column(&bench.get("Currencies"), "Currencies", "Code")[0],
            currency
        );
        let accounts = bench.get("Accounts").json();
        let accounts = accounts["Accounts"].as_array().unwrap();
        let sales = accounts
            .iter()
            .find(|account| account["Code"] == "200")
            .unwrap();
        assert_eq!(
            (sales["Name"].as_str(), sales["TaxType"].as_str()),
            (Some("Sales"), Some(tax))
        );
        let rates = bench.get("TaxRates").json();
        let rates = rates["TaxRates"].as_array().unwrap();
        let find = |tax_type: &str| rates.iter().find(|rate| rate["TaxType"] == tax_type);
        assert_eq!(find(tax).unwrap()["EffectiveRate"].to_string(), rate);
        for account in accounts {
            let tax_type = account["TaxType"].as_str().unwrap();
            assert!(find(tax_type).is_some(), "{country:?} {account}");
        }
        let debtors = bench.get("Accounts?where=SystemAccount%3D%3D%22DEBTORS%22");
        assert_eq!(column(&debtors, "Accounts", "Code"), ["610"]);
        let banks = bench.get("Accounts?where=Type%3D%3D%22BANK%22%20AND%20Status%3D%3D%22ACTIVE%22&order=Code%20DESC");
        assert_eq!(column(&banks, "Accounts", "Code"), ["091", "090"]);
    }
}

#[test]
fn settings_are_read_only_and_unknown_paths_are_not_found() {
    let mut bench = Bench::new(Country::Gb);
    let grant = bench
        .world
        .new_grant("COUNTERFOIL-DEMO-PKCE", bench.now)
        .unwrap();
    bench.grant = grant;
    assert_eq!(bench.write("POST", "Organisation", &json!({})).status, 501);
    assert_eq!(bench.get("Nonsense").status, 404);
    assert_eq!(bench.get("Accounts/999").status, 404);
    assert_eq!(bench.get("Accounts/200").at("/Accounts/0/Name"), "Sales");
    let actions = bench.get("Organisation/Actions");
    assert!(column(&actions, "Actions", "Name").contains(&"CreateApprovedInvoice".to_owned()));
}

#[test]
fn items_and_tracking_categories_are_kept() {
    let mut bench = Bench::new(Country::Gb);
    let made = bench.write(
        "PUT",
        "Items",
        &json!({"Items": [{"Code": "ROSE", "Name": "Rose", "Description": "A rose",
            "SalesDetails": {"UnitPrice": 1.2345, "AccountCode": "200", "TaxType": "OUTPUT2"}}]}),
    );
    assert_eq!(made.at("/Items/0/SalesDetails/UnitPrice"), "1.23");
    let fine = bench.get("Items/ROSE?unitdp=4");
    assert_eq!(fine.at("/Items/0/SalesDetails/UnitPrice"), "1.2345");
    let again = bench.write("PUT", "Items", &json!({"Code": "rose"}));
    assert_eq!(
        again.at("/Elements/0/ValidationErrors/0/Message"),
        "Item with Code 'rose' already exists."
    );
    let upsert = bench.write(
        "POST",
        "Items",
        &json!({"Code": "ROSE", "Name": "Red rose"}),
    );
    assert_eq!(upsert.at("/Items/0/ItemID"), made.at("/Items/0/ItemID"));
    let delete = bench
        .builder("DELETE", "Items/ROSE")
        .body(bytes::Bytes::new())
        .unwrap();
    assert_eq!(bench.send(delete).status, 204);
    assert_eq!(bench.get("Items").json()["Items"], json!([]));

    let region = bench.write("PUT", "TrackingCategories", &json!({"Name": "Region"}));
    let id = region.at("/TrackingCategories/0/TrackingCategoryID");
    let option = bench.write(
        "PUT",
        &format!("TrackingCategories/{id}/Options"),
        &json!({"Name": "North"}),
    );
    assert_eq!(option.at("/Options/0/IsActive"), "true");
    assert_eq!(
        bench
            .write("PUT", "TrackingCategories", &json!({"Name": "Team"}))
            .status,
        200
    );
    let third = bench.write("PUT", "TrackingCategories", &json!({"Name": "Van"}));
    assert_eq!(
        third.at("/Elements/0/ValidationErrors/0/Message"),
        "You can have only two active tracking categories."
    );
    bench.write(
        "POST",
        &format!("TrackingCategories/{id}"),
        &json!({"Status": "ARCHIVED"}),
    );
    let count = |answer: super::Answered| {
        answer.json()["TrackingCategories"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(bench.get("TrackingCategories")), 1);
    assert_eq!(
        count(bench.get("TrackingCategories?includeArchived=true")),
        2
    );
}
