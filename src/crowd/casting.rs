//! Which voices the crowd is made of.

use super::CrowdConfig;
use crate::voice::{Kind, Voice};

/// Keys of the cast's voices, out of reach of any crowd's people.
const CAST_KEY: u64 = 1 << 41;

/// The kinds that a line's `by` means; `None` if it is somebody's name.
pub(crate) fn kinds(by: &str) -> Option<&'static [Kind]> {
    match by {
        "anyone" => Some(&[Kind::Woman, Kind::Man, Kind::Girl, Kind::Boy]),
        "woman" => Some(&[Kind::Woman]),
        "man" => Some(&[Kind::Man]),
        "girl" => Some(&[Kind::Girl]),
        "boy" => Some(&[Kind::Boy]),
        "child" => Some(&[Kind::Girl, Kind::Boy]),
        "adult" => Some(&[Kind::Woman, Kind::Man]),
        _ => None,
    }
}

/// Draws the crowd's voices so that the kinds have exactly their shares, well mixed.
pub(crate) fn cast(config: &CrowdConfig, seed: u64) -> Vec<Voice> {
    let p = &config.population;
    let shares = [(Kind::Woman, p.women), (Kind::Man, p.men), (Kind::Girl, p.girls), (Kind::Boy, p.boys)];
    let total: f64 = shares.iter().map(|s| s.1).sum();
    let mut owed = [0.0; 4];
    (0..config.speakers as u64)
        .map(|speaker| {
            // Whoever is owed most gets the next voice (largest remainder, one voice at a time).
            for (debt, (_, share)) in owed.iter_mut().zip(shares) {
                *debt += if total > 0.0 { share / total } else { 0.25 };
            }
            let mut next = 0;
            for k in 1..4 {
                if owed[k] > owed[next] {
                    next = k;
                }
            }
            owed[next] -= 1.0;
            let mut only = p.clone();
            (only.women, only.men, only.girls, only.boys) = (0.0, 0.0, 0.0, 0.0);
            *[&mut only.women, &mut only.men, &mut only.girls, &mut only.boys][next] = 1.0;
            Voice::random(seed, CAST_KEY + speaker, &only)
        })
        .collect()
}
