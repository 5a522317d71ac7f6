//! Hiragana, katakana and romaji to sounds, mora by mora.
//!
//! Owns the kana table, long vowels, the small tsu and the moraic nasal. Does not own kanji: nobody can guess those.
//! Source: Vance 2008, *The Sounds of Japanese*; romanisation after Hepburn, with the Kunrei spellings.

use super::sound::Sound;
use super::{Phone, Stress};

/// Kana, its consonants, its vowel.
type Row = (char, &'static [Phone], Phone);

#[rustfmt::skip]
const ROWS: &[Row] = {
    use Phone::{B, CH, D, G, HH, JA as A, JE as E, JH, JI as I, JO as O, JR, JU as U, K, M, N, P, PH, S, SH, T, TS, V, W, Y, Z};
    &[
        ('あ', &[], A), ('い', &[], I), ('う', &[], U), ('え', &[], E), ('お', &[], O),
        ('か', &[K], A), ('き', &[K], I), ('く', &[K], U), ('け', &[K], E), ('こ', &[K], O),
        ('が', &[G], A), ('ぎ', &[G], I), ('ぐ', &[G], U), ('げ', &[G], E), ('ご', &[G], O),
        ('さ', &[S], A), ('し', &[SH], I), ('す', &[S], U), ('せ', &[S], E), ('そ', &[S], O),
        ('ざ', &[Z], A), ('じ', &[JH], I), ('ず', &[Z], U), ('ぜ', &[Z], E), ('ぞ', &[Z], O),
        ('た', &[T], A), ('ち', &[CH], I), ('つ', &[TS], U), ('て', &[T], E), ('と', &[T], O),
        ('だ', &[D], A), ('ぢ', &[JH], I), ('づ', &[Z], U), ('で', &[D], E), ('ど', &[D], O),
        ('な', &[N], A), ('に', &[N], I), ('ぬ', &[N], U), ('ね', &[N], E), ('の', &[N], O),
        ('は', &[HH], A), ('ひ', &[HH], I), ('ふ', &[PH], U), ('へ', &[HH], E), ('ほ', &[HH], O),
        ('ば', &[B], A), ('び', &[B], I), ('ぶ', &[B], U), ('べ', &[B], E), ('ぼ', &[B], O),
        ('ぱ', &[P], A), ('ぴ', &[P], I), ('ぷ', &[P], U), ('ぺ', &[P], E), ('ぽ', &[P], O),
        ('ま', &[M], A), ('み', &[M], I), ('む', &[M], U), ('め', &[M], E), ('も', &[M], O),
        ('や', &[Y], A), ('ゆ', &[Y], U), ('よ', &[Y], O),
        ('ら', &[JR], A), ('り', &[JR], I), ('る', &[JR], U), ('れ', &[JR], E), ('ろ', &[JR], O),
        ('わ', &[W], A), ('ゐ', &[], I), ('ゑ', &[], E), ('を', &[], O), ('ゔ', &[V], U),
    ]
};

/// Half-width katakana U+FF66.. in order, as hiragana.
const HALF_WIDTH: &str = "をぁぃぅぇぉゃゅょっーあいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわん";

/// The hiragana of a kana, or the character itself.
pub(super) fn hiragana(c: char) -> char {
    match c {
        'ァ'..='ヴ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        'ヵ' => 'か',
        'ヶ' => 'け',
        '\u{ff66}'..='\u{ff9d}' => HALF_WIDTH.chars().nth((u32::from(c) - 0xff66) as usize).unwrap_or(c),
        _ => c,
    }
}

/// Whether the character is written inside Japanese words in kana.
pub(super) fn is_kana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '\u{ff66}'..='\u{ff9f}' | '゛' | '゜' | '\u{3099}' | '\u{309a}')
}

/// Whether the character is a kanji or its repetition mark.
pub(super) fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々' | '〆' | '\u{20000}'..='\u{323af}')
}

/// Joins voicing marks that stand alone to their kana (half-width text, decomposed text).
fn compose(text: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::new();
    for c in text.chars() {
        let step = match c {
            '゛' | '\u{3099}' | '\u{ff9e}' => 1,
            '゜' | '\u{309a}' | '\u{ff9f}' => 2,
            _ => {
                out.push(hiragana(c));
                continue;
            }
        };
        if let Some(last) = out.last_mut() {
            // Voiced kana follow their plain ones in Unicode; only the h row has both.
            match (*last, step) {
                ('う', 1) => *last = 'ゔ',
                ('か'..='と', 1) | ('は' | 'ひ' | 'ふ' | 'へ' | 'ほ', _) => {
                    *last = char::from_u32(u32::from(*last) + step).unwrap_or(*last);
                }
                _ => {}
            }
        }
    }
    out
}

fn small_vowel(c: char) -> Option<Phone> {
    Some(match c {
        'ぁ' => Phone::JA,
        'ぃ' => Phone::JI,
        'ぅ' => Phone::JU,
        'ぇ' => Phone::JE,
        'ぉ' => Phone::JO,
        _ => return None,
    })
}

/// The sounds of a word in kana; one syllable per mora, with long vowels and the moraic nasal joined to their mora.
///
/// A particle that stands alone is said as such: は is wa, へ is e.
pub(super) fn sounds(text: &str) -> Vec<Sound> {
    let chars = compose(text);
    let katakana = text.chars().all(|c| matches!(c, 'ァ'..='ー' | '\u{ff66}'..='\u{ff9f}'));
    match chars.as_slice() {
        ['は'] => return mora(&[Phone::W], Phone::JA),
        ['へ'] => return mora(&[], Phone::JE),
        _ => {}
    }
    let mut out: Vec<Sound> = Vec::new();
    let mut geminate = false;
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        i += 1;
        match c {
            'ー' => lengthen(&mut out),
            'っ' => {
                if geminate {
                    continue;
                }
                geminate = true;
            }
            'ん' => {
                stop_short(&mut out, &mut geminate);
                out.push(nasal(chars.get(i).copied(), out.is_empty()));
            }
            _ => {
                let (consonants, vowel, used) = read_mora(c, chars.get(i).copied());
                i += used;
                let bare = consonants.is_empty();
                if bare && !geminate && merges(out.last(), vowel, katakana) {
                    lengthen(&mut out);
                    continue;
                }
                if geminate && bare {
                    stop_short(&mut out, &mut geminate);
                }
                let from = out.len();
                out.extend(mora(&consonants, vowel));
                if geminate && let Some(first) = out.get_mut(from) {
                    // The closure of a geminate lasts about twice as long.
                    first.length = 2.0;
                }
                geminate = false;
            }
        }
    }
    stop_short(&mut out, &mut geminate);
    if let Some(first) = out.iter_mut().find(|s| s.is_nucleus()) {
        first.stress = Some(Stress::Primary);
    }
    out
}

/// The small tsu before a vowel or at the end of a cry is a glottal stop.
fn stop_short(out: &mut Vec<Sound>, geminate: &mut bool) {
    if std::mem::take(geminate) && !out.is_empty() {
        out.push(Sound::consonant(Phone::Glottal));
    }
}

fn lengthen(out: &mut [Sound]) {
    if let Some(last) = out.last_mut()
        && last.is_nucleus()
    {
        // Typed long marks beyond the first stretch the vowel: "オーーール".
        if last.length < 2.0 {
            last.length = 2.0;
        } else {
            last.stretch = (last.stretch + 0.5).min(4.0);
        }
    }
}

fn merges(last: Option<&Sound>, vowel: Phone, katakana: bool) -> bool {
    // Katakana write long vowels with a bar; a vowel letter after another is a new syllable: プルスウルトラ.
    !katakana
        && last.is_some_and(|l| {
            l.is_nucleus()
                && (l.phone == vowel
                    || matches!((l.phone, vowel), (Phone::JO, Phone::JU) | (Phone::JE, Phone::JI)))
        })
}

fn mora(consonants: &[Phone], vowel: Phone) -> Vec<Sound> {
    let mut out: Vec<Sound> = consonants.iter().map(|&p| Sound::consonant(p)).collect();
    out.push(Sound::vowel(vowel, Stress::Secondary));
    if let Some(first) = out.first_mut() {
        first.breaks = true;
    }
    out
}

fn nasal(next: Option<char>, alone: bool) -> Sound {
    let phone = match next.and_then(row).and_then(|r| r.1.first().copied()) {
        Some(Phone::P | Phone::B | Phone::M) => Phone::M,
        Some(Phone::T | Phone::D | Phone::N | Phone::JR | Phone::CH | Phone::JH | Phone::TS | Phone::Z) => {
            Phone::N
        }
        Some(Phone::K | Phone::G) => Phone::NG,
        _ => Phone::NN,
    };
    if alone { Sound::vowel(phone, Stress::Secondary) } else { Sound::consonant(phone) }
}

fn row(c: char) -> Option<&'static Row> {
    ROWS.iter().find(|r| r.0 == c)
}

/// Consonants, vowel and how many of the following characters (0 or 1) belong to the mora that starts with `c`.
fn read_mora(c: char, next: Option<char>) -> (Vec<Phone>, Phone, usize) {
    let Some(&(_, consonants, vowel)) = row(c) else {
        // A small kana without a big one before it is said like the big one.
        let (consonant, vowel) = match c {
            'ゃ' => (Some(Phone::Y), Phone::JA),
            'ゅ' => (Some(Phone::Y), Phone::JU),
            'ょ' => (Some(Phone::Y), Phone::JO),
            'ゎ' => (Some(Phone::W), Phone::JA),
            _ => (None, small_vowel(c).unwrap_or(Phone::JA)),
        };
        return (consonant.into_iter().collect(), vowel, 0);
    };
    let mut all = consonants.to_vec();
    match next {
        Some(y @ ('ゃ' | 'ゅ' | 'ょ')) if !consonants.is_empty() => {
            if !matches!(consonants, [Phone::SH | Phone::CH | Phone::JH]) {
                all.push(Phone::Y);
            }
            let v = match y {
                'ゃ' => Phone::JA,
                'ゅ' => Phone::JU,
                _ => Phone::JO,
            };
            (all, v, 1)
        }
        Some(small) => match small_vowel(small) {
            // ああぁ: a small vowel after the same vowel is a long one, left to the caller.
            Some(v) if v != vowel => {
                if all.is_empty() && vowel == Phone::JU {
                    all.push(Phone::W);
                }
                if all.is_empty() && vowel == Phone::JI {
                    all.push(Phone::Y);
                }
                if all.is_empty() { (all, vowel, 0) } else { (all, v, 1) }
            }
            _ => (all, vowel, 0),
        },
        None => (all, vowel, 0),
    }
}

/// Romaji, longest spelling first: letters and kana.
#[rustfmt::skip]
const ROMAJI: &[(&str, &str)] = &[
    ("kya", "きゃ"), ("kyu", "きゅ"), ("kyo", "きょ"), ("gya", "ぎゃ"), ("gyu", "ぎゅ"), ("gyo", "ぎょ"),
    ("sha", "しゃ"), ("shi", "し"), ("shu", "しゅ"), ("she", "しぇ"), ("sho", "しょ"),
    ("sya", "しゃ"), ("syu", "しゅ"), ("syo", "しょ"), ("zya", "じゃ"), ("zyu", "じゅ"), ("zyo", "じょ"),
    ("jya", "じゃ"), ("jyu", "じゅ"), ("jyo", "じょ"),
    ("cha", "ちゃ"), ("chi", "ち"), ("chu", "ちゅ"), ("che", "ちぇ"), ("cho", "ちょ"),
    ("tya", "ちゃ"), ("tyu", "ちゅ"), ("tyo", "ちょ"), ("tsu", "つ"),
    ("nya", "にゃ"), ("nyu", "にゅ"), ("nyo", "にょ"), ("hya", "ひゃ"), ("hyu", "ひゅ"), ("hyo", "ひょ"),
    ("bya", "びゃ"), ("byu", "びゅ"), ("byo", "びょ"), ("pya", "ぴゃ"), ("pyu", "ぴゅ"), ("pyo", "ぴょ"),
    ("mya", "みゃ"), ("myu", "みゅ"), ("myo", "みょ"), ("rya", "りゃ"), ("ryu", "りゅ"), ("ryo", "りょ"),
    ("dzu", "づ"), ("dji", "ぢ"),
    ("ka", "か"), ("ki", "き"), ("ku", "く"), ("ke", "け"), ("ko", "こ"),
    ("ga", "が"), ("gi", "ぎ"), ("gu", "ぐ"), ("ge", "げ"), ("go", "ご"),
    ("sa", "さ"), ("si", "し"), ("su", "す"), ("se", "せ"), ("so", "そ"),
    ("za", "ざ"), ("zi", "じ"), ("zu", "ず"), ("ze", "ぜ"), ("zo", "ぞ"),
    ("ja", "じゃ"), ("ji", "じ"), ("ju", "じゅ"), ("je", "じぇ"), ("jo", "じょ"),
    ("ta", "た"), ("ti", "ち"), ("tu", "つ"), ("te", "て"), ("to", "と"),
    ("da", "だ"), ("de", "で"), ("do", "ど"),
    ("na", "な"), ("ni", "に"), ("nu", "ぬ"), ("ne", "ね"), ("no", "の"),
    ("ha", "は"), ("hi", "ひ"), ("hu", "ふ"), ("fu", "ふ"), ("he", "へ"), ("ho", "ほ"),
    ("ba", "ば"), ("bi", "び"), ("bu", "ぶ"), ("be", "べ"), ("bo", "ぼ"),
    ("pa", "ぱ"), ("pi", "ぴ"), ("pu", "ぷ"), ("pe", "ぺ"), ("po", "ぽ"),
    ("ma", "ま"), ("mi", "み"), ("mu", "む"), ("me", "め"), ("mo", "も"),
    ("ya", "や"), ("yu", "ゆ"), ("yo", "よ"),
    ("ra", "ら"), ("ri", "り"), ("ru", "る"), ("re", "れ"), ("ro", "ろ"), ("wa", "わ"), ("wo", "を"),
    ("a", "あ"), ("i", "い"), ("u", "う"), ("e", "え"), ("o", "お"),
];

/// Spellings of the Kunrei system that mean another sound to English readers.
const KUNREI: [&str; 14] =
    ["si", "ti", "tu", "hu", "zi", "sya", "syu", "syo", "zya", "zyu", "zyo", "tya", "tyu", "tyo"];

/// The hiragana of a word in Latin letters, if it is Japanese from end to end.
///
/// With `hepburn` only spellings that English readers use are taken ("shi", not "si"), so that "Messi" stays what it is.
/// Takes small letters; "ā ī ū ē ō" and an apostrophe after n are understood.
pub(super) fn from_romaji(word: &str, hepburn: bool) -> Option<String> {
    let mut spelled = String::with_capacity(word.len() + 4);
    for c in word.chars() {
        match c {
            'ā' | 'â' => spelled.push_str("aa"),
            'ī' | 'î' => spelled.push_str("ii"),
            'ū' | 'û' => spelled.push_str("uu"),
            'ē' | 'ê' => spelled.push_str("ee"),
            'ō' | 'ô' => spelled.push_str("ou"),
            c => spelled.push(c),
        }
    }
    let mut rest = spelled.as_str();
    let mut out = String::with_capacity(3 * rest.len());
    while let Some(first) = rest.chars().next() {
        let mut following = rest.chars();
        following.next();
        let second = following.next();
        let fits = |row: &&(&str, &str)| rest.starts_with(row.0) && !(hepburn && KUNREI.contains(&row.0));
        if let Some((letters, kana)) = ROMAJI.iter().find(fits) {
            out.push_str(kana);
            rest = &rest[letters.len()..];
        } else if first == 'n' && second == Some('\'') {
            out.push('ん');
            rest = &rest[2..];
        } else if first == 'n' || (first == 'm' && matches!(second, Some('p' | 'b' | 'm'))) {
            out.push('ん');
            rest = &rest[1..];
        } else if (second == Some(first) && "kstpgdbzj".contains(first))
            || (first == 't' && second == Some('c'))
            || rest.starts_with("cch")
        {
            out.push('っ');
            rest = &rest[1..];
        } else {
            return None;
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Japanese sounds as an English-speaking crowd says them, with an English stress.
pub(super) fn in_english(kana: &[Sound]) -> Vec<Sound> {
    let mut out: Vec<Sound> = Vec::with_capacity(kana.len());
    for (i, s) in kana.iter().enumerate() {
        let last = !kana[i + 1..].iter().any(Sound::is_nucleus);
        let open_end = i + 1 == kana.len();
        let phone = match s.phone {
            Phone::JA if last && open_end && i > 2 && s.length < 2.0 => Phone::AX,
            Phone::JA => Phone::AA,
            Phone::JI => Phone::IY,
            Phone::JU => Phone::UW,
            Phone::JE if open_end || s.length >= 2.0 => Phone::EY,
            Phone::JE => Phone::EH,
            Phone::JO => Phone::OW,
            Phone::JR => Phone::R,
            Phone::PH => Phone::F,
            Phone::NN => Phone::N,
            other => other,
        };
        // Two vowels in a row that English has as one.
        if s.is_nucleus()
            && (i == 0 || s.breaks)
            && let Some(before) = out.last_mut()
        {
            let joined = match (before.phone, phone) {
                (Phone::AA, Phone::IY) => Some(Phone::AY),
                (Phone::OW, Phone::IY) => Some(Phone::OY),
                (Phone::AA, Phone::UW) => Some(Phone::AW),
                _ => None,
            };
            if let Some(joined) = joined.filter(|_| before.is_nucleus()) {
                before.phone = joined;
                continue;
            }
        }
        let mut sound = Sound { phone, length: 1.0, ..*s };
        sound.stress = s.stress.map(|_| Stress::None);
        out.push(sound);
    }
    let nuclei: Vec<usize> = (0..out.len()).filter(|&i| out[i].is_nucleus()).collect();
    let n = nuclei.len();
    // English stress of foreign names: the last but one of four or more, except before -iya; else the first.
    let hiatus = n >= 4
        && out.get(nuclei[n - 2]).is_some_and(|s| s.phone == Phone::IY)
        && out.get(nuclei[n - 2] + 1).is_some_and(|s| s.phone == Phone::Y);
    let stressed = match n {
        0 => None,
        1..=3 => Some(0),
        _ if hiatus => Some(n - 3),
        _ => Some(n - 2),
    };
    if let Some(s) = stressed.and_then(|k| nuclei.get(k)).and_then(|&i| out.get_mut(i)) {
        s.stress = Some(Stress::Primary);
        if s.phone == Phone::AX {
            s.phone = Phone::AA;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spell(sounds: &[Sound]) -> String {
        let one = |s: &Sound| format!("{}{}", s.phone.arpabet(), if s.length >= 2.0 { ":" } else { "" });
        sounds.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn kana_follow_the_rules_of_morae() {
        for (kana, expected) in [
            ("オールマイト", "JO: JR JU M JA JI T JO"),
            ("がんばれ", "G JA M B JA JR JE"),
            ("まけるな", "M JA K JE JR JU N JA"),
            ("いっけー", "JI K: JE:"),
            ("きょうか", "K Y JO: K JA"),
            ("ちゃんと", "CH JA N T JO"),
            ("ファイト", "PH JA JI T JO"),
            ("せんせい", "S JE NN S JE:"),
            ("あっ", "JA Q"),
            ("ﾌﾞﾗﾎﾞｰ", "B JU JR JA B JO:"),
            ("ウィン", "W JI NN"),
            ("は", "W JA"),
            ("プルスウルトラ", "P JU JR JU S JU JU JR JU T JO JR JA"),
        ] {
            assert_eq!(spell(&sounds(kana)), expected, "{kana}");
        }
    }

    #[test]
    fn romaji_is_read_as_kana() {
        for (romaji, kana) in [
            ("midoriya", "みどりや"),
            ("bakugou", "ばくごう"),
            ("todoroki", "とどろき"),
            ("kirishima", "きりしま"),
            ("kyouka", "きょうか"),
            ("ganbatte", "がんばって"),
            ("shin'ichi", "しんいち"),
            ("tōkyō", "とうきょう"),
            ("matchi", "まっち"),
        ] {
            assert_eq!(from_romaji(romaji, true).as_deref(), Some(kana), "{romaji}");
        }
        for not in ["might", "defense", "l", "str", "kyle", "", "q", "messi"] {
            assert_eq!(from_romaji(not, true), None, "{not}");
        }
    }

    #[test]
    fn names_are_said_the_english_way_in_an_english_crowd() {
        for (romaji, expected) in [
            ("midoriya", "M IY D OW R IY Y AX"),
            ("bakugou", "B AA K UW G OW"),
            ("todoroki", "T OW D OW R OW K IY"),
            ("kirishima", "K IY R IY SH IY M AX"),
            ("aizawa", "AY Z AA W AX"),
        ] {
            let kana = from_romaji(romaji, true).unwrap();
            assert_eq!(spell(&in_english(&sounds(&kana))), expected, "{romaji}");
        }
    }
}
