//! What installations say about syncing a pairing, kept on the site.

use ::erpnext::records::claims;
use chrono::{DateTime, Utc};
use engine::books::claims::Standing;
use engine::books::{BooksError, Claim, Claims};

use super::{ErpnextBooks, failure};

impl ErpnextBooks {
    pub(super) async fn read_claims(&self, key: &str) -> Result<Option<Claims>, BooksError> {
        let chart = self.chart().await?;
        let read = claims::read(&self.client, key, &chart.time_zone).await;
        let Some((stored, now)) = read.map_err(failure::of_the_connection)? else {
            return Ok(None);
        };
        // One that cannot be read is of a later version, which keeps itself from writing beside this one.
        let standing = stored.into_iter().filter_map(|it| {
            let claim = serde_json::from_value(it.claim).ok()?;
            Some(Standing { claim, at: it.at })
        });
        let standing = standing.collect();
        Ok(Some(Claims { standing, now }))
    }

    pub(super) async fn write_claim(
        &self,
        key: &str,
        about: &str,
        claim: &Claim,
    ) -> Result<Option<DateTime<Utc>>, BooksError> {
        let chart = self.chart().await?;
        let shown = match claim.hold {
            Some(_) => format!("Counterfoil: {about} are being synced by {}", claim.by),
            None => format!("Counterfoil: {about} were synced by {}", claim.by),
        };
        let body = serde_json::to_value(claim).unwrap_or_default();
        let whose = (key, claim.installation.as_str());
        claims::write(&self.client, whose, (&shown, &body), &chart.time_zone)
            .await
            .map_err(failure::of_the_connection)
    }
}
