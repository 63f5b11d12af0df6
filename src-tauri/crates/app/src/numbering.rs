//! Whether numbers that documents bring from Xero stand in the way of ERPNext's own series.
//!
//! In ERPNext a document from Xero has Xero's number for its name. A series of the site does not look whether the
//! name it comes to is in use: it stops there for good ([`erpnext::naming`]). So it is said before the first
//! document is made, with the number at which that would be.

use std::collections::BTreeSet;

use erpnext::naming::{self, Series};
use erpnext::obstacles::Seen;

/// What a series of the site will come to that others have, or will have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InTheWay {
    series: Series,
    /// Numbers of documents that are on the site.
    taken: BTreeSet<u64>,
    /// Numbers of documents that are to be made there.
    coming: BTreeSet<u64>,
}

/// The series of a site, and what stands in the way of each.
pub(crate) struct Numbering {
    pub series: Vec<Series>,
    pub in_the_way: Vec<InTheWay>,
}

/// Looks at the series of a site, with the numbers of documents that are to be made there. `None` where its user
/// may not look at them.
///
/// # Errors
/// See [`erpnext::Error`].
pub(crate) async fn look(
    site: &erpnext::Client,
    coming: &[String],
) -> Result<Option<Numbering>, erpnext::Error> {
    let Seen::All(series) = naming::series(site).await? else {
        return Ok(None);
    };
    let mut in_the_way = Vec::new();
    for own in &series {
        let names = naming::ahead(site, own).await?;
        let taken: BTreeSet<u64> = names.iter().filter_map(|it| own.ahead(it)).collect();
        let coming: BTreeSet<u64> = coming.iter().filter_map(|it| own.ahead(it)).collect();
        if !taken.is_empty() || !coming.is_empty() {
            in_the_way.push(InTheWay {
                series: own.clone(),
                taken,
                coming,
            });
        }
    }
    Ok(Some(Numbering { series, in_the_way }))
}

impl InTheWay {
    fn all(&self) -> BTreeSet<u64> {
        self.taken.union(&self.coming).copied().collect()
    }

    /// What was found, and where it leads.
    pub fn found(&self) -> String {
        let all = self.all();
        let (Some(first), Some(last)) = (all.first(), all.last()) else {
            return String::new();
        };
        let (first_name, last_name) = (self.series.name(*first), self.series.name(*last));
        let numbers = match all.len() {
            1 => format!("{first_name} ahead of it"),
            many => format!("{many} numbers ahead of it, from {first_name} to {last_name},"),
        };
        let whose = match (self.taken.len(), self.coming.len()) {
            (_, 0) if all.len() == 1 => "is taken already".to_owned(),
            (_, 0) => "are taken already".to_owned(),
            (0, _) if all.len() == 1 => "comes from Xero".to_owned(),
            (0, _) => "come from Xero".to_owned(),
            (taken, coming) => format!("are taken already ({taken}) or come from Xero ({coming})"),
        };
        let current = self.series.current;
        let then = if *first == current + 1 {
            format!("The next document that somebody enters there by this series is {first_name}:")
        } else {
            format!("When the series gets to {first_name},")
        };
        format!(
            "ERPNext's own series {} stands at {current}, and {numbers} {whose}. {then} ERPNext refuses it as \
             existing, and every one after it too, because a refused number is not used up.",
            self.series.pattern
        )
    }

    /// What to do about it.
    pub fn next_step(&self) -> String {
        let all = self.all();
        let last = all.last().copied().unwrap_or_default();
        let place = if self.series.by_rule {
            format!(
                "the Counter of the Document Naming Rule {} to {last}",
                self.series.pattern
            )
        } else {
            format!(
                "the Current Value of the prefix {} to {last}, in Document Naming Settings",
                self.series.before
            )
        };
        format!(
            "If people go on entering invoices in both systems, give those in ERPNext a series that begins \
             otherwise than Xero's numbers. If Xero gives out no more such numbers, set {place}."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_the_way(
        taken: impl IntoIterator<Item = u64>,
        coming: impl IntoIterator<Item = u64>,
    ) -> InTheWay {
        InTheWay {
            series: Series {
                pattern: "INV-.####".to_owned(),
                before: "INV-".to_owned(),
                behind: String::new(),
                digits: 4,
                current: 120,
                by_rule: false,
            },
            taken: taken.into_iter().collect(),
            coming: coming.into_iter().collect(),
        }
    }

    #[test]
    fn the_series_its_number_and_the_first_that_meets_are_named() {
        let table = [
            (
                in_the_way([], 121..=500),
                "ERPNext's own series INV-.#### stands at 120, and 380 numbers ahead of it, from INV-0121 to \
                 INV-0500, come from Xero. The next document that somebody enters there by this series is \
                 INV-0121: ERPNext refuses it as existing, and every one after it too, because a refused number \
                 is not used up.",
            ),
            (
                in_the_way([130], []),
                "ERPNext's own series INV-.#### stands at 120, and INV-0130 ahead of it is taken already. When \
                 the series gets to INV-0130, ERPNext refuses it as existing, and every one after it too, because \
                 a refused number is not used up.",
            ),
            (
                in_the_way([130, 131], [132]),
                "ERPNext's own series INV-.#### stands at 120, and 3 numbers ahead of it, from INV-0130 to \
                 INV-0132, are taken already (2) or come from Xero (1). When the series gets to INV-0130, ERPNext \
                 refuses it as existing, and every one after it too, because a refused number is not used up.",
            ),
        ];
        for (it, said) in table {
            assert_eq!(it.found(), said);
        }
        assert_eq!(
            in_the_way([], 121..=500).next_step(),
            "If people go on entering invoices in both systems, give those in ERPNext a series that begins \
             otherwise than Xero's numbers. If Xero gives out no more such numbers, set the Current Value of the \
             prefix INV- to 500, in Document Naming Settings."
        );
    }
}
