//! Three-way merge, field by field: of contacts here, of documents in [`document`].

pub mod document;
mod lines;
mod pairing;

pub use self::document::{Edits, InvoiceMerge, InvoicePair, Terms, merge_invoices};
use crate::agreement::ContactField;
use crate::problem::Difference;
use crate::{Contact, Side};

/// What a merge asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactMerge {
    /// What Xero's contact should become, where it should change.
    pub xero: Option<Contact>,
    /// What ERPNext's contact should become, where it should change.
    pub erpnext: Option<Contact>,
    /// Fields that both sides changed to different values; nothing is written for a contact that
    /// has any.
    pub conflicts: Vec<Difference>,
    /// Fields that one side changed, while the other does not tell which of several values is the one:
    /// nothing is written for a contact that has any.
    pub unclear: Vec<ContactField>,
}

/// What both sides last agreed on: each side's contact as it stood then.
#[derive(Debug, Clone, Copy)]
pub struct ContactBase<'a> {
    /// Xero's contact then.
    pub xero: &'a Contact,
    /// ERPNext's contact then.
    pub erpnext: &'a Contact,
}

/// Merges two contacts against what they last agreed on.
///
/// A field changed on one side only is carried to the other. A field changed on both sides to
/// values that do not agree is a conflict, unless `prefer` names the side that wins. Without a base
/// (records that are being linked) a value missing on one side is taken from the other, the name's
/// wording stays each side's own, and two different values of anything else are a conflict: without
/// a common past nothing says which is newer.
pub fn merge_contacts(
    base: Option<ContactBase<'_>>,
    xero: &Contact,
    erpnext: &Contact,
    prefer: Option<Side>,
) -> ContactMerge {
    let mut to_xero = xero.clone();
    let mut to_erpnext = erpnext.clone();
    let mut conflicts = Vec::new();
    let mut unclear = Vec::new();
    for field in ContactField::ALL {
        let changed = |base: ContactBase<'_>| {
            // What a side did not tell when both agreed was what the other said.
            let then = |own: &Contact, other: &Contact| {
                let told = !own.unclear.contains(&field);
                field.shown(if told { own } else { other })
            };
            (
                then(base.xero, base.erpnext) != field.shown(xero),
                then(base.erpnext, base.xero) != field.shown(erpnext),
            )
        };
        if field.unclear(xero, erpnext) {
            let told = |side: &Contact| !side.unclear.contains(&field);
            if let Some((ours, theirs)) = base.map(changed)
                && (ours && told(xero) || theirs && told(erpnext))
            {
                unclear.push(field);
            }
            continue;
        }
        if field.agrees(xero, erpnext) {
            continue;
        }
        let winner = match base {
            Some(base) => {
                let (xero_changed, erpnext_changed) = changed(base);
                match (xero_changed, erpnext_changed) {
                    // They have differed since they were linked and nobody touched the field: a gap
                    // is still to be filled, two different values are for a person.
                    (false, false) if field.is_empty(xero) => Some(Side::Erpnext),
                    (false, false) if field.is_empty(erpnext) => Some(Side::Xero),
                    // Only the name may be worded differently for good.
                    (false, false) if field == ContactField::Name => continue,
                    (true, false) => Some(Side::Xero),
                    (false, true) => Some(Side::Erpnext),
                    (false, false) | (true, true) => prefer,
                }
            }
            // Each side may keep its own wording of the name ("Limited" or "Ltd") of a contact that
            // was recognised by something stronger; a later change of it is carried.
            None if field == ContactField::Name => continue,
            None if field.is_empty(xero) => Some(Side::Erpnext),
            None if field.is_empty(erpnext) => Some(Side::Xero),
            None => prefer,
        };
        match winner {
            Some(Side::Xero) => field.copy(xero, &mut to_erpnext),
            Some(Side::Erpnext) => field.copy(erpnext, &mut to_xero),
            None => conflicts.push(Difference {
                field: field.label().to_owned(),
                xero: field.shown(xero),
                erpnext: field.shown(erpnext),
            }),
        }
    }
    if !conflicts.is_empty() || !unclear.is_empty() {
        return ContactMerge {
            conflicts,
            unclear,
            ..ContactMerge::default()
        };
    }
    ContactMerge {
        xero: (to_xero != *xero).then_some(to_xero),
        erpnext: (to_erpnext != *erpnext).then_some(to_erpnext),
        conflicts,
        unclear,
    }
}

/// The fields that one side of two contacts changed since they agreed, and in which they differ now.
pub fn edited(
    base: ContactBase<'_>,
    xero: &Contact,
    erpnext: &Contact,
    side: Side,
) -> Vec<Difference> {
    let (then, now) = match side {
        Side::Xero => (base.xero, xero),
        Side::Erpnext => (base.erpnext, erpnext),
    };
    let edited = |field: &ContactField| {
        !field.unclear(xero, erpnext)
            && !field.agrees(xero, erpnext)
            && !then.unclear.contains(field)
            && field.shown(then) != field.shown(now)
    };
    let fields = ContactField::ALL.into_iter().filter(edited);
    fields
        .map(|field| Difference {
            field: field.label().to_owned(),
            xero: field.shown(xero),
            erpnext: field.shown(erpnext),
        })
        .collect()
}

/// What a choice between two contacts asks for, of which neither or only one was changed: the winner's
/// values of these fields, also where that is that there is none. Nothing else is touched.
pub fn keep_contact(
    xero: &Contact,
    erpnext: &Contact,
    winner: Side,
    fields: &[Difference],
) -> ContactMerge {
    let (kept, other) = match winner {
        Side::Xero => (xero, erpnext),
        Side::Erpnext => (erpnext, xero),
    };
    let mut to = other.clone();
    for field in ContactField::ALL {
        let shown = fields.iter().any(|it| it.field == field.label());
        if shown && !field.agrees(xero, erpnext) && !field.unclear(xero, erpnext) {
            field.copy(kept, &mut to);
        }
    }
    let to = (to != *other).then_some(to);
    match winner {
        Side::Xero => ContactMerge {
            erpnext: to,
            ..ContactMerge::default()
        },
        Side::Erpnext => ContactMerge {
            xero: to,
            ..ContactMerge::default()
        },
    }
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn contact(email: Option<&str>, phone: Option<&str>) -> Contact {
        Contact {
            name: "Harbour Hotels".into(),
            email: email.map(Into::into),
            phone: phone.map(Into::into),
            ..Contact::default()
        }
    }

    /// base, Xero now, ERPNext now → Xero becomes, ERPNext becomes, conflicting fields
    #[test]
    fn table() {
        let old = contact(Some("a@x.example"), Some("1"));
        let mail = contact(Some("b@x.example"), Some("1"));
        let other_mail = contact(Some("c@x.example"), Some("1"));
        let phone = contact(Some("a@x.example"), Some("2"));
        let both = contact(Some("b@x.example"), Some("2"));
        let merge = |x: &Contact, e: &Contact| {
            merge_contacts(
                Some(ContactBase {
                    xero: &old,
                    erpnext: &old,
                }),
                x,
                e,
                None,
            )
        };
        assert_eq!(merge(&old, &old), ContactMerge::default());
        assert_eq!(merge(&mail, &old).erpnext, Some(mail.clone()));
        assert_eq!(merge(&old, &mail).xero, Some(mail.clone()));
        assert_eq!(merge(&mail, &mail), ContactMerge::default());
        let crossed = merge(&mail, &phone);
        assert_eq!(
            (crossed.xero, crossed.erpnext),
            (Some(both.clone()), Some(both))
        );
        let conflict = merge(&mail, &other_mail);
        assert_eq!((conflict.xero, conflict.erpnext), (None, None));
        assert_eq!(conflict.conflicts[0].field, "e-mail");
        let preferred = merge_contacts(
            Some(ContactBase {
                xero: &old,
                erpnext: &old,
            }),
            &mail,
            &other_mail,
            Some(Side::Erpnext),
        );
        assert_eq!(
            (preferred.xero, preferred.erpnext),
            (Some(other_mail), None)
        );
    }

    /// A side with several addresses or people, none of them the primary one, does not say that there
    /// is none.
    #[test]
    fn what_cannot_be_told_is_not_empty() {
        let old = contact(Some("a@x.example"), Some("1"));
        let mail = contact(Some("b@x.example"), Some("1"));
        let several = Contact {
            unclear: vec![ContactField::Email],
            ..contact(None, Some("1"))
        };
        let merge = |base: (&Contact, &Contact), xero: &Contact, erpnext: &Contact| {
            let base = ContactBase {
                xero: base.0,
                erpnext: base.1,
            };
            merge_contacts(Some(base), xero, erpnext, None)
        };
        assert_eq!(merge((&old, &old), &old, &several), ContactMerge::default());
        // Other fields go on.
        let mut phone = several.clone();
        phone.phone = Some("2".into());
        let made = merge((&old, &old), &old, &phone).xero.unwrap();
        assert_eq!(made, contact(Some("a@x.example"), Some("2")));
        // An edit of the other side has nowhere to go.
        let stuck = merge((&old, &old), &mail, &several);
        assert_eq!(stuck.unclear, [ContactField::Email]);
        assert_eq!((stuck.xero, stuck.erpnext), (None, None));
        // Told again: as it was, or another.
        let base = (&old, &several);
        assert_eq!(merge(base, &old, &old), ContactMerge::default());
        assert_eq!(merge(base, &mail, &old).erpnext, Some(mail.clone()));
        assert_eq!(merge(base, &old, &mail).xero, Some(mail.clone()));
        // Linking takes it for no gap either.
        let linked = merge_contacts(None, &old, &several, None);
        assert_eq!(linked, ContactMerge::default());
    }

    #[test]
    fn a_choice_changes_no_name_that_nobody_edited() {
        let (mut left, mut right) = (contact(Some("b@x"), None), contact(Some("c@x"), None));
        (left.name, right.name) = ("Acme Limited".into(), "Acme Ltd".into());
        let base = (contact(Some("a@x"), None), contact(Some("a@x"), None));
        let (mut then, mut then_right) = base;
        (then.name, then_right.name) = (left.name.clone(), right.name.clone());
        let base = ContactBase {
            xero: &then,
            erpnext: &then_right,
        };
        for base in [Some(base), None] {
            let made = merge_contacts(base, &left, &right, Some(Side::Xero));
            let made = made.erpnext.unwrap();
            assert_eq!(
                (made.name.as_str(), made.email.as_deref()),
                ("Acme Ltd", Some("b@x"))
            );
        }
    }

    #[test]
    fn linking_fills_gaps_and_asks_about_the_rest() {
        let left = contact(Some("a@x.example"), None);
        let right = contact(None, Some("1"));
        let whole = contact(Some("a@x.example"), Some("1"));
        let merge = merge_contacts(None, &left, &right, None);
        assert_eq!(
            (merge.xero, merge.erpnext),
            (Some(whole.clone()), Some(whole))
        );
        let different = contact(Some("b@x.example"), None);
        assert_eq!(
            merge_contacts(None, &left, &different, None)
                .conflicts
                .len(),
            1
        );
    }

    fn any_contact() -> impl Strategy<Value = Contact> {
        (
            "[ab]",
            prop::option::of("[ab]@x"),
            prop::option::of("[12]"),
            any::<bool>(),
        )
            .prop_map(|(name, email, phone, archived)| Contact {
                name,
                email,
                phone,
                archived,
                ..Contact::default()
            })
    }

    proptest! {
        #[test]
        fn after_the_merge_both_sides_agree_or_a_person_is_asked(
            base in any_contact(), xero in any_contact(), erpnext in any_contact(),
        ) {
            let both = Some(ContactBase { xero: &base, erpnext: &base });
            let merge = merge_contacts(both, &xero, &erpnext, None);
            if merge.conflicts.is_empty() {
                let left = merge.xero.unwrap_or(xero);
                let right = merge.erpnext.unwrap_or(erpnext);
                prop_assert_eq!(crate::agreement::contact_differences(&left, &right), vec![]);
            } else {
                prop_assert_eq!((merge.xero, merge.erpnext), (None, None));
            }
        }

        #[test]
        fn swapping_the_sides_mirrors_the_merge(
            base in any_contact(), xero in any_contact(), erpnext in any_contact(),
        ) {
            let both = Some(ContactBase { xero: &base, erpnext: &base });
            let merge = merge_contacts(both, &xero, &erpnext, None);
            let mirror = merge_contacts(both, &erpnext, &xero, None);
            prop_assert_eq!((merge.xero, merge.erpnext), (mirror.erpnext, mirror.xero));
        }
    }
}
