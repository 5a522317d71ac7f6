//! Files that are being written: whose they are.
//!
//! Owns telling a file that somebody writes from one that a killed process has left behind. Does not own names.
//!
//! Whoever writes a file holds its lock (`flock`, `LockFileEx`): the system lets go of it however a process ends, so a
//! file without a lock is nobody's. Neither clocks nor numbers of processes are asked, which both may lie.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

/// Takes the lock of a file that has just been made; false if somebody else has taken it for one that was left behind.
///
/// Where files cannot be locked it is ours: nobody else can take it for free either.
pub(crate) fn claim(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => path.exists(),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => true,
    }
}

/// Removes a file that nobody writes any more.
pub(crate) fn clear(path: &Path) {
    // Not followed if it is a link: what it leads to is not ours.
    if !path.symlink_metadata().is_ok_and(|facts| facts.is_file()) {
        return;
    }
    // While it is removed its lock is held, so that nobody begins to use it meanwhile.
    if let Ok(file) = OpenOptions::new().read(true).write(true).open(path)
        && file.try_lock().is_ok()
    {
        let _ = std::fs::remove_file(path);
    }
}
