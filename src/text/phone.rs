//! The inventory of speech sounds, IPA-complete for the languages that uproar speaks.
//!
//! Owns the sounds and their two notations, ARPAbet and IPA. Does not own words or timing.
//! Source: the ARPAbet as CMUdict uses it; IPA 2020 chart; Vance 2008, *The Sounds of Japanese*.

/// One speech sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[rustfmt::skip]
#[allow(missing_docs, reason = "the names are the ARPAbet's")]
pub enum Phone {
    // English monophthongs, ARPAbet names; AX is schwa.
    IY, IH, EH, AE, AA, AO, UH, UW, AH, AX, ER,
    // English diphthongs.
    EY, AY, OY, AW, OW,
    // Glides and liquids.
    W, Y, R, L,
    // Nasals.
    M, N, NG,
    // Stops, affricates and the tap.
    P, B, T, D, K, G, CH, JH, DX,
    // Fricatives.
    F, V, TH, DH, S, Z, SH, ZH, HH,
    // Japanese vowels (a i u e o), the bilabial F, TS, the tap R and the moraic nasal before vowels or a pause.
    JA, JI, JU, JE, JO, PH, TS, JR, NN,
    /// Glottal stop: a hard start, or the small tsu at the end of a cry.
    Glottal,
}

/// How a sound is made; decides which part of the synthesizer voices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Monophthong or diphthong.
    Vowel,
    /// W, Y, R, L.
    Approximant,
    /// M, N, NG, NN.
    Nasal,
    /// P, B, T, D, K, G, glottal stop.
    Stop,
    /// CH, JH, TS.
    Affricate,
    /// F, V, S, SH ... HH.
    Fricative,
    /// DX, JR.
    Tap,
}

/// Sound, ARPAbet name, IPA. AX is written AH0 by CMUdict; both names are read.
#[rustfmt::skip]
const TABLE: [(Phone, &str, &str); 51] = [
    (Phone::IY, "IY", "i"), (Phone::IH, "IH", "ɪ"), (Phone::EH, "EH", "ɛ"), (Phone::AE, "AE", "æ"),
    (Phone::AA, "AA", "ɑ"), (Phone::AO, "AO", "ɔ"), (Phone::UH, "UH", "ʊ"), (Phone::UW, "UW", "u"),
    (Phone::AH, "AH", "ʌ"), (Phone::AX, "AX", "ə"), (Phone::ER, "ER", "ɝ"),
    (Phone::EY, "EY", "eɪ"), (Phone::AY, "AY", "aɪ"), (Phone::OY, "OY", "ɔɪ"), (Phone::AW, "AW", "aʊ"),
    (Phone::OW, "OW", "oʊ"),
    (Phone::W, "W", "w"), (Phone::Y, "Y", "j"), (Phone::R, "R", "ɹ"), (Phone::L, "L", "l"),
    (Phone::M, "M", "m"), (Phone::N, "N", "n"), (Phone::NG, "NG", "ŋ"),
    (Phone::P, "P", "p"), (Phone::B, "B", "b"), (Phone::T, "T", "t"), (Phone::D, "D", "d"), (Phone::K, "K", "k"),
    (Phone::G, "G", "ɡ"), (Phone::CH, "CH", "tʃ"), (Phone::JH, "JH", "dʒ"), (Phone::DX, "DX", "ɾ"),
    (Phone::F, "F", "f"), (Phone::V, "V", "v"), (Phone::TH, "TH", "θ"), (Phone::DH, "DH", "ð"), (Phone::S, "S", "s"),
    (Phone::Z, "Z", "z"), (Phone::SH, "SH", "ʃ"), (Phone::ZH, "ZH", "ʒ"), (Phone::HH, "HH", "h"),
    (Phone::JA, "JA", "a"), (Phone::JI, "JI", "i"), (Phone::JU, "JU", "ɯ"), (Phone::JE, "JE", "e"),
    (Phone::JO, "JO", "o"), (Phone::PH, "PH", "ɸ"), (Phone::TS, "TS", "ts"), (Phone::JR, "JR", "ɾ"),
    (Phone::NN, "NN", "ɴ"),
    (Phone::Glottal, "Q", "ʔ"),
];

/// More ways of writing sounds in IPA, beside the table's own.
#[rustfmt::skip]
const IPA_MORE: [(&str, Phone); 36] = [
    ("əʊ", Phone::OW), ("ɔʏ", Phone::OY), ("ɑɪ", Phone::AY), ("ɑʊ", Phone::AW), ("ej", Phone::EY), ("aj", Phone::AY),
    ("aw", Phone::AW), ("ow", Phone::OW), ("oj", Phone::OY), ("ei", Phone::EY), ("ai", Phone::AY), ("au", Phone::AW),
    ("ou", Phone::OW), ("ɔi", Phone::OY), ("oɪ", Phone::OY),
    ("e", Phone::EH), ("a", Phone::AA), ("ɒ", Phone::AA), ("o", Phone::OW), ("ɚ", Phone::ER), ("ɜ", Phone::ER),
    ("ɐ", Phone::AH), ("ɨ", Phone::IH), ("ɫ", Phone::L), ("r", Phone::R), ("ɻ", Phone::R), ("g", Phone::G),
    ("ʧ", Phone::CH), ("ʤ", Phone::JH), ("tɕ", Phone::CH), ("dʑ", Phone::JH), ("ʦ", Phone::TS), ("ɕ", Phone::SH),
    ("ʑ", Phone::ZH), ("ç", Phone::HH), ("ʍ", Phone::W),
];

impl Phone {
    /// Every sound, in the order of the inventory.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        // The table is in the order of the enum: a test holds it to that.
        &TABLE[self as usize]
    }

    /// The name in ARPAbet, without stress; Japanese sounds have names of the same style ("JA", "TS", "NN").
    pub fn arpabet(self) -> &'static str {
        self.row().1
    }

    /// The sign in the International Phonetic Alphabet.
    pub fn ipa(self) -> &'static str {
        self.row().2
    }

    /// The sound of an ARPAbet name without a stress figure, in capitals or not.
    pub fn from_arpabet(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1.eq_ignore_ascii_case(name)).map(|row| row.0)
    }

    /// The sound that `text` starts with in IPA and how many bytes it takes, the longest sign first.
    pub fn from_ipa_prefix(text: &str) -> Option<(Self, usize)> {
        let own = TABLE.iter().map(|row| (row.2, row.0));
        let more = IPA_MORE.iter().copied();
        let mut best: Option<(Self, usize)> = None;
        for (sign, phone) in own.chain(more) {
            if text.starts_with(sign) && best.is_none_or(|(_, len)| sign.len() > len) {
                best = Some((phone, sign.len()));
            }
        }
        best
    }

    /// How the sound is made.
    pub fn manner(self) -> Manner {
        use Phone::*;
        match self {
            IY | IH | EH | AE | AA | AO | UH | UW | AH | AX | ER | EY | AY | OY | AW | OW | JA | JI | JU
            | JE | JO => Manner::Vowel,
            W | Y | R | L => Manner::Approximant,
            M | N | NG | NN => Manner::Nasal,
            P | B | T | D | K | G | Glottal => Manner::Stop,
            CH | JH | TS => Manner::Affricate,
            F | V | TH | DH | S | Z | SH | ZH | HH | PH => Manner::Fricative,
            DX | JR => Manner::Tap,
        }
    }

    /// Whether it is a vowel.
    pub fn is_vowel(self) -> bool {
        self.manner() == Manner::Vowel
    }

    /// Whether the vocal folds vibrate.
    pub fn is_voiced(self) -> bool {
        use Phone::*;
        !matches!(self, P | T | K | CH | F | TH | S | SH | HH | PH | TS | Glottal)
    }

    /// Whether it is one of the two-part vowels EY, AY, OY, AW, OW.
    pub fn is_diphthong(self) -> bool {
        matches!(self, Self::EY | Self::AY | Self::OY | Self::AW | Self::OW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_in_the_order_of_the_inventory() {
        for (i, (phone, _, _)) in TABLE.iter().enumerate() {
            assert_eq!(*phone as usize, i);
        }
        assert_eq!(Phone::all().count(), Phone::Glottal as usize + 1);
    }

    #[test]
    fn names_lead_back_to_their_sound() {
        for phone in Phone::all() {
            assert_eq!(Phone::from_arpabet(phone.arpabet()), Some(phone));
        }
    }

    #[test]
    fn longest_ipa_sign_wins() {
        assert_eq!(Phone::from_ipa_prefix("aɪt"), Some((Phone::AY, "aɪ".len())));
        assert_eq!(Phone::from_ipa_prefix("tʃ"), Some((Phone::CH, "tʃ".len())));
        assert_eq!(Phone::from_ipa_prefix("ts"), Some((Phone::TS, 2)));
        assert_eq!(Phone::from_ipa_prefix("7"), None);
    }
}
