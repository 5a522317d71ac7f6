//! The program under test, and how tests talk to it.

// Every test program uses a part of this.
#![allow(dead_code)]

use std::{fs, path::Path, process::Output};

use assert_cmd::{Command, cargo::cargo_bin_cmd};

/// The program, cut off from this machine's sound card, colours and cache.
pub fn uproar(arguments: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("uproar");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.args(arguments).env("NO_COLOR", "1").env("XDG_CACHE_HOME", cache).env_remove("UPROAR_LOG");
    command
}

pub fn run(arguments: &[&str]) -> Output {
    uproar(arguments).output().unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn fails_with(arguments: &[&str], code: i32, words: &[&str]) {
    let output = run(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?} does not say {word:?}:\n{said}");
    }
    assert!(output.stdout.is_empty(), "{arguments:?} printed on the standard output: {}", stdout(&output));
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub fn tiny() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny.toml").to_owned()
}

pub fn path_in(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

pub fn succeeds(arguments: &[&str]) -> Output {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    output
}
