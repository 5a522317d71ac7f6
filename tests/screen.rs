//! The terminal screen as a performer meets it, through a pseudo-terminal: what it shows, what keys do, and that the
//! terminal is given back as it was.
#![cfg(unix)]

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use assert_cmd::cargo::cargo_bin;
use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize},
};

/// More than the slowest machine needs for anything here.
const PATIENCE: Duration = Duration::from_secs(120);

/// A terminal of 80 x 24 with the program in it.
struct Stage {
    child: Child,
    keyboard: File,
    terminal: OwnedFd,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    raw: Vec<u8>,
}

impl Stage {
    fn play(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let terminal = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let end = || Stdio::from(terminal.try_clone().unwrap());
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        let child = Command::new(cargo_bin!("uproar"))
            .args(arguments)
            .env_remove("NO_COLOR")
            .env("TERM", "xterm-256color")
            .env("XDG_CACHE_HOME", cache)
            .envs(environment.iter().copied())
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let keyboard = File::from(master);
        let mut reader = keyboard.try_clone().unwrap();
        let (said, output) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if said.send(bytes[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let size = |n| std::num::NonZero::new(n).unwrap();
        let screen = vt100::Parser::new(size(24), size(80), 0);
        Self { child, keyboard, terminal, output, screen, raw: Vec::new() }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    fn take(&mut self, wait: Duration) {
        if let Ok(bytes) = self.output.recv_timeout(wait) {
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
    }

    /// Waits until the screen shows some words; tells what it shows otherwise.
    fn shows(&mut self, words: &str) -> String {
        let start = Instant::now();
        loop {
            let text = self.screen.screen().contents();
            if text.contains(words) {
                return text;
            }
            assert!(start.elapsed() < PATIENCE, "no {words:?} on the screen:\n{text}");
            self.take(Duration::from_millis(100));
        }
    }

    fn ends(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}", self.screen.screen().contents());
            self.take(Duration::from_millis(100));
        }
    }

    /// The terminal edits lines and echoes, the usual screen is back, and the cursor can be seen.
    fn is_given_back(&self) {
        let modes = tcgetattr(&self.terminal).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG), "{modes:?}");
        assert!(!self.screen.screen().alternate_screen(), "the alternate screen is still up");
        assert!(!self.screen.screen().hide_cursor(), "the cursor is hidden");
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tiny() -> String {
    format!("{}/tests/data/tiny.toml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_screen_shows_the_show_and_keys_play_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("take.json");
    let preset = tiny();
    let log_name = log.to_str().unwrap();
    let mut stage = Stage::play(&["play", &preset, "--device", "null", "--log-performance", log_name], &[]);
    // Drawn from the top: with the last key all of it is there.
    let text = stage.shows("q quit");
    for words in [
        "uproar",
        "murmuring",
        "chanting",
        "roaring",
        "silent",
        "LUFS",
        "load",
        "gaps",
        "quit",
        "who is alight",
    ] {
        assert!(text.contains(words), "{words:?} is missing:\n{text}");
    }
    assert!(text.lines().count() <= 24 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    // The scene is short: it must not end before the keys are pressed.
    stage.press(" ");
    stage.shows("HOLD");
    stage.press("h");
    stage.shows("hush");
    stage.press("u");
    stage.shows("by hand");
    stage.press("m");
    stage.shows("MUTE");
    stage.press("?");
    stage.shows("Lines that can be typed");
    stage.press("x:intensity 0.25\r");
    stage.shows("0.25");
    stage.press("tGO ON\r");
    stage.shows("from the next repeat: GO ON");
    stage.press("9");
    stage.shows("there is no phrase 9");
    stage.press(":dance\r");
    stage.shows("`dance` is not something to do");
    stage.press("q");
    assert!(stage.ends().success());
    stage.is_given_back();
    assert!(stage.raw.windows(5).any(|w| w == b"\x1b[38;"), "colours are used");
    let log = std::fs::read_to_string(log).unwrap();
    for words in
        ["\"hold\":true", "\"cue\":\"hush\"", "\"mute\":true", "\"phrase\":\"GO ON\"", "\"fade-out\""]
    {
        assert!(log.contains(words), "{words} is missing:\n{log}");
    }
}

#[test]
fn without_colours_nothing_is_coloured_and_control_c_ends_it() {
    let preset = tiny();
    let mut stage = Stage::play(&["play", &preset, "--device", "null"], &[("NO_COLOR", "1")]);
    stage.shows("who is alight");
    stage.press("\x03");
    let status = stage.ends();
    assert_eq!(status.code(), Some(130));
    stage.is_given_back();
    for colour in [&b"\x1b[38;"[..], b"\x1b[48;", b"\x1b[31m", b"\x1b[91m"] {
        assert!(!stage.raw.windows(colour.len()).any(|w| w == colour), "a colour in spite of NO_COLOR");
    }
}

#[test]
#[cfg(debug_assertions)]
fn the_terminal_is_given_back_after_a_panic() {
    let preset = tiny();
    let mut stage = Stage::play(
        &["play", &preset, "--device", "null"],
        &[("UPROAR_TEST_PANIC", "screen"), ("RUST_BACKTRACE", "0")],
    );
    let status = stage.ends();
    assert!(!status.success());
    stage.is_given_back();
    let text = stage.screen.screen().contents();
    assert!(text.contains("panicked"), "the message can be read:\n{text}");
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_a_yes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    std::fs::write(&path, "mine").unwrap();
    for (answer, code) in [("\r", 1), ("no\r", 1), ("y\r", 0)] {
        let mut stage = Stage::play(&["say", "go", "-o", path.to_str().unwrap()], &[]);
        stage.shows("Replace it? [y/N]");
        stage.press(answer);
        assert_eq!(stage.ends().code(), Some(code), "{answer:?}");
        let kept = std::fs::read(&path).unwrap() == b"mine";
        assert_eq!(kept, code == 1, "{answer:?}");
    }
}

/// Draws the README's picture: `cargo test --release --test screen -- --ignored picture`.
#[test]
#[ignore = "makes docs/live.svg anew"]
fn picture() {
    let mut stage = Stage::play(&["play", "kamino", "--from", "98", "--device", "null", "--osc", "0"], &[]);
    stage.shows("who is alight");
    let start = Instant::now();
    let mut pressed = 0;
    while start.elapsed() < Duration::from_secs(14) {
        stage.take(Duration::from_millis(50));
        if start.elapsed() > Duration::from_secs(2 * pressed + 2) && pressed < 3 {
            stage.press(["u", "c", "l"][pressed as usize]);
            pressed += 1;
        }
    }
    let picture = svg(stage.screen.screen());
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/live.svg"), picture).unwrap();
    stage.press("q");
    stage.ends();
}

const CELL: (f64, f64) = (8.4, 17.0);

fn svg(screen: &vt100::Screen) -> String {
    let (width, height) = (80.0 * CELL.0 + 16.0, 24.0 * CELL.1 + 16.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#14161a\"/>\n\
         <g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n"
    );
    for row in 0..24 {
        for column in 0..80 {
            let Some(cell) = screen.cell(row, column) else { continue };
            let (mut front, mut back) = (color(cell.fgcolor(), "#d8dce2"), color(cell.bgcolor(), "#14161a"));
            if cell.inverse() {
                std::mem::swap(&mut front, &mut back);
            }
            if cell.dim() {
                front = "#7d838c".into();
            }
            let (x, y) = (8.0 + f64::from(column) * CELL.0, 8.0 + f64::from(row) * CELL.1);
            let mut rect = |x: f64, y: f64, w: f64, h: f64, fill: &str, opacity: f64| {
                // A hair of overlap closes the seams between cells.
                out += &format!(
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{fill}\"",
                    w + 0.2,
                    h + 0.2
                );
                out += &if opacity < 1.0 { format!(" opacity=\"{opacity}\"/>\n") } else { "/>\n".into() };
            };
            if back != "#14161a" {
                rect(x, y, CELL.0, CELL.1, &back, 1.0);
            }
            match cell.contents().chars().next() {
                None | Some(' ') => {}
                Some('░') => rect(x, y, CELL.0, CELL.1, &front, 0.35),
                Some('▒') => rect(x, y, CELL.0, CELL.1, &front, 0.65),
                Some(c @ '▁'..='█') => {
                    let part = f64::from(c as u32 - '▁' as u32 + 1) / 8.0 * CELL.1;
                    rect(x, y + CELL.1 - part, CELL.0, part, &front, 1.0);
                }
                Some(c @ '▉'..='▏') => {
                    let part = (8.0 - f64::from(c as u32 - '█' as u32)) / 8.0 * CELL.0;
                    rect(x, y, part, CELL.1, &front, 1.0);
                }
                Some(c) => {
                    let bold = if cell.bold() { " font-weight=\"bold\"" } else { "" };
                    let text = match c {
                        '<' => "&lt;".into(),
                        '&' => "&amp;".into(),
                        c => c.to_string(),
                    };
                    out += &format!(
                        "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{front}\"{bold}>{text}</text>\n",
                        y + 13.0
                    );
                }
            }
        }
    }
    out + "</g>\n</svg>\n"
}

/// The sixteen colours of a terminal.
fn color(color: vt100::Color, usual: &str) -> String {
    const SIXTEEN: [&str; 16] = [
        "#14161a", "#e5534b", "#57ab5a", "#e0a93b", "#539bf5", "#c678dd", "#39c5cf", "#b6bcc4", "#5c636e",
        "#ff7b72", "#7ee787", "#f7d774", "#79c0ff", "#d2a8ff", "#76e3ea", "#ffffff",
    ];
    match color {
        vt100::Color::Idx(n @ 0..=15) => SIXTEEN[usize::from(n)].into(),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => usual.into(),
    }
}
