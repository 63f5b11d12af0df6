#![allow(clippy::unwrap_used)]

use chrono::TimeZone as _;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}

/// What an installation said at this second; `hold` is its run, `broke` the run of another that it took over.
fn said(installation: &str, hold: Option<&str>, second: i64, broke: &[&str]) -> Standing {
    Standing {
        claim: Claim {
            installation: installation.to_owned(),
            by: format!("anna on {installation}"),
            hold: hold.map(str::to_owned),
            since: hold.map(|_| at(second)),
            broke: broke.iter().map(|it| (*it).to_owned()).collect(),
        },
        at: at(second),
    }
}

fn claims(now: i64, standing: &[Standing]) -> Claims {
    Claims {
        standing: standing.to_vec(),
        now: at(now),
    }
}

#[test]
fn who_holds_a_pairing_is_told_by_the_clock_of_the_books() {
    let b = |second| said("b", Some("run b"), second, &[]);
    for (what, now, standing, holder) in [
        ("nobody", 0, vec![], None),
        (
            "this one itself",
            10,
            vec![said("a", Some("run a"), 0, &[])],
            None,
        ),
        ("another", 10, vec![b(0)], Some("b")),
        ("another, at its last moment", 299, vec![b(0)], Some("b")),
        ("another, which ran out", 300, vec![b(0)], None),
        (
            "another, which let go",
            10,
            vec![said("b", None, 0, &[])],
            None,
        ),
        (
            "another, a little ahead of this answer",
            0,
            vec![b(1)],
            Some("b"),
        ),
        (
            "the clock was set back by an hour",
            -3_600,
            vec![b(0)],
            None,
        ),
        (
            "taken over by this one",
            10,
            vec![b(0), said("a", None, 5, &["run b"])],
            None,
        ),
        (
            "taken over by a third",
            10,
            vec![b(0), said("c", Some("run c"), 5, &["run b"])],
            Some("c"),
        ),
        (
            "another run of it than was taken over",
            10,
            vec![b(0), said("a", None, 5, &["run before"])],
            Some("b"),
        ),
        (
            "of two the one that began first",
            10,
            vec![said("c", Some("run c"), 4, &[]), b(3)],
            Some("b"),
        ),
    ] {
        let claims = claims(now, &standing);
        let found = claims.holder("a").map(|it| it.claim.installation.as_str());
        assert_eq!(found, holder, "{what}");
    }
}

#[test]
fn of_two_that_claim_at_one_moment_each_sees_the_other() {
    let both = claims(
        1,
        &[
            said("a", Some("run a"), 0, &[]),
            said("b", Some("run b"), 0, &[]),
        ],
    );
    assert_eq!(both.holder("a").unwrap().claim.installation, "b");
    assert_eq!(both.holder("b").unwrap().claim.installation, "a");
}

#[test]
fn what_was_read_is_out_of_date_where_another_wrote_since() {
    for (what, standing, moved) in [
        ("nobody", vec![], false),
        ("this one itself", vec![said("a", None, 90, &[])], false),
        ("let go before", vec![said("b", None, 99, &[])], false),
        ("let go since", vec![said("b", None, 100, &[])], true),
        (
            "ran out before",
            vec![said("b", Some("run b"), -201, &[])],
            false,
        ),
        (
            "ran out since",
            vec![said("b", Some("run b"), -200, &[])],
            true,
        ),
        (
            "taken over from",
            vec![said("b", Some("run b"), 95, &[])],
            true,
        ),
    ] {
        let claims = claims(120, &standing);
        assert_eq!(claims.moved_since("a", at(100)), moved, "{what}");
    }
}

#[test]
fn a_run_is_taken_over_by_a_person_or_where_its_claim_had_run_out() {
    let own = said("a", Some("run a"), 0, &[]).claim;
    for (what, renewed, standing, by) in [
        ("nobody", 100, vec![], None),
        ("another waits", 100, vec![said("b", None, 50, &[])], None),
        (
            "a person took over",
            100,
            vec![said("b", Some("run b"), 50, &["run a"])],
            Some("b"),
        ),
        (
            "and that one let go since",
            100,
            vec![said("b", None, 60, &["run a"])],
            Some("b"),
        ),
        (
            "a person took over from an earlier run",
            100,
            vec![said("b", Some("run b"), 50, &["run before"])],
            None,
        ),
        (
            "it ran out, and nobody came",
            400,
            vec![said("b", None, -1, &[])],
            None,
        ),
        (
            "it ran out, and another came",
            400,
            vec![said("b", None, 350, &[])],
            Some("b"),
        ),
        (
            "another came in time",
            299,
            vec![said("b", None, 250, &[])],
            None,
        ),
        (
            "the clock was set back",
            -3_600,
            vec![said("b", None, -3_700, &[])],
            None,
        ),
    ] {
        let claims = claims(renewed, &standing);
        let taken = claims.taken_over(&own, at(0), at(renewed));
        let taken = taken.map(|it| it.claim.installation.as_str());
        assert_eq!(taken, by, "{what}");
    }
}

#[test]
fn who_took_over_says_so_until_the_other_has_noticed() {
    let taken = [
        said("a", None, 20, &["run b", "run c"]),
        said("b", Some("run b"), 10, &[]),
        said("c", Some("run c2"), 10, &[]),
        said("d", Some("run d"), 10, &[]),
    ];
    let claims = claims(30, &taken);
    // The one has not noticed; the other has begun another run.
    assert_eq!(claims.broken_before("a"), ["run b"]);
    // A person takes over again: whoever holds by now.
    assert_eq!(claims.to_break("a"), ["run b", "run c2", "run d"]);
    assert_eq!(claims.own("a"), Some(&taken[0].claim));
}
