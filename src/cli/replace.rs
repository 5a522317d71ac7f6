//! Files that are there already.
//!
//! Owns asking before one is replaced. Does not own writing.

use std::{
    io::{IsTerminal, Write, stderr, stdin},
    path::Path,
};

use super::failure::Failure;

/// Files that are listed by name.
const LISTED: usize = 5;

/// Finds out before any work whether files may be written: those that are there already are replaced if the user has
/// said so (`force`), or says so now.
///
/// # Errors
/// [`Failure`], naming what would be replaced.
pub(crate) fn may_replace<'p>(paths: impl IntoIterator<Item = &'p Path>, force: bool) -> Result<(), Failure> {
    // Pipes and devices are written to, not replaced.
    let there: Vec<&Path> =
        paths.into_iter().filter(|path| *path != Path::new("-") && path.is_file()).collect();
    if force || there.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = there.iter().take(LISTED).map(|path| path.display().to_string()).collect();
    let more = there.len() - names.len();
    let names = names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() };
    let (are, them) = if there.len() == 1 { ("is", "it") } else { ("are", "them") };
    if stdin().is_terminal() && stderr().is_terminal() {
        return match asked(&format!("{names} {are} there already. Replace {them}? [y/N] ")) {
            true => Ok(()),
            false => Err(Failure::new(format!("{names}: left as it was"))),
        };
    }
    Err(Failure::new(format!("{names} {are} there already"))
        .hint(format!("choose another name, or replace {them} with --force")))
}

/// What somebody at a terminal says to a question; silence is no.
fn asked(question: &str) -> bool {
    let mut out = stderr().lock();
    let mut answer = String::new();
    let heard =
        write!(out, "{question}").and_then(|()| out.flush()).and_then(|()| stdin().read_line(&mut answer));
    heard.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
