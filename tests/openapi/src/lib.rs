//! Answers of the simulated Xero, held against Xero's official OpenAPI descriptions when those lie
//! beside the repository, in `../shared/xero/openapi`. Without them nothing is checked.
//!
//! Checked are: that the address is described and takes the method, that the status is one it
//! answers with, that no property is there which the description does not know, the types, formats,
//! enumerations and lengths of those it does, and that a whole record has what it must have. Of
//! records within records Xero itself shows only parts, in the description's own examples too, so
//! those may lack anything; so may an element that was refused, which is what was sent.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "test support: a broken expectation is a failed test"
)]

mod description;
mod shape;

use bytes::Bytes;
use http::{Request, Response};
use serde::Deserialize;
use serde_json::Value;

use description::Description;
use shape::{Shape, Whole};

/// An answer, and what was asked.
#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    /// Method of the request.
    pub method: String,
    /// Its path, with or without a query.
    pub path: String,
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`, empty without one.
    pub content_type: String,
    /// The body as text.
    pub body: String,
}

impl Answer {
    fn of(request: &Request<Bytes>, response: &Response<Bytes>) -> Self {
        let content_type = response.headers().get("content-type");
        Answer {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            status: response.status().as_u16(),
            content_type: content_type
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            body: String::from_utf8_lossy(response.body()).into_owned(),
        }
    }

    /// What is not as described. None where no description speaks of such an answer.
    pub fn wrong(&self) -> Option<Vec<String>> {
        let path = self.path.split('?').next().unwrap_or_default();
        let (description, rest) = match path.strip_prefix("/api.xro/2.0/") {
            Some(rest) => (Description::accounting()?, rest),
            None if path.to_ascii_lowercase().starts_with("/connections") => {
                (Description::identity()?, path)
            }
            None => return None,
        };
        let said = |what: String| Some(vec![what]);
        let good = (200..300).contains(&self.status);
        let Some(operation) = description.operation(&self.method, rest) else {
            return if good {
                said(format!("{} {path} is not described", self.method))
            } else {
                None
            };
        };
        let Some(schema) = operation.answer(self.status) else {
            return if good && !operation.answers(self.status) {
                said(format!("{} is not an answer of {path}", self.status))
            } else if good && !self.body.is_empty() {
                said(format!("{path} answers {} without a body", self.status))
            } else {
                good.then(Vec::new)
            };
        };
        if !self.content_type.starts_with("application/json") {
            return said(format!("{path} answers {}", self.content_type));
        }
        let Ok(body) = serde_json::from_str::<Value>(&self.body) else {
            return said(format!("{path} answers no JSON"));
        };
        let mut shape = Shape::new(description);
        if good {
            shape.walk(schema, &body, "", Whole::Envelope);
        } else {
            shape.error(schema, operation.element(), &body);
        }
        Some(shape.wrong)
    }
}

/// What came of many answers.
#[derive(Debug, Default)]
pub struct Report {
    /// Answers that a description speaks of.
    pub described: usize,
    /// What was wrong with them.
    pub wrong: Vec<String>,
}

impl Report {
    /// Adds an answer.
    pub fn add(&mut self, answer: &Answer) {
        if let Some(wrong) = answer.wrong() {
            self.described += 1;
            for what in wrong {
                self.wrong.push(format!(
                    "{} {} ({}): {what}",
                    answer.method, answer.path, answer.status
                ));
            }
        }
    }

    /// Reads what `counterfoil sandbox --answers` wrote: one answer a line. A last line without its
    /// end was being written when the program was stopped.
    pub fn of_recording(recording: &str) -> Self {
        let mut report = Report::default();
        for line in recording
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
        {
            report.add(&serde_json::from_str(line).expect("a line of a recording"));
        }
        report
    }

    /// Fails where anything was wrong.
    #[track_caller]
    pub fn judge(&self) {
        assert!(
            self.wrong.is_empty(),
            "Xero's description has it otherwise:\n{}",
            self.wrong.join("\n")
        );
    }
}

/// Prints how many answers there were, once no more can come.
struct Counted(Report);

impl Drop for Counted {
    fn drop(&mut self) {
        println!("{} answers held against the description", self.0.described);
    }
}

/// Sees every answer with what was asked.
pub type Watching = Box<dyn FnMut(&Request<Bytes>, &Response<Bytes>) + Send>;

/// Watches a simulated Xero: the first answer that is not as described panics.
pub fn watch() -> Watching {
    let mut seen = Counted(Report::default());
    Box::new(move |request, response| {
        seen.0.add(&Answer::of(request, response));
        seen.0.judge();
    })
}

/// Whether the descriptions are there.
pub fn there() -> bool {
    Description::accounting().is_some()
}

#[cfg(test)]
mod tests;
