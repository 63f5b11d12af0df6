//! The words of the command line as the words of the views.

use app::views;

use super::{Country, ErpnextVersion, Kind, MappingKind, Outcome, Side};

impl From<Side> for views::Side {
    fn from(side: Side) -> Self {
        match side {
            Side::Xero => views::Side::Xero,
            Side::Erpnext => views::Side::Erpnext,
        }
    }
}

impl From<Kind> for views::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Contact => views::Kind::Contact,
            Kind::Invoice => views::Kind::Invoice,
            Kind::CreditNote => views::Kind::CreditNote,
            Kind::Payment => views::Kind::Payment,
        }
    }
}

impl From<Kind> for ledger::Kind {
    fn from(kind: Kind) -> Self {
        views::Kind::from(kind).into()
    }
}

impl From<MappingKind> for views::MappingKind {
    fn from(kind: MappingKind) -> Self {
        match kind {
            MappingKind::Account => views::MappingKind::Account,
            MappingKind::Tax => views::MappingKind::Tax,
            MappingKind::Bank => views::MappingKind::Bank,
            MappingKind::Tracking => views::MappingKind::Tracking,
        }
    }
}

impl From<Outcome> for views::Outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Agrees => views::Outcome::Agrees,
            Outcome::Linked => views::Outcome::Linked,
            Outcome::Voided => views::Outcome::Voided,
            Outcome::Refused => views::Outcome::Refused,
            Outcome::Conflict => views::Outcome::Conflict,
            Outcome::Waiting => views::Outcome::Waiting,
            Outcome::InDoubt => views::Outcome::InDoubt,
            Outcome::NothingNew => views::Outcome::NothingNew,
            Outcome::Stopped => views::Outcome::Stopped,
            Outcome::Failed => views::Outcome::Failed,
            Outcome::Note => views::Outcome::Note,
        }
    }
}

impl From<ErpnextVersion> for sandbox::erpnext::ErpnextVersion {
    fn from(version: ErpnextVersion) -> Self {
        match version {
            ErpnextVersion::V15 => sandbox::erpnext::ErpnextVersion::V15,
            ErpnextVersion::V16 => sandbox::erpnext::ErpnextVersion::V16,
        }
    }
}

impl From<Country> for sandbox::generator::Country {
    fn from(country: Country) -> Self {
        match country {
            Country::Gb => sandbox::generator::Country::Gb,
            Country::Nz => sandbox::generator::Country::Nz,
            Country::Au => sandbox::generator::Country::Au,
            Country::Us => sandbox::generator::Country::Us,
        }
    }
}
