//! What kind of refusal a message tells of: its fixed words, without what it was said of.

/// Stands for whatever was inserted.
const INSERTED: &str = "…";

/// The fixed words of a remote system's message: without amounts, dates, currencies, document
/// numbers (anything with a digit), what stands in quotation marks, and the `values` named, which
/// are those of the record. Two records refused for the same reason have the same kind.
///
/// Small letters, no punctuation; what was left out is marked once however much it is.
pub fn kind_of_words<'a>(message: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = format!(
        " {} ",
        message.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let mut values: Vec<String> = values
        .into_iter()
        .map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|value| value.chars().any(char::is_alphanumeric))
        .collect();
    // The longest first: one value may be part of another.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values.dedup();
    for value in values {
        text = without(&text, &value);
    }
    let mut kind: Vec<String> = Vec::new();
    for word in without_quoted(&text).split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let word = if word.contains(INSERTED) || is_inserted(bare) {
            INSERTED.to_owned()
        } else if bare.is_empty() {
            continue;
        } else {
            bare.to_lowercase()
        };
        if word != INSERTED || kind.last().is_none_or(|last| last != INSERTED) {
            kind.push(word);
        }
    }
    kind.join(" ")
}

fn is_inserted(word: &str) -> bool {
    // A currency's code; an abbreviation left out with them makes no two refusals one.
    let code = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    code || word.chars().any(char::is_numeric)
}

/// The text with every whole occurrence of a value left out.
fn without(text: &str, value: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(value) {
        let (before, found) = rest.split_at(at);
        let after = &found[value.len()..];
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let whole = !inside(before.chars().next_back()) && !inside(after.chars().next());
        kept.push_str(before);
        kept.push_str(if whole { INSERTED } else { value });
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// The text with what stands in quotation marks left out. An apostrophe within a word is none.
fn without_quoted(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '“', '‘', '«']) {
        let (before, quoted) = rest.split_at(at);
        let Some(open) = quoted.chars().next() else {
            break;
        };
        let inner = &quoted[open.len_utf8()..];
        let close = match open {
            '“' => '”',
            '‘' => '’',
            '«' => '»',
            same => same,
        };
        kept.push_str(before);
        let begins = !before
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let end = inner
            .match_indices(close)
            .find(|(end, close)| {
                let after = inner[end + close.len()..].chars().next();
                !after.is_some_and(char::is_alphanumeric)
            })
            .filter(|_| begins);
        if let Some((end, mark)) = end {
            kept.push_str(INSERTED);
            rest = &inner[end + mark.len()..];
        } else {
            kept.push(' ');
            rest = inner;
        }
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_no_part_of_the_kind() {
        for (messages, kind) in [
            (
                [
                    "Item Wise Tax Details do not match with Taxes and Charges at the following rows: Row 1: 16.67 (difference of 3.33)",
                    "Item Wise Tax Details do not match with Taxes and Charges at the following rows: Row 12: £ 1,200.00 (difference of -20)",
                ],
                "item wise tax details do not match with taxes and charges at the following rows row … difference of …",
            ),
            (
                [
                    "Debit and Credit not equal for Sales Invoice #SINV-1. Difference is 0.01.",
                    "Debit and Credit not equal for Sales Invoice #ACME-2026-00044. Difference is -12.3.",
                ],
                "debit and credit not equal for sales invoice … difference is …",
            ),
            (
                [
                    "Account code 'Sales - ACM' isn't valid, it's archived",
                    "Account code \"O'Neill & Sons' bank\" isn't valid, it's archived",
                ],
                "account code … isn t valid it s archived",
            ),
            (
                ["Paid in GBP, not USD", "Paid in EUR, not NZD"],
                "paid in … not …",
            ),
        ] {
            for message in messages {
                assert_eq!(kind_of_words(message, []), kind, "{message}");
            }
        }
    }

    #[test]
    fn the_values_of_the_record_are_left_out_where_they_stand_whole() {
        let kind = |customer: &str, item: &str| {
            kind_of_words(
                &format!("Maximum discount for Item {item} of {customer} is 10%"),
                [item, customer],
            )
        };
        assert_eq!(
            kind("Acme", "Widget"),
            kind("Acme Ltd, Leeds", "Blue widget")
        );
        assert_eq!(
            kind_of_words("Items of the Item", ["Item"]),
            "items of the …"
        );
        assert_eq!(kind_of_words("A is wrong", ["", " ", "—"]), "a is wrong");
    }

    #[test]
    fn different_refusals_are_different_kinds() {
        assert_ne!(
            kind_of_words("Customer A is not active", ["A"]),
            kind_of_words("Customer A has no territory", ["A"])
        );
    }
}
