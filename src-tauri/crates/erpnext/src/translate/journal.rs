//! Journal Entries that settle invoices, as payments: in Xero what settles an invoice is a payment, to the bank
//! or to another account. A person writes off, sets against or keeps tax back by such an entry; ours is what a
//! payment in Xero to an account that is no bank becomes, since a Payment Entry takes none (observed on 15 and
//! 16: "Account Paid To" has to be of type Bank or Cash).

use std::collections::BTreeSet;

use ledger::{
    Cause, Deduction, DocumentState, PaidDocument, Payment, PaymentAllocation, PaymentDirection,
    RemoteId,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::allocation::check_day;
use super::contact::LONGEST;
use super::invoice_out::{invalid, number};
use super::payment_parts::taken;
use crate::chart::Chart;
use crate::marker_fields;
use crate::records::Owed;
use crate::wire::{JournalAccountRow, JournalRow};

const INVOICE: &str = "Sales Invoice";
const CUSTOMER: &str = "Customer";

/// What the site makes by itself, of exchange rates, and settles nothing.
const BY_ITSELF: [&str; 2] = ["Exchange Gain Or Loss", "Exchange Rate Revaluation"];

/// One payment of a Journal Entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The row that it is, by its name; `None` for an entry of ours, which is one payment as a whole.
    pub row: Option<String>,
    /// Our marker as it is stored.
    pub marker: Option<String>,
    /// The payment.
    pub payment: Payment,
}

/// Whether an entry is ours and uses a credit note; that is told of the credit note.
fn uses_credit(row: &JournalRow) -> bool {
    let ours = row.identity.as_deref().is_some_and(|it| it.contains('/'));
    ours || row.accounts.iter().any(|it| {
        it.party_type.as_deref() == Some(CUSTOMER)
            && it.reference_type.as_deref() == Some(INVOICE)
            && it.debit > Decimal::ZERO
    })
}

/// The payments of a Journal Entry: a row for each invoice that it settles, and where that went to several accounts
/// (part to the bank, part a fee), one for each account that it went to. Empty where it settles none, or uses
/// a credit note. A row that was one and was taken off its invoice is for no invoice any more.
pub fn parts(row: &JournalRow, chart: &Chart) -> Vec<Part> {
    if BY_ITSELF.contains(&row.voucher_type.as_str()) || uses_credit(row) {
        return Vec::new();
    }
    let settling = |it: &&JournalAccountRow| {
        let named = it.reference_type.as_deref() == Some(INVOICE) && it.reference.is_some();
        it.party_type.as_deref() == Some(CUSTOMER)
            && it.credit > Decimal::ZERO
            && (named || it.marker.is_some() || row.identity.is_some())
    };
    let rows: Vec<&JournalAccountRow> = row.accounts.iter().filter(settling).collect();
    if row.identity.is_none()
        && let Some(parts) = divided(row, &rows, chart)
    {
        return parts;
    }
    let mut parts: Vec<Part> = rows
        .iter()
        .map(|it| Part {
            row: Some(it.name.clone()),
            marker: it.marker.clone(),
            payment: payment(row, it, chart),
        })
        .collect();
    if row.identity.is_some() && !parts.is_empty() {
        let mut whole = parts.remove(0);
        for part in parts {
            whole.payment.amount += part.payment.amount;
            whole.payment.unallocated += part.payment.unallocated;
            whole.payment.allocations.extend(part.payment.allocations);
        }
        whole.row = None;
        whole.marker.clone_from(&row.identity);
        return vec![whole];
    }
    parts
}

/// The payments of an entry that debits several accounts. What is debited first is taken for what is settled
/// first, to the cent, where the entry books nothing else: then each payment uses up the row that it settles, or
/// the one that it went to, and has that one's name.
fn divided(row: &JournalRow, settling: &[&JournalAccountRow], chart: &Chart) -> Option<Vec<Part>> {
    let debits: Vec<&JournalAccountRow> = (row.accounts.iter())
        .filter(|it| it.debit > Decimal::ZERO)
        .collect();
    let accounts: BTreeSet<&str> = debits.iter().map(|it| it.account.as_str()).collect();
    let own = |it: &JournalAccountRow| it.currency.is_none_or(|it| it == chart.currency);
    let debited: Decimal = debits.iter().map(|it| it.debit).sum();
    let settled: Decimal = settling.iter().map(|it| it.credit).sum();
    let booked = debits.len() + settling.len();
    let moved = |it: &&JournalAccountRow| it.debit != it.credit;
    let whole = row.accounts.iter().filter(moved).count() == booked
        && debits.iter().all(|it| it.party_type.is_none())
        && debits.iter().chain(settling).all(|it| own(it))
        && debited == settled;
    if accounts.len() < 2 || !whole {
        return None;
    }
    let mut parts = Vec::new();
    let mut debits = debits.into_iter().map(|it| (it, it.debit));
    let mut through = debits.next();
    for of in settling {
        let all = payment(row, of, chart);
        let mut rest = all.allocations.clone();
        let mut left = of.credit;
        while let Some((debit, open)) = through
            && left > Decimal::ZERO
        {
            let amount = left.min(open);
            left -= amount;
            let by = if left.is_zero() { *of } else { debit };
            let allocations = taken(&mut rest, amount);
            parts.push(Part {
                row: Some(by.name.clone()),
                marker: by.marker.clone(),
                payment: Payment {
                    amount,
                    unallocated: if allocations.is_empty() {
                        amount
                    } else {
                        Decimal::ZERO
                    },
                    allocations,
                    bank_account: Some(debit.account.clone()),
                    deductions: Vec::new(),
                    ..all.clone()
                },
            });
            through = if amount == open {
                debits.next()
            } else {
                Some((debit, open - amount))
            };
        }
    }
    Some(parts)
}

fn payment(row: &JournalRow, of: &JournalAccountRow, chart: &Chart) -> Payment {
    // Where it went: what it does not say by one account alone nobody can tell.
    let debits = row.accounts.iter().filter(|it| it.debit > Decimal::ZERO);
    let accounts: BTreeSet<&str> = debits.clone().map(|it| it.account.as_str()).collect();
    // What is set against somebody's balance went to no account at all: so it is of a return's use whose return
    // was cancelled, which the site takes off the row.
    let balance = debits.clone().any(|it| it.party_type.is_some());
    let one = accounts.len() == 1 && !balance;
    let named = of
        .reference
        .as_ref()
        .filter(|_| of.reference_type.as_deref() == Some(INVOICE));
    Payment {
        number: Some(row.name.clone()),
        direction: PaymentDirection::Received,
        state: match row.docstatus {
            0 => DocumentState::Draft,
            1 => DocumentState::Approved,
            _ => DocumentState::Voided,
        },
        contact: RemoteId::new(of.party.clone().unwrap_or_default()),
        contact_name: of.party.clone().unwrap_or_default(),
        date: row.posting_date,
        currency: of.currency.unwrap_or(chart.currency),
        exchange_rate: Some(of.rate),
        amount: of.credit,
        bank_account: accounts.first().filter(|_| one).map(|it| (*it).to_owned()),
        bank_amount: None,
        mode: None,
        reference: row.cheque_no.clone(),
        allocations: named
            .iter()
            .map(|invoice| PaymentAllocation {
                id: Some(of.name.clone()),
                document: PaidDocument::Invoice(RemoteId::new((*invoice).clone())),
                amount: of.credit,
                in_document: (of.foreign.as_ref())
                    .map(|it| it.own(of.credit, chart.figures.amount_digits)),
                leaves: None,
            })
            .collect(),
        unallocated: if named.is_some() {
            Decimal::ZERO
        } else {
            of.credit
        },
        deductions: debits
            .filter(|_| !one)
            .map(|it| Deduction {
                account: it.account.clone(),
                base_amount: it.debit,
                exchange_difference: false,
            })
            .collect(),
        reconciled: row.cleared.is_some(),
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    }
}

/// The Journal Entry that settles invoices from an account that is no bank, submitted by the request that makes
/// it. `identity` is the payment's in Xero, unique on the site; `owed` are the invoices.
///
/// # Errors
/// The cause for which it is not made so.
pub fn create_body(
    payment: &Payment,
    account: &str,
    identity: &str,
    owed: &[Owed],
    chart: &Chart,
) -> Result<Value, Cause> {
    check_day(payment.date, chart)?;
    let cannot = |why: &str| Cause::PaymentNotCarried {
        side: ledger::Side::Xero,
        why: format!("it is {why}, and {account} is no bank or cash account in ERPNext"),
    };
    if payment.direction == PaymentDirection::Refunded {
        return Err(cannot("money paid back"));
    }
    if payment.allocations.is_empty() || !payment.unallocated.is_zero() {
        return Err(cannot("for no invoice"));
    }
    if payment.currency != chart.currency {
        return Err(cannot("in a foreign currency"));
    }
    if let Some(reference) = &payment.reference
        && reference.chars().count() > LONGEST
    {
        return Err(invalid(
            "reference",
            format!("It is longer than the {LONGEST} characters ERPNext can hold"),
        ));
    }
    let placed = |mut row: Value| {
        if let Some(cost_center) = &chart.cost_center {
            row["cost_center"] = json!(cost_center);
        }
        row
    };
    let mut accounts = vec![placed(json!({
        "account": account,
        "debit_in_account_currency": number(payment.amount),
    }))];
    for (document, amount) in payment.parts() {
        let PaidDocument::Invoice(invoice) = document else {
            return Err(cannot("for a credit note"));
        };
        let kept = owed.iter().find(|it| it.name == invoice.as_str());
        let receivable = kept
            .map(|it| it.account.as_str())
            .or_else(|| chart.receivable(payment.currency))
            .unwrap_or_default();
        accounts.push(placed(json!({
            "account": receivable,
            "party_type": CUSTOMER,
            "party": kept.map_or(payment.contact.as_str(), |it| it.customer.as_str()),
            "credit_in_account_currency": number(amount),
            "reference_type": INVOICE,
            "reference_name": invoice.as_str(),
        })));
    }
    let mut body = json!({
        "doctype": "Journal Entry",
        "voucher_type": "Journal Entry",
        "company": chart.company,
        "posting_date": payment.date.to_string(),
        "user_remark": format!("Paid to {account}, as in Xero"),
        "accounts": accounts,
        marker_fields::ALLOCATION: identity,
        "docstatus": 1,
    });
    if let Some(reference) = &payment.reference {
        body["cheque_no"] = json!(reference);
        body["cheque_date"] = json!(payment.date.to_string());
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::{chart, dec};
    use crate::wire::row::{all, one};

    fn entry(identity: Option<&str>, rows: &[Value]) -> JournalRow {
        let rows: Vec<Value> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let mut row = row.clone();
                row["idx"] = json!(at + 1);
                row["name"] = json!(format!("row{at}"));
                row
            })
            .collect();
        let body = json!({
            "name": "JV-1", "modified": "2026-11-04 10:00:00.000000", "docstatus": 1,
            "voucher_type": "Journal Entry", "posting_date": "2026-11-04", "cheque_no": "W-7",
            "xero_allocation_id": identity,
        });
        JournalRow::read(one(&body), &all(&rows)).unwrap()
    }

    fn debit(account: &str, amount: &str) -> Value {
        json!({"account": account, "debit_in_account_currency": dec(amount)})
    }

    fn credit(invoice: Option<&str>, amount: &str) -> Value {
        json!({
            "account": "Debtors - ACM", "party_type": "Customer", "party": "Acme",
            "credit_in_account_currency": dec(amount), "account_currency": "GBP",
            "reference_type": invoice.map(|_| "Sales Invoice"), "reference_name": invoice,
        })
    }

    /// Row, account, amount, and what it is for.
    fn told(entry: &JournalRow) -> Vec<String> {
        let parts = parts(entry, &chart()).into_iter().map(|part| {
            let payment = &part.payment;
            let of: Vec<String> = payment
                .allocations
                .iter()
                .map(|it| format!("{} {}", it.document.id(), it.amount))
                .collect();
            format!(
                "{} {} {} [{}] {}",
                part.row.as_deref().unwrap_or("whole"),
                payment.bank_account.as_deref().unwrap_or("?"),
                payment.amount,
                of.join(", "),
                payment.unallocated
            )
        });
        parts.collect()
    }

    #[test]
    fn every_row_that_settles_an_invoice_is_a_payment() {
        let rows = [
            credit(Some("INV-1"), "60"),
            credit(Some("INV-2"), "40"),
            credit(None, "5"),
            debit("Write Off - ACM", "105"),
        ];
        let expected = [
            "row0 Write Off - ACM 60 [INV-1 60] 0",
            "row1 Write Off - ACM 40 [INV-2 40] 0",
        ];
        assert_eq!(told(&entry(None, &rows)), expected);
        let part = parts(&entry(None, &rows), &chart()).swap_remove(0);
        assert_eq!(part.payment.reference.as_deref(), Some("W-7"));
        assert_eq!(part.payment.contact.as_str(), "Acme");
        // One of ours is one payment.
        let ours = [
            debit("Bank Fees - ACM", "100"),
            credit(Some("INV-1"), "60"),
            credit(Some("INV-2"), "30"),
            credit(Some("INV-3"), "10"),
        ];
        let expected = ["whole Bank Fees - ACM 100 [INV-1 60, INV-2 30, INV-3 10] 0"];
        assert_eq!(told(&entry(Some("guid"), &ours)), expected);
    }

    /// A return that was used was cancelled: the site took it off its row, which is for the customer's balance
    /// then, and not for a bank of that name.
    #[test]
    fn what_is_set_against_a_balance_went_to_no_account() {
        let mut off = credit(None, "0");
        off["debit_in_account_currency"] = json!(dec("40"));
        let rows = [credit(Some("INV-1"), "40"), off];
        assert_eq!(told(&entry(None, &rows)), ["row0 ? 40 [INV-1 40] 0"]);
        let part = parts(&entry(None, &rows), &chart()).swap_remove(0);
        let kept = part.payment.deductions.first().unwrap();
        assert_eq!(kept.account, "Debtors - ACM");
        assert_eq!(kept.base_amount, dec("40"));
    }

    /// Part bank, part fee, part written off, to the cent; each has a row of its own for our marker.
    #[test]
    fn what_went_to_several_accounts_is_divided() {
        let rows = [
            debit("Current Account - ACM", "117.51"),
            debit("Bank Fees - ACM", "2.49"),
            credit(Some("INV-1"), "120"),
        ];
        let expected = [
            "row0 Current Account - ACM 117.51 [INV-1 117.51] 0",
            "row2 Bank Fees - ACM 2.49 [INV-1 2.49] 0",
        ];
        assert_eq!(told(&entry(None, &rows)), expected);
        let rows = [
            credit(Some("INV-1"), "60"),
            credit(Some("INV-2"), "40.01"),
            debit("Current Account - ACM", "60"),
            debit("Bank Fees - ACM", "1.50"),
            debit("Write Off - ACM", "38.51"),
        ];
        let expected = [
            "row0 Current Account - ACM 60 [INV-1 60] 0",
            "row3 Bank Fees - ACM 1.5 [INV-2 1.5] 0",
            "row1 Write Off - ACM 38.51 [INV-2 38.51] 0",
        ];
        assert_eq!(told(&entry(None, &rows)), expected);
        // Once a row is marked that was taken off its invoice, it is for none.
        let mut off = credit(None, "40.01");
        off["xero_payment_id"] = json!("guid");
        let rows = [
            credit(Some("INV-1"), "60"),
            off,
            debit("Current Account - ACM", "90"),
            debit("Bank Fees - ACM", "10.01"),
        ];
        let expected = [
            "row0 Current Account - ACM 60 [INV-1 60] 0",
            "row2 Current Account - ACM 30 [] 30",
            "row1 Bank Fees - ACM 10.01 [] 10.01",
        ];
        assert_eq!(told(&entry(None, &rows)), expected);
    }

    #[test]
    fn where_the_money_went_is_not_guessed() {
        let rows = [
            credit(Some("INV-1"), "100"),
            debit("Tax kept back - ACM", "15"),
            debit("Current Account - ACM", "90"),
            json!({"account": "Sales - ACM", "credit_in_account_currency": dec("5")}),
        ];
        let parts = parts(&entry(None, &rows), &chart());
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].payment.bank_account, None);
        assert_eq!(parts[0].payment.deductions.len(), 2);
    }

    #[test]
    fn what_uses_a_credit_note_or_comes_of_exchange_rates_is_none() {
        let mut back = credit(Some("CN-1"), "0");
        back["debit_in_account_currency"] = json!(dec("30"));
        let rows = [back, credit(Some("INV-1"), "30")];
        assert_eq!(told(&entry(None, &rows)), [""; 0]);
        assert_eq!(told(&entry(Some("guid/1"), &rows)), [""; 0]);
        let mut gain = entry(
            None,
            &[credit(Some("INV-1"), "3"), debit("Gain - ACM", "3")],
        );
        gain.voucher_type = "Exchange Gain Or Loss".to_owned();
        assert_eq!(told(&gain), [""; 0]);
        assert_eq!(
            told(&entry(None, &[credit(None, "5"), debit("Gain - ACM", "5")])),
            [""; 0]
        );
    }

    #[test]
    fn one_that_was_taken_off_its_invoice_is_for_none() {
        let mut row = credit(None, "60");
        row["xero_payment_id"] = json!("guid");
        let expected = ["row0 Write Off - ACM 60 [] 60"];
        assert_eq!(
            told(&entry(None, &[row, debit("Write Off - ACM", "60")])),
            expected
        );
    }

    #[test]
    fn ours_comes_back_as_it_was_meant() {
        let owed: Vec<Owed> = ["INV-1", "INV-2"]
            .iter()
            .map(|name| crate::records::owed::sample(name, "Debtors - ACM", dec("100")))
            .collect();
        let meant = entry(
            Some("guid"),
            &[
                debit("Bank Fees - ACM", "90"),
                credit(Some("INV-1"), "60"),
                credit(Some("INV-2"), "30"),
            ],
        );
        let meant = parts(&meant, &chart()).swap_remove(0).payment;
        let body = create_body(&meant, "Bank Fees - ACM", "guid", &owed, &chart()).unwrap();
        assert_eq!(body["xero_allocation_id"], "guid");
        assert_eq!(body["company"], chart().company);
        assert_eq!(body["docstatus"], 1);
        assert_eq!(body["cheque_no"], "W-7");
        let rows = body["accounts"].as_array().unwrap();
        let mut stored = body.clone();
        stored["name"] = json!("JV-1");
        stored["modified"] = json!("2026-11-04 10:00:00.000000");
        let read = JournalRow::read(one(&stored), &all(rows)).unwrap();
        let got = parts(&read, &chart()).swap_remove(0).payment;
        assert!(ledger::payment::same_payment(&meant, &got));
        assert_eq!(got.bank_account.as_deref(), Some("Bank Fees - ACM"));
        let mut dollars = meant.clone();
        dollars.currency = ledger::Currency::new("USD").unwrap();
        let refused = create_body(&dollars, "Bank Fees - ACM", "guid", &owed, &chart());
        assert!(matches!(refused, Err(Cause::PaymentNotCarried { .. })));
    }
}
