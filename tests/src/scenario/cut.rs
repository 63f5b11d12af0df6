//! A network on which the program dies at one request: nothing is answered any more, and whoever
//! waits is told that it is over.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use net::{NetError, Request, Response, Transport};
use tokio::sync::Notify;

use crate::witness::Witness;

/// When the program dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// At which request, counted from one.
    pub at: u32,
    /// Whether that request is still carried out.
    pub after: bool,
}

/// The network between the program and both systems.
pub struct Cut {
    /// Whatever goes out is held against the journal.
    pub witness: Arc<Witness>,
    left: Mutex<Option<Death>>,
    dead: Notify,
}

impl Cut {
    /// A network on which nobody dies yet.
    pub fn open() -> Self {
        Self {
            witness: Arc::new(Witness::new()),
            left: Mutex::new(None),
            dead: Notify::new(),
        }
    }

    /// Lets the program die at a request from here on; `None` lets it live.
    pub fn arm(&self, death: Option<Death>) {
        *self.left.lock().unwrap() = death;
    }

    /// Until the program is dead.
    pub async fn dead(&self) {
        self.dead.notified().await;
    }

    /// What is to become of the next request.
    fn next(&self) -> Option<Death> {
        let mut left = self.left.lock().unwrap();
        let death = left.as_mut()?;
        death.at = death.at.saturating_sub(1);
        (death.at == 0).then_some(*death)
    }
}

#[async_trait]
impl Transport for Cut {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let Some(death) = self.next() else {
            return self.witness.send(request).await;
        };
        if death.after {
            let _ = self.witness.send(request).await;
        }
        self.dead.notify_one();
        std::future::pending().await
    }
}
