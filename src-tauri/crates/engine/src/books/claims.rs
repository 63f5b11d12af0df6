//! What installations say, where all of them see it, about syncing a pairing now.
//!
//! Each installation writes a note of its own and reads everybody's. No note has two writers, so nothing has to be
//! known of how the books treat two writes of one document at once, or two documents of one name.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// For how long a claim holds after it was last written, by the clock of the books that keep it.
pub const CLAIM_LASTS: TimeDelta = TimeDelta::minutes(5);

/// What one installation says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Claim {
    /// Which installation: made once, kept with its data.
    pub installation: String,
    /// Who syncs there, for people: "anna on LAPTOP".
    pub by: String,
    /// Names the run that syncs; `None` where none does.
    pub hold: Option<String>,
    /// Since when it does, by the clock of the books.
    pub since: Option<DateTime<Utc>>,
    /// What a person there took over: the runs of others ([`Claim::hold`]) that hold no more.
    pub broke: Vec<String>,
}

/// A claim as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What is said.
    pub claim: Claim,
    /// When it was last written, by the clock of the books.
    pub at: DateTime<Utc>,
}

/// All claims on a pairing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// One for each installation.
    pub standing: Vec<Standing>,
    /// When they were read, by the clock of the books.
    pub now: DateTime<Utc>,
}

impl Standing {
    /// Until when it holds, by the clock of the books.
    pub fn until(&self) -> DateTime<Utc> {
        self.at + CLAIM_LASTS
    }
}

impl Claims {
    /// What an installation itself said last.
    pub fn own(&self, installation: &str) -> Option<&Claim> {
        let mut claims = self.standing.iter().map(|it| &it.claim);
        claims.find(|it| it.installation == installation)
    }

    /// The others.
    fn others<'a>(&'a self, installation: &str) -> impl Iterator<Item = &'a Standing> {
        let all = self.standing.iter();
        all.filter(move |it| it.claim.installation != installation)
    }

    /// Whether a claim holds now. One from further ahead than it would last was written before the clock of the
    /// books was set back: whoever wrote it has written again by then, or is gone.
    fn holds(&self, standing: &Standing) -> bool {
        let Some(hold) = &standing.claim.hold else {
            return false;
        };
        let broken = |it: &Standing| it.claim.broke.contains(hold);
        let age = self.now - standing.at;
        age < CLAIM_LASTS && age > -CLAIM_LASTS && !self.standing.iter().any(broken)
    }

    /// Another installation that syncs now: of several, the one that does so for the longest.
    pub fn holder(&self, installation: &str) -> Option<&Standing> {
        let holders = self.others(installation).filter(|it| self.holds(it));
        holders.min_by_key(|it| (it.claim.since, &it.claim.installation))
    }

    /// The runs of others that hold now, and those that this installation took over before and that have not
    /// noticed yet.
    pub fn to_break(&self, installation: &str) -> Vec<String> {
        let mut broke = self.broken_before(installation);
        let holding = self.others(installation).filter(|it| self.holds(it));
        broke.extend(holding.filter_map(|it| it.claim.hold.clone()));
        broke
    }

    /// The runs of others that this installation took over before and that have not noticed yet.
    pub fn broken_before(&self, installation: &str) -> Vec<String> {
        let own = self.own(installation).map(|it| it.broke.clone());
        let mut broke = own.unwrap_or_default();
        broke.retain(|hold| {
            let mut others = self.others(installation);
            others.any(|it| it.claim.hold.as_ref() == Some(hold))
        });
        broke
    }

    /// Whether another installation may have written to either side since then: what was read from then on may be
    /// older than what it wrote.
    pub fn moved_since(&self, installation: &str, began: DateTime<Utc>) -> bool {
        self.others(installation).any(|it| {
            let last = if it.claim.hold.is_some() {
                it.until()
            } else {
                it.at
            };
            last >= began
        })
    }

    /// Who took over from a run that renewed its claim `before` and again at `renewed`: a person said so, or the
    /// claim had run out meanwhile and somebody claimed since.
    pub fn taken_over(
        &self,
        claim: &Claim,
        before: DateTime<Utc>,
        renewed: DateTime<Utc>,
    ) -> Option<&Standing> {
        let ran_out = renewed - before >= CLAIM_LASTS;
        self.others(&claim.installation).find(|it| {
            let broke = claim
                .hold
                .as_ref()
                .is_some_and(|hold| it.claim.broke.contains(hold));
            broke || (ran_out && it.at >= before)
        })
    }
}

#[cfg(test)]
mod tests;
