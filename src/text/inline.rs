//! Sounds typed by hand: ARPAbet in braces and IPA between slashes.
//!
//! Owns the notation inside `{…}` and `/…/`. Does not own where it stands in a phrase, nor syllables.
//! ARPAbet: `AO1 L`, vowels with stress 0, 1 or 2, ` - ` a syllable break, `AO1(x2)` a stretched vowel, `K:` a long
//! sound (`K:1.5` for another length), a leading `!` a word in capitals.

use std::ops::Range;

use super::sound::Sound;
use super::{MAX_STRETCH, MIN_STRETCH, Phone, Stress, TextError};

/// What stands in a pair of braces or slashes.
#[derive(Debug, Default)]
pub(super) struct Inline {
    pub sounds: Vec<Sound>,
    /// Began with "!": as loud as a word in capitals.
    pub loud: bool,
}

/// Reads ARPAbet. `at` is the byte of `text` in the typed text, for messages.
pub(super) fn arpabet(text: &str, at: usize) -> Result<Inline, TextError> {
    let mut inline = Inline::default();
    let mut breaks = false;
    let mut stressed = false;
    for (from, token) in tokens(text) {
        let span = at + from..at + from + token.len();
        match token {
            "-" => breaks = true,
            "!" if inline.sounds.is_empty() => inline.loud = true,
            _ => {
                let (mut sound, has_figure) = arpabet_sound(token, span)?;
                stressed |= has_figure;
                sound.breaks = std::mem::take(&mut breaks) && !inline.sounds.is_empty();
                inline.sounds.push(sound);
            }
        }
    }
    finish(&mut inline.sounds, stressed, text, at)?;
    Ok(inline)
}

/// Splits at white space, and around "-" and a leading "!".
fn tokens(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut start = None;
    for (i, c) in text.char_indices() {
        let cut = c.is_whitespace() || c == '-' || (c == '!' && out.is_empty() && start.is_none());
        if cut {
            if let Some(s) = start.take() {
                out.push((s, &text[s..i]));
            }
            if !c.is_whitespace() {
                out.push((i, &text[i..i + c.len_utf8()]));
            }
        } else if start.is_none() {
            start = Some(i);
        }
    }
    if let Some(s) = start {
        out.push((s, &text[s..]));
    }
    out
}

fn arpabet_sound(token: &str, span: Range<usize>) -> Result<(Sound, bool), TextError> {
    let mut rest = token;
    let mut stretch = 1.0;
    if let Some(open) = rest.find('(') {
        stretch = stretch_factor(&rest[open..], span.start + open..span.start + rest.len())?;
        rest = &rest[..open];
    }
    let mut length = 1.0;
    if let Some((name, factor)) = rest.split_once(':') {
        length = match factor {
            "" => 2.0,
            f => f
                .parse()
                .ok()
                .filter(|x| (0.2..=4.0).contains(x))
                .ok_or_else(|| unknown(token, span.clone()))?,
        };
        rest = name;
    }
    let figures = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let name = &rest[..rest.len() - figures.len()];
    let Some(phone) = Phone::from_arpabet(name) else {
        return Err(unknown(token, span));
    };
    let can_be_stressed = super::syllables::is_syllabic(phone);
    let stress = match figures {
        "" => None,
        "0" if can_be_stressed => Some(Stress::None),
        "1" if can_be_stressed => Some(Stress::Primary),
        "2" if can_be_stressed => Some(Stress::Secondary),
        _ => return Err(TextError::WrongStress { span, phoneme: token.into() }),
    };
    let has_figure = stress.is_some();
    let reduced = phone == Phone::AH && stress == Some(Stress::None);
    let sound = Sound {
        phone: if reduced { Phone::AX } else { phone },
        stress: stress.or(phone.is_vowel().then_some(Stress::None)),
        length,
        stretch,
        breaks: false,
    };
    Ok((sound, has_figure))
}

/// Gives the first vowel the stress if none was typed, and refuses what cannot be a syllable.
fn finish(sounds: &mut [Sound], stressed: bool, text: &str, at: usize) -> Result<(), TextError> {
    let has_nucleus = sounds.iter().any(Sound::is_nucleus);
    if !has_nucleus && !sounds.iter().any(Sound::can_sound) {
        return Err(TextError::NoVowel { span: at..at + text.len(), phonemes: text.trim().into() });
    }
    if has_nucleus && let Some(lost) = sounds.iter().find(|s| !s.is_nucleus() && s.stretch != 1.0) {
        let text = format!("(x{})", lost.stretch);
        return Err(TextError::WrongStretch { span: at..at + text.len(), text });
    }
    if !stressed && let Some(first) = sounds.iter_mut().find(|s| s.is_nucleus()) {
        first.stress = Some(Stress::Primary);
    }
    Ok(())
}

/// The factor of `(x2)`; `text` begins with the bracket and stands at `span`, where it may be written otherwise.
pub(super) fn stretch_factor(text: &str, span: Range<usize>) -> Result<f32, TextError> {
    let inner = text.strip_prefix("(x").or_else(|| text.strip_prefix("(×")).and_then(|t| t.strip_suffix(')'));
    inner
        .and_then(|t| t.trim().parse::<f32>().ok())
        .filter(|x| (MIN_STRETCH..=MAX_STRETCH).contains(x))
        .ok_or_else(|| TextError::WrongStretch { span, text: text.into() })
}

fn unknown(token: &str, span: Range<usize>) -> TextError {
    let name: String =
        token.chars().take_while(|c| !c.is_ascii_digit()).take(8).collect::<String>().to_ascii_uppercase();
    TextError::UnknownPhoneme { span, phoneme: token.into(), near: near(&name) }
}

/// Up to three sounds whose name is like `name`.
fn near(name: &str) -> Vec<String> {
    let mut rows: Vec<(usize, &str)> = Phone::all()
        .map(|p| p.arpabet())
        .map(|known| {
            let same = known.bytes().zip(name.bytes()).filter(|(a, b)| a == b).count();
            let swapped = known.bytes().rev().eq(name.bytes());
            let distance = known.len().max(name.len()) - same;
            (if swapped { 1 } else { distance }, known)
        })
        .filter(|&(distance, known)| distance == 1 && known.len() + name.len() > 2)
        .collect();
    rows.sort_by_key(|&(distance, known)| (distance, !known.starts_with(&name[..name.len().min(1)]), known));
    rows.into_iter().take(3).map(|(_, known)| known.into()).collect()
}

/// Reads IPA. `at` is the byte of `text` in the typed text; with `japanese` plain a, i, u, e, o are Japanese vowels.
pub(super) fn ipa(text: &str, at: usize, japanese: bool) -> Result<Inline, TextError> {
    let mut sounds: Vec<Sound> = Vec::new();
    let mut stressed = false;
    let mut stress = Stress::None;
    let mut breaks = false;
    let mut i = 0;
    while let Some(c) = text[i..].chars().next() {
        let here = at + i;
        match c {
            'ˈ' | '\'' | '’' | 'ˌ' => {
                stress = if c == 'ˌ' { Stress::Secondary } else { Stress::Primary };
                stressed = true;
                breaks = true;
            }
            '.' | '-' => breaks = true,
            c if c.is_whitespace() => breaks = true,
            'ː' | ':' | 'ˑ' => {
                if let Some(last) = sounds.last_mut() {
                    // English writes its tense vowels long by habit; elsewhere the sign means twice as long.
                    let tense =
                        matches!(last.phone, Phone::IY | Phone::UW | Phone::AA | Phone::AO | Phone::ER);
                    if !tense {
                        last.length = 2.0;
                    }
                }
            }
            // Ties and diacritics that change nothing here.
            '\u{300}'..='\u{36f}' | 'ʰ' | 'ʲ' | 'ʷ' | '˞' | '(' if c != '(' => {}
            '(' => {
                let end = text[i..].find(')').map_or(text.len(), |e| i + e + 1);
                let factor = stretch_factor(&text[i..end], here..at + end)?;
                match sounds.iter_mut().rev().find(|s| s.is_nucleus()) {
                    Some(vowel) => vowel.stretch = factor,
                    None => {
                        return Err(TextError::WrongStretch {
                            span: here..at + end,
                            text: text[i..end].into(),
                        });
                    }
                }
                i = end;
                continue;
            }
            _ => {
                let Some((phone, bytes)) = ipa_sound(&text[i..], japanese) else {
                    let span = here..here + c.len_utf8();
                    return Err(TextError::UnknownPhoneme { span, phoneme: c.into(), near: Vec::new() });
                };
                let mut sound = Sound::new(phone, phone.is_vowel().then_some(stress));
                if phone.is_vowel() {
                    stress = Stress::None;
                }
                sound.breaks = std::mem::take(&mut breaks) && !sounds.is_empty();
                sounds.push(sound);
                i += bytes;
                continue;
            }
        }
        i += c.len_utf8();
    }
    if !stressed {
        stress_each_word(text, &mut sounds);
        stressed = true;
    }
    finish(&mut sounds, stressed, text, at)?;
    Ok(Inline { sounds, loud: false })
}

/// The sound that `text` starts with and its bytes; a tie between two letters is read over.
fn ipa_sound(text: &str, japanese: bool) -> Option<(Phone, usize)> {
    const TIES: [char; 2] = ['\u{361}', '\u{35c}'];
    let window: String = text.chars().filter(|c| !TIES.contains(c)).take(3).collect();
    let (phone, bytes) = match window.chars().next()? {
        'a' if japanese => (Phone::JA, 1),
        'i' if japanese => (Phone::JI, 1),
        'u' if japanese => (Phone::JU, 1),
        'e' if japanese => (Phone::JE, 1),
        'o' if japanese => (Phone::JO, 1),
        'r' if japanese => (Phone::JR, 1),
        _ => Phone::from_ipa_prefix(&window)?,
    };
    let phone = match phone {
        Phone::DX if japanese => Phone::JR,
        Phone::JA if !japanese => Phone::AA,
        Phone::JI if !japanese => Phone::IY,
        Phone::JE if !japanese => Phone::EH,
        Phone::JO if !japanese => Phone::OW,
        Phone::JR if !japanese => Phone::DX,
        other => other,
    };
    let mut letters = window[..bytes].chars().count();
    let mut used = 0;
    for c in text.chars() {
        if !TIES.contains(&c) {
            if letters == 0 {
                break;
            }
            letters -= 1;
        } else if letters == 0 {
            break;
        }
        used += c.len_utf8();
    }
    Some((phone, used))
}

/// Without stress signs the first vowel of each word between spaces is stressed; schwa is not.
fn stress_each_word(text: &str, sounds: &mut [Sound]) {
    let spaced = text.split_whitespace().count() > 1;
    let mut fresh = true;
    for s in sounds.iter_mut() {
        fresh |= spaced && s.breaks;
        if s.is_nucleus() && fresh && s.phone != Phone::AX {
            s.stress = Some(Stress::Primary);
            fresh = false;
        }
    }
    if fresh && let Some(first) = sounds.iter_mut().find(|s| s.is_nucleus()) {
        first.stress = Some(Stress::Primary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spell(sounds: &[Sound]) -> String {
        let figure = |s: &Sound| match s.stress {
            Some(Stress::Primary) => "1",
            Some(Stress::Secondary) => "2",
            Some(Stress::None) => "0",
            None => "",
        };
        sounds.iter().map(|s| format!("{}{}", s.phone.arpabet(), figure(s))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn arpabet_and_ipa_say_the_same() {
        assert_eq!(spell(&arpabet("AO1 L M AY1 T", 0).unwrap().sounds), "AO1 L M AY1 T");
        assert_eq!(spell(&ipa("ɔːl maɪt", 0, false).unwrap().sounds), "AO1 L M AY1 T");
        assert_eq!(spell(&ipa("dɪˈfɛns", 0, false).unwrap().sounds), "D IH0 F EH1 N S");
        assert_eq!(spell(&ipa("t͡ʃɪə", 0, false).unwrap().sounds), "CH IH1 AX0");
        assert_eq!(spell(&arpabet("ah l", 0).unwrap().sounds), "AH1 L");
    }

    #[test]
    fn unknown_sounds_name_their_place_and_their_neighbours() {
        let error = arpabet("AO1 L QQ", 5).unwrap_err();
        assert_eq!(error.span(), Some(11..13));
        let TextError::UnknownPhoneme { near, .. } = arpabet("XH1 T", 0).unwrap_err() else { panic!() };
        assert!(near.iter().any(|n| n == "AH" || n == "SH"), "{near:?}");
        assert!(matches!(arpabet("T1 AO1", 0), Err(TextError::WrongStress { .. })));
        assert!(matches!(arpabet("AO3", 0), Err(TextError::WrongStress { .. })));
        assert!(matches!(arpabet("T K", 0), Err(TextError::NoVowel { .. })));
        assert!(matches!(arpabet("", 0), Err(TextError::NoVowel { .. })));
        assert!(matches!(arpabet("AO1(x99)", 0), Err(TextError::WrongStretch { .. })));
        assert!(matches!(ipa("m7", 0, false), Err(TextError::UnknownPhoneme { .. })));
    }
}
