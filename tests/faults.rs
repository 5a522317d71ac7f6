//! What the world does to a render: it is killed, disks are full, folders closed, memory and handles short, caches
//! broken, threads panic. A file under its final name is always whole, and every run ends.
//!
//! `UPROAR_KILLS=200` kills so many renders instead of a few; `scripts/faults` does.
#![cfg(unix)]

mod program;

use std::{
    fs,
    io::Read,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant, SystemTime},
};

use assert_cmd::cargo::cargo_bin;
use program::{names, tiny};
use uproar::rng::{self, Domain};

/// Longer than any of these may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program with a cache of its own.
fn uproar(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("uproar"));
    command.args(arguments).env("XDG_CACHE_HOME", cache).env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The same through a shell that prepares the process.
fn prepared(cache: &Path, before: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}; exec \"$@\""), "sh"]).arg(cargo_bin!("uproar")).args(arguments);
    command.env("XDG_CACHE_HOME", cache).env("RUST_BACKTRACE", "0").env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Ends, or the test fails.
fn ends(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it hangs");
        }
        std::thread::yield_now();
    }
    child.wait_with_output().unwrap()
}

fn ran(mut command: Command) -> (Output, String) {
    let output = ends(command.spawn().unwrap());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

/// A folder with a cache beside it.
struct Room {
    _folder: tempfile::TempDir,
    out: PathBuf,
    cache: PathBuf,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (out, cache) = (folder.path().join("out"), folder.path().join("cache"));
        fs::create_dir(&out).unwrap();
        fs::create_dir(&cache).unwrap();
        Self { _folder: folder, out, cache }
    }

    fn path(&self, name: &str) -> String {
        self.out.join(name).to_str().unwrap().to_owned()
    }

    /// Renders the tiny scene and says how it went.
    fn render(&self, name: &str, more: &[&str]) -> (Output, String) {
        let (preset, path) = (tiny(), self.path(name));
        ran(uproar(&self.cache, &[&["render", &preset, "-o", &path, "-q"], more].concat()))
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.out.join(name)).unwrap()
    }

    /// The files of the cache.
    fn cached(&self) -> Vec<PathBuf> {
        let folder = self.cache.join("uproar");
        let mut found: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    }
}

fn kills() -> u64 {
    std::env::var("UPROAR_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(8)
}

#[test]
fn a_render_that_is_killed_at_any_moment_leaves_a_whole_file_or_none() {
    let room = Room::new();
    let longer = ["--set", "beat.first.seconds=15", "--force"];
    let start = Instant::now();
    assert!(room.render("whole.wav", &longer).0.status.success());
    let cold_us = start.elapsed().as_micros() as u64;
    let whole = room.bytes("whole.wav");
    fs::remove_file(room.out.join("whole.wav")).unwrap();
    let (preset, path) = (tiny(), room.path("x.wav"));
    let arguments = [&["render", &preset, "-o", &path, "-q"], &longer[..]].concat();
    let (mut found, mut left, mut late) = (0, 0, 0);
    for n in 0..kills() {
        if n % 3 == 0 {
            // The cache is written anew while it is killed.
            let _ = fs::remove_dir_all(room.cache.join("uproar"));
        }
        let _ = fs::remove_file(&path);
        let mut child = uproar(&room.cache, &arguments).spawn().unwrap();
        let wait = Duration::from_micros(rng::key(17, Domain::Test, n, 0) % (cold_us * 11 / 10));
        let start = Instant::now();
        let part = || names(&room.out).iter().any(|name| name.ends_with(".uproar.part"));
        // The first is killed as soon as it writes, the others at a random moment.
        while child.try_wait().unwrap().is_none() && if n == 0 { !part() } else { start.elapsed() < wait } {
            std::thread::sleep(Duration::from_micros(200));
        }
        late += u64::from(child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        left += names(&room.out).iter().filter(|name| name.ends_with(".uproar.part")).count();
        if Path::new(&path).exists() {
            found += 1;
            assert!(
                fs::read(&path).unwrap() == whole,
                "kill {n} after {wait:?}: a broken file under the final name"
            );
        }
        // Every fifth time somebody goes on: nothing of what was left is in the way, or stays.
        if n % 5 == 4 || n + 1 == kills() {
            let (output, said) = room.render("x.wav", &longer);
            assert!(output.status.success(), "{said}");
            assert!(room.bytes("x.wav") == whole, "the render after kill {n} is another");
            assert_eq!(names(&room.out), ["x.wav"], "leftovers stay");
        }
    }
    println!("{} killed: {found} whole files, {left} hidden leftovers, {late} had ended", kills());
    assert!(left > 0, "nobody was killed while writing");
}

/// Everything that a failed render must be: an error in words, and nothing left.
fn fails_clean(room: &Room, (output, said): &(Output, String), words: &[&str]) {
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
    let left: Vec<String> = names(&room.out).into_iter().filter(|n| n.contains("x.")).collect();
    assert!(left.is_empty(), "{left:?} is left");
}

#[test]
fn a_disk_that_is_full_or_a_file_that_may_not_grow_is_told_and_nothing_is_left() {
    let room = Room::new();
    let preset = tiny();
    for name in ["x.wav", "x.flac", "x.ogg"] {
        let path = room.path(name);
        // Like a full disk, for one process: 20 blocks of 512 or 1024 bytes.
        let arguments = ["render", &preset, "-o", &path, "-q", "--no-cache"];
        let short = prepared(&room.cache, "trap '' XFSZ; ulimit -f 20", &arguments);
        fails_clean(&room, &ran(short), &["writing", name, "nothing is left there"]);
    }
    let full = ["render", &preset, "-o", "/dev/full", "-q"];
    if Path::new("/dev/full").exists() {
        let (output, said) = ran(uproar(&room.cache, &full));
        assert!(output.status.code() == Some(1) && said.contains("no space left"), "{said}");
    }
    // A real one, where that may be made.
    let mount =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=300k", "none"]).arg(&room.out).output();
    if !mount.is_ok_and(|output| output.status.success()) {
        println!("no file system may be mounted here: the small disk is left out");
        return;
    }
    let outcome = room.render("x.wav", &["--no-cache"]);
    let stems = room.path("stems");
    let stemmed = ran(uproar(&room.cache, &["render", &preset, "--stems", &stems, "-q", "--no-cache"]));
    let left = names(&room.out);
    let freed = Command::new("umount").arg(&room.out).status();
    assert!(freed.unwrap().success());
    fails_clean(&room, &outcome, &["no space left on device", "nothing is left there"]);
    assert_eq!(stemmed.0.status.code(), Some(1), "{}", stemmed.1);
    assert!(left.iter().all(|name| name == "stems"), "{left:?}");
}

#[test]
fn a_cache_on_a_full_disk_costs_time_and_nothing_else() {
    let room = Room::new();
    assert!(room.render("reference.wav", &["--no-cache"]).0.status.success());
    let (preset, path) = (tiny(), room.path("x.wav"));
    // The sound (1.4 MB) fits, the bank (10 MB) does not.
    let short =
        prepared(&room.cache, "trap '' XFSZ; ulimit -f 6000", &["render", &preset, "-o", &path, "-q"]);
    let (output, said) = ran(short);
    assert!(output.status.success(), "{said}");
    assert!(room.bytes("x.wav") == room.bytes("reference.wav"));
    assert_eq!(room.cached(), [] as [PathBuf; 0]);
}

#[test]
fn a_folder_that_may_not_be_written_to_is_told() {
    let room = Room::new();
    let (preset, path) = (tiny(), room.path("x.wav"));
    for folder in [room.out.parent().unwrap(), &room.cache] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    }
    fs::set_permissions(&room.out, fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = uproar(&room.cache, &["render", &preset, "-o", &path, "-q"]);
    if fs::write(room.out.join("probe"), "").is_ok() {
        // Root may write anywhere: somebody else tries.
        fs::remove_file(room.out.join("probe")).unwrap();
        command.uid(65_534).gid(65_534);
    }
    match command.spawn() {
        Ok(child) => {
            let output = ends(child);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            fails_clean(&room, &(output, said), &["x.wav", "permission denied"]);
        }
        Err(error) => println!("nobody else may run the program here ({error}): left out"),
    }
    fs::set_permissions(&room.out, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn pipes_and_devices_are_written_to_and_folders_are_refused() {
    let room = Room::new();
    assert!(room.render("reference.wav", &["--bits", "16"]).0.status.success());
    fails_clean(&room, &room.render("../out", &[]), &["it is a folder"]);
    for device in ["/dev/null", "/dev/stdout"] {
        let preset = tiny();
        let mut command = uproar(&room.cache, &["render", &preset, "-o", device, "-q"]);
        // Nobody would empty a pipe meanwhile.
        command.stdout(Stdio::null());
        let (output, said) = ran(command);
        assert!(output.status.success(), "{device}: {said}");
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device(), "it was replaced by a file");
    }
    let pipe = room.path("pipe.wav");
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        println!("no named pipes here: left out");
        return;
    }
    let preset = tiny();
    let arguments = ["render", &preset, "-o", &pipe, "-q", "--bits", "16"];
    let child = uproar(&room.cache, &arguments).spawn().unwrap();
    let mut heard = Vec::new();
    fs::File::open(&pipe).unwrap().read_to_end(&mut heard).unwrap();
    assert!(ends(child).status.success());
    let sound = |bytes: &[u8]| {
        let reader = hound::WavReader::new(bytes).unwrap();
        reader.into_samples::<i32>().map(Result::unwrap).collect::<Vec<_>>()
    };
    assert!(sound(&heard) == sound(&room.bytes("reference.wav")), "the pipe holds something else");
    // A reader that goes away has heard enough.
    let child = uproar(&room.cache, &arguments).spawn().unwrap();
    let mut little = [0; 100];
    fs::File::open(&pipe).unwrap().read_exact(&mut little).unwrap();
    let output = ends(child);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_told_to() {
    let room = Room::new();
    fs::write(room.path("x.wav"), "mine").unwrap();
    fs::write(room.path("x-2.wav"), "mine too").unwrap();
    let (preset, path) = (tiny(), room.path("x.wav"));
    let words = ["chant", "GO", "--people", "5", "--seconds", "1", "-o", &path];
    let say = ["say", "go", "-o", &path];
    let takes = ["render", &preset, "-o", &path, "--takes", "2"];
    for arguments in [&words[..], &say, &takes] {
        let (output, said) = ran(uproar(&room.cache, arguments));
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("there already") && said.contains("--force"), "{said}");
    }
    assert_eq!((room.bytes("x.wav"), room.bytes("x-2.wav")), (b"mine".to_vec(), b"mine too".to_vec()));
    let (output, said) = ran(uproar(&room.cache, &[&say[..], &["--force"]].concat()));
    assert!(output.status.success(), "{said}");
    assert_eq!(&room.bytes("x.wav")[..4], b"RIFF");
    assert_eq!(names(&room.out), ["x-2.wav", "x.wav"]);
}

#[test]
fn with_few_handles_or_little_memory_a_run_ends_and_never_leaves_half_a_file() {
    let room = Room::new();
    assert!(room.render("reference.wav", &["--no-cache"]).0.status.success());
    let reference = room.bytes("reference.wav");
    let (preset, path) = (tiny(), room.path("x.wav"));
    let handles = (3..14).map(|n| format!("ulimit -n {n}"));
    let memory = [60, 100, 130, 160, 200, 300, 600].map(|mb| format!("ulimit -v {}", mb * 1000));
    let stacks = ["ulimit -v 900000; ulimit -s 100".to_owned()];
    let (mut done, mut failed) = (0, 0);
    for limit in handles.chain(memory).chain(stacks) {
        let _ = fs::remove_file(&path);
        let arguments = ["render", &preset, "-o", &path, "-q", "--no-cache", "--threads", "4"];
        let (output, said) = ran(prepared(&room.cache, &limit, &arguments));
        if output.status.success() {
            done += 1;
            assert!(room.bytes("x.wav") == reference, "{limit}: another sound");
        } else {
            failed += 1;
            assert!(!Path::new(&path).exists(), "{limit}: half a file. {said}");
            // Not found out by us: the loader (127), or memory that ran out in the middle (a signal).
            let told =
                said.contains("error") || said.contains("memory allocation") || said.contains("panicked");
            assert!(told, "{limit}: {:?} without a word: {said}", output.status);
        }
    }
    println!("{done} runs were done, {failed} failed and said so");
    assert!(done > 3 && failed > 3, "{done} {failed}");
    assert!(room.render("x.wav", &["--force"]).0.status.success());
    assert_eq!(names(&room.out), ["reference.wav", "x.wav"]);
}

#[test]
#[cfg(debug_assertions)]
fn a_thread_that_panics_ends_in_an_error_and_leaves_nothing() {
    let room = Room::new();
    let (preset, path) = (tiny(), room.path("x.wav"));
    for place in ["voices", "engine", "listener", "start"] {
        let arguments = ["render", &preset, "-o", &path, "--no-cache", "--threads", "2"];
        let mut command = uproar(&room.cache, &arguments);
        command.env("UPROAR_TEST_PANIC", place);
        let (output, said) = ran(command);
        assert_eq!(output.status.code(), Some(1), "{place}: {said}");
        assert!(said.contains("error: ") && said.contains("a fault that was asked for"), "{place}: {said}");
        assert_eq!(names(&room.out), [] as [&str; 0], "{place}");
    }
    // On the way to the ears: the show ends, what was recorded until then is kept.
    let take = room.path("take.wav");
    let arguments = ["play", &preset, "--device", "null", "--no-tui", "--record", &take];
    let mut command = uproar(&room.cache, &arguments);
    command.env("UPROAR_TEST_PANIC", "show");
    let (output, said) = ran(command);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("a fault that was asked for"), "{said}");
    assert!(hound::WavReader::open(&take).unwrap().duration() > 10_000);
    // In a row of a batch: the others are made.
    let other = room.path("other.toml");
    fs::copy(&preset, &other).unwrap();
    let arguments = ["batch", &preset, &other, "-O", &room.path("all"), "--jobs", "2"];
    let mut command = uproar(&room.cache, &arguments);
    command.env("UPROAR_TEST_PANIC", "other.wav");
    let (output, said) = ran(command);
    assert!(!output.status.success() && said.contains("a fault that was asked for"), "{said}");
    let made: Vec<_> =
        names(Path::new(&room.path("all"))).into_iter().filter(|n| n.ends_with(".wav")).collect();
    assert_eq!(made, ["tiny.wav"], "{said}");
}

#[test]
fn a_bank_in_the_cache_that_is_broken_in_any_way_is_made_anew() {
    let room = Room::new();
    assert!(room.render("reference.wav", &[]).0.status.success());
    let reference = room.bytes("reference.wav");
    let bank = room.cached().pop().unwrap();
    let good = fs::read(&bank).unwrap();
    let flip = |at: usize, bit: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << bit;
        bytes
    };
    let last = good.len() - 1;
    let middle = (rng::key(5, Domain::Test, 0, 0) % good.len() as u64) as usize;
    let mut version = good.clone();
    version[8] += 1;
    let broken = [
        ("a bit of the header", flip(20, 3)),
        ("a bit of the length", flip(50, 0)),
        ("a bit of the table", flip(130, 7)),
        ("a bit of the samples", flip(middle, 4)),
        ("the last bit", flip(last, 0)),
        ("cut in the middle", good[..good.len() / 2].to_vec()),
        ("cut by one byte", good[..last].to_vec()),
        ("nothing at all", Vec::new()),
        ("too long", [&good[..], &[0]].concat()),
        ("another version", version),
        ("not a bank", b"RIFF is something else".to_vec()),
    ];
    for (what, bytes) in broken {
        fs::write(&bank, bytes).unwrap();
        let (output, said) = room.render("x.wav", &["--force"]);
        assert!(output.status.success(), "{what}: {said}");
        assert!(room.bytes("x.wav") == reference, "{what}: another sound");
        assert!(fs::read(&bank).unwrap() == good, "{what}: not made anew");
    }
    // A folder in its place, and clocks that jump.
    for past in [SystemTime::UNIX_EPOCH, SystemTime::now() + Duration::from_secs(1 << 31)] {
        fs::File::options().write(true).open(&bank).unwrap().set_modified(past).unwrap();
        assert!(room.render("x.wav", &["--force"]).0.status.success());
        assert!(room.bytes("x.wav") == reference);
    }
    fs::remove_file(&bank).unwrap();
    fs::create_dir(&bank).unwrap();
    assert!(room.render("x.wav", &["--force"]).0.status.success());
    assert!(room.bytes("x.wav") == reference);
}

#[test]
fn two_who_fill_an_empty_cache_at_once_both_get_it_right() {
    let room = Room::new();
    assert!(room.render("reference.wav", &["--no-cache"]).0.status.success());
    let reference = room.bytes("reference.wav");
    for round in 0..3 {
        let _ = fs::remove_dir_all(room.cache.join("uproar"));
        let preset = tiny();
        let paths = [0, 1, 2].map(|n| room.path(&format!("x-{round}-{n}.wav")));
        let children: Vec<Child> = paths
            .iter()
            .map(|path| uproar(&room.cache, &["render", &preset, "-o", path, "-q"]).spawn().unwrap())
            .collect();
        for (child, path) in children.into_iter().zip(&paths) {
            let output = ends(child);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert!(fs::read(path).unwrap() == reference, "{path}");
        }
        let cached = room.cached();
        assert!(cached.len() == 1 && cached[0].extension().is_some_and(|e| e == "grains"), "{cached:?}");
    }
}

#[test]
fn nothing_but_the_age_of_caches_asks_for_the_time_of_day() {
    fn look(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if fs::read_to_string(&path).is_ok_and(|text| text.contains("SystemTime::now")) {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    // What lasts is measured by clocks that only go forward.
    assert_eq!(found, ["cache.rs", "cache_tests.rs"]);
}
