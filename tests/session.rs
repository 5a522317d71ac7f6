//! Files as a session meets them: what they say of themselves, how loud they are, when things happen in them.

use std::{fs, path::Path, process::Output};

use assert_cmd::cargo::cargo_bin_cmd;

fn run(arguments: &[&str]) -> Output {
    let mut command = cargo_bin_cmd!("uproar");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.args(arguments).env("NO_COLOR", "1").env("XDG_CACHE_HOME", cache).env_remove("UPROAR_LOG");
    command.output().unwrap()
}

fn succeeds(arguments: &[&str]) {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
}

fn fails_with(arguments: &[&str], code: i32, words: &[&str]) {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?} does not say {word:?}:\n{said}");
    }
}

fn tiny() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny.toml").to_owned()
}

fn path_in(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

/// The contents of the first chunk of a name.
fn chunk(bytes: &[u8], name: &[u8; 4]) -> Option<Vec<u8>> {
    let mut at = 12;
    while at + 8 <= bytes.len() {
        let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        if &bytes[at..at + 4] == name {
            return Some(bytes[at + 8..at + 8 + size].to_vec());
        }
        at += 8 + size + size % 2;
    }
    None
}

#[test]
fn a_file_says_when_it_begins_how_loud_it_is_and_where_its_beats_are() {
    let folder = tempfile::tempdir().unwrap();
    let (file, report) = (path_in(&folder, "a.wav"), path_in(&folder, "a.json"));
    let more = ["--start", "01:00:00:00", "--fps", "25", "--from", "01:00:01:00", "--report", &report];
    succeeds(&[&["render", &tiny(), "-o", &file][..], &more].concat());
    let bytes = fs::read(&file).unwrap();
    let bext = chunk(&bytes, b"bext").unwrap();
    let start = u64::from_le_bytes(bext[338..346].try_into().unwrap());
    assert_eq!(start, 3601 * 48_000, "an hour and the second that was left out");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    for (at, key) in [
        (412, "integrated_lufs"),
        (414, "loudness_range_lu"),
        (416, "true_peak_dbtp"),
        (418, "momentary_max_lufs"),
        (420, "short_term_max_lufs"),
    ] {
        let stored = f64::from(i16::from_le_bytes([bext[at], bext[at + 1]])) / 100.0;
        let told = json[key].as_f64().unwrap();
        assert!((stored - told).abs() <= 0.0051, "{key}: {stored} and {told}");
    }
    let cue = chunk(&bytes, b"cue ").unwrap();
    assert_eq!(cue[..4], [1, 0, 0, 0], "one beat begins in this part");
    assert_eq!(cue[8..12], 24_000u32.to_le_bytes(), "half a second after the start");
    assert!(chunk(&bytes, b"LIST").unwrap().windows(7).any(|w| w == b"second\0"));
    let xml = String::from_utf8(chunk(&bytes, b"iXML").unwrap()).unwrap();
    for part in ["<TIMECODE_RATE>25/1<", "<TIMECODE_FLAG>NDF<", "<SEED>3<", "<PHRASE>GO!<", "<SCENE>tiny<"] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
}

#[test]
fn a_file_is_made_again_from_itself_sample_by_sample() {
    let folder = tempfile::tempdir().unwrap();
    for (name, again, more) in [
        (
            "a.wav",
            "b.wav",
            &["--seed", "9", "--set", "crowd.people=4", "--from", "0.3", "--seconds", "1"][..],
        ),
        ("c.wav", "d.wav", &["--loudness", "-30", "--bits", "16", "--rate", "44100"]),
        ("e.flac", "f.flac", &["--place", "back"]),
    ] {
        let (first, second) = (path_in(&folder, name), path_in(&folder, again));
        succeeds(&[&["render", &tiny(), "-o", &first][..], more].concat());
        succeeds(&["render", &first, "-o", &second]);
        assert!(fs::read(&first).unwrap() == fs::read(&second).unwrap(), "{name}");
    }
    let (first, other) = (path_in(&folder, "a.wav"), path_in(&folder, "g.wav"));
    succeeds(&["render", &first, "-o", &other, "--seed", "10"]);
    assert!(fs::read(&first).unwrap() != fs::read(&other).unwrap(), "options still count");
}

#[test]
fn pieces_stems_layers_layouts_and_what_was_followed_are_made_again_from_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| path_in(&folder, name);
    let quad = path("quad.toml");
    let speaker = |name: &str, azimuth: f64, distance: f64| {
        format!("[[channel]]\nname = {name:?}\nazimuth_deg = {azimuth}\ndistance_m = {distance}\n")
    };
    let far = [("A", -45.0, 2.0), ("B", 45.5, 3.1), ("C", 135.0, 2.7), ("D", -130.0, 0.1 + 0.7)];
    fs::write(&quad, far.map(|(name, azimuth, distance)| speaker(name, azimuth, distance)).concat()).unwrap();
    let (stems, layers, sound) = (path("stems"), path("layers"), path("sound.wav"));
    succeeds(&["render", &tiny(), "-o", &sound, "--stems", &stems, "--loudness", "-30"]);
    succeeds(&["render", &tiny(), "--layers", &layers, "--loop", "1.5", "--format", "flac"]);
    let made: [(&str, &[&str]); 6] = [
        ("loop.wav", &["--loop", "1.5", "--loudness", "-24"]),
        ("cheer.flac", &["--one-shot", "cheer"]),
        ("quad.wav", &["--layout", &quad, "--seconds", "1"]),
        ("lossy.ogg", &["--seconds", "1"]),
        ("led.wav", &["--follow", &sound, "--to", "2"]),
        ("quiet.wav", &["--loop", "1.5", "--from", "0.2", "--rate", "44100", "--bits", "32f"]),
    ];
    for (name, more) in made {
        succeeds(&[&["render", &tiny(), "-o", &path(name)][..], more].concat());
    }
    let mut files = made.map(|(name, _)| path(name)).to_vec();
    files.extend([format!("{stems}/02-near.wav"), format!("{layers}/01-murmur.flac")]);
    for file in files {
        let again = format!("{}.again.{}", file, file.rsplit('.').next().unwrap());
        succeeds(&["render", &file, "-o", &again]);
        assert!(fs::read(&file).unwrap() == fs::read(&again).unwrap(), "{file}");
    }
    let (led, other) = (path("led.wav"), path("other.wav"));
    fails_with(&["render", &led, "-o", &other, "--rate", "96000"], 2, &["48000 Hz", "--rate"]);
    // A part of the scene instead of the loop.
    succeeds(&["render", &path("loop.wav"), "-o", &other, "--loudness", "none", "--seconds", "0.7"]);
    let data = chunk(&fs::read(&other).unwrap(), b"data").unwrap();
    assert_eq!(data.len(), 33_600 * 6);
}

#[test]
fn loudness_changes_all_stems_alike_and_is_that_of_a_loop() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| path_in(&folder, name);
    let (stems, report) = (path("stems"), path("a.json"));
    succeeds(&["render", &tiny(), "--stems", &stems, "--loudness", "-20", "--seconds", "3"]);
    let read = |name: &str| -> Vec<f32> {
        let bytes = chunk(&fs::read(format!("{stems}/{name}")).unwrap(), b"data").unwrap();
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let mut names: Vec<String> =
        fs::read_dir(&stems).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let before = read(&names[0]);
    let parts: Vec<Vec<f32>> = names[1..].iter().map(|name| read(name)).collect();
    let power = |x: &dyn Fn(usize) -> f64| (0..before.len()).map(|n| x(n).powi(2)).sum::<f64>();
    let rest = power(&|n| parts.iter().map(|p| f64::from(p[n])).sum::<f64>() - f64::from(before[n]));
    let null_db = 10.0 * (rest / power(&|n| f64::from(before[n]))).log10();
    assert!(null_db < -120.0, "{null_db}");
    let json = |path: &str| serde_json::from_slice::<serde_json::Value>(&fs::read(path).unwrap()).unwrap();
    succeeds(&[
        "render",
        &tiny(),
        "-o",
        &path("loop.wav"),
        "--loop",
        "3",
        "--loudness",
        "-20",
        "--report",
        &report,
    ]);
    let lufs = json(&report)["integrated_lufs"].as_f64().unwrap();
    assert!((lufs + 20.0).abs() < 0.05, "{lufs}");
    assert_eq!(json(&report)["moments"].as_array().unwrap().len(), 30);
    assert_eq!(json(&report)["beats"].as_array().unwrap().len(), 1);
}

#[test]
fn foreign_edited_and_damaged_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (path_in(&folder, "a.wav"), path_in(&folder, "b.wav"));
    succeeds(&["render", &tiny(), "-o", &file, "--seconds", "0.5"]);
    let whole = fs::read(&file).unwrap();
    let put = |bytes: &[u8]| fs::write(&file, bytes).unwrap();
    let mut edited = whole.clone();
    let middle = edited.len() - 9000;
    edited[middle] ^= 0x40;
    put(&edited);
    fails_with(&["render", &file, "-o", &out], 1, &["a.wav was edited", "--force"]);
    succeeds(&["render", &file, "-o", &out, "--force"]);
    assert!(fs::read(&out).unwrap() == whole);
    let version = format!("&quot;version&quot;:&quot;{}&quot;", env!("CARGO_PKG_VERSION"));
    assert!(String::from_utf8_lossy(&whole).contains(&version));
    put(&whole[..whole.len() / 2]);
    fails_with(&["render", &file, "-o", &out], 1, &["a.wav is damaged: chunk `data`", "bytes"]);
    put(b"RIFF\x04\0\0\0WAVE");
    fails_with(&["render", &file, "-o", &out], 1, &["does not say how it was made"]);
    put(b"no sound at all");
    fails_with(&["render", &file, "-o", &out], 1, &["neither a WAV nor a FLAC"]);
    fails_with(&["render", "nowhere.wav", "-o", &out], 1, &["cannot read nowhere.wav: no such file"]);
}

#[test]
fn loudness_and_peak_are_as_asked_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (file, report) = (path_in(&folder, "a.wav"), path_in(&folder, "a.json"));
    for (loudness, peak) in [(-23.0, -1.0), (-12.0, -3.0)] {
        let (loud, top) = (loudness.to_string(), peak.to_string());
        let more = ["--loudness", &loud, "--peak", &top, "--report", &report];
        succeeds(&[&["render", &tiny(), "-o", &file, "--force"][..], &more].concat());
        let json: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        let reached = json["integrated_lufs"].as_f64().unwrap();
        assert!((reached - loudness).abs() < 0.05, "{loudness}: {reached}");
        assert!(json["true_peak_dbtp"].as_f64().unwrap() <= peak + 0.05);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left aside");
    fails_with(
        &["render", &tiny(), "-o", &file, "--force", "--loudness", "-5"],
        1,
        &["cannot be reached", "the loudest"],
    );
    fails_with(
        &["render", &tiny(), "-o", &file, "--force", "--loudness", "loud"],
        2,
        &["-50 to -5 LUFS, or none"],
    );
    fails_with(
        &["play", &tiny(), "--device", "null", "--loudness", "-23"],
        2,
        &["known only when it is over"],
    );
}

#[test]
fn wrong_times_name_what_is_wrong() {
    let file = "never.wav";
    let render = |more: &[&str], words: &[&str]| {
        fails_with(&[&["render", &tiny(), "-o", file][..], more].concat(), 2, words);
    };
    render(&["--start", "01:00:00:00"], &["--fps 25"]);
    render(&["--start", "01:00:00:30", "--fps", "25"], &["frames go from 00 to 24"]);
    render(&["--start", "00:01:00;00", "--fps", "29.97df"], &["drop-frame has no such frame", "00:01:00;02"]);
    render(&["--fps", "29.97"], &["29.97df or 29.97ndf"]);
    render(&["--from", "01:00:00:00"], &["--fps 25"]);
    render(&["--from", "00:00:00:00", "--start", "01:00:00:00", "--fps", "24"], &["before the start"]);
}

#[test]
fn of_two_lines_at_once_the_later_one_wins_and_a_time_of_day_is_nobodys_name() {
    let folder = tempfile::tempdir().unwrap();
    let (srt, sound, report) =
        (path_in(&folder, "a.srt"), path_in(&folder, "a.wav"), path_in(&folder, "a.json"));
    fs::write(&srt, "1\n00:00:02,000 --> 00:00:03,000\nCROWD: GO!\nALL: MEET AT 12:30\n").unwrap();
    succeeds(&["render", &tiny(), "-o", &sound, "--srt", &srt, "--report", &report]);
    let report = fs::read_to_string(&report).unwrap();
    assert!(report.contains("\"crowd 2\"") && !report.contains("\"crowd 1\""), "{report}");
}

#[test]
fn malformed_sheets_name_file_line_and_fix() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = |name: &str, text: &str| {
        let path = path_in(&folder, name);
        fs::write(&path, text).unwrap();
        path
    };
    let refused = |option: &str, path: &str, words: &[&str]| {
        fails_with(&["render", &tiny(), "-o", "never.wav", option, path], 1, words);
    };
    let srt = "1\n00:00:01,200 --> 00:00:02,000\nCROWD: GO!\n\n2\n00:00:03,0000 --> 00:00:04,000\nGO!\n";
    refused("--srt", &sheet("a.srt", srt), &["a.srt:6:1", "no time of a subtitle", "00:01:02,500"]);
    refused("--srt", &sheet("b.srt", "1\nGO!\n"), &["b.srt:2:1", "the times of a subtitle"]);
    let two = "1\n00:00:02,000 --> 00:00:03,000\nA: go!\n\n2\n00:00:04,000 --> 00:00:05,000\nB: go!\n";
    refused("--srt", &sheet("c.srt", two), &["c.srt:7:1", "nobody is called `B`", "A (the leader)"]);
    refused("--srt", &sheet("d.srt", ""), &["no subtitle in it"]);
    let early = "1\n00:00:00,100 --> 00:00:03,000\ngo!\n";
    refused("--srt", &sheet("e.srt", early), &["e.srt:2:1", "first second", "from 00:00:01,000 on"]);
    refused("--intensity", &sheet("a.csv", "0,0.5\n1,7\n"), &["a.csv:2:3", "outside 0..=1"]);
    refused("--cues", &sheet("b.csv", "time,do\n0.5,hussh\n"), &["b.csv:2:5", "did you mean `hush`?"]);
    refused("--cues", &sheet("c.csv", "time,do\nsoon,hush\n"), &["c.csv:2:1", "is no time"]);
    refused("--cues", &sheet("d.csv", "time,do\n99,hush\n"), &["d.csv:2:1", "after the end of the scene"]);
    refused("--cues", &sheet("e.csv", "0.5,hush\n"), &["e.csv:1:1", "no heading", "time,do"]);
    refused("--cues", &sheet("f.txt", "0.5\thush\n"), &["f.txt:1:1", "between tabs"]);
    refused("--cues", "nowhere.csv", &["cannot read nowhere.csv: no such file"]);
}

#[test]
fn sheets_make_the_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = |name: &str, text: &str| {
        let path = path_in(&folder, name);
        fs::write(&path, text).unwrap();
        path
    };
    let (file, report) = (path_in(&folder, "a.wav"), path_in(&folder, "a.json"));
    let beats = |more: &[&str]| -> Vec<(String, f64)> {
        succeeds(&[&["render", &tiny(), "-o", &file, "--force", "--report", &report][..], more].concat());
        let json: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        let of = |beat: &serde_json::Value| {
            (beat["name"].as_str().unwrap().to_owned(), beat["start_s"].as_f64().unwrap())
        };
        json["beats"].as_array().unwrap().iter().map(of).collect()
    };
    let srt = "1\n01:00:01,500 --> 01:00:02,500\nKYOUKA: Come on!\n\n2\n01:00:03,000 --> 01:00:04,000\nGO!\n";
    let srt = sheet("a.srt", srt);
    let found = beats(&["--srt", &srt, "--fps", "24", "--start", "01:00:00:00"]);
    assert_eq!(found[..2], [("between 1".into(), 0.0), ("crowd 1".into(), 3.0)]);
    for (name, text) in [
        ("a.csv", "time,do\n00:00:01:06,second\n1,hush\n"),
        ("b.txt", "1.25\t1.25\tsecond\n1\t1\thush\n"),
        ("c.csv", "#,Name,Start,End,Length\nM1,second,0:01.250,,\nM2,hush,0:01.000,,\n"),
    ] {
        let found = beats(&["--cues", &sheet(name, text), "--fps", "24"]);
        assert_eq!(found[1], ("second".into(), 1.25), "{name}");
    }
    beats(&["--intensity", &sheet("i.csv", "time,value\n0,0.2\n24f,1\n"), "--fps", "24"]);
}
