//! What real sites made of the same documents.

use std::io::Write;

use sandbox::erpnext::ErpnextVersion;

use super::compare::{Differences, Made, plain};

/// Recorded from `a_real_site_agrees_with_the_ledger_and_the_demo_site` on 15.71.1 and on 16.9.1.
const RECORDED: [&str; 2] = [
    include_str!("recorded_15.tsv"),
    include_str!("recorded_16.tsv"),
];
/// The amounts in it, in order; "refused" stands alone.
const AMOUNTS: [&str; 10] = [
    "total",
    "net_total",
    "base_net_total",
    "total_taxes_and_charges",
    "base_total_taxes_and_charges",
    "grand_total",
    "base_grand_total",
    "rounded_total",
    "base_rounded_total",
    "outstanding_amount",
];

/// Compares what the demo site made with what the real one of its version made when it was recorded.
/// How many documents are recorded.
pub fn against(
    differences: &mut Differences,
    version: ErpnextVersion,
    at: usize,
    demo: &Made,
) -> usize {
    let of_version = RECORDED[usize::from(version == ErpnextVersion::V16)];
    let mut compared = 0;
    for line in of_version.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (setting, document) = (columns.next().unwrap(), columns.next().unwrap());
        if setting != at.to_string() {
            continue;
        }
        let name = format!("F-demo-{setting}-{document}");
        let recorded: Vec<&str> = columns.collect();
        compared += 1;
        match (demo.get(&name), recorded.as_slice()) {
            (Some(None), ["refused"]) => {}
            (Some(Some(outcome)), recorded) if recorded.len() == AMOUNTS.len() => {
                for (field, recorded) in AMOUNTS.iter().zip(recorded) {
                    let what = format!("{field} recorded");
                    differences.same(&what, &name, &plain(outcome.of(field)), recorded);
                }
            }
            (made, recorded) => {
                let made = made.map(Option::is_some);
                differences
                    .0
                    .push(format!("{name}: {made:?}, recorded {recorded:?}"));
            }
        }
    }
    compared
}

/// Adds to the file that `COUNTERFOIL_TEST_RECORD` names.
pub fn keep(at: usize, real: &Made) {
    let Ok(path) = std::env::var("COUNTERFOIL_TEST_RECORD") else {
        return;
    };
    let mut file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    for (name, made) in real {
        let document = name.rsplit('-').next().unwrap();
        let columns = made.as_ref().map_or("refused".to_owned(), |outcome| {
            let amounts = AMOUNTS.map(|field| plain(outcome.of(field)).to_string());
            amounts.join("\t")
        });
        writeln!(file, "{at}\t{document}\t{columns}").unwrap();
    }
}
