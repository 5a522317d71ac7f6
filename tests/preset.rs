//! Presets from outside: all built-ins load and survive a round trip; every broken file says all that is
//! wrong with it.

use std::{fs, path::Path};

use uproar::preset::{Change, PresetError, SourceKind, built_ins, load, load_text};

#[test]
fn every_built_in_loads_and_survives_a_round_trip() {
    for built_in in built_ins() {
        let loaded = load(built_in.name, &[]).unwrap_or_else(|error| panic!("{}: {error}", built_in.name));
        let text = toml::to_string_pretty(&loaded.preset).unwrap();
        let again = load_text("again.toml", &text, None, SourceKind::File, &[]);
        let again = again.unwrap_or_else(|error| panic!("{}: {error}\n{text}", built_in.name));
        assert_eq!(again.preset, loaded.preset, "{}", built_in.name);
    }
}

fn message(text: &str, changes: &[&str]) -> String {
    let changes: Vec<Change> = changes.iter().map(|c| Change::parse(c).unwrap()).collect();
    match load_text("my.toml", text, None, SourceKind::File, &changes) {
        Ok(_) => "ok".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_broken_file_says_all_that_is_wrong_with_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    assert!(paths.len() > 10);
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        let file = path.file_name().unwrap().to_str().unwrap();
        let said = match String::from_utf8(bytes) {
            Ok(text) => match load_text(file, &text, Some(folder.clone()), SourceKind::File, &[]) {
                Ok(_) => panic!("{file} is not broken"),
                Err(error) => error.to_string(),
            },
            Err(_) => match load(path.to_str().unwrap(), &[]) {
                Ok(_) => panic!("{file} is not broken"),
                Err(error) => error.to_string().replace(folder.to_str().unwrap(), "tests/broken"),
            },
        };
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "broken/messages", omit_expression => true }, {
            insta::assert_snapshot!(name, said);
        });
    }
}

#[test]
fn changes_reach_their_key_or_say_why_not() {
    let good = load("chant", &[Change::parse("seed=9").unwrap(), Change::parse("phrase=let's go!").unwrap()])
        .unwrap();
    assert_eq!((good.preset.seed, good.preset.phrase.as_str()), (9, "let's go!"));
    // Figures are words where words are wanted.
    let good = load("chant", &[Change::parse("phrase=2024").unwrap()]).unwrap();
    assert_eq!(good.preset.phrase, "2024");
    for (change, words) in [
        ("sede=9", ["--set sede=9", "unknown key `sede`", "did you mean `seed`?"]),
        ("seed=-1", ["--set seed=-1", "seed: -1 is too small", "allowed: 0 to"]),
        ("seed=x", ["--set seed=x", "seed: expected a whole number", "found the text \"x\""]),
        ("seed=nan", ["--set seed=nan", "seed: NaN is not a finite number", ""]),
        ("phrase.deep=1", ["--set phrase.deep=1", "phrase: this is one value", ""]),
    ] {
        let Err(PresetError::Invalid(report)) = load("chant", &[Change::parse(change).unwrap()]) else {
            panic!("{change} was taken")
        };
        assert_eq!(report.problems.len(), 1, "{change}: {report}");
        for word in words {
            assert!(report.to_string().contains(word), "{change} does not say {word:?}: {report}");
        }
    }
}

#[test]
fn a_preset_may_lie_over_another() {
    let text = "version = 1\nbase = \"chant\"\nphrase = \"WIN!\"\n";
    let loaded = load_text("my.toml", text, None, SourceKind::File, &[]).unwrap();
    let base = load("chant", &[]).unwrap();
    assert_eq!(loaded.preset.phrase, "WIN!");
    assert_eq!(loaded.preset.title, base.preset.title);
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.toml");
    fs::write(&own, "version = 1\nbase = \"own.toml\"\n").unwrap();
    let error = load(own.to_str().unwrap(), &[]).unwrap_err().to_string();
    assert!(error.contains("lie over one another"), "{error}");
    assert!(message("version = 1\nbase = \"../x.toml\"", &[]).contains("leads out of the preset's folder"));
    assert!(message("version = 1\nbase = \"chnat\"", &[]).contains("did you mean `chant`?"));
}

#[test]
fn what_a_base_names_lies_beside_the_base() {
    let folder = tempfile::tempdir().unwrap();
    let sub = folder.path().join("sub");
    fs::create_dir_all(sub.join("deep")).unwrap();
    fs::write(sub.join("own.dict"), "KYOUKA  K Y OW1 K AH0\n").unwrap();
    fs::write(sub.join("curve.csv"), "0,0.25\n1,1\n").unwrap();
    fs::write(sub.join("deep/lowest.toml"), "version = 1\nbase = \"chant\"\nphrase = \"GO!\"\n").unwrap();
    let base =
        "version = 1\nbase = \"deep/lowest.toml\"\ndictionary = \"own.dict\"\nintensity = \"curve.csv\"\n";
    fs::write(sub.join("base.toml"), base).unwrap();
    let top = folder.path().join("top.toml");
    fs::write(&top, "version = 1\nbase = \"sub/base.toml\"\nseed = 5\n").unwrap();
    let loaded = load(top.to_str().unwrap(), &[]).unwrap();
    assert_eq!((loaded.preset.phrase.as_str(), loaded.preset.seed), ("GO!", 5));
    assert!(loaded.dictionary.is_some_and(|(_, text)| text.contains("KYOUKA")));
    let names: Vec<_> = loaded.files.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    for name in ["base.toml", "lowest.toml", "curve.csv", "own.dict"] {
        assert!(names.contains(&name), "{name} is watched: {names:?}");
    }
    // What lies beside the first preset alone is found there, as ever.
    fs::rename(sub.join("own.dict"), folder.path().join("own.dict")).unwrap();
    assert!(load(top.to_str().unwrap(), &[]).is_ok());
}

#[test]
fn hostile_files_end_quickly_with_a_message() {
    let deep = format!("version = 1\nx = {}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(message(&deep, &[]).contains("problem"), "deep");
    let wide: String = (0..20_000).map(|n| format!("k{n} = 1\n")).collect();
    let said = message(&format!("version = 1\n{wide}"), &[]);
    assert!(said.contains("50 problems or more"), "{}", &said[..200]);
    let long = format!("version = 1\nphrase = \"{}\"\nx = 1", "a".repeat(900_000));
    assert!(message(&long, &[]).len() < 5000);
    assert!(message("\u{0}", &[]).contains("problem"));
    assert!(message("version = 99999999999999999999999", &[]).contains("too large"));
}
