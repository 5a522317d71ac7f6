//! Files that a preset names: only beside the preset, only of a sane size.
//!
//! Owns the rules for reading what a stranger's preset points to: no absolute path, no `..`, no link
//! that leads out of the preset's folder, a limit in bytes, UTF-8. Does not own what is in the files.

use std::{
    fs::File,
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use crate::units::bytes_text;

/// The largest preset file, bytes.
pub const PRESET_LIMIT: u64 = 1 << 20;

/// The largest file that a preset may name (a dictionary, an intensity curve), bytes.
pub const BESIDE_LIMIT: u64 = 8 << 20;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system refused.
    #[error("cannot read {name}: {}", plain(.source))]
    Io {
        /// As the user wrote it.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Larger than the limit.
    #[error("{name} is larger than {}", bytes_text(*.limit))]
    TooLarge {
        /// As the user wrote it.
        name: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// A folder, not a file.
    #[error("{name} is a folder, not a file")]
    Folder {
        /// As the user wrote it.
        name: String,
    },
    /// A pipe or a device.
    #[error("{name} is not a regular file")]
    Special {
        /// As the user wrote it.
        name: String,
    },
    /// Not UTF-8.
    #[error("{name} is not UTF-8 text: byte {byte} is not part of a character")]
    NotText {
        /// As the user wrote it.
        name: String,
        /// The first wrong byte, counted from 0.
        byte: usize,
    },
    /// Not beside the preset.
    #[error("{name} leads out of the preset's folder")]
    Outside {
        /// As the preset wrote it.
        name: String,
    },
    /// A built-in preset has no folder.
    #[error("{name} cannot be read: a preset inside the program has no folder of its own")]
    NoFolder {
        /// As the preset wrote it.
        name: String,
    },
}

impl FileError {
    /// What to try, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Outside { .. } => Some("put it beside the preset, or allow its folder: --allow-files DIR"),
            Self::NoFolder { .. } => Some("allow the folder that it lies in: --allow-files DIR"),
            Self::TooLarge { .. } => Some("a file that long is probably another one than was meant"),
            _ => None,
        }
    }
}

/// Where the files that a preset names may lie.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach<'a> {
    /// The preset's own folder; a built-in has none.
    pub folder: Option<&'a Path>,
    /// Other folders that the user allows, whatever lies below them included.
    pub allowed: &'a [PathBuf],
}

impl Reach<'_> {
    /// The path of a file that a preset names: in the preset's folder or below, or in a folder that is allowed or below.
    ///
    /// A name without a folder that is allowed says where the file is from the preset's folder, and must not begin with
    /// `/` or hold `..`; with one it may do both, and what is not beside the preset is looked for in the allowed folders.
    ///
    /// # Errors
    /// As [`beside`].
    pub fn find(&self, name: &str) -> Result<PathBuf, FileError> {
        let own = match beside(self.folder, name) {
            Ok(path) => return Ok(path),
            Err(error) => error,
        };
        let homes = self.folder.into_iter().chain(self.allowed.iter().map(PathBuf::as_path));
        let homes: Vec<PathBuf> = homes.filter_map(|folder| here(folder).canonicalize().ok()).collect();
        let inside = |path: &PathBuf| path.is_file() && homes.iter().any(|home| path.starts_with(home));
        let from = self.folder.into_iter().chain(self.allowed.iter().map(PathBuf::as_path));
        // Without an allowed folder there is nothing that was not looked at.
        let mut paths = from.filter(|_| !self.allowed.is_empty() && !name.is_empty());
        if let Some(path) =
            paths.find_map(|folder| here(folder).join(name).canonicalize().ok().filter(inside))
        {
            return Ok(path);
        }
        if is_below(name) {
            return Err(own);
        }
        // Where it would be allowed, what is wrong is not where it lies.
        let allowed = |folder: &PathBuf| {
            let path = here(folder).join(name);
            let above = path.parent().and_then(|parent| parent.canonicalize().ok());
            above.filter(|above| homes.iter().any(|home| above.starts_with(home))).map(|_| path)
        };
        let path = self.allowed.iter().find_map(allowed).filter(|_| matches!(own, FileError::Outside { .. }));
        let Some(path) = path else { return Err(own) };
        Err(match path.metadata() {
            Err(source) => FileError::Io { name: name.to_owned(), source },
            Ok(kind) if kind.is_dir() => FileError::Folder { name: name.to_owned() },
            // A link that leads out.
            Ok(kind) if kind.is_file() => own,
            Ok(_) => FileError::Special { name: name.to_owned() },
        })
    }
}

/// True if a name says a place below where it is looked for.
fn is_below(name: &str) -> bool {
    Path::new(name).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir))
}

/// The folder that an empty path means.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// A system error without its number: "no such file or directory".
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(std::iter::once(second)).chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

/// Reads a text file of at most `limit` bytes. A byte order mark at the start is left out.
///
/// # Errors
/// [`FileError`], with the name as given.
pub fn read_text(path: &Path, limit: u64) -> Result<String, FileError> {
    let name = path.display().to_string();
    let io = |source| FileError::Io { name: name.clone(), source };
    // Looked at before it is opened: a pipe that nobody writes to would be waited for.
    let kind = path.metadata().map_err(io)?;
    if kind.is_dir() {
        return Err(FileError::Folder { name });
    }
    if !kind.is_file() {
        return Err(FileError::Special { name });
    }
    let file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { name, limit });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => Err(FileError::NotText { name, byte: error.utf8_error().valid_up_to() }),
    }
}

/// The path of a file that a preset in `folder` names.
///
/// # Errors
/// [`FileError::Outside`] if the name or a link on its way leads out of `folder`;
/// [`FileError::NoFolder`] for built-in presets; [`FileError::Io`] if it does not exist.
pub fn beside(folder: Option<&Path>, name: &str) -> Result<PathBuf, FileError> {
    let relative = Path::new(name);
    // A backslash or a drive means "elsewhere" on Windows; refused everywhere so that presets travel.
    if !is_below(name) || name.is_empty() || name.contains(['\\', ':', '\0']) {
        return Err(FileError::Outside { name: name.to_owned() });
    }
    let Some(folder) = folder else { return Err(FileError::NoFolder { name: name.to_owned() }) };
    let io = |source| FileError::Io { name: name.to_owned(), source };
    let home = here(folder).canonicalize().map_err(io)?;
    let path = home.join(relative).canonicalize().map_err(io)?;
    if !path.starts_with(&home) {
        return Err(FileError::Outside { name: name.to_owned() });
    }
    if !path.is_file() {
        return Err(if path.is_dir() {
            FileError::Folder { name: name.to_owned() }
        } else {
            // A pipe or a device beside a preset could keep us waiting for ever.
            FileError::Outside { name: name.to_owned() }
        });
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["/etc/passwd", "../x", "a/../../x", "C:\\x", "..\\x", "", "."] {
            let refused = beside(Some(folder.path()), name);
            assert!(
                matches!(refused, Err(FileError::Outside { .. } | FileError::Folder { .. })),
                "{name}: {refused:?}"
            );
        }
        assert!(matches!(beside(None, "x.csv"), Err(FileError::NoFolder { .. })));
        assert!(matches!(beside(Some(folder.path()), "none.csv"), Err(FileError::Io { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("curve.csv")).unwrap();
        assert!(matches!(beside(Some(folder.path()), "curve.csv"), Err(FileError::Outside { .. })));
        std::fs::write(folder.path().join("own.csv"), "x").unwrap();
        std::os::unix::fs::symlink("own.csv", folder.path().join("alias.csv")).unwrap();
        assert!(beside(Some(folder.path()), "alias.csv").is_ok());
    }

    #[test]
    fn allowed_folders_and_nothing_else_are_reached() {
        let (own, also, other) =
            (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (folder, name) in [(&own, "own.csv"), (&also, "a.csv"), (&also, "b.csv"), (&other, "secret.csv")]
        {
            std::fs::create_dir_all(folder.path().join("sub")).unwrap();
            std::fs::write(folder.path().join(name), "x").unwrap();
            std::fs::write(folder.path().join("sub").join(name), "x").unwrap();
        }
        let path =
            |folder: &tempfile::TempDir, name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let up = |folder: &tempfile::TempDir, name: &str| {
            format!("../{}/{name}", folder.path().file_name().unwrap().to_str().unwrap())
        };
        let allowed = [also.path().to_owned()];
        let reach = Reach { folder: Some(own.path()), allowed: &allowed };
        let found =
            |name: &str| reach.find(name).map(|p| std::fs::read(p).unwrap().len()).map_err(|e| e.to_string());
        for name in
            ["own.csv", "sub/own.csv", "a.csv", "sub/a.csv", &path(&also, "a.csv"), &up(&also, "sub/b.csv")]
        {
            assert_eq!(found(name), Ok(1), "{name}");
        }
        for name in [
            "secret.csv",
            &path(&other, "secret.csv"),
            &up(&other, "secret.csv"),
            "/etc/passwd",
            "",
            ".",
            "sub",
        ] {
            assert!(found(name).is_err(), "{name}");
        }
        let alone = Reach { folder: Some(own.path()), allowed: &[] };
        for name in [&path(&own, "own.csv"), &path(&also, "a.csv"), &up(&own, "own.csv"), &up(&also, "a.csv")]
        {
            assert!(matches!(alone.find(name), Err(FileError::Outside { .. })), "{name}");
        }
        // A preset inside the program has the allowed folders alone.
        assert!(Reach { folder: None, allowed: &allowed }.find("a.csv").is_ok());
        assert!(matches!(Reach::default().find("a.csv"), Err(FileError::NoFolder { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_only_into_folders_that_are_allowed() {
        let (own, also, other) =
            (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (folder, name) in [(&also, "to"), (&other, "out")] {
            std::fs::write(folder.path().join("x.csv"), "x").unwrap();
            std::os::unix::fs::symlink(folder.path().join("x.csv"), own.path().join(name)).unwrap();
            std::os::unix::fs::symlink(folder.path(), own.path().join(format!("{name}-folder"))).unwrap();
        }
        let allowed = [also.path().to_owned()];
        let reach = Reach { folder: Some(own.path()), allowed: &allowed };
        assert!(reach.find("to").is_ok() && reach.find("to-folder/x.csv").is_ok());
        for name in ["out", "out-folder/x.csv"] {
            assert!(matches!(reach.find(name), Err(FileError::Outside { .. })), "{name}");
        }
    }

    #[test]
    fn size_and_encoding_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        assert!(matches!(read_text(&path, 9), Err(FileError::NotText { byte: 1, .. })));
        assert!(matches!(read_text(&path, 1), Err(FileError::TooLarge { .. })));
        assert!(matches!(read_text(folder.path(), 9), Err(FileError::Folder { .. })));
        std::fs::write(&path, "\u{feff}a").unwrap();
        assert_eq!(read_text(&path, 9).unwrap(), "a");
    }
}
