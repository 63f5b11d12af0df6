//! A Payment Entry of which a part was deducted, as the several payments that Xero keeps of it: one to the
//! bank, and one to the account of each deduction.

use ledger::money::round_half_up;
use ledger::{Money, PaidDocument, Payment, PaymentAllocation, PaymentDirection, RemoteId};
use rust_decimal::Decimal;

use super::payment_in;
use crate::chart::Chart;
use crate::wire::{DeductionRow, PaymentRow};

/// One payment of a Payment Entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The deduction that it is, by its row's name; `None` for what moved on the bank account.
    pub row: Option<String>,
    /// Our marker as it is stored.
    pub marker: Option<String>,
    /// The payment.
    pub payment: Payment,
}

/// A Payment Entry as payments. What was deducted counts for the last of the documents, since the bank's
/// money settles the first ones. Where more came in than it pays, and the rest was booked to another account, it
/// is money on account of which the rest is paid back to that account. One that Xero cannot hold so stays whole,
/// with its deductions: where it names credit notes beside invoices, where more was deducted than is for
/// documents, and in another currency than the company's, because deductions are stated in that. One whose
/// deductions were carried as payments stays divided when it is taken off its documents: they would be nothing else.
pub fn parts(row: &PaymentRow, chart: &Chart) -> Vec<Part> {
    let whole = payment_in::to_ledger(row, chart);
    divided(row, &whole, chart).unwrap_or_else(|| {
        vec![Part {
            row: None,
            marker: row.marker.clone(),
            payment: whole,
        }]
    })
}

fn divided(row: &PaymentRow, whole: &Payment, chart: &Chart) -> Option<Vec<Part>> {
    let kept_back = |amount: Decimal| match row.direction {
        PaymentDirection::Received => amount,
        // What was paid out is less by what was kept back.
        PaymentDirection::Refunded => -amount,
    };
    let fees: Vec<(&DeductionRow, Decimal)> = (row.deductions.iter())
        .zip(&whole.deductions)
        .filter(|(_, deduction)| !deduction.exchange_difference)
        .map(|(row, deduction)| (row, kept_back(deduction.base_amount)))
        .collect();
    let kept: Decimal = fees.iter().map(|(_, amount)| *amount).sum();
    // More came in than it pays, and the rest was booked to another account: it is paid back to that one.
    let received = row.direction == PaymentDirection::Received;
    let (fees, gains): (Vec<_>, Vec<_>) =
        (fees.into_iter()).partition(|(_, amount)| *amount > Decimal::ZERO || !received);
    let fee: Decimal = fees.iter().map(|(_, amount)| *amount).sum();
    let carried = fees.iter().any(|(row, _)| row.marker.is_some());
    let own = |currency| currency == chart.currency;
    let parts = whole.allocations.iter().map(|part| part.amount);
    let fits = !(fees.is_empty() && gains.is_empty())
        && fees.iter().all(|(_, amount)| *amount > Decimal::ZERO)
        && own(whole.currency)
        && row.bank_currency.is_none_or(own)
        && parts.clone().all(|amount| amount > Decimal::ZERO)
        && (fee <= parts.sum() || carried)
        && row.bank_amount > Decimal::ZERO
        && row.bank_amount == whole.amount - kept;
    if !fits {
        return None;
    }
    let mut rest = whole.allocations.clone();
    let mut bank = whole.clone();
    let short = (fee - whole.allocated()).max(Decimal::ZERO);
    bank.allocations = taken(&mut rest, whole.allocated() + short - fee);
    bank.unallocated -= short;
    bank.amount = row.bank_amount;
    bank.deductions.retain(|it| it.exchange_difference);
    let mut parts = vec![Part {
        row: None,
        marker: row.marker.clone(),
        payment: bank,
    }];
    for (fee, amount) in fees {
        let allocations = taken(&mut rest, amount);
        let settled: Decimal = allocations.iter().map(|part| part.amount).sum();
        parts.push(Part {
            row: Some(fee.name.clone()),
            marker: fee.marker.clone(),
            payment: Payment {
                amount,
                bank_account: Some(fee.account.clone()),
                bank_amount: None,
                mode: None,
                allocations,
                unallocated: amount - settled,
                deductions: Vec::new(),
                ..whole.clone()
            },
        });
    }
    for (gain, amount) in gains {
        parts.push(Part {
            row: Some(gain.name.clone()),
            marker: gain.marker.clone(),
            payment: Payment {
                direction: PaymentDirection::Refunded,
                amount: -amount,
                bank_account: Some(gain.account.clone()),
                bank_amount: None,
                mode: None,
                allocations: vec![PaymentAllocation {
                    id: None,
                    document: PaidDocument::Money(RemoteId::new(row.name.clone())),
                    amount: -amount,
                    in_document: None,
                    leaves: None,
                }],
                unallocated: Decimal::ZERO,
                deductions: Vec::new(),
                ..whole.clone()
            },
        });
    }
    Some(parts)
}

/// What an amount settles of the first documents; the rest stays.
pub(super) fn taken(
    rest: &mut Vec<PaymentAllocation>,
    mut amount: Decimal,
) -> Vec<PaymentAllocation> {
    let mut found = Vec::new();
    for part in rest.iter_mut() {
        let some = amount.min(part.amount);
        if some > Decimal::ZERO {
            // Its share of what the whole is in the document's own currency; the last takes what is left of it.
            let own = part.in_document.map(|whole| Money {
                amount: if some == part.amount {
                    whole.amount
                } else {
                    round_half_up(whole.amount * some / part.amount, 2)
                },
                ..whole
            });
            found.push(PaymentAllocation {
                amount: some,
                in_document: own,
                ..part.clone()
            });
            part.amount -= some;
            amount -= some;
            if let (Some(whole), Some(own)) = (&mut part.in_document, own) {
                whole.amount -= own.amount;
            }
        }
    }
    rest.retain(|part| !part.amount.is_zero());
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::chart::sample::{chart, dec};
    use crate::wire::row::{all, one};

    /// A payment of invoices with these deductions, of which this came to the bank.
    fn row(invoices: &[(&str, &str)], bank: &str, kept: &[&str], unallocated: &str) -> PaymentRow {
        let references: Vec<Value> = invoices
            .iter()
            .enumerate()
            .map(|(at, (invoice, amount))| {
                json!({
                    "name": format!("r{at}"), "idx": at + 1, "reference_doctype": "Sales Invoice",
                    "reference_name": invoice, "allocated_amount": dec(amount),
                })
            })
            .collect();
        let deductions: Vec<Value> = kept
            .iter()
            .enumerate()
            .map(|(at, amount)| {
                json!({
                    "name": format!("d{at}"), "idx": at + 1, "account": format!("Fee {at} - ACM"),
                    "amount": dec(amount),
                })
            })
            .collect();
        let body = json!({
            "name": "PAY-1", "modified": "2026-11-04 10:00:00.000000", "docstatus": 1,
            "payment_type": "Receive", "posting_date": "2026-11-04", "party": "Acme", "party_name": "Acme",
            "paid_from": "Debtors - ACM", "paid_from_account_currency": "GBP",
            "paid_to": "Current Account - ACM", "paid_to_account_currency": "GBP",
            "paid_amount": dec(bank), "received_amount": dec(bank), "source_exchange_rate": 1,
            "target_exchange_rate": 1, "unallocated_amount": dec(unallocated),
        });
        let read = PaymentRow::read(one(&body), &all(&references), &all(&deductions));
        read.unwrap()
    }

    /// Account, amount, and what it is for.
    type Told = (String, Decimal, Vec<(String, Decimal)>);

    fn told(row: &PaymentRow) -> Vec<Told> {
        let parts = parts(row, &chart()).into_iter().map(|part| {
            let of = part.payment.parts().into_iter();
            let of = of.map(|(document, amount)| (document.id().to_string(), amount));
            let account = part.payment.bank_account.clone().unwrap();
            (account, part.payment.amount, of.collect())
        });
        parts.collect()
    }

    fn of(account: &str, amount: &str, parts: &[(&str, &str)]) -> Told {
        let parts = parts
            .iter()
            .map(|(id, amount)| ((*id).to_owned(), dec(amount)));
        (format!("{account} - ACM"), dec(amount), parts.collect())
    }

    /// R4: of 120.00 the bank kept 2.49.
    #[test]
    fn what_the_bank_kept_is_a_payment_of_its_own() {
        let one = row(&[("INV-1", "120")], "117.51", &["2.49"], "0");
        let expected = [
            of("Current Account", "117.51", &[("INV-1", "117.51")]),
            of("Fee 0", "2.49", &[("INV-1", "2.49")]),
        ];
        assert_eq!(told(&one), expected);
        let parts = parts(&one, &chart());
        assert!(parts.iter().all(|it| it.payment.deductions.is_empty()));
        assert_eq!(parts[1].row.as_deref(), Some("d0"));
        assert_eq!(parts[1].payment.number.as_deref(), Some("PAY-1"));
        assert_eq!(parts[1].payment.bank_amount, None);
    }

    #[test]
    fn the_last_documents_bear_what_was_deducted() {
        let three = [("INV-1", "100"), ("INV-2", "50"), ("INV-3", "30")];
        let expected = [
            of(
                "Current Account",
                "145",
                &[("INV-1", "100"), ("INV-2", "45")],
            ),
            of("Fee 0", "15", &[("INV-2", "5"), ("INV-3", "10")]),
            of("Fee 1", "20", &[("INV-3", "20")]),
        ];
        assert_eq!(told(&row(&three, "145", &["15", "20"], "0")), expected);
        // What is on account came to the bank.
        let expected = [
            of("Current Account", "137.51", &[("INV-1", "117.51")]),
            of("Fee 0", "2.49", &[("INV-1", "2.49")]),
        ];
        let kept = row(&[("INV-1", "120")], "137.51", &["2.49"], "20");
        assert_eq!(told(&kept), expected);
        let on_account: Vec<Decimal> = parts(&kept, &chart())
            .iter()
            .map(|it| it.payment.unallocated)
            .collect();
        assert_eq!(on_account, [dec("20"), dec("0")]);
    }

    /// The bank moved 121.00, of which 120.00 are for the invoice, and 1.00 was booked elsewhere.
    #[test]
    fn more_than_it_pays_is_money_of_which_the_rest_is_paid_back() {
        let more = row(&[("INV-1", "120")], "121", &["-1"], "0");
        let expected = [
            of("Current Account", "121", &[("INV-1", "120")]),
            of("Fee 0", "1", &[("PAY-1", "1")]),
        ];
        assert_eq!(told(&more), expected);
        let divided = parts(&more, &chart());
        let (bank, gain) = (&divided[0].payment, &divided[1].payment);
        assert_eq!((bank.unallocated, bank.paid_back()), (dec("0"), dec("1")));
        assert!(bank.is_kept_on_account());
        assert_eq!(gain.direction, PaymentDirection::Refunded);
        let of_money = PaidDocument::Money(RemoteId::new("PAY-1"));
        assert_eq!(gain.allocations[0].document, of_money);
        assert_eq!(divided[1].row.as_deref(), Some("d0"));
        // Beside a fee, and beside what is on account.
        let both = row(&[("INV-1", "120")], "124", &["2", "-1"], "5");
        let expected = [
            of("Current Account", "124", &[("INV-1", "118")]),
            of("Fee 0", "2", &[("INV-1", "2")]),
            of("Fee 1", "1", &[("PAY-1", "1")]),
        ];
        assert_eq!(told(&both), expected);
        let bank = &parts(&both, &chart())[0].payment;
        assert_eq!((bank.unallocated, bank.paid_back()), (dec("5"), dec("1")));
    }

    /// Its invoice was cancelled, or one of two: what was a payment in Xero is none of that any more.
    #[test]
    fn what_was_carried_stays_divided_when_it_is_taken_off_its_documents() {
        let all = |mut row: PaymentRow| {
            row.deductions[0].marker = Some("guid".to_owned());
            let parts = parts(&row, &chart()).into_iter();
            let sums = parts.map(|it| (it.payment.amount, it.payment.unallocated));
            (told(&row), sums.collect::<Vec<_>>())
        };
        let (bank, fee) = ("Current Account", "Fee 0");
        let none = [of(bank, "1.71", &[]), of(fee, "1", &[])];
        let sums = [(dec("1.71"), dec("1.71")), (dec("1"), dec("1"))];
        assert_eq!(
            all(row(&[], "1.71", &["1"], "2.71")),
            (none.to_vec(), sums.to_vec())
        );
        let some = [of(bank, "90", &[]), of(fee, "30", &[("INV-2", "20")])];
        let sums = [(dec("90"), dec("90")), (dec("30"), dec("10"))];
        let one = row(&[("INV-2", "20")], "90", &["30"], "100");
        assert_eq!(all(one), (some.to_vec(), sums.to_vec()));
    }

    #[test]
    fn what_xero_cannot_hold_so_stays_whole() {
        let invoice = [("INV-1", "120")];
        for whole in [
            // Nothing is for a document.
            row(&[], "117.51", &["2.49"], "120"),
            // A credit note of which more is used than the invoice takes.
            row(
                &[("INV-1", "20"), ("CN-1", "-40")],
                "117.51",
                &["2.49"],
                "140",
            ),
        ] {
            let parts = parts(&whole, &chart());
            assert_eq!(parts.len(), 1);
            assert!(!parts[0].payment.deductions.is_empty());
        }
        let mut dollars = row(&invoice, "117.51", &["2.49"], "0");
        dollars.party_currency = ledger::Currency::new("USD").unwrap();
        assert_eq!(parts(&dollars, &chart()).len(), 1);
        assert_eq!(parts(&row(&invoice, "120", &[], "0"), &chart()).len(), 1);
    }

    /// Of an invoice of 100.00 a credit note settles 40.00, and 60.00 came in.
    #[test]
    fn credit_notes_beside_invoices_are_no_money() {
        let one = row(&[("INV-1", "100"), ("CN-1", "-40")], "60", &[], "0");
        let bank = "Current Account";
        assert_eq!(told(&one), [of(bank, "60", &[("INV-1", "60")])]);
        let credits = parts(&one, &chart())[0].payment.credits.clone();
        assert_eq!(credits, [RemoteId::new("CN-1")]);
        // 120.00 of credit settle the first of 170.00, by their names: 40.00 and 60.00 of INV-1, 20.00 of INV-2.
        let rows = [
            ("CN-2", "-80"),
            ("INV-2", "70"),
            ("CN-1", "-40"),
            ("INV-1", "100"),
        ];
        let several = row(&rows, "50", &[], "0");
        assert_eq!(told(&several), [of(bank, "50", &[("INV-2", "50")])]);
        // All of the invoice, and 10.00 on account.
        let whole = row(&[("INV-1", "40"), ("CN-1", "-40")], "10", &[], "10");
        assert_eq!(told(&whole), [of(bank, "10", &[])]);
        assert_eq!(parts(&whole, &chart())[0].payment.unallocated, dec("10"));
        // Of the 60.00 the bank kept 2.00.
        let fee = row(&[("INV-1", "100"), ("CN-1", "-40")], "58", &["2"], "0");
        let expected = [
            of(bank, "58", &[("INV-1", "58")]),
            of("Fee 0", "2", &[("INV-1", "2")]),
        ];
        assert_eq!(told(&fee), expected);
        // The credit note was cancelled since, which took it off the payment: more is settled than came in.
        let taken_off = row(&[("INV-1", "100")], "60", &[], "0");
        let payment = &parts(&taken_off, &chart())[0].payment;
        let (amount, left) = (payment.amount, payment.unallocated);
        assert_eq!((amount, left), (dec("60"), dec("-40")));
    }

    /// Dollar invoices and notes that are kept in pounds: at one rate a note of 40.00 dollars settles as much of an
    /// invoice; at two it does not.
    #[test]
    fn a_foreign_credit_note_is_no_money_where_its_rate_is_the_invoice_s() {
        let at = |rate: &str| {
            let mut one = row(&[("INV-1", "80"), ("CN-1", "-32")], "48", &[], "0");
            for (at, total, rate) in [(0, "100", "0.8"), (1, "40", rate)] {
                one.references[at].foreign = Some(crate::wire::ForeignDocument {
                    currency: ledger::Currency::new("USD").unwrap(),
                    rate: dec(rate),
                    total: dec(total),
                    base_total: one.references[at].allocated.abs(),
                });
            }
            parts(&one, &chart()).remove(0).payment
        };
        let same = at("0.8");
        assert_eq!((same.amount, same.allocations.len()), (dec("48"), 1));
        assert_eq!(same.in_documents().amount, dec("60"));
        let other = at("0.7");
        assert_eq!((other.allocations.len(), other.credits.len()), (2, 0));
    }

    /// A dollar invoice of 120.00 that is kept at 96.00 pounds, of which the bank kept 2.49.
    #[test]
    fn what_the_bank_kept_of_a_foreign_invoice_is_its_share_in_dollars() {
        let mut one = row(&[("INV-1", "96")], "93.51", &["2.49"], "0");
        one.references[0].foreign = Some(crate::wire::ForeignDocument {
            currency: ledger::Currency::new("USD").unwrap(),
            rate: dec("0.8"),
            total: dec("120"),
            base_total: dec("96"),
        });
        let parts = parts(&one, &chart());
        let own: Vec<Decimal> = parts
            .iter()
            .map(|part| part.payment.in_documents().amount)
            .collect();
        assert_eq!(own, [dec("116.89"), dec("3.11")]);
    }
}
