//! A show as it is led from outside: lines on the standard input, OSC on the loopback, what is written down, and that
//! it can be given again to the bit.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::UdpSocket,
    path::Path,
    process::{Child, ChildStdin, Command, Output, Stdio},
};

use assert_cmd::cargo::cargo_bin;

fn uproar(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("uproar"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.args(arguments).env("NO_COLOR", "1").env("XDG_CACHE_HOME", cache);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn tiny() -> String {
    format!("{}/tests/data/tiny.toml", env!("CARGO_MANIFEST_DIR"))
}

/// Plays with these lines typed; returns what was said.
fn led(arguments: &[&str], lines: &str) -> Output {
    let mut child = uproar(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A show that is over reads no more.
    let _ = stdin.write_all(lines.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn samples(path: &Path) -> Vec<u32> {
    hound::WavReader::open(path).unwrap().samples::<f32>().map(|x| x.unwrap().to_bits()).collect()
}

#[test]
fn what_was_played_is_rendered_again_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (take, heard, again) = (file("take.json"), file("heard.wav"), file("again.wav"));
    let preset = tiny();
    let lines = "hold on\nintensity 0.9\n# a remark\n\nphrase GO ON\nchant\nplace back 0.2\nhush\nnonsense\n\
                 unison\npeople 5\nspread 2\nroar\nmute\nmute\nhold off\nscene\nstate\n";
    let arguments = ["play", &preset, "--device", "null", "--no-tui", "--record", &heard];
    let more = ["--log-performance", &take, "--bits", "32f", "--set", "crowd.people=7", "--seed", "5"];
    let output = led(&[&arguments[..], &more].concat(), lines);
    let (out, err) = said(&output);
    assert!(output.status.success(), "{err}");
    assert!(err.contains("`nonsense` is not something to do"), "{err}");
    assert!(out.starts_with("at ") && out.lines().count() == 1, "only what was asked for is a result: {out}");

    let output = led(&["render", &preset, "--performance", &take, "--bits", "32f", "-o", &again], "");
    assert!(output.status.success(), "{}", said(&output).1);
    let (heard, again) = (samples(Path::new(&heard)), samples(Path::new(&again)));
    assert!(heard.len() > 2 * 48_000, "{} samples", heard.len());
    assert_eq!(heard.len(), again.len());
    assert!(heard.iter().any(|x| *x != 0));
    assert_eq!(heard.iter().zip(&again).position(|(a, b)| a != b), None);

    // Another crowd may give the same performance, with a remark.
    let output =
        led(&["render", "murmur", "--performance", &take, "--people", "30", "-o", &file("x.wav")], "");
    assert!(output.status.success() && said(&output).1.contains("the sound will be another"), "{output:?}");
}

#[test]
fn a_show_goes_on_without_anybody_at_the_keys_and_ends_by_itself() {
    let preset = tiny();
    let output = led(&["play", &preset, "--device", "null-free", "--no-tui"], "");
    assert!(output.status.success());
    assert!(said(&output).1.contains("played 5.0 s"), "{}", said(&output).1);
}

#[test]
fn quitting_fades_out_and_is_a_success() {
    let preset = tiny();
    let output = led(&["play", &preset, "--device", "null", "--no-tui"], "hold\nquit 0.2\n");
    assert!(output.status.success());
    let err = said(&output).1;
    let played: f64 = err.split("played ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(played < 2.0, "{err}");
}

#[test]
fn broken_performances_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (take, wav) = (folder.path().join("take.json"), folder.path().join("x.wav"));
    let preset = tiny();
    for (text, words) in
        [("", "line 1"), ("{\"version\": 1}", "missing field"), ("[1, 2", "line 1"), ("\u{0}\u{1}", "line 1")]
    {
        fs::write(&take, text).unwrap();
        let arguments =
            ["render", &preset, "--performance", take.to_str().unwrap(), "-o", wav.to_str().unwrap()];
        let output = led(&arguments, "");
        let err = said(&output).1;
        assert_eq!(output.status.code(), Some(1), "{text:?}: {err}");
        assert!(err.contains(words) && err.starts_with("error:"), "{text:?}: {err}");
        assert!(!wav.exists());
    }
}

#[test]
fn a_followed_file_drives_the_crowd_the_same_live_and_offline() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 22_050,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    // Two seconds of silence, then two of a loud tone.
    let mut writer = hound::WavWriter::create(file("scene.wav"), spec).unwrap();
    for k in 0..4 * 22_050 {
        let loud = k > 2 * 22_050;
        writer
            .write_sample(if !loud {
                0
            } else if k % 100 < 50 {
                16_000i16
            } else {
                -16_000
            })
            .unwrap();
    }
    writer.finalize().unwrap();
    let preset = tiny();
    let follow = [
        "--follow",
        &file("scene.wav"),
        "--bits",
        "32f",
        "--set",
        "beat.second.doing=\"chant\"",
        "--set",
        "beat.second.seconds=4",
    ];
    let (live, offline) = (file("live.wav"), file("offline.wav"));
    let play = ["play", &preset, "--device", "null-free", "--no-tui", "--record", &live, "--seconds", "4"];
    let output = led(&[&play[..], &follow].concat(), "");
    assert!(output.status.success(), "{}", said(&output).1);
    let render = ["render", &preset, "-o", &offline, "--seconds", "4"];
    let output = led(&[&render[..], &follow].concat(), "");
    assert!(output.status.success(), "{}", said(&output).1);
    let (live, offline) = (samples(Path::new(&live)), samples(Path::new(&offline)));
    assert_eq!(offline.len(), 2 * 4 * 48_000);
    assert_eq!(live.len(), offline.len());
    assert_eq!(live.iter().zip(&offline).position(|(a, b)| a != b), None);
    let power = |part: &[u32]| part.iter().map(|x| f64::from(f32::from_bits(*x)).powi(2)).sum::<f64>();
    let (before, after) = (power(&offline[..2 * 2 * 48_000]), power(&offline[2 * 2 * 48_000..]));
    assert!(before < 1e-6 * after && after > 0.1, "{before} before, {after} after");
}

/// A show that listens to OSC, and the port.
fn osc_show(more: &[&str]) -> (Child, String) {
    let preset = tiny();
    let arguments = ["play", &preset, "--device", "null", "--no-tui", "--osc", "0"];
    let mut child = uproar(&[&arguments[..], more].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let port = loop {
        let line = lines.next().expect("it says where it listens").unwrap();
        if let Some(at) = line.strip_prefix("listening for OSC at ") {
            break at.to_owned();
        }
    };
    // Whatever else it says is read, so that it never waits.
    std::thread::spawn(move || lines.for_each(drop));
    (child, port)
}

/// A message without arguments, or with a text.
fn packet(address: &str, text: Option<&str>) -> Vec<u8> {
    let padded = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize((bytes.len() + 4) & !3, 0);
        bytes
    };
    let mut bytes = padded(address);
    bytes.extend(padded(if text.is_some() { ",s" } else { "," }));
    bytes.extend(text.map(padded).unwrap_or_default());
    bytes
}

#[test]
fn osc_leads_the_show_and_hostile_packets_do_not_stop_it() {
    let folder = tempfile::tempdir().unwrap();
    let take = folder.path().join("take.json");
    let hears = UdpSocket::bind("127.0.0.1:0").unwrap();
    hears.set_read_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
    let out = hears.local_addr().unwrap().to_string();
    let (mut child, port) = osc_show(&["--osc-out", &out, "--log-performance", take.to_str().unwrap()]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let send = |bytes: &[u8]| socket.send_to(bytes, &port).unwrap();
    send(&packet("/uproar/hold", None));
    send(&packet("/uproar/cue", Some("hush")));
    let mut state = [0; 4096];
    let length = (0..100).find_map(|_| hears.recv(&mut state).ok()).expect("state is sent");
    let state = &state[..length];
    for address in [&b"/uproar/state/intensity"[..], b"/uproar/meter/peak", b"/uproar/state/crowd"] {
        assert!(state.windows(address.len()).any(|w| w == address));
    }
    send(&[]);
    send(&[0xFF; 1000]);
    send(&[b'#'; 60_000]);
    send(&packet("/uproar/place", Some("../../etc/passwd")));
    for n in 0..20_000u32 {
        send(&n.to_be_bytes().repeat(1 + n as usize % 90));
        send(&packet("/uproar/roar", None));
    }
    // Lost packets are part of a flood; the end gets through once it is over.
    while child.try_wait().unwrap().is_none() {
        send(&packet("/uproar/quit", None));
        let _ = hears.recv(&mut [0; 4096]);
    }
    assert!(child.wait().unwrap().success());
    let log = fs::read_to_string(take).unwrap();
    assert!(
        log.contains("{\"cue\":\"hush\"}") && log.contains("fade-out"),
        "{}",
        &log[..log.len().min(2000)]
    );
}

#[test]
fn an_osc_port_that_is_taken_is_one_clear_error() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let preset = tiny();
    let output = led(&["play", &preset, "--device", "null", "--no-tui", "--osc", &port], "");
    let err = said(&output).1;
    assert_eq!(output.status.code(), Some(1));
    assert!(err.contains("cannot listen for OSC at 127.0.0.1:") && err.contains("hint:"), "{err}");
}

#[test]
fn all_that_can_be_done_is_printed() {
    let (out, _) = said(&led(&["controls"], ""));
    for words in
        ["↑↓", "swell [SECONDS [TO]]", "/uproar/intensity f", "/uproar/meter/peak f f", "note 36 = hush"]
    {
        assert!(out.contains(words), "{words} is missing:\n{out}");
    }
}

/// A show's standard input, and what reads its lines until one has these words.
fn talk(child: &mut Child) -> (ChildStdin, impl FnMut(&str) + use<>) {
    let keys = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let until = move |words: &str| {
        let found = lines.by_ref().find(|line| line.contains(words));
        assert!(found.is_some(), "it never said {words:?}");
    };
    (keys, until)
}

#[test]
fn a_preset_that_is_saved_takes_over_and_a_broken_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (preset, take, heard, again) =
        (file("my.toml"), file("take.json"), file("heard.wav"), file("again.wav"));
    let text = fs::read_to_string(tiny()).unwrap();
    fs::write(&preset, &text).unwrap();
    let arguments = ["play", &preset, "--device", "null", "--no-tui", "--bits", "32f", "--record", &heard];
    let mut child = uproar(&[&arguments[..], &["--log-performance", &take]].concat()).spawn().unwrap();
    let (mut keys, mut until) = talk(&mut child);
    until("playing on");
    keys.write_all(b"hold on\nchant\nintensity 0.9\n").unwrap();
    until("intensity 0.90");
    fs::write(&preset, text.replace("people = 6", "people = 0")).unwrap();
    until("the old one goes on");
    fs::write(&preset, text.replace("people = 6", "people = 9")).unwrap();
    until("the edited preset plays");
    keys.write_all(b"roar\nphrase GO ON\n").unwrap();
    until("from the next repeat");
    keys.write_all(b"quit 1.5\n").unwrap();
    until("played");
    assert!(child.wait().unwrap().success());
    assert!(fs::read_to_string(&take).unwrap().contains("\"reload\""));
    // What is played again begins with the edition that the show began with.
    fs::write(&preset, &text).unwrap();
    let output = led(&["render", &preset, "--performance", &take, "--bits", "32f", "-o", &again], "");
    assert!(output.status.success(), "{}", said(&output).1);
    let (heard, again) = (samples(Path::new(&heard)), samples(Path::new(&again)));
    assert_eq!(heard.len(), again.len());
    assert_eq!(heard.iter().zip(&again).position(|(a, b)| a != b), None);
}

#[test]
fn what_a_preset_is_made_of_is_looked_after_too_and_a_mistake_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (preset, base, words) = (file("my.toml"), file("base.toml"), file("words.txt"));
    let text = fs::read_to_string(tiny()).unwrap();
    fs::write(&base, &text).unwrap();
    fs::write(&words, "KYOUKA  K Y OW1 K AH0\n").unwrap();
    let own = "version = 1\nbase = \"base.toml\"\ndictionary = \"words.txt\"\n";
    fs::write(&preset, own).unwrap();
    let mut child = uproar(&["play", &preset, "--device", "null", "--no-tui"]).spawn().unwrap();
    let (mut keys, mut until) = talk(&mut child);
    until("playing on");
    keys.write_all(b"hold on\n").unwrap();
    until("the scene holds");
    // As editors do: a new file in the place of the old one.
    fs::write(file("base.new"), text.replace("people = 6", "people = 8")).unwrap();
    fs::rename(file("base.new"), &base).unwrap();
    until("the edited preset plays");
    fs::write(&preset, format!("{own}nonsense = 3\n")).unwrap();
    until("the old one goes on");
    fs::write(&preset, own).unwrap();
    until("is again what plays");
    fs::write(&words, "KYOUKA  K Y OW1 K AA0\n").unwrap();
    until("the edited preset plays");
    keys.write_all(b"quit 0.1\n").unwrap();
    until("played");
    assert!(child.wait().unwrap().success());
}
