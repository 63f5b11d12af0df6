//! How the sign-in to Xero and its limits stand, as people are told. None of it costs a call.

use net::GovernorState;
use store::{ConnectionId, Pairing, PairingId};
use xero::auth::GRANULAR_SCOPES;

use crate::app::App;
use crate::error::AppError;
use crate::show::instant;
use crate::views::{CallsView, SignInView};

impl App {
    /// Calls to Xero today, how many are allowed and left, and what they wait for.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub(crate) async fn xero_calls(&self, pairing: &Pairing) -> Result<CallsView, AppError> {
        let now = self.0.clock.now();
        let state = match self.0.reach.known(pairing.id) {
            Some(reached) => reached.governor_states().borrow().clone(),
            // Not asked since this process began: what was kept counts while it is the same day.
            None => match self.kept_spent(pairing).await? {
                Some(spent) if spent.at.date_naive() == now.date_naive() => GovernorState {
                    used_today: spent.used_today,
                    left_today: spent.left_today,
                    ..GovernorState::default()
                },
                _ => GovernorState::default(),
            },
        };
        let midnight = now
            .date_naive()
            .succ_opt()
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .map(|instant| instant.and_utc());
        Ok(CallsView {
            used: state.used_today,
            allowed: state
                .left_today
                .map(|left| state.used_today.saturating_add(left)),
            resets_at: midnight.map(instant),
            left: state.left_today,
            reserved: state.reserved_today,
            per_minute: state.per_minute,
            left_this_minute: state.left_this_minute,
            waiting: state.sentence("Xero", now),
        })
    }

    /// How many calls to Xero this minute has left, where that is known.
    pub(crate) fn left_this_minute(&self, pairing: PairingId) -> Option<u32> {
        let reached = self.0.reach.known(pairing)?;
        let state = reached.governor_states().borrow().clone();
        state.left_this_minute
    }

    /// How a sign-in to Xero stands. Where that cannot be read (a locked keyring) nothing is told
    /// here: the next run says what is wrong.
    pub(crate) async fn xero_sign_in(&self, id: &ConnectionId) -> SignInView {
        let Ok(session) = self.xero_session(id).await else {
            return SignInView::default();
        };
        let expiry = session.expiry().await.ok().flatten();
        let missing = session.missing(GRANULAR_SCOPES).await.unwrap_or_default();
        SignInView {
            expires_at: expiry.map(|expiry| instant(expiry.at)),
            days_left: expiry.map(|expiry| u32::try_from(expiry.days_left).unwrap_or_default()),
            warning: expiry.and_then(|expiry| expiry.sentence()),
            missing: missing.into_iter().map(str::to_owned).collect(),
        }
    }
}
