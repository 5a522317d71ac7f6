//! The program as its users meet it: exit codes, messages, files and pipes.

mod program;

use std::{fs, path::Path, process::Stdio};

use program::{fails_with, names, path_in, run, stderr, stdout, succeeds, tiny};

#[test]
fn help_is_short_with_h_and_the_manual_with_help() {
    let short = stdout(&run(&["render", "-h"]));
    let long = stdout(&run(&["render", "--help"]));
    assert!(short.lines().count() * 2 < long.lines().count(), "{}", short.lines().count());
    assert!(long.contains("Examples:") && !short.contains("Examples:"));
    for command in [
        "chant",
        "render",
        "play",
        "bench",
        "say",
        "phonemes",
        "presets",
        "check",
        "devices",
        "completions",
        "man",
    ] {
        assert_eq!(run(&[command, "--help"]).status.code(), Some(0), "{command}");
    }
}

#[test]
fn wrong_usage_is_exit_code_two() {
    fails_with(&[], 2, &["Usage"]);
    fails_with(&["sing"], 2, &["sing"]);
    fails_with(&["render", "kamino"], 2, &["--output"]);
    fails_with(&["render", "kamino", "-o", "x.wav", "--bits", "12"], 2, &["16, 24, 32f"]);
    fails_with(&["render", "kamino", "-o", "x.wav", "--rate", "8000"], 2, &["22050 to 192000"]);
    fails_with(&["render", "kamino", "-o", "x.wav", "--rate", "NaN"], 2, &["22050 to 192000"]);
    fails_with(&["render", "kamino", "-o", "x.wav", "--seconds", "nan"], 2, &["allowed"]);
    fails_with(&["render", "kamino", "-o", "x.wav", "--from", "-3"], 2, &["0 seconds or more"]);
    fails_with(&["render", "kamino", "-o", "x.wav", "--threads", "0"], 2, &["1..=512"]);
    fails_with(&["render", "kamino", "-o", "x.wav", "--set", "crowd.people"], 2, &["KEY=VALUE"]);
    fails_with(&["render", "kamino", "-o", "x.wav", "--set", "crowd..people=3"], 2, &["column 7"]);
}

#[test]
fn an_unknown_preset_is_named_with_the_nearest() {
    fails_with(
        &["check", "chnat"],
        1,
        &["error: there is no preset called `chnat`", "did you mean `chant`?"],
    );
    fails_with(&["check", "nowhere/none.toml"], 1, &["error: cannot read nowhere/none.toml: no such file"]);
    fails_with(&["presets", "show", "zzz"], 1, &["`uproar presets` lists"]);
    fails_with(&["check", "src"], 1, &["there is no preset called `src`"]);
}

#[test]
fn presets_are_listed_shown_and_exported() {
    let list = stdout(&run(&["presets"]));
    assert!(list.lines().any(|line| line.starts_with("chant ")), "{list}");
    let json: serde_json::Value = serde_json::from_slice(&run(&["presets", "--json"]).stdout).unwrap();
    assert_eq!(json.as_array().unwrap().len(), list.lines().count());

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    let file = file.to_str().unwrap();
    assert!(run(&["presets", "export", "chant", file]).status.success());
    assert_eq!(fs::read(file).unwrap(), run(&["presets", "show", "chant"]).stdout);
    fails_with(&["presets", "export", "chant", file], 1, &["is there already", "--force"]);
    assert!(run(&["presets", "export", "chant", file, "--force"]).status.success());
    assert!(run(&["check", file]).status.success());
    assert_eq!(names(folder.path()), ["my.toml"]);
}

#[test]
fn check_says_ok_or_everything() {
    let output = run(&["check", "chant"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "chant: ok\n"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    fs::write(&file, "version = 1\nphrase = 7\nsede = 3\nseed = -1\n[[beat]]\nseconds = 1\n").unwrap();
    let output = run(&["check", file.to_str().unwrap()]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty());
    for word in ["my.toml:2:10", "my.toml:3:1", "did you mean `seed`?", "my.toml:4:8", "problems"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let json = run(&["check", "--json", file.to_str().unwrap()]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json[0]["problems"][0]["line"], 2);
}

#[test]
fn completions_and_the_manual_name_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = stdout(&run(&["completions", shell]));
        assert!(text.contains("phonemes") && text.contains("chant"), "{shell}");
    }
    let manual = stdout(&run(&["man"]));
    assert!(manual.starts_with(".ie") || manual.starts_with(".TH"), "{}", &manual[..60]);
    assert!(manual.contains("UPROAR RENDER"));
    let folder = tempfile::tempdir().unwrap();
    assert!(run(&["man", "-O", folder.path().to_str().unwrap()]).status.success());
    assert!(names(folder.path()).contains(&"uproar-render.1".to_owned()));
}

#[test]
fn completions_offer_presets_and_places_and_still_take_files() {
    let bash = stdout(&run(&["completions", "bash"]));
    assert!(bash.contains("kamino murmur spark") && bash.contains("-o default"));
    let zsh = stdout(&run(&["completions", "zsh"]));
    assert!(zsh.contains("presets:preset:(kamino") && zsh.contains("files:file:_files"));
    let fish = stdout(&run(&["completions", "fish"]));
    assert!(fish.contains("-a \"kamino murmur"));
    for text in [&bash, &zsh, &fish] {
        assert!(text.contains("roof"), "places of the presets");
    }
    let help = stdout(&run(&["chant", "--help"]));
    assert!(!help.contains("--phrase"), "the words are the phrase");
    fails_with(&["chant", "GO", "--phrase", "NO"], 2, &["the words stand twice"]);
}

#[test]
fn a_phrase_that_cannot_be_said_is_told_once() {
    let output = run(&["chant", "漢字 GO", "-o", "never.wav"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said.matches("cannot be read").count(), 1, "{said}");
    assert!(said.contains("chant 漢字 GO: phrase: "), "{said}");
}

#[test]
fn claps_are_heard_or_refused_but_never_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = path_in(&folder, "clap.wav");
    succeeds(&["say", "[clap] [clap]", "-o", &file]);
    let reader = hound::WavReader::open(&file).unwrap();
    assert!((0.5..1.0).contains(&(f64::from(reader.duration()) / 48_000.0)), "two claps half a second apart");
    fails_with(&["say", "go [clap]", "-o", &file], 2, &["need a beat", "--beat"]);
}

#[test]
fn devices_never_fail() {
    let output = run(&["devices", "--json"]);
    assert!(output.status.success());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["devices"].is_array());
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_success() {
    for arguments in [&["presets", "show", "chant"][..], &["man"], &["completions", "bash"], &["--help"]] {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("uproar"));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.args(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_render_is_a_valid_file_of_the_length_rate_and_format_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for (bits, rate) in [("16", 44_100), ("24", 48_000), ("32f", 96_000)] {
        let file = path_in(&folder, &format!("{bits}.wav"));
        let hz = rate.to_string();
        succeeds(&["render", &tiny(), "-o", &file, "--bits", bits, "--rate", &hz, "--seconds", "1"]);
        let reader = hound::WavReader::open(&file).unwrap();
        assert_eq!(reader.spec().sample_rate, rate);
        assert_eq!(reader.spec().channels, 2);
        assert_eq!(reader.spec().bits_per_sample, bits.trim_end_matches('f').parse::<u16>().unwrap());
        assert_eq!(reader.duration(), rate);
    }
    assert_eq!(names(folder.path()), ["16.wav", "24.wav", "32f.wav"]);
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_any_number_of_threads_and_another_seed_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let render = |name: &str, more: &[&str]| {
        let file = path_in(&folder, name);
        let tiny = tiny();
        let arguments = [&["render", &tiny, "-o", &file, "--no-cache", "-q"], more].concat();
        succeeds(&arguments);
        fs::read(file).unwrap()
    };
    let one = render("one.wav", &["--threads", "1"]);
    assert!(one == render("two.wav", &["--threads", "2"]), "threads change the sound");
    assert!(one != render("other.wav", &["--seed", "4"]), "the seed changes nothing");
}

#[test]
fn a_stream_holds_the_same_as_a_file_and_says_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = path_in(&folder, "tiny.wav");
    succeeds(&["render", &tiny(), "-o", &file]);
    let streamed = succeeds(&["render", &tiny(), "-o", "-", "-q"]);
    assert!(streamed.stderr.is_empty());
    // What is known only at the end (loudness, digest) cannot stand in front of a stream.
    let whole = fs::read(file).unwrap();
    let data = |bytes: &[u8]| bytes.windows(4).rposition(|w| w == b"data").unwrap();
    assert_eq!(data(&streamed.stdout), data(&whole));
    assert!(streamed.stdout[data(&whole)..] == whole[data(&whole)..]);
}

#[cfg(unix)]
#[test]
fn a_stream_that_nobody_reads_ends_well() {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("uproar"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.args(["render", &tiny(), "-o", "-"]).stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn several_presets_go_into_a_folder_and_not_into_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = path_in(&folder, "out");
    let copy = path_in(&folder, "copy.toml");
    fs::copy(tiny(), &copy).unwrap();
    succeeds(&["render", &tiny(), &copy, "-O", &out, "--seconds", "0.2"]);
    assert_eq!(names(Path::new(&out)), ["copy.wav", "tiny.wav"]);
    fails_with(&["render", &tiny(), &copy, "-o", &copy], 2, &["several presets", "-O DIR"]);
    fails_with(&["render", &tiny(), &tiny(), "-O", &out], 2, &["both be written"]);
}

#[test]
fn what_cannot_be_written_is_told_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().to_str().unwrap();
    fails_with(&["render", &tiny(), "-o", here], 1, &["error: cannot write", "it is a folder"]);
    let nowhere = path_in(&folder, "none/x.wav");
    fails_with(&["render", &tiny(), "-o", &nowhere], 1, &["does not exist", "mkdir -p"]);
    if Path::new("/dev/full").exists() {
        fails_with(
            &["render", &tiny(), "-o", "/dev/full"],
            1,
            &["writing /dev/full failed: no space left on device"],
        );
    }
    let file = path_in(&folder, "x.wav");
    let taken = path_in(&folder, "taken");
    fs::write(&taken, "").unwrap();
    fails_with(&["render", &tiny(), "-O", &taken], 1, &["taken: it is a file, not a folder"]);
    let inside = format!("{taken}/x.wav");
    fails_with(&["render", &tiny(), "-o", &inside], 1, &["taken: it is a file, not a folder"]);
    fs::remove_file(&taken).unwrap();
    fails_with(
        &["render", &tiny(), "-o", "x.mp3"],
        2,
        &["`.mp3` files are not made here", ".wav, .flac or .ogg"],
    );
    fails_with(&["render", &tiny(), "-o", &file, "--report", &nowhere], 1, &["does not exist"]);
    // Something wrong that shows only after the file was begun.
    fails_with(
        &["render", &tiny(), "-o", &file, "--from", "nowhere"],
        2,
        &["no beat called `nowhere`", "first, second"],
    );
    fails_with(&["render", &tiny(), "-o", &file, "--from", "secnd"], 2, &["did you mean `second`?"]);
    fails_with(&["render", &tiny(), "-o", &file, "--from", "2", "--to", "1"], 2, &["--to (1.0 s)"]);
    fails_with(&["render", &tiny(), "-o", &file, "--from", "99"], 2, &["after the end of the scene"]);
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
}

#[test]
fn options_that_change_the_preset_are_checked_like_it() {
    let render = |more: &[&str], words: &[&str]| {
        let tiny = tiny();
        fails_with(&[&["render", &tiny, "-o", "never.wav"], more].concat(), 2, words);
        assert!(!Path::new("never.wav").exists());
    };
    render(&["--people", "0"], &["--people 0: crowd.people: 0 is too small", "allowed: 1 to"]);
    render(&["--people", "10000000000"], &["is too large"]);
    render(&["--people", "many"], &["expected a whole number"]);
    render(&["--seed", "-1"], &["--seed -1: seed: -1 is too small"]);
    render(&["--place", "bakc"], &["there is no place called `bakc`", "did you mean `back`?"]);
    render(&["--phrase", "?!"], &["--phrase ?!: phrase: there is nothing to say"]);
    render(&["--set", "crowd.peopel=3"], &["unknown key `peopel`", "did you mean `people`?"]);
    render(&["--set", "place.bcak.at=[0,0,0]"], &["no entry is named `bcak`", "did you mean `back`?"]);
    render(&["--set", "beat[7].seconds=1"], &["there is no entry 7", "[0] to [1]"]);
    render(&["--set", "beat.first.intensity=2"], &["is too large", "0 to 1"]);
    render(&["--set", "version=2"], &["`version` belongs to the file"]);
    let failed = run(&["render", &tiny(), "-o", "never.wav", "--place", "bakc"]);
    assert_eq!(stderr(&failed).matches("bakc`").count(), 1, "said once, not once a beat");
}

#[test]
fn a_report_tells_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let report = path_in(&folder, "report.json");
    let file = path_in(&folder, "x.wav");
    succeeds(&["render", &tiny(), "-o", &file, "--report", &report]);
    let json: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert_eq!(json["seed"], 3);
    assert_eq!(json["beats"].as_array().unwrap().len(), 2);
    assert!(json["moments"].as_array().unwrap().len() >= 25);
    for key in ["integrated_lufs", "true_peak_dbtp", "render_s"] {
        assert!(json[key].is_number(), "{key}");
    }
    for key in ["intensity", "murmuring", "chanting", "roaring", "silent"] {
        assert!(json["moments"][5][key].is_number(), "{key}");
    }
    for moment in json["moments"].as_array().unwrap() {
        let chanting = moment["tempo_bpm"].as_f64().unwrap() > 0.0;
        assert!(chanting || moment["spread_ms"].is_null(), "a spread without a chant: {moment}");
    }
}

#[test]
fn a_part_of_a_scene_is_that_part() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, more: &[&str]| {
        let file = path_in(&folder, name);
        let tiny = tiny();
        succeeds(&[&["render", &tiny, "-o", &file, "--bits", "32f"], more].concat());
        hound::WavReader::open(file).unwrap().into_samples::<f32>().map(Result::unwrap).collect::<Vec<f32>>()
    };
    let whole = read("whole.wav", &[]);
    let part = read("part.wav", &["--from", "second", "--seconds", "0.5"]);
    let (from, fade) = (2 * 72_000, 2 * 144);
    assert_eq!(part.len(), 2 * 24_000);
    let inside = fade..part.len() - fade;
    assert!(part[inside.clone()] == whole[from + inside.start..from + inside.end], "other samples");
    assert_eq!(part[0], 0.0, "the cut is faded");
}

#[test]
fn playing_to_nobody_needs_no_sound_card() {
    let played = succeeds(&["play", &tiny(), "--device", "null", "--seconds", "0.3"]);
    assert!(stderr(&played).contains("played 0.3 s"), "{}", stderr(&played));
    let devices = succeeds(&["devices", "--json"]).stdout;
    let devices: serde_json::Value = serde_json::from_slice(&devices).unwrap();
    if devices["devices"].as_array().unwrap().is_empty() {
        fails_with(
            &["play", &tiny()],
            1,
            &["error: no sound card was found: write a file with `uproar chant WORDS -o FILE.wav`"],
        );
        fails_with(&["chant", "GO!"], 1, &["no sound card", "-o FILE.wav"]);
    }
}

#[test]
fn a_chant_is_as_long_as_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = path_in(&folder, "chant.wav");
    succeeds(&["chant", "WIN!", "--people", "5", "--seconds", "2", "-o", &file, "--rate", "22050"]);
    assert_eq!(hound::WavReader::open(&file).unwrap().duration(), 2 * 22_050);
    fails_with(&["chant", "WIN!", "--phrase", "LOSE!", "-o", &file], 2, &["stand twice"]);
    fails_with(&["chant", "   ", "-o", &file], 1, &["the text is empty"]);
}

#[test]
fn one_voice_speaks_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = path_in(&folder, "one.wav");
    for person in ["woman", "man", "girl", "boy", "random"] {
        let said = succeeds(&[
            "say", "beat him", "--person", person, "--f0", "320", "--effort", "0.9", "--beat", "0.4",
            "--seed", "7", "-o", &file, "--force",
        ]);
        assert!(stderr(&said).contains("320 Hz"), "{}", stderr(&said));
        let reader = hound::WavReader::open(&file).unwrap();
        let seconds = f64::from(reader.duration()) / f64::from(reader.spec().sample_rate);
        assert!((0.5..3.0).contains(&seconds), "{person}: {seconds} s");
    }
    fails_with(&["say", "beat him", "--f0", "9000", "-o", &file], 2, &["60 to 700 Hz"]);
    fails_with(&["say", "go [sneeze]", "-o", &file], 1, &["unknown mark \"sneeze\"", "^^^", "hint:"]);
}

#[test]
fn phonemes_can_be_typed_back_in() {
    let shown = stdout(&succeeds(&["phonemes", "Let's go!"]));
    let notation = shown.lines().next().unwrap();
    assert!(notation.starts_with('{') && shown.contains("beats"), "{shown}");
    let again = stdout(&succeeds(&["phonemes", notation]));
    assert_eq!(again.lines().next().unwrap(), notation);
    let json: serde_json::Value =
        serde_json::from_slice(&succeeds(&["phonemes", "--json", "go"]).stdout).unwrap();
    assert_eq!(json["words"][0]["word"], "go");
    fails_with(&["phonemes", &"win ".repeat(10_000)], 1, &["limit"]);
}

#[cfg(unix)]
mod interrupted {
    use super::*;

    /// Starts a long render, waits until sound is being written, and interrupts it.
    fn interrupt(signal: &str, more: &[&str]) -> (tempfile::TempDir, std::process::ExitStatus, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = path_in(&folder, "x.wav");
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("uproar"));
        command.args(["render", &tiny(), "-o", &file, "--set", "beat.first.seconds=3600"]).args(more);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let writing = || {
            let mut entries = fs::read_dir(folder.path()).unwrap();
            entries.any(|entry| entry.unwrap().metadata().is_ok_and(|m| m.len() > 500_000))
        };
        while !writing() {
            assert!(child.try_wait().unwrap().is_none(), "ended before it was interrupted");
            std::thread::yield_now();
        }
        // Through the shell: a bare machine has no program called kill.
        let kill = format!("kill {signal} {}", child.id());
        let killed = std::process::Command::new("sh").args(["-c", &kill]).status();
        assert!(killed.unwrap().success());
        let output = child.wait_with_output().unwrap();
        (folder, output.status, String::from_utf8(output.stderr).unwrap())
    }

    #[test]
    fn leaves_nothing() {
        for signal in ["-INT", "-TERM"] {
            let (folder, status, said) = interrupt(signal, &[]);
            assert_eq!(status.code(), Some(130), "{said}");
            assert!(said.contains("nothing was written"), "{said}");
            assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
        }
    }

    #[test]
    fn leaves_a_valid_shorter_file_and_its_report_when_asked_to() {
        let other = tempfile::tempdir().unwrap();
        let report = path_in(&other, "x.json");
        let (folder, status, said) = interrupt("-INT", &["--keep-partial", "--report", &report]);
        assert_eq!(status.code(), Some(130), "{said}");
        let json: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
        assert!(json["span_s"][1].as_f64().unwrap() > 0.5);
        assert_eq!(names(folder.path()), ["x.wav"]);
        let reader = hound::WavReader::open(folder.path().join("x.wav")).unwrap();
        assert!(reader.duration() > 50_000);
        assert_eq!(reader.into_samples::<i32>().filter(Result::is_err).count(), 0);
    }

    #[test]
    fn leaves_nothing_under_the_final_name_even_when_killed() {
        let (folder, status, _) = interrupt("-KILL", &[]);
        assert_eq!(status.code(), None);
        assert!(!folder.path().join("x.wav").exists());
    }
}

#[test]
fn presets_name_files_elsewhere_only_where_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let (own, common) = (folder.path().join("own"), folder.path().join("common"));
    std::fs::create_dir_all(&own).unwrap();
    std::fs::create_dir_all(&common).unwrap();
    std::fs::write(common.join("curve.csv"), "0,0.2\n1,1\n").unwrap();
    std::fs::write(common.join("own.dict"), "KYOUKA  K Y OW1 K AH0\n").unwrap();
    let tiny = std::fs::read_to_string(tiny()).unwrap();
    let named = tiny.replace(
        "version = 1",
        "version = 1\nintensity = \"../common/curve.csv\"\ndictionary = \"own.dict\"",
    );
    let preset = own.join("a.toml").to_str().unwrap().to_owned();
    std::fs::write(&preset, named).unwrap();
    fails_with(
        &["render", &preset, "-o", &path_in(&folder, "x.wav")],
        1,
        &["leads out", "a.toml:3:13", "--allow-files"],
    );
    let common = common.to_str().unwrap();
    let checked = run(&["check", &preset, "--allow-files", common]);
    assert_eq!(stdout(&checked).trim(), format!("{preset}: ok"), "{}", stderr(&checked));
    succeeds(&[
        "render",
        &preset,
        "--allow-files",
        common,
        "--seconds",
        "0.2",
        "-o",
        &path_in(&folder, "x.wav"),
        "-q",
    ]);
    // A preset inside the program has no folder of its own.
    let dictionary = ["render", "chant", "--set", "dictionary=own.dict", "--seconds", "0.1", "-o", "x.wav"];
    fails_with(&dictionary, 2, &["no folder of its own", "--allow-files"]);
    fails_with(
        &["check", &preset, "--allow-files", &path_in(&folder, "none")],
        2,
        &["there is no such folder"],
    );
}

#[test]
fn more_memory_than_is_allowed_is_refused_in_human_units() {
    let folder = tempfile::tempdir().unwrap();
    let out = path_in(&folder, "x.wav");
    let words = "we want more ".repeat(66);
    fails_with(
        &["chant", &words, "--max-memory", "64M", "-o", &out],
        1,
        &["needs about", "of memory, and 64 MiB are allowed", "performances of its words", "--max-memory"],
    );
    fails_with(
        &["render", &tiny(), "--people", "1000000", "--max-memory", "0.1G", "-o", &out],
        1,
        &["1000000 people"],
    );
    fails_with(&["render", &tiny(), "--max-memory", "lots", "-o", &out], 2, &["16M to 1024G"]);
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
}
