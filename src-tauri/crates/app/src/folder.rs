//! The data folder, which the window and the command line share.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The database within the folder.
const DATABASE: &str = "counterfoil.db";

/// A data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder at a path; it is made when it is first used.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder of this person on this machine: `COUNTERFOIL_DATA_DIR`, else where the system
    /// keeps an application's data. `None` where the system names no home.
    pub fn of_this_person() -> Option<Self> {
        place(|name| std::env::var_os(name).filter(|value| !value.is_empty())).map(Self)
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// Makes the folder, closed to other users of this machine.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn make(&self) -> std::io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(&self.0)
    }
}

fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(chosen) = variable("COUNTERFOIL_DATA_DIR") {
        return Some(chosen.into());
    }
    if cfg!(target_os = "windows") {
        return Some(PathBuf::from(variable("APPDATA")?).join("Counterfoil"));
    }
    let home = || variable("HOME").map(PathBuf::from);
    if cfg!(target_os = "macos") {
        return Some(home()?.join("Library/Application Support/Counterfoil"));
    }
    let data = variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        // The specification says that a relative path is to be ignored.
        .filter(|path| path.is_absolute())
        .or_else(|| Some(home()?.join(".local/share")))?;
    Some(data.join("counterfoil"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Option<PathBuf> {
        place(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_variable_wins() {
        assert_eq!(
            with(&[("COUNTERFOIL_DATA_DIR", "/books"), ("HOME", "/home/a")]),
            Some("/books".into())
        );
        assert_eq!(with(&[]), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn on_linux_it_is_where_the_desktop_keeps_data() {
        assert_eq!(
            with(&[("HOME", "/home/a"), ("XDG_DATA_HOME", "/data")]),
            Some("/data/counterfoil".into())
        );
        assert_eq!(
            with(&[("HOME", "/home/a"), ("XDG_DATA_HOME", "relative")]),
            Some("/home/a/.local/share/counterfoil".into())
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_look_into_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::at(parent.path().join("a/b"));
        folder.make().unwrap();
        let mode = std::fs::metadata(folder.path())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
