//! `uproar phonemes`.

use serde_json::json;

use crate::{
    preset::{BESIDE_LIMIT, read_text},
    text::{Language, Lexicon, Phrase, RhythmConfig, Row, TextError, describe, lay, locate, notation, read},
};

use super::{
    arguments::{Phonemes, Tongue},
    failure::Failure,
    terminal::print,
};

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::English => Self::English,
            Tongue::Japanese => Self::Japanese,
        }
    }
}

/// Reads words from the command line.
///
/// # Errors
/// A message with the words and a mark under the place.
pub(crate) fn read_words(words: &str, language: Language, lexicon: &Lexicon) -> Result<Phrase, Failure> {
    read(words, language, lexicon).map_err(|error| text_failure(words, &error))
}

fn text_failure(words: &str, error: &TextError) -> Failure {
    let mut message = error.to_string();
    if let Some(span) = error.span() {
        let (line, column) = locate(words, span.start);
        let excerpt: String = words.lines().nth(line - 1).unwrap_or("").chars().map(shown).collect();
        // Only a stretch around the place: a phrase may be very long.
        let skip = (column - 1).saturating_sub(40);
        let part: String = excerpt.chars().skip(skip).take(78).collect();
        let lead = column - 1 - skip;
        let meant = words.get(span).unwrap_or("").lines().next().unwrap_or("").chars().count();
        let width = meant.min(78 - lead.min(77)).max(1);
        message += &format!("\n  {part}\n  {:lead$}{}", "", "^".repeat(width));
    }
    Failure::new(message).hint(error.hint())
}

fn shown(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// Shows how words will be pronounced and where they fall.
pub(crate) fn phonemes(options: &Phonemes) -> Result<(), Failure> {
    let lexicon = match &options.dictionary {
        None => Lexicon::new(),
        Some(path) => {
            let contents = read_text(path, BESIDE_LIMIT)?;
            let name = path.display().to_string();
            Lexicon::with_user(&name, &contents).map_err(|e| Failure::from_error(&e).hint(e.hint()))?
        }
    };
    let language = options.language.into();
    let phrase = read_words(&options.words, language, &lexicon)?;
    let rhythm = RhythmConfig { bpm: options.bpm, language, ..RhythmConfig::default() };
    let score = lay(&phrase, &rhythm);
    let rows = describe(&phrase, &score);
    let cycle_s = score.cycle_beats * 60.0 / options.bpm;
    if options.json {
        let words: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "word": row.word, "phonemes": row.phonemes, "ipa": row.ipa, "from": row.origin,
                    "syllables": row.syllables, "beats": row.beats,
                })
            })
            .collect();
        let notes: Vec<&str> = phrase.notes.iter().map(|note| note.message.as_str()).collect();
        let all = json!({
            "notation": notation(&phrase), "words": words, "cycle_beats": score.cycle_beats,
            "cycle_s": cycle_s, "bpm": options.bpm, "notes": notes,
        });
        return print(&all.to_string());
    }
    let mut text = format!("{}\n\n{}", notation(&phrase), table(&rows));
    text += &format!(
        "\none cycle is {} beats, {cycle_s:.1} s at {} beats per minute",
        score.cycle_beats, options.bpm
    );
    for note in &phrase.notes {
        text += &format!("\nnote: {}", note.message);
    }
    print(&text)
}

fn table(rows: &[Row]) -> String {
    let heading = ["word", "sounds", "IPA", "beats", "from"].map(str::to_owned);
    let body = rows.iter().map(|row| {
        [row.word.clone(), row.phonemes.clone(), row.ipa.clone(), row.beats.clone(), row.origin.to_owned()]
    });
    let lines: Vec<[String; 5]> = std::iter::once(heading).chain(body).collect();
    let mut widths = [0; 5];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> =
            line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}
