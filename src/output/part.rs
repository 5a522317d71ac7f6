//! Files that appear whole or not at all.
//!
//! Owns writing beside the final name, renaming, and clearing away what runs that were killed have left there. Does
//! not own what is written.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::claim::{claim, clear};

use super::error::OutputError;

/// How the hidden names end.
const ENDING: &str = ".uproar.part";

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
        clear_once(&folder);
        let mut number = 0;
        loop {
            let part = folder.join(format!(".{stem}.{}-{number}{ENDING}", std::process::id()));
            match OpenOptions::new().read(true).write(true).create_new(true).open(&part) {
                // Somebody who clears away may have come in between: then the name is another's.
                Ok(file) if !claim(&file, &part) => {}
                Ok(file) => return Ok(Self { file, part, path, name, committed: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(OutputError::Create { name, source }),
            }
            number += 1;
            if number > TRIES {
                let source = io::Error::other("too many runs are writing it at once");
                return Err(OutputError::Create { name, source });
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

/// Removes what runs that were killed have left in a folder, the first time that it is written to.
fn clear_once(folder: &Path) {
    static CLEARED: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);
    let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut cleared = CLEARED.lock().unwrap_or_else(PoisonError::into_inner);
    if cleared.get_or_insert_default().insert(name) {
        // A folder that cannot be listed keeps what it has.
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter(|entry| is_part(&entry.file_name())).for_each(|entry| clear(&entry.path()));
    }
}

/// True for the hidden names that are given here: `.NAME.PROCESS-NUMBER.uproar.part`.
fn is_part(name: &OsStr) -> bool {
    let Some(name) = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(ENDING)) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let numbers = name.rsplit_once('.').and_then(|(_, numbers)| numbers.split_once('-'));
    numbers.is_some_and(|(process, number)| digits(process) && digits(number))
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
    fn what_a_killed_run_has_left_is_cleared_away_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let dead = folder.path().join(format!(".a.wav.{}-0{ENDING}", u32::MAX));
        let strangers =
            [".a.wav.1-0.part", "a.wav.1-0.uproar.part", ".a.wav.x-0.uproar.part", ".1-.uproar.part"];
        std::fs::write(&dead, "half").unwrap();
        for name in strangers {
            std::fs::write(folder.path().join(name), "a stranger's").unwrap();
        }
        // Another process that has this number still writes.
        let alive = folder.path().join(format!(".b.wav.{}-3{ENDING}", u32::MAX));
        let file = File::create(&alive).unwrap();
        file.try_lock().unwrap();
        drop(Part::create(&folder.path().join("c.wav")).unwrap());
        assert!(!dead.exists() && alive.exists());
        assert_eq!(names(folder.path()).len(), 1 + strangers.len());
        drop(file);
        clear(&alive);
        assert!(!alive.exists());
    }

    #[test]
    fn many_who_write_the_same_file_at_once_do_not_disturb_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::thread::scope(|scope| {
            for n in 0..4u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..50 {
                        let mut part = Part::create(path).unwrap();
                        part.file().write_all(&[n; 1000]).unwrap();
                        clear(&part.part);
                        assert!(part.part.exists(), "cleared away while it is written");
                        part.commit().unwrap();
                        let read = std::fs::read(path).unwrap();
                        assert!(read.len() == 1000 && read.iter().all(|x| *x == read[0]));
                    }
                });
            }
        });
        assert_eq!(names(folder.path()), ["a.wav"]);
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
