//! The descriptions, read once: operations by address and schemas by name.

use std::path::Path;
use std::sync::OnceLock;

use saphyr::{LoadableYamlNode as _, Yaml};

/// One of Xero's descriptions.
pub struct Description {
    document: Yaml<'static>,
}

impl Description {
    /// The accounting API's.
    pub fn accounting() -> Option<&'static Self> {
        static READ: OnceLock<Option<Description>> = OnceLock::new();
        READ.get_or_init(|| Self::read("xero_accounting.yaml"))
            .as_ref()
    }

    /// The connections'.
    pub fn identity() -> Option<&'static Self> {
        static READ: OnceLock<Option<Description>> = OnceLock::new();
        READ.get_or_init(|| Self::read("xero-identity.yaml"))
            .as_ref()
    }

    fn read(name: &str) -> Option<Self> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/xero/openapi")
            .join(name);
        let Ok(text) = std::fs::read_to_string(&file) else {
            println!(
                "not held against the description: {} is not there",
                file.display()
            );
            return None;
        };
        let text: &'static str = Box::leak(without_examples(&text).into_boxed_str());
        let document = Yaml::load_from_str(text).unwrap().into_iter().next()?;
        Some(Description { document })
    }

    /// What a `$ref` leads to.
    pub fn target(&self, reference: &str) -> Option<&Yaml<'static>> {
        reference
            .strip_prefix("#/")?
            .split('/')
            .try_fold(&self.document, |at, name| at.as_mapping_get(name))
    }

    /// The schema itself, or the one it refers to.
    pub fn resolved<'a>(&'a self, schema: &'a Yaml<'static>) -> Option<&'a Yaml<'static>> {
        match word(schema, "$ref") {
            Some(reference) => self.target(reference),
            None => Some(schema),
        }
    }

    /// The operation at an address, whose names compare without case as Xero's do. Where several
    /// fit, the one with the most fixed words.
    pub fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let asked: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let paths = self.document.as_mapping_get("paths")?.as_mapping()?;
        let (_, found) = paths
            .iter()
            .filter_map(|(template, item)| {
                let parts: Vec<&str> = template
                    .as_str()?
                    .split('/')
                    .filter(|part| !part.is_empty())
                    .collect();
                let fits = parts.len() == asked.len()
                    && parts.iter().zip(&asked).all(|(part, asked)| {
                        part.starts_with('{') || part.eq_ignore_ascii_case(asked)
                    });
                let operation = item.as_mapping_get(&method.to_ascii_lowercase())?;
                let fixed = parts.iter().filter(|part| !part.starts_with('{')).count();
                fits.then_some((fixed, operation))
            })
            .max_by_key(|(fixed, _)| *fixed)?;
        Some(Operation {
            description: self,
            responses: found.as_mapping_get("responses")?,
        })
    }
}

/// What one address does with one method.
pub struct Operation<'a> {
    description: &'a Description,
    responses: &'a Yaml<'static>,
}

impl<'a> Operation<'a> {
    /// Whether a status is among its answers.
    pub fn answers(&self, status: u16) -> bool {
        self.responses.as_mapping_get(&status.to_string()).is_some()
    }

    /// The schema of the JSON it answers with a status. A 400 that an operation keeps silent about
    /// is as it is everywhere.
    pub fn answer(&self, status: u16) -> Option<&'a Yaml<'static>> {
        match self.responses.as_mapping_get(&status.to_string()) {
            Some(response) => self
                .description
                .resolved(response)?
                .as_mapping_get("content")?
                .as_mapping_get("application/json")?
                .as_mapping_get("schema"),
            None if status == 400 => self.description.target("#/components/schemas/Error"),
            None => None,
        }
    }

    /// The schema of one record of its good answer.
    pub fn element(&self) -> Option<&'a Yaml<'static>> {
        let envelope = self.description.resolved(self.answer(200)?)?;
        let properties = envelope.as_mapping_get("properties")?.as_mapping()?;
        properties
            .iter()
            .filter(|(name, _)| name.as_str() != Some("Warnings"))
            .find_map(|(_, property)| property.as_mapping_get("items"))
    }
}

/// A text of a schema.
pub fn word<'a>(schema: &'a Yaml<'static>, name: &str) -> Option<&'a str> {
    schema.as_mapping_get(name).and_then(Yaml::as_str)
}

/// Examples are most of a description, and take longest to read.
fn without_examples(text: &str) -> String {
    let mut kept = String::with_capacity(text.len() / 4);
    let mut within: Option<usize> = None;
    for line in text.lines() {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        if let Some(example) = within {
            if words.is_empty()
                || indent > example
                || (indent == example && words.starts_with("- "))
            {
                continue;
            }
            within = None;
        }
        if words.starts_with("example:") || words.starts_with("examples:") {
            within = Some(indent);
            continue;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}
