//! What lands in a session or an engine, from the command line: stems, layouts, loops, layers and takes.

use std::{collections::BTreeSet, fs, path::Path, process::Output};

use assert_cmd::cargo::cargo_bin_cmd;

fn run(arguments: &[&str]) -> Output {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    cargo_bin_cmd!("uproar")
        .args(arguments)
        .env("NO_COLOR", "1")
        .env("XDG_CACHE_HOME", cache)
        .env_remove("UPROAR_LOG")
        .output()
        .unwrap()
}

fn succeeds(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

fn fails_with(arguments: &[&str], words: &[&str]) {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{arguments:?} succeeded");
    for word in words {
        assert!(said.contains(word), "{arguments:?} does not say {word:?}:\n{said}");
    }
}

/// A corner with few people in a file of its own.
fn corner(folder: &Path) -> String {
    let beats =
        "[[beat]]\nname = \"chant\"\nseconds = 3\nplace = \"near\"\ndoing = \"chant\"\nintensity = 1.0\n";
    let path = folder.join("corner.toml");
    fs::write(&path, format!("{}\n{beats}", include_str!("small/corner.toml"))).unwrap();
    path.display().to_string()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

#[test]
fn stems_have_names_for_a_session_one_length_and_one_layout() {
    let folder = tempfile::tempdir().unwrap();
    let (preset, mix, stems) =
        (corner(folder.path()), path(folder.path(), "mix.wav"), folder.path().join("stems"));
    let said = succeeds(&[
        "render",
        &preset,
        "-o",
        &mix,
        "--stems",
        stems.to_str().unwrap(),
        "--layout",
        "5.1",
        "--seconds",
        "1.5",
    ]);
    assert!(said.contains("11 stems"), "{said}");
    let files = names(&stems);
    assert_eq!(files.first().unwrap(), "00-mix-before-limiter.wav");
    assert!(files.contains("01-leader.wav") && files.contains("10-reverb-near.wav"));
    for file in &files {
        let reader = hound::WavReader::open(stems.join(file)).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.bits_per_sample, reader.duration()), (6, 32, 72_000), "{file}");
    }
    let bytes = fs::read(&mix).unwrap();
    let fmt = bytes.windows(4).position(|w| w == b"fmt ").unwrap();
    assert_eq!(word(&bytes, fmt + 28), 0x3f, "speakers of 5.1");
}

#[test]
fn stems_need_no_mix_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let stems = folder.path().join("a/b");
    succeeds(&["render", &corner(folder.path()), "--stems", stems.to_str().unwrap(), "--seconds", "0.5"]);
    assert_eq!(names(&stems).len(), 11);
}

#[test]
fn layouts_are_listed_printed_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let list = String::from_utf8(run(&["layouts"]).stdout).unwrap();
    assert!(list.contains("7.1.4") && list.contains("ambix3"), "{list}");
    let text = String::from_utf8(run(&["layouts", "5.1"]).stdout).unwrap();
    let file = path(folder.path(), "mine.toml");
    fs::write(&file, text.replace("110", "100")).unwrap();
    let out = path(folder.path(), "a.wav");
    succeeds(&["render", &corner(folder.path()), "-o", &out, "--layout", &file, "--seconds", "0.5"]);
    assert_eq!(hound::WavReader::open(&out).unwrap().spec().channels, 6);
}

#[test]
fn a_wrong_layout_is_told_with_line_and_column_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "a.wav");
    fails_with(&["render", "kamino", "-o", &out, "--layout", "5.2"], &["no layout called `5.2`", "5.1"]);
    let file = path(folder.path(), "mine.toml");
    fs::write(&file, "[[channel]]\nname = \"L\"\nazimuth = -30\n").unwrap();
    fails_with(&["render", "kamino", "-o", &out, "--layout", &file], &["mine.toml:3:1", "azimuth_deg"]);
    fails_with(&["render", "kamino", "-o", &out, "--layout", "none.toml"], &["none.toml"]);
    assert!(!Path::new(&out).exists());
}

#[test]
fn a_loop_is_exact_and_says_so_in_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "loop.wav");
    let said = succeeds(&["render", &corner(folder.path()), "-o", &out, "--loop", "5.5"]);
    assert!(said.contains("264000 frames"), "{said}");
    let bytes = fs::read(&out).unwrap();
    let at = bytes.windows(4).position(|w| w == b"smpl").unwrap();
    assert_eq!((word(&bytes, at + 36), word(&bytes, at + 52), word(&bytes, at + 56)), (1, 0, 263_999));
    assert_eq!(hound::WavReader::open(&out).unwrap().duration(), 264_000);
    fails_with(&["render", "kamino", "-o", &out, "--loop", "soon"], &["8bars"]);
    fails_with(
        &["render", "kamino", "-o", &out, "--force", "--one-shot", "sneeze"],
        &["call, cheer, gasp, roar"],
    );
}

#[test]
fn takes_are_numbered_and_differ_and_the_first_is_the_presets_own() {
    let folder = tempfile::tempdir().unwrap();
    let preset = corner(folder.path());
    for vary in ["people", "performance"] {
        let out = path(folder.path(), &format!("{vary}.wav"));
        let arguments = ["render", &preset, "--seconds", "1", "-o", &out];
        succeeds(&[&arguments[..], &["--takes", "2", "--vary", vary]].concat());
        succeeds(&arguments);
        let read = |name: String| fs::read(folder.path().join(name)).unwrap();
        let (first, second) = (read(format!("{vary}-1.wav")), read(format!("{vary}-2.wav")));
        assert!(first == read(format!("{vary}.wav")) && first != second, "{vary}");
    }
}

#[test]
fn layers_of_a_game_have_one_length_and_a_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let layers = folder.path().join("layers");
    succeeds(&["render", &corner(folder.path()), "--layers", layers.to_str().unwrap(), "--loop", "4"]);
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(layers.join("layers.json")).unwrap()).unwrap();
    let list = manifest["layers"].as_array().unwrap();
    let of = |key: &str| list.iter().map(|l| l[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("name"), ["murmur", "low", "mid", "high", "unison", "roar"]);
    for file in of("file") {
        assert_eq!(hound::WavReader::open(layers.join(file)).unwrap().duration(), 192_000);
    }
    for way in manifest["transitions"].as_array().unwrap() {
        let file = layers.join(way["file"].as_str().unwrap());
        assert_eq!(hound::WavReader::open(file).unwrap().duration(), 192_000);
    }
    for shot in manifest["stingers"].as_array().unwrap() {
        let frames = hound::WavReader::open(layers.join(shot["file"].as_str().unwrap())).unwrap().duration();
        assert_eq!(u64::from(frames), shot["frames"].as_u64().unwrap());
    }
}
