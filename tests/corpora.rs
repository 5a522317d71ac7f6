//! The inputs that the fuzz targets have found worth keeping, tried again: every one ends quickly, and none breaks
//! anything. Needs no fuzzer; `scripts/fuzz` looks for more.

mod untrusted;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// No reader takes more processor time over one input, even in a build for tests; `scripts/fuzz` allows one second.
const LONGEST_S: u64 = 5;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_kept_input_is_taken_or_refused_in_time() {
    for (name, target) in untrusted::TARGETS {
        let inputs = files(&fuzz().join("corpus").join(name));
        assert!(inputs.len() >= 5, "{name} has {} inputs", inputs.len());
        for path in inputs {
            let bytes = fs::read(&path).unwrap();
            let outcome = std::panic::catch_unwind(|| untrusted::timed(*target, &bytes, LONGEST_S));
            assert!(outcome.is_ok(), "{} breaks a promise: see above", path.display());
        }
    }
}

#[test]
fn every_target_has_its_program_and_nothing_else_has() {
    let list = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let programs = files(&fuzz().join("fuzz_targets"));
    assert_eq!(programs.len(), untrusted::TARGETS.len());
    for (name, _) in untrusted::TARGETS {
        let code = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(code.contains(&format!("untrusted::timed(untrusted::{name}, data, 1)")), "{name}");
        assert!(list.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
}
