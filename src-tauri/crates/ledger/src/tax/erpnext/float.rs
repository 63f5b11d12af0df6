//! Numbers as ERPNext computes with them: binary floating point.
//!
//! ERPNext looks for ties in the binary result, and now and then misses one: 5 % of 1,580.90 is
//! 79.045, which its "Banker's Rounding" makes 79.05 and not 79.04, because the product comes out
//! one bit higher (observed on ERPNext 15). Its cents can only be foretold by doing the same. So
//! floats are here and nowhere else; what comes out is compared with amounts, or explains them, but
//! no amount of ours is ever computed with them.
#![allow(clippy::float_arithmetic, clippy::float_cmp)]

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use rust_decimal::Decimal;

use crate::money::RoundingMethod;

/// A binary number with Python's arithmetic.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub(super) struct Float(f64);

impl Float {
    pub(super) const ZERO: Self = Self(0.0);
    pub(super) const ONE: Self = Self(1.0);
    pub(super) const TWO: Self = Self(2.0);
    pub(super) const HUNDRED: Self = Self(100.0);

    pub(super) fn is_zero(self) -> bool {
        self.0 == 0.0
    }

    pub(super) fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The remainder with the divisor's sign.
    pub(super) fn remainder(self, divisor: Self) -> Self {
        let rest = self.0 % divisor.0;
        Self(if rest != 0.0 && (rest < 0.0) != (divisor.0 < 0.0) {
            rest + divisor.0
        } else {
            rest
        })
    }

    /// The exact decimal of a number that has been rounded to so many digits.
    pub(super) fn exact(self, digits: u32) -> Decimal {
        let text = fixed(self.0, digits);
        let exact: Decimal = text.parse().unwrap_or_default();
        if exact.is_zero() {
            Decimal::ZERO
        } else {
            exact
        }
    }

    /// Rounds as a site does (frappe `rounded`; observed on ERPNext 15).
    pub(super) fn round(self, method: RoundingMethod, digits: u32) -> Self {
        match method {
            RoundingMethod::HalfEven => self.half_even(digits),
            RoundingMethod::HalfUp => self.half_up(digits),
        }
    }

    fn half_even(self, digits: u32) -> Self {
        let scale = scale(digits);
        let scaled = decimals(self.0 * scale, 12);
        if scaled == 0.0 {
            return Self::ZERO;
        }
        let below = scaled.floor();
        let is_tie = (scaled - below - 0.5).abs() < last_bit(scaled);
        let whole = if !is_tie {
            scaled.round_ties_even()
        } else if below % 2.0 == 0.0 {
            below
        } else {
            below + 1.0
        };
        Self(whole / scale)
    }

    fn half_up(self, digits: u32) -> Self {
        if self.is_zero() {
            return Self::ZERO;
        }
        Self(decimals(self.0 + last_bit(self.0).copysign(self.0), digits))
    }
}

fn scale(digits: u32) -> f64 {
    10_f64.powi(i32::try_from(digits).unwrap_or_default())
}

/// About the distance to the next number.
fn last_bit(number: f64) -> f64 {
    2_f64.powf(number.abs().ln() / 2_f64.ln() - 52.0)
}

fn fixed(number: f64, digits: u32) -> String {
    format!("{number:.*}", usize::try_from(digits).unwrap_or_default())
}

/// Rounded to so many digits, as the decimal that is nearest to the binary number says.
fn decimals(number: f64, digits: u32) -> f64 {
    fixed(number, digits).parse().unwrap_or(number)
}

impl From<Decimal> for Float {
    /// The nearest binary number.
    fn from(number: Decimal) -> Self {
        Self(number.to_string().parse().unwrap_or_default())
    }
}

impl Add for Float {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Float {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Float {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Div for Float {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self(self.0 / other.0)
    }
}

impl Neg for Float {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Float {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Float {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Float {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rounded(number: &str, method: RoundingMethod, digits: u32) -> String {
        let number: Decimal = number.parse().unwrap();
        Float::from(number)
            .round(method, digits)
            .exact(digits)
            .to_string()
    }

    #[test]
    fn ties_as_erpnext_sees_them() {
        use RoundingMethod::{HalfEven, HalfUp};
        for (number, even, up) in [
            ("2.125", "2.12", "2.13"),
            ("2.135", "2.14", "2.14"),
            ("1.005", "1.00", "1.01"),
            ("-1.005", "-1.00", "-1.01"),
            ("2.675", "2.68", "2.68"),
            ("0", "0", "0"),
            ("-0.001", "0", "0"),
            ("11.445", "11.44", "11.45"),
        ] {
            assert_eq!(rounded(number, HalfEven, 2), even, "{number}");
            assert_eq!(rounded(number, HalfUp, 2), up, "{number}");
        }
        // The product is one bit above the tie, and that is enough.
        let float = |text: &str| Float::from(text.parse::<Decimal>().unwrap());
        let tax = float("5") / Float::HUNDRED * float("1580.90");
        assert_eq!(tax.round(HalfEven, 2).exact(2).to_string(), "79.05");
        assert_eq!(rounded("79.045", HalfEven, 2), "79.04");
    }

    #[test]
    fn remainders_have_the_sign_of_the_divisor() {
        let float = |text: &str| Float::from(text.parse::<Decimal>().unwrap());
        assert_eq!(float("-730").remainder(float("50")), float("20"));
        assert_eq!(float("730").remainder(float("50")), float("30"));
        assert_eq!(float("-100").remainder(float("50")), Float::ZERO);
    }
}
