#![allow(clippy::unwrap_used)]

use super::*;
use crate::chart::sample::{chart, dec, sixteen};
use crate::translate::stored::stored;
use crate::wire::row::one;
use chrono::NaiveDate;
use ledger::{Currency, Line, PriceMode};
use proptest::prelude::*;

fn line(amount: &str, tax: Option<&str>) -> Line {
    Line {
        id: None,
        description: "Work".into(),
        item_code: None,
        quantity: dec("1"),
        unit_price: dec(amount),
        discount_percent: None,
        amount: dec(amount),
        account: Some("Sales - ACM".into()),
        tax: tax.map(str::to_owned),
        tax_rate: None,
        tax_amount: None,
        tracking: None,
    }
}

fn note(lines: Vec<Line>, net: &str, tax: &str) -> Document {
    let total = dec(net) + dec(tax);
    Document {
        number: Some("CN-1".into()),
        contact: RemoteId::new("Acme"),
        contact_name: "Acme".into(),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 11, 5).unwrap(),
        due_date: None,
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: Some("RMA 7".into()),
        price_mode: PriceMode::Exclusive,
        lines,
        net_total: dec(net),
        tax_total: dec(tax),
        total,
        amount_due: total,
        opening: false,
        against: Some(RemoteId::new("INV-1")),
        allocations: vec![],
    }
}

const STANDARD: Option<&str> = Some("UK VAT 20% - ACM");

#[test]
fn quantities_are_turned_and_prices_are_not() {
    let lines = vec![line("100.00", STANDARD), line("-10.00", None)];
    let body = create_body(
        &note(lines, "90.00", "20.00"),
        "guid",
        Balance::Own,
        &chart(),
    )
    .unwrap();
    assert_eq!(body["is_return"], 1);
    assert_eq!(body["return_against"], "INV-1");
    assert_eq!(body["update_outstanding_for_self"], 1);
    assert_eq!(body["xero_credit_note_id"], "guid");
    assert!(body.get("xero_invoice_id").is_none());
    assert_eq!(body["items"][0]["qty"].to_string(), "-1");
    assert_eq!(body["items"][0]["rate"].to_string(), "100");
    assert_eq!(body["taxes"][0]["rate"].to_string(), "20");
    // A line the other way round goes among the tax rows, as on invoices.
    assert_eq!(body["taxes"][1]["tax_amount"].to_string(), "10");
    assert_eq!(body["due_date"], "2026-11-05");
}

#[test]
fn the_original_can_be_lowered_at_once() {
    let with = |against: Option<RemoteId>| Document {
        against,
        ..note(vec![line("10.00", None)], "10.00", "0")
    };
    let body = create_body(
        &with(Some(RemoteId::new("INV-1"))),
        "guid",
        Balance::Original,
        &chart(),
    )
    .unwrap();
    assert_eq!(body["update_outstanding_for_self"], 0);
    assert!(create_body(&with(None), "guid", Balance::Original, &chart()).is_err());
    let standalone = create_body(&with(None), "guid", Balance::Own, &chart()).unwrap();
    assert!(standalone.get("return_against").is_none());
}

fn rows(document: &Value, settlements: &[(&str, &str, &str)]) -> CreditNoteRows {
    let mut row = json!({
        "name": "CN-1", "modified": "m", "docstatus": 1, "customer": "Acme", "is_return": 1,
        "posting_date": "2026-11-05", "currency": "GBP", "conversion_rate": 1.0,
        "net_total": -100.0, "total_taxes_and_charges": -20.0, "grand_total": -120.0,
        "base_grand_total": -120.0, "outstanding_amount": -120.0, "party_account_currency": "GBP",
        "disable_rounded_total": 1, "update_outstanding_for_self": 1, "return_against": "INV-1",
        "xero_credit_note_id": "guid", "xero_invoice_id": "wrong"
    });
    for (field, value) in document.as_object().unwrap() {
        row[field] = value.clone();
    }
    let item = json!({
        "name": "i", "idx": 1, "item_name": "Work", "description": "Work", "qty": -2.0, "rate": 50.0,
        "amount": -100.0, "net_amount": -100.0, "income_account": "Sales - ACM", "item_tax_rate": "{}"
    });
    let tax = json!({
        "idx": 1, "charge_type": "On Net Total", "account_head": "VAT - ACM", "rate": 20.0,
        "tax_amount": -20.0, "tax_amount_after_discount_amount": -20.0
    });
    CreditNoteRows {
        row: InvoiceRow::read(one(&row), &[one(&item)], &[one(&tax)]).unwrap(),
        settlements: settlements
            .iter()
            .map(|(voucher, document, amount)| SettlementRow {
                voucher_type: "Journal Entry".into(),
                voucher: (*voucher).into(),
                document_type: match *document {
                    own if own == *voucher => "Journal Entry",
                    order if order.starts_with("SO") => "Sales Order",
                    _ => "Sales Invoice",
                }
                .into(),
                document: (*document).into(),
                amount: dec(amount),
                date: NaiveDate::from_ymd_opt(2026, 11, 6),
            })
            .collect(),
        on_account: vec![],
        original: vec![],
    }
}

/// A row against INV-1: of an invoice or return, or of what settles it.
fn against(voucher: &str, amount: &str) -> SettlementRow {
    let of = match &voucher[..2] {
        "JV" => "Journal Entry",
        "PA" => "Payment Entry",
        _ => "Sales Invoice",
    };
    SettlementRow {
        voucher_type: of.into(),
        voucher: voucher.into(),
        document_type: "Sales Invoice".into(),
        document: "INV-1".into(),
        amount: dec(amount),
        date: NaiveDate::from_ymd_opt(2026, 11, 6),
    }
}

/// Amount due, uses, and what was paid out.
fn shown(note: &Document) -> (String, Vec<String>, String) {
    let uses = note.allocations.iter().map(|used| {
        let by = used.id.as_deref().unwrap_or("itself");
        format!("{} for {} by {by}", used.amount, used.invoice)
    });
    let text = |amount: Decimal| amount.normalize().to_string();
    (text(note.amount_due), uses.collect(), text(note.refunded()))
}

#[test]
fn a_return_is_positive_in_the_ledger_s_terms() {
    let read = rows(&json!({}), &[]);
    assert_eq!(read.row.marker.as_deref(), Some("guid"));
    let note = to_ledger(&read, &chart());
    assert_eq!(note.lines[0].quantity, dec("2"));
    assert_eq!(note.lines[0].unit_price, dec("50"));
    assert_eq!(note.lines[0].tax.as_deref(), STANDARD);
    assert_eq!(
        (note.net_total, note.tax_total, note.total),
        (dec("100"), dec("20"), dec("120"))
    );
    assert_eq!(note.amount_due, dec("120"));
    assert_eq!(note.against, Some(RemoteId::new("INV-1")));
    assert_eq!(note.refunded(), dec("0"));
}

#[test]
fn what_it_was_used_for_is_read_from_the_vouchers() {
    let read = rows(
        &json!({"outstanding_amount": -30.0}),
        &[
            // A Journal Entry for INV-2; a payment received for INV-3 that uses the credit too;
            // money paid out.
            ("JV-1", "CN-1", "40"),
            ("JV-1", "INV-2", "-40"),
            ("PAY-1", "CN-1", "20"),
            ("PAY-1", "INV-3", "-70"),
            ("PAY-2", "CN-1", "30"),
        ],
    );
    let note = to_ledger(&read, &chart());
    let uses: Vec<_> = note
        .allocations
        .iter()
        .map(|used| {
            (
                used.id.as_deref().unwrap(),
                used.invoice.as_str(),
                used.amount,
            )
        })
        .collect();
    assert_eq!(
        uses,
        [("JV-1", "INV-2", dec("40")), ("PAY-1", "INV-3", dec("20"))]
    );
    assert_eq!(note.amount_due, dec("30"));
    assert_eq!(note.refunded(), dec("30"));
}

/// A payment of INV-1 and INV-2 names CN-1 and CN-2 too: however its rows come, the notes settle the first of the
/// invoices, by their names, as the payment itself is read.
#[test]
fn what_a_payment_uses_of_several_goes_by_their_names() {
    let settlements = [
        ("PAY-1", "INV-2", "-70"),
        ("PAY-1", "CN-2", "80"),
        ("PAY-1", "INV-1", "-100"),
        ("PAY-1", "CN-1", "40"),
    ];
    for turn in 0..4 {
        let mut turned = settlements;
        turned.rotate_left(turn);
        let used = |name: &str, total: &str| {
            let mut read = rows(
                &json!({"name": name, "grand_total": -dec(total), "base_grand_total": -dec(total),
                    "net_total": -dec(total), "outstanding_amount": 0}),
                &turned,
            );
            for row in &mut read.settlements {
                row.voucher_type = "Payment Entry".into();
            }
            shown(&to_ledger(&read, &chart())).1
        };
        assert_eq!(used("CN-1", "40"), ["40 for INV-1 by PAY-1"]);
        let both = ["60 for INV-1 by PAY-1", "20 for INV-2 by PAY-1"];
        assert_eq!(used("CN-2", "80"), both);
    }
}

#[test]
fn one_without_a_balance_of_its_own_was_used_for_its_original() {
    let read = rows(
        &json!({"update_outstanding_for_self": 0, "outstanding_amount": 0.0}),
        &[],
    );
    let note = to_ledger(&read, &chart());
    assert_eq!(note.allocations.len(), 1);
    assert_eq!(note.allocations[0].invoice, RemoteId::new("INV-1"));
    assert_eq!(note.allocations[0].amount, dec("120"));
    assert_eq!(note.amount_due, dec("0"));
    // Not yet while it is a draft, and no more when it is cancelled.
    for docstatus in [0, 2] {
        let read = rows(
            &json!({"update_outstanding_for_self": 0, "docstatus": docstatus}),
            &[],
        );
        assert_eq!(to_ledger(&read, &chart()).allocations, []);
    }
}

/// R12: one that was paid before it was returned could take nothing of the return; of several returns the
/// newest is too much.
#[test]
fn a_return_is_used_for_what_its_original_owed() {
    let lowering = |name: &str, total: &str, original: &[(&str, &str)], more: &[SettlementRow]| {
        let total = dec(total);
        let mut read = rows(
            &json!({
                "name": name, "update_outstanding_for_self": 0, "outstanding_amount": 0.0,
                "grand_total": invoice_out::number(-total), "base_grand_total": invoice_out::number(-total),
                "total_taxes_and_charges": 0.0, "net_total": invoice_out::number(-total),
            }),
            &[],
        );
        read.original = original.iter().map(|row| against(row.0, row.1)).collect();
        read.settlements = more.to_vec();
        let note = to_ledger(&read, &chart());
        let owed: Decimal = read.original.iter().map(|row| row.amount).sum();
        (shown(&note), owed + beyond_nothing(owed, &read.original))
    };
    let expected = |due: &str, uses: &[&str], refunded: &str| {
        let uses = uses
            .iter()
            .map(|used| (*used).to_owned())
            .collect::<Vec<_>>();
        (due.to_owned(), uses, refunded.to_owned())
    };
    let whole = [("INV-1", "120"), ("PAY-1", "-120"), ("CN-1", "-120")];
    let (note, invoice) = lowering("CN-1", "120", &whole, &[]);
    assert_eq!((note, invoice), (expected("120", &[], "0"), dec("0")));
    let paid = [("INV-1", "300"), ("PAY-1", "-300"), ("CN-1", "-300")];
    let (note, invoice) = lowering("CN-1", "300", &paid, &[]);
    assert_eq!(note, expected("300", &[], "0"));
    assert_eq!(invoice, dec("0"), "never less than nothing");
    let in_part = [("INV-1", "300"), ("PAY-1", "-100"), ("CN-1", "-250")];
    let (note, invoice) = lowering("CN-1", "250", &in_part, &[]);
    assert_eq!(note, expected("50", &["200 for INV-1 by itself"], "0"));
    assert_eq!(invoice, dec("0"));
    // 300 - 260 - 30 - 30 owes 20 less than nothing.
    let several = [
        ("INV-1", "300"),
        ("PAY-1", "-260"),
        ("CN-1", "-30"),
        ("CN-2", "-30"),
    ];
    let (first, _) = lowering("CN-1", "30", &several, &[]);
    assert_eq!(first, expected("0", &["30 for INV-1 by itself"], "0"));
    let (second, _) = lowering("CN-2", "30", &several, &[]);
    assert_eq!(second, expected("20", &["10 for INV-1 by itself"], "0"));
    // More was paid than all returns explain: that is not theirs.
    let over = [("INV-1", "300"), ("JV-1", "-310"), ("CN-1", "-30")];
    let (note, invoice) = lowering("CN-1", "30", &over, &[]);
    assert_eq!(note, expected("30", &[], "0"));
    assert_eq!(invoice, dec("-10"));
    // Part of it was used for INV-2, and part paid out.
    let mut used = paid.to_vec();
    used.extend([("JV-2", "100"), ("PAY-2", "50")]);
    let mut for_other = against("JV-2", "-100");
    for_other.document = "INV-2".into();
    let more = [against("JV-2", "100"), for_other, against("PAY-2", "50")];
    let (note, invoice) = lowering("CN-1", "300", &used, &more);
    assert_eq!(note, expected("150", &["100 for INV-2 by JV-2"], "50"));
    assert_eq!(invoice, dec("0"));
    // A fee on the invoice is no use of the return.
    let fee = [("INV-1", "300"), ("JV-2", "5"), ("CN-1", "-300")];
    let (note, invoice) = lowering("CN-1", "300", &fee, &[against("JV-2", "5")]);
    assert_eq!(note, expected("0", &["300 for INV-1 by itself"], "0"));
    assert_eq!(invoice, dec("5"));
}

/// R13: taken off its invoice, the credit is on account with the Journal Entry.
#[test]
fn what_was_un_reconciled_is_left_of_the_return() {
    let mut read = rows(
        &json!({"outstanding_amount": -20.0}),
        &[("JV-1", "CN-1", "100"), ("JV-1", "JV-1", "-100")],
    );
    read.on_account = read.settlements[1..].to_vec();
    let note = to_ledger(&read, &chart());
    assert_eq!(shown(&note), ("120".to_owned(), vec![], "0".to_owned()));
    // 30 of it were paid out from there since.
    let mut paid = read.on_account[0].clone();
    (paid.voucher, paid.amount) = ("PAY-1".into(), dec("30"));
    read.on_account.push(paid);
    let note = to_ledger(&read, &chart());
    assert_eq!(shown(&note), ("90".to_owned(), vec![], "30".to_owned()));
    // Used for an order: no invoice has it.
    let read = rows(
        &json!({"outstanding_amount": -20.0}),
        &[("JV-1", "CN-1", "100"), ("JV-1", "SO-1", "-100")],
    );
    let note = to_ledger(&read, &chart());
    assert_eq!(shown(&note), ("20".to_owned(), vec![], "100".to_owned()));
}

/// 28.30 + 28.30 + 28.40 GBP of 100.00 EUR at 0.85: 33.29 + 33.29 + 33.41.
#[test]
fn cents_lost_in_converting_are_no_money_paid_out() {
    let read = rows(
        &json!({
            "currency": "EUR", "conversion_rate": 0.85, "net_total": -100.0, "grand_total": -100.0,
            "total_taxes_and_charges": 0.0, "base_grand_total": -85.0, "outstanding_amount": 0.0
        }),
        &[
            ("JV-1", "CN-1", "28.30"),
            ("JV-1", "INV-2", "-28.30"),
            ("JV-2", "CN-1", "28.30"),
            ("JV-2", "INV-3", "-28.30"),
            ("JV-3", "CN-1", "28.40"),
            ("JV-3", "INV-4", "-28.40"),
        ],
    );
    let note = to_ledger(&read, &chart());
    assert_eq!(note.allocated(), dec("100"));
    assert_eq!((note.amount_due, note.refunded()), (dec("0"), dec("0")));
}

#[test]
fn used_amounts_are_turned_back_from_the_company_s_currency() {
    let read = rows(
        &json!({
            "currency": "EUR", "conversion_rate": 0.85, "net_total": -100.0, "base_grand_total": -102.0,
            "outstanding_amount": -51.0
        }),
        &[("JV-1", "CN-1", "51"), ("JV-1", "INV-2", "-51")],
    );
    let note = to_ledger(&read, &chart());
    assert_eq!(note.amount_due, dec("60"));
    assert_eq!(note.allocations[0].amount, dec("60"));
}

prop_compose! {
    fn any_line()(
        quantity in 1_i64..20_000, price in 1_i64..500_000, tax in 0_usize..4, down in any::<bool>()
    ) -> Line {
        let (quantity, price) = (Decimal::new(quantity, 3), Decimal::new(price, 3));
        let amount = ledger::tax::xero_line_amount(quantity, price, Decimal::ZERO, 4);
        let sign = if down && tax == 3 { -Decimal::ONE } else { Decimal::ONE };
        Line {
            quantity,
            unit_price: price * sign,
            amount: amount * sign,
            ..line("1", [STANDARD, Some("UK VAT 5% - ACM"), Some("UK VAT Zero - ACM"), None][tax])
        }
    }
}

proptest! {
    #[test]
    fn credit_notes_survive_the_way_there_and_back(
        lines in proptest::collection::vec(any_line(), 1..6), newer in any::<bool>()
    ) {
        let chart = if newer { sixteen() } else { chart() };
        let rate = |line: &Line| match line.tax.as_deref() {
            Some("UK VAT 20% - ACM") => dec("20"),
            Some("UK VAT 5% - ACM") => dec("5"),
            _ => Decimal::ZERO,
        };
        let taxed: Vec<_> = lines
            .iter()
            .map(|line| ledger::tax::TaxedAmount { amount: line.amount, rate: rate(line) })
            .collect();
        let totals = ledger::tax::xero_totals(PriceMode::Exclusive, &taxed);
        prop_assume!(totals.total > Decimal::ZERO);
        prop_assume!(lines.iter().any(|line| line.amount > Decimal::ZERO));
        let mut intended = note(lines, "0", "0");
        (intended.net_total, intended.tax_total, intended.total) = (totals.net, totals.tax, totals.total);
        intended.amount_due = totals.total;
        let body = create_body(&intended, "guid", Balance::Own, &chart).unwrap();
        let read = CreditNoteRows { row: stored(&body, &chart), settlements: vec![], on_account: vec![], original: vec![] };
        prop_assert_eq!(turned(&turned(&read.row)), read.row.clone());
        let back = to_ledger(&read, &chart);
        prop_assert_eq!(back.total, intended.total);
        prop_assert_eq!(back.tax_total, intended.tax_total);
        prop_assert_eq!(back.net_total, intended.net_total);
        prop_assert_eq!(back.amount_due, intended.amount_due);
        prop_assert_eq!(&back.reference, &intended.reference);
        prop_assert_eq!(&back.against, &intended.against);
        let taxes = |note: &Document| {
            let at_zero = |tax: &String| tax != "UK VAT Zero - ACM";
            let mut taxes: Vec<_> = note.lines.iter().filter_map(|line| line.tax.clone()).filter(at_zero).collect();
            taxes.sort();
            taxes
        };
        prop_assert_eq!(taxes(&back), taxes(&intended));
        // Lines the other way round come back last.
        let figures = |note: &Document| {
            let mut lines: Vec<_> = note.lines.iter().map(|line| (line.amount, line.quantity.normalize(), line.unit_price.normalize())).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(figures(&back), figures(&intended));
    }
}
