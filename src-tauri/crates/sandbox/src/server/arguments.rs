//! What the arguments of a program with a window ask of the demo books. The command line reads its
//! own, with help and suggestions.

use std::fmt;

use super::DemoConfig;
use crate::erpnext::ErpnextVersion;
use crate::generator::Country;

/// An argument whose value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadArgument {
    flag: &'static str,
    given: Option<String>,
    wanted: &'static str,
}

impl fmt::Display for BadArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            flag,
            given,
            wanted,
        } = self;
        match given {
            Some(given) => write!(f, "{flag} takes {wanted}, not '{given}'"),
            None => write!(f, "{flag} takes {wanted}, and none is given"),
        }
    }
}

impl std::error::Error for BadArgument {}

/// The value after a flag, as the next argument or after `=`; none where the flag is not given.
fn value_of<T>(
    arguments: &[String],
    flag: &'static str,
    wanted: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, BadArgument> {
    let found = arguments.iter().enumerate().find_map(|(at, argument)| {
        let rest = argument.strip_prefix(flag)?;
        if rest.is_empty() {
            Some(arguments.get(at + 1).cloned())
        } else {
            rest.strip_prefix('=').map(|value| Some(value.to_owned()))
        }
    });
    let Some(given) = found else {
        return Ok(None);
    };
    match given.as_deref().and_then(read) {
        Some(value) => Ok(Some(value)),
        None => Err(BadArgument {
            flag,
            given,
            wanted,
        }),
    }
}

impl DemoConfig {
    /// The demo books that the arguments ask for, by the flags of `counterfoil sandbox`:
    /// `--erpnext-version`, `--seed`, `--country`, `--contacts`, `--invoices`, `--today`. Other
    /// arguments are left alone.
    ///
    /// # Errors
    /// A flag without a value, or with one that it does not take.
    pub fn from_arguments(arguments: &[String]) -> Result<Self, BadArgument> {
        let mut config = Self::default();
        let version = |text: &str| text.parse::<ErpnextVersion>().ok();
        if let Some(version) = value_of(arguments, "--erpnext-version", "15 or 16", version)? {
            config.erpnext_version = version;
        }
        if let Some(seed) = value_of(arguments, "--seed", "a number", |text| text.parse().ok())? {
            config.seed = seed;
        }
        let country = |text: &str| match text.to_ascii_uppercase().as_str() {
            "GB" => Some(Country::Gb),
            "NZ" => Some(Country::Nz),
            "AU" => Some(Country::Au),
            "US" => Some(Country::Us),
            _ => None,
        };
        if let Some(country) = value_of(arguments, "--country", "GB, NZ, AU or US", country)? {
            config.country = country;
        }
        let count = |text: &str| text.parse().ok();
        if let Some(contacts) = value_of(arguments, "--contacts", "a number", count)? {
            config.size.contacts = contacts;
        }
        if let Some(invoices) = value_of(arguments, "--invoices", "a number", count)? {
            config.size.invoices = invoices;
        }
        let day = |text: &str| text.parse().ok();
        config.today = value_of(arguments, "--today", "a day like 2026-01-31", day)?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn read(arguments: &str) -> Result<DemoConfig, String> {
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        DemoConfig::from_arguments(&arguments).map_err(|why| why.to_string())
    }

    #[test]
    fn the_flags_of_the_command_line_are_read() {
        let config = read("app --demo --erpnext-version 15 --seed=4 --invoices 20000 --country nz")
            .unwrap_or_default();
        assert_eq!(config.erpnext_version, ErpnextVersion::V15);
        assert_eq!((config.seed, config.size.invoices), (4, 20_000));
        assert_eq!(config.country, Country::Nz);
        assert_eq!(config.today, None);
        let config = read("app --demo").unwrap_or_default();
        assert_eq!(config.erpnext_version, ErpnextVersion::V16);
        let config = read("app --today 2026-01-31").unwrap_or_default();
        assert_eq!(config.today, NaiveDate::from_ymd_opt(2026, 1, 31));
    }

    #[test]
    fn what_a_flag_does_not_take_is_refused_with_its_name_and_values() {
        for (arguments, refusal) in [
            (
                "app --erpnext-version 14",
                "--erpnext-version takes 15 or 16, not '14'",
            ),
            (
                "app --erpnext-version",
                "--erpnext-version takes 15 or 16, and none is given",
            ),
            ("app --seed=x", "--seed takes a number, not 'x'"),
            (
                "app --today tomorrow",
                "--today takes a day like 2026-01-31, not 'tomorrow'",
            ),
        ] {
            assert_eq!(read(arguments).map(|_| ()), Err(refusal.to_owned()));
        }
    }
}
