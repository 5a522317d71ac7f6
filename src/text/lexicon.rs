//! How a word is said: dictionaries first, then endings, stretched letters, romaji, letter names and rules.
//!
//! Owns the order of look-up. Does not own what is a word in a text.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::sound::Sound;
use super::{Language, Origin, Phone, Stress, TextError, endings, kana, letters, packed, stretched, user};

/// The built-in pronouncing dictionary and the user's own words.
///
/// Cheap to create: the dictionary is searched where it lies in the program.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    user: BTreeMap<String, Vec<Sound>>,
}

/// A word's sounds and where they come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub sounds: Vec<Sound>,
    pub origin: Origin,
}

fn cries() -> &'static BTreeMap<String, Vec<Sound>> {
    static CRIES: OnceLock<BTreeMap<String, Vec<Sound>>> = OnceLock::new();
    // The list is part of the program and a test reads it: it cannot fail here.
    CRIES.get_or_init(|| user::read("chants.dict", include_str!("data/chants.dict")).unwrap_or_default())
}

/// Small letters, plain apostrophes, Latin letters without their marks.
pub(super) fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            '’' | '‘' | 'ʼ' | '`' | '´' => out.push('\''),
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ä' => out.push('a'),
            'æ' => out.push_str("ae"),
            'ç' | 'ć' | 'č' => out.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ı' => out.push('i'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ō' | 'ø' | 'ö' => out.push('o'),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            'ś' | 'š' | 'ş' => out.push('s'),
            'ú' | 'ù' | 'û' | 'ü' | 'ū' | 'ů' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            'ł' => out.push('l'),
            'ř' => out.push('r'),
            'ť' | 'ţ' => out.push('t'),
            'ď' | 'đ' => out.push('d'),
            'ğ' => out.push('g'),
            '\u{300}'..='\u{36f}' => {}
            c => out.push(kana::hiragana(c)),
        }
    }
    out
}

impl Lexicon {
    /// The built-in dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// The built-in dictionary and the words of a user's file, which go first.
    ///
    /// A line is a word, spaces and its sounds in ARPAbet (`KYOUKA  K Y OW1 K AH0`); what follows `#` or `;;;` is skipped.
    ///
    /// # Errors
    /// [`TextError::Dictionary`] with file, line and column.
    pub fn with_user(file_name: &str, contents: &str) -> Result<Self, TextError> {
        Ok(Self { user: user::read(file_name, contents)? })
    }

    /// What the dictionaries say about a folded word, without any rule.
    pub(super) fn find(&self, word: &str) -> Option<Said> {
        if let Some(sounds) = self.user.get(word) {
            return Some(Said { sounds: sounds.clone(), origin: Origin::User });
        }
        if let Some(sounds) = cries().get(word) {
            return Some(Said { sounds: sounds.clone(), origin: Origin::Dictionary });
        }
        packed::find(word).map(|sounds| Said { sounds, origin: Origin::Dictionary })
    }

    /// Short forms typed without their apostrophe: "dont", "youre".
    fn with_apostrophe(&self, word: &str) -> Option<Said> {
        ["t", "s", "re", "ve", "ll", "d", "m"]
            .iter()
            .find_map(|ending| {
                let stem = word.strip_suffix(ending)?;
                let typical =
                    matches!(*ending, "t" if !stem.ends_with('n')) || !stem.is_ascii() || stem.is_empty();
                let short = matches!(*ending, "s" | "d" | "m") && stem.len() > 4;
                if typical || short { None } else { packed::find(&format!("{stem}'{ending}")) }
            })
            .map(|sounds| Said { sounds, origin: Origin::Derived })
    }

    /// Says one word as typed: letters and apostrophes, in capitals or not.
    ///
    /// `shouted` tells that the whole phrase is in capitals, so that capitals do not mean initials.
    pub(super) fn say(&self, typed: &str, language: Language, shouted: bool) -> Said {
        let word = fold(typed);
        if let Some(said) = self.user.contains_key(&word).then(|| self.find(&word)).flatten() {
            return said;
        }
        let marked: String = typed.chars().flat_map(char::to_lowercase).collect();
        if language == Language::Japanese
            && let Some(kana) = kana::from_romaji(&marked, false)
        {
            return Said { sounds: kana::sounds(&kana), origin: Origin::Romaji };
        }
        if let Some(said) = self.find(&word).or_else(|| endings::derive(&word, self)) {
            return said;
        }
        if let Some(said) = self.with_apostrophe(&word) {
            return said;
        }
        if let Some(said) = stretched::say(&word, self) {
            return said;
        }
        // Quotation marks and swallowed letters at the edges: 'yes', rock'n'.
        let bare = word.trim_matches('\'');
        if bare != word && !bare.is_empty() {
            return self.say(bare, language, shouted);
        }
        let initials = typed.chars().filter(|c| c.is_uppercase()).count() == typed.chars().count();
        let vowels = word.contains(['a', 'e', 'i', 'o', 'u', 'y']);
        if (!vowels && word.len() <= 6)
            || (initials && !shouted && (2..=4).contains(&word.len()) && !pronounceable(&word))
        {
            return Said { sounds: spell(&word), origin: Origin::Letters };
        }
        if let Some(kana) = kana::from_romaji(&marked, true).filter(|_| word.len() > 2) {
            return Said { sounds: kana::in_english(&kana::sounds(&kana)), origin: Origin::Romaji };
        }
        // A written accent tells that a last e is said.
        let spelled = match word.strip_suffix('e') {
            Some(stem) if marked.ends_with(['é', 'è', 'ê']) => format!("{stem}ay"),
            _ => word.clone(),
        };
        let sounds = letters::guess(&spelled);
        if sounds.iter().any(Sound::can_sound) {
            Said { sounds, origin: Origin::Rules }
        } else {
            // Nothing that could be a syllable ("a'p").
            Said { sounds: spell(&word), origin: Origin::Letters }
        }
    }
}

/// Whether a short word in capitals looks like a word rather than like initials: a vowel between consonants.
fn pronounceable(word: &str) -> bool {
    let is_vowel = |c: &u8| b"aeiouy".contains(c);
    let bytes = word.as_bytes();
    bytes.windows(2).any(|w| !is_vowel(&w[0]) && is_vowel(&w[1])) && !bytes.first().is_some_and(is_vowel)
}

/// Letter names one after the other; every name is stressed, the last one most.
pub(super) fn spell(word: &str) -> Vec<Sound> {
    let mut out: Vec<Sound> = Vec::new();
    for c in word.chars() {
        let from = out.len();
        out.extend(letter(c));
        if let Some(first) = out.get_mut(from) {
            first.breaks = true;
        }
    }
    out
}

/// The name of a letter.
fn letter(c: char) -> Vec<Sound> {
    use Phone::*;
    let (before, vowel, after): (&[Phone], Phone, &[Phone]) = match c {
        'a' => (&[], EY, &[]),
        'b' => (&[B], IY, &[]),
        'c' => (&[S], IY, &[]),
        'd' => (&[D], IY, &[]),
        'e' => (&[], IY, &[]),
        'f' => (&[], EH, &[F]),
        'g' => (&[JH], IY, &[]),
        'h' => (&[], EY, &[CH]),
        'i' => (&[], AY, &[]),
        'j' => (&[JH], EY, &[]),
        'k' => (&[K], EY, &[]),
        'l' => (&[], EH, &[L]),
        'm' => (&[], EH, &[M]),
        'n' => (&[], EH, &[N]),
        'o' => (&[], OW, &[]),
        'p' => (&[P], IY, &[]),
        'q' => (&[K, Y], UW, &[]),
        'r' => (&[], AA, &[R]),
        's' => (&[], EH, &[S]),
        't' => (&[T], IY, &[]),
        'u' => (&[Y], UW, &[]),
        'v' => (&[V], IY, &[]),
        'x' => (&[], EH, &[K, S]),
        'y' => (&[W], AY, &[]),
        'z' => (&[Z], IY, &[]),
        'w' => {
            let consonant = Sound::consonant;
            return vec![
                consonant(D),
                Sound::vowel(AH, Stress::Primary),
                consonant(B),
                Sound::vowel(AX, Stress::None),
                consonant(L),
                consonant(Y),
                Sound::vowel(UW, Stress::None),
            ];
        }
        _ => return Vec::new(),
    };
    let mut out: Vec<Sound> = before.iter().map(|&p| Sound::consonant(p)).collect();
    out.push(Sound::vowel(vowel, Stress::Primary));
    out.extend(after.iter().map(|&p| Sound::consonant(p)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn spelled(said: &Said) -> String {
        said.sounds.iter().map(|s| s.phone.arpabet()).collect::<Vec<_>>().join(" ")
    }

    fn say(word: &str) -> (String, Origin) {
        let said = Lexicon::new().say(word, Language::English, false);
        (spelled(&said), said.origin)
    }

    #[test]
    fn built_in_cries_can_be_read() {
        assert!(user::read("chants.dict", include_str!("data/chants.dict")).unwrap().len() > 100);
    }

    #[test]
    fn cries_and_chant_words_are_right() {
        for (word, sounds) in [
            ("olé", "OW L EY"),
            ("GOAL", "G OW L"),
            ("hooray", "HH UH R EY"),
            ("woo", "W UW"),
            ("ooh", "UW"),
            ("aah", "AA"),
            ("Kyouka", "K Y OW K AX"),
            ("y’all", "Y AO L"),
            ("shh", "SH"),
        ] {
            assert_eq!(say(word).0, sounds, "{word}");
        }
    }

    #[test]
    fn words_come_from_the_source_that_knows_them() {
        for (word, sounds, origin) in [
            ("might", "M AY T", Origin::Dictionary),
            ("MVP", "EH M V IY P IY", Origin::Letters),
            ("a'p", "EY P IY", Origin::Letters),
            ("Midoriya", "M IY D OW R IY Y AX", Origin::Romaji),
            ("GOOOAL", "G OW L", Origin::Dictionary),
            ("nooooo", "N OW", Origin::Dictionary),
            ("heyyy", "HH EY", Origin::Dictionary),
        ] {
            assert_eq!(say(word), (sounds.to_owned(), origin), "{word}");
        }
        assert_eq!(say("blorfing").1, Origin::Rules);
    }

    #[test]
    fn users_words_go_first() {
        let lexicon = Lexicon::with_user("mine", "MIGHT  M IY1 T").unwrap();
        let said = lexicon.say("Might", Language::English, false);
        assert_eq!((spelled(&said).as_str(), said.origin), ("M IY T", Origin::User));
    }
}
