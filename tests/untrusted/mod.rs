//! Every reader of what strangers send, as a function of bytes that panics where a promise is broken.
//!
//! The fuzz targets (`fuzz/`) try these with bytes of their own making, `tests/corpora.rs` with those that are kept.
//! An input may be refused; it may not break anything, and what is accepted must be what the documentation says.

use std::{io::Cursor, str::FromStr, sync::LazyLock, time::Duration};

use cpu_time::ThreadTime;
use uproar::{
    live::{
        Action, Facts, Performance,
        midi::{Message, MidiMap},
        osc,
    },
    output::{READ_FRAMES, WavReader, read_stored_from},
    preset::{Change, Loaded, PresetError, Report, Sheet, SourceKind, load_text, read_layout},
    scene::{Activity, FrameRate, PictureClock, Scene, SceneError, parse_csv},
    space::MAX_CHANNELS,
    text::{self, Language, Lexicon, Phrase, RhythmConfig, TextError},
};

/// A reader by the name of its target.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("phrase", phrase),
    ("phonemes", phonemes),
    ("dictionary", dictionary),
    ("preset", preset),
    ("set", set),
    ("layout", layout),
    ("curve", curve),
    ("srt", srt),
    ("markers", markers),
    ("wav", wav),
    ("stored", stored),
    ("performance", performance),
    ("osc", osc),
    ("midi", midi),
    ("lines", lines),
];

/// Tries an input. No reader takes more than `longest_s` of processor time over it: what else the machine does meanwhile
/// does not count.
pub fn timed(target: fn(&[u8]), data: &[u8], longest_s: u64) {
    let start = ThreadTime::now();
    target(data);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(longest_s), "an input of {} bytes takes {took:?}", data.len());
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

fn text_of(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// Typed words: `uproar chant WORDS`, phrases of presets, of performers and of OSC.
pub fn phrase(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    for language in [Language::English, Language::Japanese] {
        read_phrase(text, language, &LEXICON);
    }
}

/// Sounds between braces and slashes.
pub fn phonemes(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    read_phrase(&format!("{{{text}}}"), Language::English, &LEXICON);
    read_phrase(&format!("/{text}/"), Language::English, &LEXICON);
}

fn read_phrase(typed: &str, language: Language, lexicon: &Lexicon) {
    match text::read(typed, language, lexicon) {
        Ok(phrase) => {
            assert!(typed.chars().count() <= text::MAX_CHARACTERS);
            assert!(phrase.words.iter().all(|w| phrase.text.get(w.span.clone()).is_some()), "{phrase:?}");
            assert!(phrase.words.iter().all(|w| phrase.syllables.get(w.syllables.clone()).is_some()));
            let score = text::lay(&phrase, &RhythmConfig::default());
            let _ = text::describe(&phrase, &score);
            let written = text::notation(&phrase);
            match text::read(&written, language, lexicon) {
                Ok(again) => {
                    assert_eq!(sounds(&again), sounds(&phrase), "{typed:?} is written as {written:?}")
                }
                // Sounds take more letters than words.
                Err(TextError::TooManyCharacters { .. } | TextError::TooManyWords { .. }) => {}
                Err(error) => panic!("{typed:?} is written as {written:?}: {error}"),
            }
        }
        Err(error) => {
            assert!(!error.hint().is_empty());
            let span = error.span();
            assert!(span.is_none_or(|span| typed.get(span).is_some()), "{typed:?}: {error:?}");
            let _ = (error.to_string(), error.place(typed));
        }
    }
}

/// What is heard of a phrase, for comparing two.
fn sounds(phrase: &Phrase) -> String {
    let phones: Vec<Vec<&str>> =
        phrase.syllables.iter().map(|s| s.segments.iter().map(|s| s.phone.arpabet()).collect()).collect();
    format!("{phones:?} {:?}", phrase.items)
}

/// A dictionary of somebody's own, and a phrase of its words.
pub fn dictionary(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    match Lexicon::with_user("own.dict", text) {
        Ok(lexicon) => {
            let words = text.lines().filter_map(|line| line.split_whitespace().next()).take(20);
            let words: Vec<&str> = words.collect();
            let _ = text::read(&words.join(" "), Language::English, &lexicon);
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.hint().is_empty()),
    }
}

/// A small preset that changes and files are laid over.
const SMALL: &str = include_str!("../data/tiny.toml");

/// A preset file.
pub fn preset(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    loaded(load_text("strange.toml", text, None, SourceKind::File, &[]));
}

/// `--set KEY=VALUE`.
pub fn set(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    match Change::parse(text) {
        Ok(change) => loaded(load_text("small.toml", SMALL, None, SourceKind::File, &[change])),
        Err(message) => assert!(!message.is_empty()),
    }
}

fn loaded(outcome: Result<Loaded, PresetError>) {
    match outcome {
        Ok(Loaded { preset, .. }) => {
            Scene::build(&preset.scene()).expect("what was checked can be built");
            let text = toml::to_string(&preset).expect("a preset can be written");
            let again = load_text("again.toml", &text, None, SourceKind::File, &[]);
            let again = again.unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(again.preset, preset, "{text}");
        }
        Err(PresetError::Invalid(report)) => told(&report),
        Err(error) => panic!("{error}"),
    }
}

/// Problems have a place or an option, few words and at most one screen each.
fn told(report: &Report) {
    assert!((1..=50).contains(&report.problems.len()));
    for problem in &report.problems {
        assert!(!problem.message.is_empty());
        assert!(problem.at.is_none_or(|(line, column)| line > 0 && column > 0));
        assert!(problem.to_string().len() < 20_000, "{problem}");
    }
}

/// A file of loudspeakers.
pub fn layout(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    match read_layout("room.toml", text) {
        Ok(layout) => assert!((1..=MAX_CHANNELS).contains(&layout.channels.len())),
        Err(report) => told(&report),
    }
}

fn clock() -> Option<PictureClock> {
    let rate = FrameRate::from_str("29.97df").ok()?;
    let start = rate.parse("01:00:00:00").ok()?;
    Some(PictureClock { rate, start })
}

/// An intensity curve.
pub fn curve(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    for clock in [None, clock()] {
        match parse_csv(text, clock.as_ref()) {
            Ok(points) => {
                assert!(points.iter().all(|p| p.at_s.is_finite() && (0.0..=1.0).contains(&p.value)));
                assert!(points.windows(2).all(|pair| pair[0].at_s <= pair[1].at_s));
            }
            Err(errors) => {
                assert!((1..=20).contains(&errors.len()));
                let lines = text.lines().count().max(1);
                for error in errors {
                    let SceneError::Csv { line, column, .. } = error else { panic!("{error}") };
                    assert!((1..=lines).contains(&line) && column > 0, "{line}:{column} of {lines}");
                }
            }
        }
    }
}

/// Subtitles.
pub fn srt(data: &[u8]) {
    laid(Sheet::Subtitles, SMALL, data);
}

/// Markers, labels and cues as CSV; a curve over a whole scene.
pub fn markers(data: &[u8]) {
    static TIMED: LazyLock<String> =
        LazyLock::new(|| SMALL.replace("seed = 3", "seed = 3\nfps = \"25\"\nstart = \"01:00:00:00\""));
    laid(Sheet::Cues, &TIMED, data);
    laid(Sheet::Intensity, &TIMED, data);
}

fn laid(sheet: Sheet, over: &str, data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    let change = Change::sheet(sheet, "sheet", text.to_owned());
    loaded(load_text("small.toml", over, None, SourceKind::File, &[change]));
}

/// A WAV file: to follow, to picture, to measure.
pub fn wav(data: &[u8]) {
    let mut reader = match WavReader::new(Cursor::new(data), "strange.wav") {
        Ok(reader) => reader,
        Err(error) => return assert!(!error.message.is_empty()),
    };
    // One byte is one frame at most: nothing is there that is not in the file.
    assert!(reader.frames() <= data.len() as u64);
    assert!((1..=64).contains(&reader.channels()));
    let markers = reader.markers();
    assert!(markers.len() <= 1000 && markers.iter().all(|(at, _)| *at < reader.frames()));
    for start in [0, reader.frames() / 2] {
        reader.seek(start).expect("memory can be read");
        let (mut channels, mut read) = (Vec::new(), start);
        loop {
            let frames = reader.read(&mut channels).expect("memory can be read");
            assert!(frames <= READ_FRAMES && channels.len() == reader.channels());
            assert!(channels.iter().all(|c| c.len() == frames && c.iter().all(|x| x.is_finite())));
            read += frames as u64;
            if frames == 0 {
                break;
            }
        }
        assert_eq!(read, reader.frames());
    }
}

/// A WAV, FLAC or Ogg file that says how it was made.
pub fn stored(data: &[u8]) {
    match read_stored_from(Cursor::new(data), "strange.wav") {
        Ok(stored) => assert!(stored.recipe.len() <= 3 * data.len()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A performance that was written down.
pub fn performance(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    match Performance::read("take.json", text) {
        Ok(take) => {
            let again = Performance::read("again.json", &take.text());
            let again = again.unwrap_or_else(|error| panic!("{error}\n{}", take.text()));
            assert_eq!(again, take, "{}", take.text());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A packet of Open Sound Control.
pub fn osc(data: &[u8]) {
    let (actions, wrong) = osc::read(data);
    assert!(actions.len() <= 64 && wrong <= data.len() + 1);
}

/// Bindings, one a line, up to the first byte 0xFF; then messages, each up to the next one.
pub fn midi(data: &[u8]) {
    let mut parts = data.split(|byte| *byte == 0xff);
    let lines = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let map = MidiMap::new(lines.lines()).or_else(|(line, message)| {
        assert!(line < lines.lines().count() && !message.is_empty());
        MidiMap::new([])
    });
    let Ok(mut map) = map else { return };
    if let Some(first) = lines.lines().next() {
        let _ = map.learn(first);
    }
    let facts = facts();
    let mut at_us = 0;
    for bytes in parts {
        // As long as a 24th of a beat, now and then.
        at_us += 1000 * (bytes.len() as u64 * 20 + 1);
        if let Some(message) = Message::read(bytes) {
            let _ = map.hear(message, at_us, &facts);
        }
    }
}

fn facts() -> Facts {
    let beats = ["a", "b", "c"].map(|name| (name.into(), 0.0, 1.0, Activity::Chant)).to_vec();
    let (places, chants) = (vec!["near".into(), "roof".into()], vec![(0, "GO".into())]);
    Facts { beats, places, chants, seconds: 3.0, ..Facts::default() }
}

/// Lines on the standard input of `uproar play`.
pub fn lines(data: &[u8]) {
    let Some(text) = text_of(data) else { return };
    for line in text.lines() {
        match Action::from_str(line) {
            Ok(action) => drop(format!("{action:?}")),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
