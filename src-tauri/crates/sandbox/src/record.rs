//! A recording of what the simulated Xero answers, to be looked through later.

use std::io::Write;

use serde_json::json;

use crate::xero::Observer;

/// Writes every answer, one JSON object a line: `method` and `path` (with the query) of the request,
/// `status`, `content_type` and `body` (as text) of the answer. Each line is written at once, so that
/// a program which is stopped loses none; one that cannot be written is left out, for the caller of
/// the API has no part in it.
pub fn into(mut recording: impl Write + Send + 'static) -> Observer {
    Box::new(move |request, response| {
        let header = response.headers().get(http::header::CONTENT_TYPE);
        let path = request.uri().path_and_query();
        let mut line = json!({
            "method": request.method().as_str(),
            "path": path.map_or("", http::uri::PathAndQuery::as_str),
            "status": response.status().as_u16(),
            "content_type": header.and_then(|value| value.to_str().ok()).unwrap_or_default(),
            "body": String::from_utf8_lossy(response.body()),
        })
        .to_string();
        line.push('\n');
        recording.write_all(line.as_bytes()).ok();
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use chrono::DateTime;
    use serde_json::Value;

    use super::{Write, into};
    use crate::RemoteSystem;
    use crate::xero::{Country, XeroConfig, XeroWorld};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(part)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_answer_is_a_line() {
        let recording = Shared::default();
        let mut world = XeroWorld::new(XeroConfig::demo(Country::Gb, 1));
        world.observe(into(recording.clone()));
        for path in ["/connections", "/api.xro/2.0/Invoices?page=1"] {
            let request = http::Request::get(path).body(Bytes::new()).unwrap();
            world.handle(&request, DateTime::UNIX_EPOCH);
        }
        let text = String::from_utf8(recording.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["path"], "/api.xro/2.0/Invoices?page=1");
        assert_eq!(
            (&lines[1]["method"], &lines[1]["status"]),
            (&"GET".into(), &401.into())
        );
        assert!(
            lines[1]["body"]
                .as_str()
                .unwrap()
                .contains("AuthenticationUnsuccessful")
        );
    }
}
