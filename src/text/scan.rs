//! Typed text into tokens with their places.
//!
//! Owns which characters belong together and what punctuation, brackets and symbols mean. Does not own pronunciation.

use std::ops::Range;

use super::inline::{self, Inline};
use super::phrase::{BodyMark, Note};
use super::{Language, TextError, kana, numbers};

/// What a stretch of the text is.
#[derive(Debug)]
pub(super) enum Kind {
    /// Letters and apostrophes, hyphens between parts.
    Word(String),
    /// Words that stand for what was typed: figures, signs, abbreviations.
    Read(Vec<String>),
    /// Letters with full stops: "U.S.A."
    Initials(String),
    /// Hiragana or katakana.
    Kana(String),
    /// Sounds typed by hand.
    Inline(Inline),
    /// Claps, stomps, whistles, or a rest (`None`), each with its beats.
    Marks(Vec<(Option<BodyMark>, f32)>),
    /// `(x2)` after a word.
    Stretch(f32),
    /// A comma and its like.
    Comma,
    /// `|`
    Rest,
    /// The end of a sentence: how many exclamation marks, whether a question.
    End { exclamations: usize, question: bool },
}

#[derive(Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// Abbreviations that need their full stop, and ones that do not.
#[rustfmt::skip]
const ABBREVIATIONS: &[(&str, &str, bool)] = &[
    ("mr", "mister", false), ("mrs", "missus", false), ("ms", "miz", false), ("dr", "doctor", false), ("vs", "versus", false),
    ("v", "versus", true), ("jr", "junior", false), ("sr", "senior", false), ("prof", "professor", true), ("etc", "et cetera", false),
    ("st", "saint", true), ("mt", "mount", true), ("ft", "feet", true), ("capt", "captain", true), ("sgt", "sergeant", true),
    ("lt", "lieutenant", true), ("gen", "general", true), ("gov", "governor", true), ("rep", "representative", true),
    ("sen", "senator", true), ("dept", "department", true), ("ave", "avenue", true), ("blvd", "boulevard", false),
    ("approx", "approximately", true), ("inc", "incorporated", true), ("ltd", "limited", true), ("co", "company", true),
    ("pls", "please", false), ("plz", "please", false), ("thx", "thanks", false), ("ppl", "people", false), ("bros", "brothers", true),
];

struct Scanner<'a> {
    text: &'a str,
    chars: Vec<(usize, char)>,
    i: usize,
    language: Language,
    tokens: Vec<Token>,
    notes: Vec<Note>,
}

/// Cuts `text` into tokens; what is left out is told in notes.
pub(super) fn scan(text: &str, language: Language) -> Result<(Vec<Token>, Vec<Note>), TextError> {
    let chars = text.char_indices().map(|(at, c)| (at, ascii_form(c))).collect();
    let mut scanner = Scanner { text, chars, i: 0, language, tokens: Vec::new(), notes: Vec::new() };
    while scanner.i < scanner.chars.len() {
        scanner.step()?;
    }
    Ok((scanner.tokens, scanner.notes))
}

/// The usual form of full-width letters, figures and signs.
fn ascii_form(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5d}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '’' | '‘' | 'ʼ' | '`' | '´' => '\'',
        '‐' | '‑' | '−' => '-',
        '¦' => '|',
        _ => c,
    }
}

/// Whether the character is part of a word in Latin letters.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(c, '\u{c0}'..='\u{24f}' if c != '×' && c != '÷')
        || matches!(c, '\u{1e00}'..='\u{1eff}' | '\u{300}'..='\u{36f}')
}

impl Scanner<'_> {
    fn at(&self, i: usize) -> char {
        self.chars.get(i).map_or('\0', |&(_, c)| c)
    }

    fn byte(&self, i: usize) -> usize {
        self.chars.get(i).map_or(self.text.len(), |&(at, _)| at)
    }

    fn push(&mut self, kind: Kind, from: usize, to: usize) {
        let span = self.byte(from)..self.byte(to);
        self.tokens.push(Token { kind, span });
        self.i = to;
    }

    /// The position after the last character from `from` on that satisfies `keep`.
    fn run(&self, from: usize, keep: impl Fn(char) -> bool) -> usize {
        (from..self.chars.len()).find(|&i| !keep(self.at(i))).unwrap_or(self.chars.len())
    }

    fn string(&self, from: usize, to: usize) -> String {
        self.chars[from..to].iter().map(|&(_, c)| c).collect()
    }

    fn step(&mut self) -> Result<(), TextError> {
        let i = self.i;
        let c = self.at(i);
        let span = self.byte(i)..self.byte(i + 1);
        match c {
            '\n' => self.push(Kind::End { exclamations: 0, question: false }, i, i + 1),
            c if c.is_whitespace() => self.i += 1,
            c if c.is_control() => return Err(TextError::Control { span, code: u32::from(c) }),
            '{' => self.braces()?,
            '[' => self.brackets()?,
            '}' | ']' => return Err(TextError::Unopened { span, closing: c }),
            '/' => self.slash()?,
            '(' => self.round()?,
            '|' => self.push(Kind::Rest, i, i + 1),
            ',' | ';' | ':' | '—' | '–' | '、' | '…' => self.push(Kind::Comma, i, i + 1),
            '.' | '!' | '?' | '。' | '¡' | '¿' | '‼' | '⁉' | '❗' | '❓' => self.end(),
            c if c.is_ascii_digit() => self.figures(),
            '#' | '$' | '£' | '€' | '¥' | '+' | '-' if self.at(i + 1).is_ascii_digit() => self.figures(),
            '&' => self.push(Kind::Read(vec!["and".into()]), i, i + 1),
            '@' => self.push(Kind::Read(vec!["at".into()]), i, i + 1),
            '%' => self.push(Kind::Read(vec!["percent".into()]), i, i + 1),
            '+' => self.push(Kind::Read(vec!["plus".into()]), i, i + 1),
            '=' => self.push(Kind::Read(vec!["equals".into()]), i, i + 1),
            '-' if self.at(i + 1) == '-' => {
                let to = self.run(i, |c| c == '-');
                self.push(Kind::Comma, i, to);
            }
            // Quotation marks, decoration and what people put around shouts.
            ')' | '"' | '“' | '”' | '„' | '«' | '»' | '‹' | '›' | '「' | '」' | '『' | '』' | '*' | '_'
            | '~' | '#' | '-' | '・' | '〜' | '～' | '<' | '>' | '^' | '\\' | '\u{feff}' => self.i += 1,
            '\'' if !is_letter(self.at(i + 1)) => self.i += 1,
            c if kana::is_kana(c) => {
                let to = self.run(i, |c| kana::is_kana(c) || c == '〜' || c == '～');
                let word = self.string(i, to).replace(['〜', '～'], "ー");
                self.push(Kind::Kana(word), i, to);
            }
            c if is_letter(c) || c == '\'' => self.word(),
            c if kana::is_kanji(c) => return Err(TextError::Kanji { span, character: c }),
            c if c.is_alphabetic() => return Err(TextError::Script { span, character: c }),
            _ => self.leave_out(),
        }
        Ok(())
    }

    /// Emoji and symbols: not said, but told.
    fn leave_out(&mut self) {
        let from = self.i;
        let said = |c: char| {
            c.is_ascii()
                || c.is_alphabetic()
                || c.is_whitespace()
                || c.is_control()
                || kana::is_kana(c)
                || "、。…—–“”「」".contains(c)
        };
        let to = self.run(from + 1, |c| !said(c) || c == '\u{200d}' || c == '\u{fe0f}');
        let span = self.byte(from)..self.byte(to);
        let sign: String = self.text[span.clone()].chars().take(12).collect();
        let invisible = sign
            .chars()
            .all(|c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{ad}'));
        if !invisible {
            self.notes.push(Note { span, message: format!("{sign} is not said") });
        }
        self.i = to;
    }

    fn end(&mut self) {
        let from = self.i;
        let to =
            self.run(from, |c| matches!(c, '.' | '!' | '?' | '。' | '¡' | '¿' | '‼' | '⁉' | '❗' | '❓'));
        let signs = self.string(from, to);
        let exclamations = signs
            .chars()
            .map(|c| match c {
                '!' | '❗' | '⁉' => 1,
                '‼' => 2,
                _ => 0,
            })
            .sum();
        let question = signs.contains(['?', '❓', '⁉']);
        // Three dots hold the breath, they do not end the sentence.
        let dots = exclamations == 0 && !question && signs.len() > 1 && signs.chars().all(|c| c == '.');
        let opening = signs.chars().all(|c| c == '¡' || c == '¿');
        if opening {
            self.i = to;
        } else if dots {
            self.push(Kind::Comma, from, to);
        } else {
            self.push(Kind::End { exclamations, question }, from, to);
        }
    }

    fn find(&self, from: usize, closing: char) -> Option<usize> {
        (from..self.chars.len()).find(|&i| self.at(i) == closing)
    }

    fn braces(&mut self) -> Result<(), TextError> {
        let from = self.i;
        let open = self.byte(from)..self.byte(from + 1);
        let close =
            self.find(from + 1, '}').filter(|&c| self.find(from + 1, '{').is_none_or(|next| next > c));
        let Some(close) = close else {
            return Err(TextError::Unclosed { span: open, opening: '{', closing: '}' });
        };
        let inner = &self.text[self.byte(from + 1)..self.byte(close)];
        let sounds = inline::arpabet(inner, self.byte(from + 1))?;
        self.push(Kind::Inline(sounds), from, close + 1);
        Ok(())
    }

    fn slash(&mut self) -> Result<(), TextError> {
        let from = self.i;
        let starts =
            from == 0 || matches!(self.at(from - 1), c if c.is_whitespace() || "(\"“‘«「|,;".contains(c));
        let next = self.at(from + 1);
        if !starts || next.is_whitespace() || next == '\0' {
            // "and/or": a space.
            self.i += 1;
            return Ok(());
        }
        let close = self.find(from + 1, '/');
        let open = self.byte(from)..self.byte(from + 1);
        let Some(close) = close else {
            return Err(TextError::Unclosed { span: open, opening: '/', closing: '/' });
        };
        let inner = &self.text[self.byte(from + 1)..self.byte(close)];
        let sounds = inline::ipa(inner, self.byte(from + 1), self.language == Language::Japanese)?;
        self.push(Kind::Inline(sounds), from, close + 1);
        Ok(())
    }

    fn round(&mut self) -> Result<(), TextError> {
        let from = self.i;
        let factor = matches!(self.at(from + 1), 'x' | '×')
            && matches!(self.at(from + 2), '0'..='9' | '.' | '-' | ' ');
        if !factor {
            self.i += 1;
            return Ok(());
        }
        let Some(close) = self.find(from, ')') else {
            let span = self.byte(from)..self.byte(from + 1);
            return Err(TextError::Unclosed { span, opening: '(', closing: ')' });
        };
        let span = self.byte(from)..self.byte(close + 1);
        let factor = inline::stretch_factor(&self.string(from, close + 1), span)?;
        self.push(Kind::Stretch(factor), from, close + 1);
        Ok(())
    }

    fn brackets(&mut self) -> Result<(), TextError> {
        let from = self.i;
        let close =
            self.find(from + 1, ']').filter(|&c| self.find(from + 1, '[').is_none_or(|next| next > c));
        let Some(close) = close else {
            let span = self.byte(from)..self.byte(from + 1);
            return Err(TextError::Unclosed { span, opening: '[', closing: ']' });
        };
        let typed = self.string(from + 1, close);
        let Some(marks) = marks(&typed) else {
            let span = self.byte(from)..self.byte(close + 1);
            return Err(TextError::UnknownMark { span, mark: typed.trim().chars().take(40).collect() });
        };
        self.push(Kind::Marks(marks), from, close + 1);
        Ok(())
    }

    fn figures(&mut self) {
        let from = self.i;
        let sign = (!self.at(from).is_ascii_digit()).then(|| self.at(from));
        let start = from + usize::from(sign.is_some());
        // Figures, and the ASCII signs and letters that may belong to them.
        let to = self.run(start, |c| c.is_ascii_alphanumeric() || matches!(c, ',' | '.' | ':' | '/' | '-'));
        let plain = self.string(start, to);
        if self.language == Language::Japanese
            && sign.is_none()
            && let Some((kana, used)) = numbers::read_japanese(&plain)
        {
            // The words of a score stand for it together.
            for word in kana {
                self.push(Kind::Kana(word), from, start + used);
            }
            return;
        }
        let (mut words, used) = numbers::read(&plain);
        let mut end = start + used;
        match sign {
            Some('#') => words.insert(0, "number".into()),
            Some('+') => words.insert(0, "plus".into()),
            Some('-') => words.insert(0, "minus".into()),
            Some(currency) => {
                let one = words.as_slice() == ["one"];
                let name = match currency {
                    '£' => ("pound", "pounds"),
                    '€' => ("euro", "euros"),
                    '¥' => ("yen", "yen"),
                    _ => ("dollar", "dollars"),
                };
                words.push(if one { name.0 } else { name.1 }.into());
            }
            None => {}
        }
        match self.at(end) {
            '%' => {
                words.push("percent".into());
                end += 1;
            }
            '°' => {
                words.push("degrees".into());
                end += 1;
            }
            _ => {}
        }
        self.push(Kind::Read(words), from, end);
    }

    fn word(&mut self) {
        let from = self.i;
        let part = |c: char| is_letter(c) || c == '\'';
        if let Some(to) = self.initials(from) {
            let letters: String = self.string(from, to);
            return self.push(Kind::Initials(letters), from, to);
        }
        let mut to = self.run(from, part);
        while self.at(to) == '-' && is_letter(self.at(to + 1)) {
            to = self.run(to + 1, part);
        }
        let typed = self.string(from, to);
        let small = typed.to_lowercase();
        let dot = self.at(to) == '.';
        if let Some(&(_, full, _)) = ABBREVIATIONS.iter().find(|a| a.0 == small && (dot || !a.2)) {
            let next = self.run(to + 1, |c| c == ' ');
            // "St. Louis" and "Main St."
            let full = if small == "st" && !self.at(next).is_uppercase() { "street" } else { full };
            let words = full.split(' ').map(str::to_owned).collect();
            // A full stop that also ends the text ends the sentence.
            return self.push(Kind::Read(words), from, to + usize::from(dot));
        }
        if small == "no" && dot && self.at(self.run(to + 1, |c| c == ' ')).is_ascii_digit() {
            return self.push(Kind::Read(vec!["number".into()]), from, to + 1);
        }
        self.push(Kind::Word(typed), from, to);
    }

    /// The end of "U.S.A." or "p.m." that starts at `from`, if it is one.
    fn initials(&self, from: usize) -> Option<usize> {
        let mut i = from;
        let mut letters = 0;
        while self.at(i).is_ascii_alphabetic() && self.at(i + 1) == '.' {
            i += 2;
            letters += 1;
        }
        // "U.S.A" without the last full stop.
        if letters > 0
            && self.at(i).is_ascii_alphabetic()
            && !is_letter(self.at(i + 1))
            && self.at(i + 1) != '\''
        {
            i += 1;
            letters += 1;
        }
        (letters >= 2).then_some(i)
    }
}

/// What stands in brackets: `clap`, `clap-clap-clap` (all in one beat), `rest 2` (two beats), `clap x3` (one a beat).
fn marks(typed: &str) -> Option<Vec<(Option<BodyMark>, f32)>> {
    let small = typed.trim().to_lowercase();
    let (names, count) = match small.split_once(char::is_whitespace) {
        Some((names, count)) => {
            (names, Some(count.trim().trim_start_matches(['x', '×', '*']).parse::<f32>().ok()?))
        }
        None => (small.as_str(), None),
    };
    let parts: Vec<Option<BodyMark>> = names
        .split('-')
        .map(|name| match name.trim() {
            "clap" | "claps" => Some(Some(BodyMark::Clap)),
            "stomp" | "stamp" | "stomps" => Some(Some(BodyMark::Stomp)),
            "whistle" => Some(Some(BodyMark::Whistle)),
            "rest" | "pause" => Some(None),
            _ => None,
        })
        .collect::<Option<_>>()?;
    if parts.len() > 8 {
        return None;
    }
    let beats = 1.0 / parts.len() as f32;
    let once: Vec<_> = parts.iter().map(|&p| (p, beats)).collect();
    match count {
        None => Some(once),
        Some(n) if names == "rest" || names == "pause" => (0.25..=16.0).contains(&n).then(|| vec![(None, n)]),
        Some(n) => ((1.0..=16.0).contains(&n) && n.fract() == 0.0).then(|| once.repeat(n as usize)),
    }
}
