//! What a document says, without the ways in which each side writes it.

use rust_decimal::Decimal;

use crate::Line;

/// What prices with and without tax of one line may differ by, in the document's currency, once the
/// tax is taken out of one of them: each side rounds in its own place. The totals are held against
/// each other to the cent elsewhere.
pub(crate) const ROUNDING: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// A text with its blanks as one side or the other keeps them.
pub(crate) fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line's text without what the sides do to it: blanks, and how its amount is made up
/// (`(1.5 × 12.35)`), which stands behind it where quantity and price cannot say it.
pub(crate) fn text(line: &Line) -> String {
    let text = spaced(&line.description);
    let made_up = |inner: &str| {
        inner
            .split_once(" × ")
            .is_some_and(|(quantity, _)| quantity.parse::<Decimal>().is_ok())
    };
    match text.strip_suffix(')').and_then(|it| it.rsplit_once('(')) {
        Some((before, inner)) if made_up(inner) => before.trim_end().to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::merge::samples::line;

    #[test]
    fn only_how_an_amount_is_made_up_is_left_out() {
        for (said, expected) in [
            ("north  job\n(1.5 × 12.35)", "north job"),
            ("north job (20.5 × 9.1668 less 10 % = 169)", "north job"),
            ("north job (as agreed)", "north job (as agreed)"),
            ("weave (red × blue)", "weave (red × blue)"),
            ("(3 × 5) and more", "(3 × 5) and more"),
        ] {
            assert_eq!(text(&line(said, "1")), expected);
        }
    }
}
