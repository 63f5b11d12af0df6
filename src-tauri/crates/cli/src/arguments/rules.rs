//! `rules`: what travels, which way, and what a person is asked about.

use std::path::PathBuf;

use app::views::{self, Conflicts, Direction, RuleSetting, Voids};
use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Show all of them, and the presets; the same as no word at all
    List,
    /// Set the directions of all kinds at once: what else was chosen stays
    Preset {
        preset: Preset,
        /// Say what it changes and which records it affects; save nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Change the rule of a kind, or of all; nothing is written before the next sync
    #[command(after_help = SETTINGS)]
    Set {
        /// contact, invoice, credit-note, payment, or all
        #[arg(value_parser = which)]
        kind: Which,
        /// What is to be, as KEY=VALUE; each key is explained below
        #[arg(required = true, value_parser = setting)]
        settings: Vec<RuleSetting>,
        /// Say what it changes and which records it affects; save nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the rules and mappings to a file, or to standard output
    Export {
        file: Option<PathBuf>,
        /// Write over a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Take over the rules of a file, and the mappings whose values are found here by code and name
    Import {
        file: PathBuf,
        /// Say what it changes and what is not found; save nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// The kind that a rule is of; `None` for every kind that has such a setting.
pub type Which = Option<views::Kind>;

/// A preset, as it is called on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// Everything travels both ways
    BothWays,
    /// Invoices go out to Xero, payments come back
    ErpnextSells,
    /// Everything goes from Xero to ERPNext
    XeroSells,
}

impl From<Preset> for views::Preset {
    fn from(preset: Preset) -> Self {
        match preset {
            Preset::BothWays => views::Preset::BothWays,
            Preset::ErpnextSells => views::Preset::ErpnextSells,
            Preset::XeroSells => views::Preset::XeroSells,
        }
    }
}

/// What every setting is, for the help.
pub const SETTINGS: &str = "\
Settings:
  direction=both|to-xero|to-erpnext|off   which way records of the kind travel
  conflicts=ask|xero|erpnext              which side holds where both edited the same field (not of payments)
  voids=void|ask|never                    whether the counterpart of what was voided, cancelled or deleted on one
                                          side is ended too (not of contacts, which are archived)
  drafts=yes|no                           whether drafts travel, too (of invoices; holds for credit notes)
  only-with-documents=yes|no              whether contacts travel only once a document that travels names them
  advances=overpayment|prepayment:CODE    what money becomes in Xero that comes in ERPNext for no invoice yet
of all kinds together (`rules set all ...`):
  start=DATE|none                         documents dated before it are left alone
  closed-until=DATE|none                  nothing dated on that day or before is written, whatever the sides allow
  tax-filed=DATE|none                     documents of that day or before wait to be approved before they are made,
                                          changed or ended: tax is filed for them
  ask-from-voids=N, ask-from-changes=N    from how many in one run on a person is asked";

fn which(text: &str) -> Result<Which, String> {
    if text == "all" {
        return Ok(None);
    }
    super::Kind::from_str(text, true)
        .map(|kind| Some(kind.into()))
        .map_err(|_| "expected contact, invoice, credit-note, payment or all".to_owned())
}

/// Reads one setting. What is wrong is said of its own key.
fn setting(text: &str) -> Result<RuleSetting, String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(format!("expected KEY=VALUE, as in direction=both; {KEYS}"));
    };
    let yes = || match value {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(format!("{key} is yes or no")),
    };
    let day = || Some(value.to_owned()).filter(|day| day != "none");
    let number = || {
        let read = value.parse().ok().filter(|number| *number > 0);
        read.ok_or_else(|| format!("{key} is a number from 1 on"))
    };
    Ok(match key {
        "direction" => RuleSetting::Direction(match value {
            "both" => Direction::Both,
            "to-xero" => Direction::ToXero,
            "to-erpnext" => Direction::ToErpnext,
            "off" => Direction::Off,
            _ => return Err("direction is both, to-xero, to-erpnext or off".to_owned()),
        }),
        "conflicts" => RuleSetting::Conflicts(match value {
            "ask" => Conflicts::Ask,
            "xero" => Conflicts::Xero,
            "erpnext" => Conflicts::Erpnext,
            _ => return Err("conflicts is ask, xero or erpnext".to_owned()),
        }),
        "voids" => RuleSetting::Voids(match value {
            "void" => Voids::Void,
            "ask" => Voids::Ask,
            "never" => Voids::Never,
            _ => return Err("voids is void, ask or never".to_owned()),
        }),
        "drafts" => RuleSetting::Drafts(yes()?),
        "only-with-documents" => RuleSetting::OnlyWithDocuments(yes()?),
        "advances" => RuleSetting::Prepayments(match value.split_once(':') {
            None if value == "overpayment" => None,
            Some(("prepayment", code)) if !code.is_empty() => Some(code.to_owned()),
            _ => return Err("advances is overpayment or prepayment:CODE".to_owned()),
        }),
        "start" => RuleSetting::StartDate(day()),
        "closed-until" => RuleSetting::ClosedUntil(day()),
        "tax-filed" => RuleSetting::TaxFiled(day()),
        "ask-from-voids" => RuleSetting::AskFromVoids(number()?),
        "ask-from-changes" => RuleSetting::AskFromUpdates(number()?),
        _ => return Err(format!("there is no setting {key}; {KEYS}")),
    })
}

const KEYS: &str = "there are direction, conflicts, voids, drafts, only-with-documents, advances, start, closed-until, \
     tax-filed, ask-from-voids and ask-from-changes";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::arguments::{Arguments, Command};
    use clap::Parser;

    fn set(words: &[&str]) -> Option<(Which, Vec<RuleSetting>, bool)> {
        let line = ["counterfoil", "rules", "set"].into_iter();
        let read = Arguments::try_parse_from(line.chain(words.iter().copied())).ok()?;
        match read.command {
            Command::Rules {
                action:
                    Some(Rules::Set {
                        kind,
                        settings,
                        dry_run,
                    }),
            } => Some((kind, settings, dry_run)),
            _ => None,
        }
    }

    #[test]
    fn a_rule_is_set_by_key_and_value() {
        use views::Kind;
        let ask = || RuleSetting::Voids(Voids::Ask);
        assert_eq!(
            set(&["invoice", "voids=ask"]),
            Some((Some(Kind::Invoice), vec![ask()], false))
        );
        assert_eq!(
            set(&["credit-notes", "direction=to-xero", "--dry-run"]),
            Some((
                Some(Kind::CreditNote),
                vec![RuleSetting::Direction(Direction::ToXero)],
                true
            ))
        );
        let deposits = RuleSetting::Prepayments(Some("620".to_owned()));
        assert_eq!(
            set(&["payment", "voids=ask", "advances=prepayment:620"]),
            Some((Some(Kind::Payment), vec![ask(), deposits], false))
        );
        assert_eq!(
            set(&[
                "all",
                "start=2026-04-01",
                "closed-until=none",
                "tax-filed=2026-03-31",
                "ask-from-voids=3"
            ]),
            Some((
                None,
                vec![
                    RuleSetting::StartDate(Some("2026-04-01".to_owned())),
                    RuleSetting::ClosedUntil(None),
                    RuleSetting::TaxFiled(Some("2026-03-31".to_owned())),
                    RuleSetting::AskFromVoids(3),
                ],
                false
            ))
        );
        for wrong in [
            &["invoice"][..],
            &["invoice", "voids"],
            &["invoice", "voids=perhaps"],
            &["everything", "voids=ask"],
            &["invoice", "drafts=perhaps"],
            &["payment", "advances=prepayment:"],
            &["all", "ask-from-voids=0"],
            &["all", "ask-from-voids=-1"],
            &["invoice", "colour=blue"],
        ] {
            assert_eq!(set(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn each_setting_of_the_help_is_read() {
        for line in SETTINGS.lines() {
            for word in line.split([' ', ',']).filter(|word| word.contains('=')) {
                let (key, values) = word.split_once('=').unwrap();
                for value in values.split('|') {
                    let value = value.replace("DATE", "2026-04-01").replace("CODE", "620");
                    let value = value.replace('N', "5");
                    assert!(setting(&format!("{key}={value}")).is_ok(), "{key}={value}");
                }
            }
        }
    }
}
