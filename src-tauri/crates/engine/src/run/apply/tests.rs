//! What is read once more.

use std::collections::BTreeSet;

use ledger::Kind;

use super::Again;

#[test]
fn what_settles_documents_is_read_once_more_with_these_and_nothing_else_is() {
    let kinds = |settled: &[Kind]| Again::Settled(settled.iter().copied().collect()).kinds();
    let all = |kinds: &[Kind]| Some(kinds.iter().copied().collect::<BTreeSet<Kind>>());
    // The use of a credit note makes no payment another.
    let notes = [Kind::Invoice, Kind::CreditNote];
    assert_eq!(kinds(&[Kind::CreditNote]), all(&notes));
    let money = [Kind::Invoice, Kind::CreditNote, Kind::Payment];
    assert_eq!(kinds(&[Kind::Payment]), all(&money));
    assert_eq!(kinds(&[Kind::CreditNote, Kind::Payment]), all(&money));
    assert_eq!(Again::Changed.kinds(), None);
}
