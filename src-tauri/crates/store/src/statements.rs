//! Every SQL statement of the store; nothing else can make an [`Sql`], and [`crate::db`] runs
//! nothing else.
//!
//! So that `tests/plans.rs` can ask for the query plan of each: a new statement is checked there by
//! standing in one of these files. A statement that is put together from a query's parts is made by
//! a function here, and its room lists the shapes it can take.

use std::borrow::Cow;

use ledger::Side;

/// The text of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sql(Cow<'static, str>);

impl Sql {
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// One statement in the form for either side.
#[derive(Debug)]
pub(crate) struct BySide {
    xero: Sql,
    erpnext: Sql,
}

impl BySide {
    pub(crate) const fn on(&self, side: Side) -> &Sql {
        match side {
            Side::Xero => &self.xero,
            Side::Erpnext => &self.erpnext,
        }
    }
}

/// Makes statements as constants, and the list of them. `by_side` ones come from a macro that takes
/// the column of a side.
macro_rules! statements {
    (
        $(by_side { $($(#[$sided_doc:meta])* $sided:ident = $make:ident ($xero:literal, $erpnext:literal);)+ })?
        $(plain { $($(#[$doc:meta])* $name:ident = $text:expr;)+ })?
    ) => {
        $($($(#[$sided_doc])* pub(crate) static $sided: $crate::statements::BySide =
            $crate::statements::BySide {
                xero: $crate::statements::Sql(::std::borrow::Cow::Borrowed($make!($xero))),
                erpnext: $crate::statements::Sql(::std::borrow::Cow::Borrowed($make!($erpnext))),
            };)+)?
        $($($(#[$doc])* pub(crate) static $name: $crate::statements::Sql =
            $crate::statements::Sql(::std::borrow::Cow::Borrowed($text));)+)?
        /// Name and text of each.
        #[cfg(test)]
        pub(super) fn all() -> Vec<(&'static str, &'static $crate::statements::Sql)> {
            vec![
                $($((concat!(stringify!($sided), " (xero)"), &$sided.xero),
                    (concat!(stringify!($sided), " (erpnext)"), &$sided.erpnext),)+)?
                $($((stringify!($name), &$name),)+)?
            ]
        }
    };
}

/// What columns of the tables that grow hold for a side, a kind or a state ([`crate::codes`], whose tests
/// hold these against it), in the text of a statement.
macro_rules! number {
    (erpnext) => {
        "0"
    };
    (xero) => {
        "1"
    };
    (credit_note) => {
        "2"
    };
    (payment) => {
        "3"
    };
    (approved) => {
        "1"
    };
    (voided) => {
        "2"
    };
    (archived) => {
        "4"
    };
    (link_ended) => {
        "1"
    };
    (intended) => {
        "0"
    };
    (sent) => {
        "1"
    };
    (confirmed) => {
        "2"
    };
    (in_doubt) => {
        "4"
    };
    (to_mark) => {
        "1"
    };
    (to_void) => {
        "3"
    };
    (to_replace) => {
        "5"
    };
    (linked) => {
        "4"
    };
}
#[cfg(test)]
pub(crate) use number;

/// Declares the rooms of statements, and the list over all of them.
macro_rules! rooms {
    ($($room:ident)+) => {
        $(pub(crate) mod $room;)+
        /// Room, name and text of every statement that is written out.
        #[cfg(test)]
        pub(crate) fn all() -> Vec<(String, &'static Sql)> {
            let mut all = Vec::new();
            $(all.extend($room::all().into_iter().map(|(name, sql)| {
                (format!("{}::{name}", stringify!($room)), sql)
            }));)+
            all
        }
    };
}

rooms! {
    apart connections credits exceptions file journal links log looks mappings pairings records rules runs settings
    setup_writes shown sign_offs summary
}
