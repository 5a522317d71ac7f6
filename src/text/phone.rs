//! The inventory of speech sounds, IPA-complete for the languages that uproar speaks.
//!
//! Owns the sounds and their two notations, ARPAbet and IPA. Does not own words or timing.

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
