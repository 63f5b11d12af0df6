//! The rate at which no cent is left over of a foreign payment.
//!
//! A site works out what each row of a payment is worth in the company's currency, rounds it, and takes what the rows
//! come to off what the whole is worth. Where that is a cent more, it says that something is on account, which nobody
//! paid in advance; where it is a cent less, it refuses the payment (seen of three invoices, and more often the more
//! there are). A rate that differs in its sixth digit makes the same sums and the rows come to the whole.

use rust_decimal::{Decimal, RoundingStrategy};

use super::Amounts;
use crate::chart::Figures;

/// What a payment's amounts come to in the company's currency.
pub(super) struct Sums<'a> {
    /// The rows, in the currency of the receivable account.
    pub(super) rows: &'a [Decimal],
    /// What is for no document, in that currency.
    pub(super) left: Decimal,
    /// What was kept back and counts as received, in the company's currency.
    pub(super) kept: Decimal,
}

/// The amounts at the nearest rate at which the rows come to what they are meant to: best one at which the whole is
/// worth what the bank moved, since the site books the difference as gain or loss otherwise. Where there is none, as
/// they are.
pub(super) fn settled(amounts: Amounts, sums: &Sums<'_>, figures: &Figures) -> Amounts {
    let rate = amounts.party_rate;
    if rate == Decimal::ONE || sums.comes_out(amounts.party, rate, figures) {
        return amounts;
    }
    let mut near: Vec<Decimal> = candidates(amounts.party, rate, sums.rows, figures);
    near.retain(|it| sums.comes_out(amounts.party, *it, figures));
    near.sort_by_key(|it| (*it - rate).abs());
    let one_currency = amounts.bank == amounts.party && amounts.bank_rate == rate;
    let moved = worth(amounts.bank, amounts.bank_rate, figures);
    let same = |it: &&Decimal| one_currency || worth(amounts.party, **it, figures) == moved;
    let Some(found) = near.iter().find(same).or(near.first()) else {
        return amounts;
    };
    Amounts {
        party_rate: *found,
        bank_rate: if one_currency {
            *found
        } else {
            amounts.bank_rate
        },
        ..amounts
    }
}

impl Sums<'_> {
    /// Whether the site says of a payment of so much at a rate that as much is for no document as is meant.
    fn comes_out(&self, party: Decimal, rate: Decimal, figures: &Figures) -> bool {
        let rows: Decimal = self.rows.iter().map(|row| worth(*row, rate, figures)).sum();
        let left = worth(party, rate, figures) + self.kept - rows;
        if self.left.is_zero() {
            return left.is_zero();
        }
        let left = left.checked_div(rate).unwrap_or_default();
        figures.rounding.round(left, figures.amount_digits) == self.left
    }
}

/// What an amount is worth in the company's currency, as the site rounds.
fn worth(amount: Decimal, rate: Decimal, figures: &Figures) -> Decimal {
    figures.rounding.round(amount * rate, figures.amount_digits)
}

/// Rates within a hundredth of one at which one of the amounts is worth a cent more, or less: just before and behind.
fn candidates(party: Decimal, rate: Decimal, rows: &[Decimal], figures: &Figures) -> Vec<Decimal> {
    let cent = Decimal::new(1, figures.amount_digits);
    let (half, last_digit) = (cent / Decimal::TWO, Decimal::new(2, 9));
    let exact = worth(party, rate, figures).checked_div(party);
    let mut found: Vec<Decimal> = exact.map(|it| it.round_dp(9)).into_iter().collect();
    for amount in rows.iter().copied().chain([party]) {
        let below = (amount * rate - half)
            .round_dp_with_strategy(figures.amount_digits, RoundingStrategy::ToNegativeInfinity)
            + half;
        for steps in [-Decimal::ONE, Decimal::ZERO, Decimal::ONE, Decimal::TWO] {
            let crossing = (below + cent * steps).checked_div(amount);
            let around = crossing.map(|it| [it - last_digit, it + last_digit]);
            found.extend(around.into_iter().flatten().map(|it| it.round_dp(9)));
        }
    }
    let apart = rate.abs() / Decimal::ONE_HUNDRED;
    found.retain(|it| !it.is_zero() && (*it - rate).abs() <= apart);
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::chart::sample::{chart, dec};

    fn figures() -> Figures {
        chart().figures
    }

    /// What a site has of it: at which rates, and what is for no document.
    fn made(amounts: Amounts, rows: &[&str], left: &str) -> (String, Decimal, Decimal) {
        let rows: Vec<Decimal> = rows.iter().map(|it| dec(it)).collect();
        let sums = Sums {
            rows: &rows,
            left: dec(left),
            kept: Decimal::ZERO,
        };
        let figures = figures();
        let now = settled(amounts, &sums, &figures);
        let of_rows: Decimal = rows
            .iter()
            .map(|it| worth(*it, now.party_rate, &figures))
            .sum();
        let whole = worth(now.party, now.party_rate, &figures);
        (now.party_rate.to_string(), whole, whole - of_rows)
    }

    /// To an account in pounds: the rate is what the bank made of it.
    fn in_pounds(party: &str, bank: &str) -> Amounts {
        Amounts {
            party: dec(party),
            party_rate: (dec(bank) / dec(party)).round_dp(9),
            bank: dec(bank),
            bank_rate: Decimal::ONE,
        }
    }

    /// Invoices of 100.00, 60.00 and 50.10 for which 181.01 came: at that rate they are worth a cent less, of
    /// 181.02 a cent more.
    #[test]
    fn the_rows_of_a_foreign_payment_come_to_the_whole() {
        let rows = ["100", "60", "50.10"];
        for bank in ["181.01", "181.02"] {
            let before = in_pounds("210.10", bank);
            let (rate, whole, left) = made(before, &rows, "0");
            assert_eq!((whole, left), (dec(bank), dec("0")), "{rate}");
            assert_ne!(dec(&rate), before.party_rate);
            assert!(
                (dec(&rate) - before.party_rate).abs() < dec("0.00003"),
                "{rate}"
            );
        }
        // What comes out is left as it is, and so is what is in the company's currency.
        assert_eq!(
            made(in_pounds("210.10", "181.03"), &rows, "0").0,
            "0.861637316"
        );
        assert_eq!(made(in_pounds("210.10", "210.10"), &rows, "0").0, "1");
        // Three that are alike are worth a cent more or less all at once: the site books the cent as a gain.
        let (rate, whole, left) = made(in_pounds("30", "26"), &["10", "10", "10"], "0");
        assert_eq!((whole, left), (dec("26.01"), dec("0")), "{rate}");
        // Of what is too little for any rate it stays as it is.
        let little = made(in_pounds("0.03", "0.01"), &["0.01", "0.01", "0.01"], "0");
        assert_eq!(little.0, "0.333333333");
    }

    /// What is on account is what was left on account, and not what a division makes of it.
    #[test]
    fn what_is_left_comes_to_what_is_meant() {
        let own = Amounts {
            party: dec("1000.37"),
            party_rate: dec("0.5"),
            bank: dec("1000.37"),
            bank_rate: dec("0.5"),
        };
        let (rate, whole, _) = made(own, &[], "1000.37");
        let left = whole / dec(&rate);
        assert_eq!(figures().rounding.round(left, 2), dec("1000.37"), "{rate}");
        assert_ne!(rate, "0.5");
    }

    proptest! {
        /// Few invoices always come out; of many the site may have to book a cent as gain or loss.
        #[test]
        fn few_rows_come_out(
            rows in proptest::collection::vec(100_i64..10_000_000, 1..4), rate in 500_000_i64..1_500_000, own in any::<bool>(),
        ) {
            let rows: Vec<Decimal> = rows.into_iter().map(|cents| Decimal::new(cents, 2)).collect();
            let (party, rate, figures) = (rows.iter().sum::<Decimal>(), Decimal::new(rate, 6), figures());
            let bank = worth(party, rate, &figures);
            let amounts = if own {
                Amounts { party, party_rate: rate, bank: party, bank_rate: rate }
            } else {
                Amounts { party, party_rate: (bank / party).round_dp(9), bank, bank_rate: Decimal::ONE }
            };
            let sums = Sums { rows: &rows, left: Decimal::ZERO, kept: Decimal::ZERO };
            let now = settled(amounts, &sums, &figures);
            prop_assert!(sums.comes_out(party, now.party_rate, &figures), "{amounts:?} {now:?}");
            prop_assert!((now.party_rate - amounts.party_rate).abs() < amounts.party_rate / Decimal::ONE_HUNDRED);
            prop_assert!(!own || now.bank_rate == now.party_rate);
        }
    }
}
