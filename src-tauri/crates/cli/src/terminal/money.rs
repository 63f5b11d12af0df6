//! Money in a terminal: grouped in thousands, the currency always shown.

use app::views::Amount;

/// `"184220.15"` becomes `"184,220.15"`. Anything that is not a plain decimal stays as it is.
pub fn figure(decimal: &str) -> String {
    let (sign, digits) = decimal
        .strip_prefix('-')
        .map_or(("", decimal), |rest| ("-", rest));
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return decimal.to_owned();
    }
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{sign}{grouped}.{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}

/// `1,440.00 GBP`.
pub fn amount(amount: &Amount) -> String {
    format!("{} {}", figure(&amount.value), amount.currency)
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(figure("0.00"), "0.00");
        assert_eq!(figure("999.5"), "999.5");
        assert_eq!(figure("-1440.00"), "-1,440.00");
        assert_eq!(figure("184220.15"), "184,220.15");
        assert_eq!(figure("1000000"), "1,000,000");
        assert_eq!(figure("n/a"), "n/a");
    }
}
