//! Numbers as Python has them: binary floating point. ERPNext computes with these, and now and then
//! a tie falls the other way because of it, so the demo site does the same. The ledger's model of
//! ERPNext has such numbers too; these are apart from it on purpose, because a demo site that shares
//! code with what it is to test would share its mistakes.
#![allow(clippy::float_arithmetic, clippy::float_cmp)]

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use rust_decimal::Decimal;

use super::super::super::cell::{Cell, Doc, Row};

/// A binary number with Python's arithmetic.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub(crate) struct Float(f64);

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

    /// The shortest decimal that is read back as the same number, as Python prints it.
    pub(crate) fn decimal(self) -> Decimal {
        let text = self.0.to_string();
        let exact: Decimal = text.parse().unwrap_or_default();
        if exact.is_zero() {
            Decimal::ZERO
        } else {
            exact
        }
    }

    /// Rounds by "Commercial Rounding", else by "Banker's Rounding".
    pub(crate) fn round(self, commercial: bool, digits: u32) -> Self {
        if commercial {
            self.half_up(digits)
        } else {
            self.half_even(digits)
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

impl From<Float> for Cell {
    fn from(number: Float) -> Self {
        Self::Number(number.decimal())
    }
}

/// Values of a row as Python computes with them.
pub(super) trait Floats {
    /// The number, or 0.
    fn float(&self, name: &str) -> Float;
}

impl Floats for Row {
    fn float(&self, name: &str) -> Float {
        self.number(name).into()
    }
}

impl Floats for Doc {
    fn float(&self, name: &str) -> Float {
        self.number(name).into()
    }
}
