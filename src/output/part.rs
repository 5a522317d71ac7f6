//! Files that appear whole or not at all.
//!
//! Owns writing beside the final name and renaming. Does not own what is written.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::error::OutputError;

/// A file that is being written under a name of its own beside the final one. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Part {
    file: File,
    part: PathBuf,
    path: PathBuf,
    name: String,
    committed: bool,
}

/// Names tried before giving up; they are taken only if as many runs write the same file at once.
const TRIES: u32 = 100;

impl Part {
    /// Starts a file that will be `path`. A link is followed; the file it leads to is replaced.
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        let name = path.display().to_string();
        if path.is_dir() || path.file_name().is_none() || name.ends_with('/') {
            return Err(OutputError::Folder { name });
        }
        if path.metadata().is_ok_and(|m| m.permissions().readonly()) {
            return Err(OutputError::ReadOnly { name });
        }
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if folder.exists() && !folder.is_dir() {
            return Err(OutputError::NotFolder { name: folder.display().to_string() });
        }
        if !folder.is_dir() {
            return Err(OutputError::NoFolder { name, folder: folder.display().to_string() });
        }
        let stem = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        // Room is left for the ending in file systems that allow names of 255 bytes.
        let stem: String = stem.chars().take(50).collect();
        let mut number = 0;
        loop {
            let part = folder.join(format!(".{stem}.{}-{number}.part", std::process::id()));
            match OpenOptions::new().read(true).write(true).create_new(true).open(&part) {
                Ok(file) => return Ok(Self { file, part, path, name, committed: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < TRIES => number += 1,
                Err(source) => return Err(OutputError::Create { name, source }),
            }
        }
    }

    /// The open file.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its final name, replacing what stood there.
    pub fn commit(mut self) -> Result<(), OutputError> {
        self.file
            .sync_all()
            .and_then(|()| std::fs::rename(&self.part, &self.path))
            .map_err(|error| OutputError::write(&self.name, error))?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing can be done if even this fails; the error that led here is being reported.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

/// Writes a whole file at once, or nothing; `-` is the standard output.
///
/// # Errors
/// As [`super::WavWriter::create`] and [`super::WavWriter::write`].
pub fn write_file(path: &Path, contents: &[u8]) -> Result<(), OutputError> {
    let name = path.display().to_string();
    if path == Path::new("-") {
        let mut out = io::stdout().lock();
        let outcome = out.write_all(contents).and_then(|()| out.flush());
        return outcome.map_err(|error| OutputError::write("the standard output", error));
    }
    if path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        return std::fs::write(path, contents).map_err(|error| OutputError::write(&name, error));
    }
    let mut part = Part::create(path)?;
    part.file().write_all(contents).map_err(|error| OutputError::write(&name, error))?;
    part.commit()
}

/// Finds out whether a file could be written, without changing anything.
///
/// # Errors
/// As [`write_file`].
pub fn check_writable(path: &Path) -> Result<(), OutputError> {
    if path == Path::new("-") || path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        return Ok(());
    }
    // Begun and dropped: what makes it fail would make the real one fail.
    Part::create(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_abandoned_file_leaves_nothing_and_keeps_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "old").unwrap();
        let mut part = Part::create(&path).unwrap();
        part.file().write_all(b"new").unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        drop(part);
        assert_eq!(names(folder.path()), ["a.wav"]);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_committed_file_replaces_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "old").unwrap();
        write_file(&path, b"new").unwrap();
        assert_eq!(names(folder.path()), ["a.wav"]);
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn folders_missing_folders_and_read_only_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(write_file(folder.path(), b""), Err(OutputError::Folder { .. })));
        let path = folder.path().join("none/a.wav");
        assert!(matches!(write_file(&path, b""), Err(OutputError::NoFolder { .. })));
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "old").unwrap();
        let mut permissions = path.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).unwrap();
        assert!(matches!(write_file(&path, b"new"), Err(OutputError::ReadOnly { .. })));
        assert_eq!(names(folder.path()), ["a.wav"]);
    }
}
