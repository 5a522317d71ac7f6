//! What the program is made of, checked without anything that has to be installed or fetched: sources and licences of all
//! crates, and what is published. `cargo deny check` looks further (advisories, duplicates).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn locked(name: &str) -> Vec<toml::Table> {
    let lock: toml::Table = read(name).parse().unwrap();
    lock["package"].as_array().unwrap().iter().map(|p| p.as_table().unwrap().clone()).collect()
}

#[test]
fn every_crate_comes_from_the_registry_with_its_checksum() {
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let (mut own, mut others) = (Vec::new(), 0);
        for package in locked(lock) {
            let name = package["name"].as_str().unwrap();
            match package.get("source").and_then(|s| s.as_str()) {
                None => own.push(name.to_owned()),
                Some(source) => {
                    assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "{name}");
                    let checksum = package.get("checksum").and_then(|c| c.as_str()).unwrap_or("");
                    assert_eq!(checksum.len(), 64, "{name}");
                    others += 1;
                }
            }
        }
        assert!(own.iter().all(|name| ["uproar", "uproar-fuzz"].contains(&name.as_str())), "{lock}: {own:?}");
        assert!(others > 100, "{lock}");
    }
}

#[test]
fn no_version_is_left_open() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    for table in ["dependencies", "dev-dependencies"] {
        for (name, wanted) in manifest[table].as_table().unwrap() {
            let version = wanted.as_str().or_else(|| wanted.get("version")?.as_str()).unwrap_or_default();
            let exact =
                version.split('.').count() == 3 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            assert!(exact, "{name} = {wanted}: say the least version, x.y.z");
            assert!(wanted.get("git").is_none() && wanted.get("path").is_none(), "{name} = {wanted}");
        }
    }
}

/// True if an expression such as `(MIT OR GPL-3.0) AND Zlib` can be fulfilled with the allowed licences.
fn fulfilled(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words, allowed)
}

type Words<'w> = std::iter::Peekable<std::str::SplitWhitespace<'w>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut fine = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        fine |= both(words, allowed);
    }
    fine
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut fine = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        fine &= one(words, allowed);
    }
    fine
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let fine = either(words, allowed);
        assert_eq!(words.next(), Some(")"));
        return fine;
    }
    let mut name = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name += &format!(" WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&name)
}

fn allowed() -> BTreeSet<String> {
    let deny: toml::Table = read("deny.toml").parse().unwrap();
    deny["licenses"]["allow"].as_array().unwrap().iter().map(|l| l.as_str().unwrap().to_owned()).collect()
}

#[test]
fn licences_are_read_as_spdx_has_them() {
    let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(String::from).into();
    for (expression, fine) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("MIT/Apache-2.0", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Zlib", true),
        ("MIT OR (GPL-3.0 AND Zlib)", true),
        ("Zlib AND (GPL-3.0 OR MPL-2.0)", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
        ("Apache-2.0", false),
        ("", false),
    ] {
        assert_eq!(fulfilled(expression, &allowed), fine, "{expression}");
    }
}

#[test]
fn every_licence_is_permissive_and_every_crate_is_named_in_the_notices() {
    // Of this system: others need crates that are not here.
    let host = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let text =
        cargo(&["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host]);
    let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (allowed, notices) = (allowed(), read("NOTICES.md"));
    let packages: BTreeMap<&str, &serde_json::Value> =
        metadata["packages"].as_array().unwrap().iter().map(|p| (p["id"].as_str().unwrap(), p)).collect();
    for package in packages.values() {
        let (name, licence) = (&package["name"], package["license"].as_str().unwrap_or(""));
        assert!(fulfilled(licence, &allowed), "{name} is under {licence:?}, which deny.toml does not allow");
    }
    // What is linked into the program: normal dependencies.
    let tree = ["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let linked: BTreeSet<String> = cargo(&tree).lines().map(str::to_owned).collect();
    assert!(linked.len() > 100);
    for package in linked.iter().filter(|package| !package.starts_with("uproar ")) {
        let mut words = package.split_whitespace();
        let (name, version) = (words.next().unwrap(), words.next().unwrap().trim_start_matches('v'));
        let named = notices.contains(&format!("* **{name} {version}** "));
        assert!(named, "NOTICES.md does not name {name} {version}: run scripts/notices");
    }
}

#[test]
fn what_is_published_is_whole_and_small() {
    let list = cargo(&["package", "--list", "--allow-dirty", "--locked", "--offline"]);
    let files: Vec<&str> = list.lines().collect();
    for needed in [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "NOTICES.md",
        "SECURITY.md",
        "src/lib.rs",
        "src/main.rs",
        "src/text/data/cmudict.bin",
        "src/plot/font/OFL.txt",
        "presets/kamino.toml",
        "docs/architecture.md",
    ] {
        assert!(files.contains(&needed), "{needed} is not published");
    }
    let beside = |file: &&&str| {
        ["fuzz/", "target/", "tests/", "scripts/", ".ci/"].iter().any(|folder| file.starts_with(folder))
    };
    assert_eq!(files.iter().find(beside), None, "for those who build uproar, not for those who use it");
    let bytes: u64 = files.iter().filter_map(|file| root().join(file).metadata().ok()).map(|m| m.len()).sum();
    assert!(bytes < 10 << 20, "{bytes} bytes are published");
}
