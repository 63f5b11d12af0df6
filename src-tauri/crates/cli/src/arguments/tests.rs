use clap::{CommandFactory, Parser};

use super::{
    Arguments, Command, Demo, ErpnextVersion, Kind, MappingKind, Mappings, Pause, Sandbox,
    Schedule, Side, instant,
};

#[test]
fn the_definition_holds_together() {
    Arguments::command().debug_assert();
}

#[test]
fn common_flags_stand_before_or_after_the_command() {
    for line in [
        ["counterfoil", "--json", "status"],
        ["counterfoil", "status", "--json"],
    ] {
        let arguments = Arguments::try_parse_from(line);
        assert!(arguments.is_ok_and(|arguments| arguments.common.json));
    }
}

#[test]
fn a_sync_is_about_kinds_or_records_or_a_time() {
    let parsed = |words: &[&str]| {
        let line = ["counterfoil", "sync"].iter().chain(words);
        Arguments::try_parse_from(line).map(|it| it.command)
    };
    let Ok(Command::Sync { narrow, .. }) = parsed(&["--only", "contacts", "--hold", "2,5"]) else {
        panic!("kinds in the plural, and several numbers");
    };
    assert_eq!((narrow.kinds.len(), narrow.hold), (1, vec![2, 5]));
    assert!(parsed(&["--kind", "invoice", "--without", "1"]).is_ok());
    let Ok(Command::Sync { narrow, .. }) = parsed(&["--only", "payments"]) else {
        panic!("payments are a kind");
    };
    assert_eq!(narrow.kinds, [Kind::Payment]);
    for name in ["credit-note", "credit-notes", "credit_note"] {
        let Ok(Command::Sync { narrow, .. }) = parsed(&["--only", name]) else {
            panic!("{name} is a kind");
        };
        assert_eq!(narrow.kinds, [Kind::CreditNote]);
    }
    assert!(parsed(&["--record", "INV-1", "--record", "INV-2"]).is_ok());
    assert!(parsed(&["--from", "2024-01-01", "--until", "2024-12-31"]).is_ok());
    for words in [
        ["--only", "contact", "--record", "INV-1"].as_slice(),
        &["--from", "2024-01-01"],
        &[
            "--record",
            "INV-1",
            "--from",
            "2024-01-01",
            "--until",
            "2024-02-01",
        ],
    ] {
        assert!(parsed(words).is_err(), "{words:?}");
    }
}

#[test]
fn a_bank_account_is_mapped_as_an_account_is() {
    let line = "counterfoil mappings set bank 091 Cash --of erpnext --dry-run";
    let Ok(Arguments {
        command:
            Command::Mappings {
                action:
                    Some(Mappings::Set {
                        kind,
                        xero,
                        erpnext,
                        of,
                        dry_run,
                        ..
                    }),
            },
        ..
    }) = Arguments::try_parse_from(line.split(' '))
    else {
        panic!("{line}");
    };
    assert_eq!(
        (kind, xero.as_str(), erpnext.as_str(), of, dry_run),
        (MappingKind::Bank, "091", "Cash", Side::Erpnext, true)
    );
}

#[test]
fn a_retry_must_say_what() {
    assert!(Arguments::try_parse_from(["counterfoil", "retry"]).is_err());
    assert!(Arguments::try_parse_from(["counterfoil", "retry", "--all", "4"]).is_err());
    let parsed = Arguments::try_parse_from(["counterfoil", "retry", "4", "7"]);
    let Ok(Arguments {
        command: Command::Retry(retry),
        ..
    }) = parsed
    else {
        panic!("not a retry: {parsed:?}");
    };
    assert_eq!(retry.ids, [4, 7]);
}

#[test]
fn a_secret_is_no_argument() {
    let line = [
        "counterfoil",
        "connect",
        "erpnext",
        "--url",
        "https://x",
        "--key",
        "k",
        "--secret",
        "s",
    ];
    assert!(Arguments::try_parse_from(line).is_err());
}

#[test]
fn days_and_instants_are_read() {
    assert_eq!(instant("2026-01-31").as_deref(), Ok("2026-01-31T00:00:00Z"));
    assert_eq!(
        instant("2026-01-31T10:00:00+01:00").as_deref(),
        Ok("2026-01-31T09:00:00Z")
    );
    assert!(instant("yesterday").is_err());
}

#[test]
fn the_demo_site_is_a_version_that_was_observed() {
    for command in ["demo", "sandbox"] {
        let read = |more: &[&str]| {
            let words = ["counterfoil", command].into_iter();
            let words = words.chain(more.iter().copied());
            Arguments::try_parse_from(words).map(|read| match read.command {
                Command::Demo(Demo { books, .. }) | Command::Sandbox(Sandbox { books, .. }) => {
                    books.erpnext_version
                }
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(read(&[]).ok(), Some(ErpnextVersion::V16));
        assert_eq!(
            read(&["--erpnext-version", "15"]).ok(),
            Some(ErpnextVersion::V15)
        );
        let Err(refusal) = read(&["--erpnext-version", "14"]) else {
            panic!("14 was taken");
        };
        let refusal = refusal.to_string();
        for part in ["'14'", "--erpnext-version", "15, 16"] {
            assert!(refusal.contains(part), "{refusal}");
        }
    }
}

/// What `schedule set` chooses by these words, or why it is none.
fn schedule(words: &[&str]) -> Result<app::views::ScheduleChoice, String> {
    let line = ["counterfoil", "schedule", "set"].into_iter();
    let read = Arguments::try_parse_from(line.chain(words.iter().copied()))
        .map_err(|why| why.to_string())?;
    match read.command {
        Command::Schedule {
            action: Some(Schedule::Set(wanted)),
        } => wanted.choice(),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn a_schedule_is_typed_in_few_words() {
    use app::views::{EveryView, HoursView, QuietView, ScheduleChoice, ScheduleEntry, Weekday};

    let at = |every| {
        ScheduleChoice::At(ScheduleEntry {
            every,
            zone: None,
            hours: None,
            quiet: None,
        })
    };
    let morning = || "07:00".to_owned();
    for (words, chosen) in [
        (vec!["live"], at(EveryView::Live)),
        (vec!["5m"], at(EveryView::Minutes(5))),
        (vec!["hourly"], at(EveryView::Hour(0))),
        (vec!["hourly", "--at", ":05"], at(EveryView::Hour(5))),
        (vec!["daily"], at(EveryView::Day { at: morning() })),
        (
            vec!["weekly", "--on", "Friday", "--at", "18:30"],
            at(EveryView::Week {
                on: Weekday::Fri,
                at: "18:30".to_owned(),
            }),
        ),
        (
            vec!["monthly", "--on", "last"],
            at(EveryView::Month {
                day: 31,
                at: morning(),
            }),
        ),
        (vec!["by-hand"], ScheduleChoice::ByHand),
        (
            vec!["with-others", "--only", "payments"],
            ScheduleChoice::WithOthers,
        ),
    ] {
        assert_eq!(schedule(&words), Ok(chosen), "{words:?}");
    }
    let more = [
        "10m",
        "--hours",
        "08:00-18:00",
        "--days",
        "sat-mon",
        "--quiet-last",
        "2",
        "--zone",
        "Asia/Tokyo",
    ];
    assert_eq!(
        schedule(&more),
        Ok(ScheduleChoice::At(ScheduleEntry {
            every: EveryView::Minutes(10),
            zone: Some("Asia/Tokyo".to_owned()),
            hours: Some(HoursView {
                days: vec![Weekday::Sat, Weekday::Sun, Weekday::Mon],
                from: "08:00".to_owned(),
                until: "18:00".to_owned(),
            }),
            quiet: Some(QuietView { last: 2, first: 0 }),
        }))
    );
}

#[test]
fn what_means_nothing_for_a_schedule_is_named() {
    for (words, told) in [
        (vec!["5m", "--at", "07:00"], "--at means nothing"),
        (vec!["daily", "--on", "mon"], "--on means nothing"),
        (
            vec!["hourly", "--at", "07:00"],
            "\"07:00\" is no minute of an hour",
        ),
        (vec!["weekly", "--on", "14"], "\"14\" is no day of the week"),
        (
            vec!["monthly", "--on", "mon"],
            "\"mon\" is no day of a month",
        ),
        (vec!["by-hand", "--at", "07:00"], "--at says when"),
        (vec!["sometimes"], "expected live, minutes (5m)"),
        (vec!["5m", "--hours", "8"], "expected two times"),
        (
            vec!["5m", "--hours", "8-9", "--days", "x"],
            "expected days of the week",
        ),
    ] {
        let why = schedule(&words).err().unwrap_or_default();
        assert!(why.contains(told), "{words:?}: {why}");
    }
}

#[test]
fn a_pause_has_a_length_an_end_or_none() {
    use app::views::PauseFor;

    let long = |words: &[&str]| {
        let line = ["counterfoil", "pause"].into_iter();
        let read = Arguments::try_parse_from(line.chain(words.iter().copied())).ok()?;
        match read.command {
            Command::Pause(Pause { long }) => Some(long),
            _ => None,
        }
    };
    assert_eq!(long(&[]), Some(None));
    assert_eq!(long(&["--for", "30m"]), Some(Some(PauseFor::Minutes(30))));
    assert_eq!(long(&["--for", "2h"]), Some(Some(PauseFor::Minutes(120))));
    assert_eq!(long(&["--for", "3d"]), Some(Some(PauseFor::Minutes(4_320))));
    assert_eq!(long(&["--for", "tomorrow"]), Some(Some(PauseFor::Tomorrow)));
    assert_eq!(long(&["--for", "soon"]), None);
}
