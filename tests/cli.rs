//! The program as its users meet it: exit codes, messages, files and pipes.

use std::{
    fs,
    path::Path,
    process::{Output, Stdio},
};

use assert_cmd::{Command, cargo::cargo_bin_cmd};

/// The program, cut off from this machine's sound card, colours and cache.
fn uproar(arguments: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("uproar");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.args(arguments).env("NO_COLOR", "1").env("XDG_CACHE_HOME", cache).env_remove("UPROAR_LOG");
    command
}

fn run(arguments: &[&str]) -> Output {
    uproar(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn fails_with(arguments: &[&str], code: i32, words: &[&str]) {
    let output = run(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?} does not say {word:?}:\n{said}");
    }
    assert!(output.stdout.is_empty(), "{arguments:?} printed on the standard output: {}", stdout(&output));
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

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
    fs::write(&file, "version = 1\nphrase = 7\nsede = 3\nseed = -1\n").unwrap();
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
