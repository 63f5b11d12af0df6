//! What a run learned on the way and the next one is told: kept with the pairing.

use store::{Pairing, Store};

use crate::app::App;
use crate::error::AppError;
use crate::reach::{Reached, settings_key};
use crate::schedule::TIME_ZONE;
use crate::show::instant;

/// In a pairing's settings: the code by which Xero's pages know the organisation.
const SHORT_CODE: &str = "xero_short_code";
/// In a pairing's settings: when the first preview was shown (UTC instant).
const PREVIEW_SHOWN_AT: &str = "preview_shown_at";

/// Whether a person was shown what the first sync of a pairing would do.
pub(super) fn preview_was_shown(pairing: &Pairing) -> bool {
    pairing.settings.get(PREVIEW_SHOWN_AT).is_some()
}

/// The code by which Xero's pages know a pairing's organisation, where it was learned before.
pub(crate) fn short_code(pairing: &Pairing) -> Option<&str> {
    pairing.settings.get(SHORT_CODE)?.as_str()
}

fn with_setting(pairing: &Pairing, key: &str, value: String) -> serde_json::Value {
    let mut settings = pairing.settings.as_object().cloned().unwrap_or_default();
    settings.insert(key.to_owned(), value.into());
    settings.into()
}

impl App {
    /// Keeps what was learned on the way: what the rate governor must remember, and the code by
    /// which Xero's pages know the organisation, the site's time zone.
    pub(crate) async fn keep_learned(&self, pairing: &Pairing, reached: &Reached) {
        let spent = reached.spent();
        let id = pairing.id;
        let learned = [
            (SHORT_CODE, reached.short_code()),
            (TIME_ZONE, reached.time_zone()),
        ];
        let (settings, settings_key) = (reached.xero_settings(), settings_key(pairing));
        let kept = self
            .db(move |store: &Store| {
                if let Some(settings) = settings {
                    let before: Option<books::xero::Settings> =
                        store.setting(&settings_key).ok().flatten();
                    if before.as_ref() != Some(&settings) {
                        store.set_setting(&settings_key, &settings)?;
                    }
                }
                if let Some((key, spent)) = spent {
                    store.set_governor_state(&key, &spent)?;
                }
                for (key, value) in learned {
                    // Read anew: it may have changed since the run began.
                    if let (Some(value), Some(pairing)) = (value, store.pairing(id)?)
                        && pairing.settings.get(key).and_then(|it| it.as_str()) != Some(&value)
                    {
                        store.set_pairing_settings(id, &with_setting(&pairing, key, value))?;
                    }
                }
                Ok(())
            })
            .await;
        if let Err(why) = kept {
            tracing::warn!("what was learned of Xero could not be kept: {why}");
        }
    }

    /// Notes that a person was shown what the first sync would do.
    pub(crate) async fn note_preview(&self, pairing: &Pairing) -> Result<(), AppError> {
        if preview_was_shown(pairing) {
            return Ok(());
        }
        let (id, now) = (pairing.id, instant(self.0.clock.now()));
        self.db(move |store| match store.pairing(id)? {
            Some(pairing) => {
                store.set_pairing_settings(id, &with_setting(&pairing, PREVIEW_SHOWN_AT, now))
            }
            None => Ok(()),
        })
        .await
    }
}
