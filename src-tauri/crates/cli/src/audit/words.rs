//! Texts that the two systems keep differently and that say the same.

/// Whether ERPNext's name is Xero's number, or that of an amendment of it (`INV-1-2`).
pub(super) fn amended(number: &str, name: &str) -> bool {
    name.strip_prefix(number).is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix('-').is_some_and(|revision| {
                !revision.is_empty() && revision.chars().all(|it| it.is_ascii_digit())
            })
    })
}

/// The number that one of the given has another behind (`INV-1 (2)`).
pub(super) fn behind<'a>(number: &str, given: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (plain, place) = number.strip_suffix(')')?.rsplit_once(" (")?;
    let mut given = given.filter(|_| place.chars().all(|it| it.is_ascii_digit()));
    given.find(|it| *it == plain)
}

/// Whether the lines say the same, in any order. One side's may go on: how an amount is made up that
/// its decimals do not hold.
pub(super) fn same_texts(xero: &[String], erpnext: &[String]) -> bool {
    let sorted = |texts: &[String]| {
        let mut texts: Vec<String> = texts.iter().map(|text| folded(text)).collect();
        texts.sort();
        texts
    };
    let (ours, theirs) = (sorted(xero), sorted(erpnext));
    ours.len() == theirs.len()
        && ours.iter().zip(&theirs).all(|(ours, theirs)| {
            theirs.starts_with(ours.as_str()) || ours.starts_with(theirs.as_str())
        })
}

/// Letters with a mark, and the letters people type who do not have them on their keyboard.
const MARKED: [(&str, &str); 9] = [
    ("áàâäãåā", "a"),
    ("éèêëē", "e"),
    ("íìîïī", "i"),
    ("óòôöõøō", "o"),
    ("úùûüū", "u"),
    ("ýÿ", "y"),
    ("ñń", "n"),
    ("çćč", "c"),
    ("šś", "s"),
];

fn unmarked(letter: char) -> String {
    MARKED
        .iter()
        .find(|(marked, _)| marked.contains(letter))
        .map_or_else(|| letter.to_string(), |(_, plain)| (*plain).to_owned())
}

/// A name without case, marks, punctuation, a leading article and the several ways to write a
/// legal form.
pub(super) fn folded(name: &str) -> String {
    let plain: String = name.to_lowercase().chars().map(unmarked).collect();
    let words: Vec<String> = plain
        .trim_start_matches("the ")
        .replace('&', " and ")
        .split(|character: char| !character.is_alphanumeric() && character != '\'')
        .map(|word| word.replace('\'', ""))
        .filter(|word| !word.is_empty())
        .map(|word| match word.as_str() {
            "limited" => "ltd".to_owned(),
            "incorporated" => "inc".to_owned(),
            "company" => "co".to_owned(),
            _ => word,
        })
        .collect();
    words.join(" ")
}

/// A number without blanks and punctuation.
pub(super) fn bare(number: &str) -> String {
    number
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}
