//! The file of an export: written beside its place and put there whole, or not at all.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::AppError;

/// A file that is being written beside its place.
pub(super) struct Beside {
    file: NamedTempFile,
    path: PathBuf,
    force: bool,
}

impl Beside {
    /// Begins a file. One that is there already stays, unless it is to be replaced.
    pub(super) fn begin(path: &Path, force: bool) -> Result<Self, AppError> {
        let failed = |why| AppError::Export {
            path: path.to_owned(),
            why,
        };
        if !force && path.try_exists().map_err(failed)? {
            return Err(failed(io::ErrorKind::AlreadyExists.into()));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = shared(tempfile::Builder::new().prefix(".counterfoil-"))
            .tempfile_in(folder)
            .map_err(failed)?;
        Ok(Self {
            file,
            path: path.to_owned(),
            force,
        })
    }

    /// The file to write to.
    pub(super) fn file(&mut self) -> &mut std::fs::File {
        self.file.as_file_mut()
    }

    /// Where it will be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the whole file in its place.
    pub(super) fn put(self) -> Result<(), AppError> {
        let failed = |why| AppError::Export {
            path: self.path.clone(),
            why,
        };
        // A disk that is full may only say so now.
        self.file.as_file().sync_all().map_err(failed)?;
        if self.force {
            self.file
                .persist(&self.path)
                .map_err(|it| failed(it.error))?;
        } else {
            // Somebody may have made one meanwhile.
            let put = self.file.persist_noclobber(&self.path);
            put.map_err(|it| failed(it.error))?;
        }
        Ok(())
    }
}

/// A file made beside its place belongs to its owner alone by default; this one is as any that a person saves.
#[cfg(unix)]
fn shared<'b, 'p, 's>(
    builder: &'b mut tempfile::Builder<'p, 's>,
) -> &'b mut tempfile::Builder<'p, 's> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn shared<'b, 'p, 's>(
    builder: &'b mut tempfile::Builder<'p, 's>,
) -> &'b mut tempfile::Builder<'p, 's> {
    builder
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let all = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = all
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn kind(result: Result<impl Sized, AppError>) -> io::ErrorKind {
        match result {
            Err(AppError::Export { why, .. }) => why.kind(),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it was written"),
        }
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all_and_one_that_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let mut first = Beside::begin(&path, false).unwrap();
        first.file().write_all(b"first").unwrap();
        assert!(!path.exists());
        // Another was made meanwhile.
        std::fs::write(&path, "other").unwrap();
        assert_eq!(kind(first.put()), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "other");
        assert_eq!(
            kind(Beside::begin(&path, false)),
            io::ErrorKind::AlreadyExists
        );
        // One that is given up leaves nothing.
        drop(Beside::begin(&path, true).unwrap());
        assert_eq!(names(folder.path()), ["log.csv"]);
        let mut again = Beside::begin(&path, true).unwrap();
        again.file().write_all(b"again").unwrap();
        again.put().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "again");
        assert_eq!(names(folder.path()), ["log.csv"]);
        let nowhere = folder.path().join("none/log.csv");
        assert_eq!(
            kind(Beside::begin(&nowhere, false)),
            io::ErrorKind::NotFound
        );
    }
}
