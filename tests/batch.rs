//! `uproar batch`: every row a file, nothing done twice, nothing lost.

mod program;

use std::{fs, path::Path, time::SystemTime};

use program::{fails_with, names, path_in, run, stderr, stdout, succeeds, tiny};

fn table(folder: &tempfile::TempDir, text: &str) -> String {
    let path = path_in(folder, "t.csv");
    fs::write(&path, text.replace("TINY", &tiny())).unwrap();
    path
}

fn wavs(folder: &str) -> Vec<String> {
    names(Path::new(folder)).into_iter().filter(|n| !n.starts_with('.')).collect()
}

fn changed(folder: &str, file: &str) -> SystemTime {
    Path::new(folder).join(file).metadata().unwrap().modified().unwrap()
}

#[test]
fn rows_become_files_like_those_of_render_and_are_not_made_twice() {
    let folder = tempfile::tempdir().unwrap();
    let out = path_in(&folder, "out");
    let rows = "preset,phrase,seed,seconds,crowd.claps\nTINY,\"GO, GO!\",1,0.5,0\nTINY,,2,0.4,\n";
    let csv = table(&folder, rows);
    let summary = path_in(&folder, "s.json");
    let first = succeeds(&["batch", &csv, "-O", &out, "--summary", &summary]);
    assert_eq!(wavs(&out), ["tiny-GO-2-0.4.wav", "tiny-GO-GO-1-0.5-0.wav"], "{}", stdout(&first));
    assert!(stdout(&first).contains("2 rows: 2 done"), "{}", stdout(&first));
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&summary).unwrap()).unwrap();
    assert_eq!(json["rows"][0]["phrase"], "GO, GO!");
    assert_eq!(json["rows"][1]["outcome"], "done");
    assert_eq!(json["rows"][1]["line"], 3);
    // The same as `render` makes.
    let alone = path_in(&folder, "alone.wav");
    succeeds(&["render", &tiny(), "--seed", "2", "--seconds", "0.4", "-o", &alone]);
    let batched = Path::new(&out).join("tiny-GO-2-0.4.wav");
    assert_eq!(hound::WavReader::open(&batched).unwrap().duration(), 19_200);
    assert!(fs::read(&alone).unwrap() == fs::read(batched).unwrap(), "other samples");

    let before = wavs(&out).iter().map(|file| changed(&out, file)).collect::<Vec<_>>();
    let again = succeeds(&["batch", &csv, "-O", &out]);
    assert!(stdout(&again).contains("2 rows: 2 unchanged"), "{}", stdout(&again));
    assert_eq!(before, wavs(&out).iter().map(|file| changed(&out, file)).collect::<Vec<_>>());

    // Other settings and a lost file do.
    let named = ["batch", &csv, "-O", &out, "--name", "{seed}"];
    succeeds(&named);
    table(&folder, &rows.replace("0.5,0", "0.5,1"));
    let changed = succeeds(&named);
    assert!(stdout(&changed).contains("2 rows: 1 done, 1 unchanged"), "{}", stdout(&changed));
    fs::remove_file(Path::new(&out).join("2.wav")).unwrap();
    let lost = succeeds(&named);
    assert!(stdout(&lost).contains("2 rows: 1 done, 1 unchanged"), "{}", stdout(&lost));
    let again = succeeds(&[&named[..], &["--again"]].concat());
    assert!(stdout(&again).contains("2 rows: 2 done"), "{}", stdout(&again));
}

#[test]
fn a_bad_row_is_told_at_its_place_and_does_not_stop_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let out = path_in(&folder, "out");
    let csv = table(
        &folder,
        "preset,seed,seconds,name\nTINY,1,0.2,good\nchnat,2,0.2,a\nTINY,-1,0.2,b\nTINY,4,0.2\nTINY,5,never,c\n,6,0.2,d\nTINY,7,0.2,fine\n",
    );
    let output = run(&["batch", &csv, "-O", &out, "--summary", "-"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(wavs(&out), ["fine.wav", "good.wav"]);
    for words in [
        "t.csv:3: there is no preset called `chnat`",
        "did you mean `chant`?",
        "t.csv:4:",
        "seed: -1 is too small",
        "t.csv:5:",
        "3 cells under 4 columns",
        "t.csv:6:",
        "seconds never: allowed",
        "t.csv:7:1: the row names no preset",
        "5 rows failed",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["done"].as_u64(), json["failed"].as_u64()), (Some(2), Some(5)));
    assert!(json["rows"][1]["error"].as_str().unwrap().contains("chnat"));
}

#[test]
fn what_is_wrong_with_the_whole_is_told_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let out = path_in(&folder, "out");
    let cases = [
        ("preset,sead\nTINY,1\n", 1, "t.csv:1:8: there is no column `sead`"),
        ("preset,seed,seed\nTINY,1,2\n", 1, "t.csv:1:13: the column `seed` stands twice"),
        ("preset,,seed\nTINY,1,2\n", 1, "t.csv:1:8: a column without a name"),
        ("", 1, "the table is empty"),
        ("preset,seed\n", 1, "has no row"),
    ];
    for (text, code, words) in cases {
        let csv = table(&folder, text);
        fails_with(&["batch", &csv, "-O", &out], code, &[words]);
        assert!(!Path::new(&out).exists(), "{words}");
    }
    let csv = table(&folder, "preset,seed,name\nTINY,1,a\nTINY,2,A\n");
    fails_with(&["batch", &csv, "-O", &out], 2, &["line 2 and line 3 would both be A.wav", "{row}"]);
    let csv = table(&folder, "preset,seed\nTINY,1\n");
    fails_with(&["batch", &csv, "-O", &out, "--name", "{sed}"], 2, &["nothing is called `{sed}`", "{seed}"]);
    fails_with(&["batch", &csv, "chant", "-O", &out], 2, &["one table at a time"]);
    fails_with(&["batch", &csv, "-O", &out, "--report", "x.json"], 2, &["--summary"]);
    fails_with(&["batch", &path_in(&folder, "none.csv"), "-O", &out], 1, &["none.csv: no such file"]);
    assert!(!Path::new(&out).exists());
}

#[test]
fn presets_may_be_named_without_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let out = path_in(&folder, "out");
    let copy = path_in(&folder, "copy.toml");
    fs::copy(tiny(), &copy).unwrap();
    succeeds(&["batch", &tiny(), &copy, "-O", &out, "--seconds", "0.2", "--jobs", "2"]);
    assert_eq!(wavs(&out), ["copy.wav", "tiny.wav"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_whole_files_and_the_same_command_goes_on() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let out = path_in(&folder, "out");
    let rows: String = (1..40).map(|seed| format!("TINY,{seed}\n")).collect();
    let csv = table(&folder, &format!("preset,seed\n{rows}"));
    let child = Command::new(assert_cmd::cargo::cargo_bin!("uproar"))
        .args(["batch", &csv, "-O", &out, "--no-cache", "--jobs", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Until the first file is there.
    while !Path::new(&out).is_dir() || wavs(&out).is_empty() {
        std::thread::yield_now();
    }
    // Through the shell: a bare machine has no program called kill.
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("goes on from there"), "{said}");
    let whole = wavs(&out);
    assert!(!whole.is_empty() && whole.len() < 39, "{}", whole.len());
    for file in &whole {
        assert_eq!(hound::WavReader::open(Path::new(&out).join(file)).unwrap().duration(), 48_000 * 5);
    }
    assert!(!names(Path::new(&out)).iter().any(|n| n.ends_with(".part")));
}

#[test]
fn a_table_names_presets_beside_itself_or_where_the_command_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (tables, others) = (folder.path().join("tables"), folder.path().join("others"));
    for folder in [&tables, &others] {
        fs::create_dir_all(folder).unwrap();
        fs::copy(tiny(), folder.join("p.toml")).unwrap();
    }
    let (table, out) = (tables.join("t.csv"), path_in(&folder, "out"));
    let other = others.join("p.toml").to_str().unwrap().to_owned();
    fs::write(&table, format!("preset,name,seconds\np.toml,a,0.1\n../others/p.toml,b,0.1\n{other},c,0.1\n"))
        .unwrap();
    let table = table.to_str().unwrap();
    let refused = run(&["batch", table, "-O", &out, "-q"]);
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    for place in ["t.csv:3:1", "t.csv:4:1"] {
        assert!(said.contains(place) && said.contains("--allow-files"), "{said}");
    }
    let wavs =
        || names(Path::new(&out)).into_iter().filter(|name| name.ends_with(".wav")).collect::<Vec<_>>();
    assert_eq!(wavs(), ["a.wav"]);
    succeeds(&["batch", table, "-O", &out, "-q", "--allow-files", others.to_str().unwrap()]);
    assert_eq!(wavs(), ["a.wav", "b.wav", "c.wav"]);
}

#[test]
fn rows_that_need_more_memory_than_is_allowed_are_told_and_the_others_rendered() {
    let folder = tempfile::tempdir().unwrap();
    let (table, out) = (path_in(&folder, "t.csv"), path_in(&folder, "out"));
    fs::write(
        &table,
        format!("preset,name,people,seconds\n{0},a,6,0.1\n{0},b,900000,0.1\n{0},c,7,0.1\n", tiny()),
    )
    .unwrap();
    let done = run(&["batch", &table, "-O", &out, "-q", "--max-memory", "64M"]);
    let said = stderr(&done);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(
        said.contains("line 3, b.wav: the scene needs about") && said.contains("900000 people"),
        "{said}"
    );
    assert!(["a.wav", "c.wav"].iter().all(|name| Path::new(&out).join(name).is_file()));
}
