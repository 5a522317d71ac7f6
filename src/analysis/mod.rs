//! Measures sound: loudness, band levels, envelopes, repetition, pitch.
//!
//! Owns what reports, tests and benches need to say what a render is like in LUFS, dB, Hz and seconds.
//! Does not own any sound, and nothing on the way to the output uses it. Offline except for
//! [`LoudnessMeter`], which is fed block by block. A leaf: it knows only `units` and `math`.

mod columns;
mod envelope;
mod error;
mod loudness;
mod measure;
mod pitch;
mod repetition;
mod spectrogram;
mod spectrum;
mod track;

pub use columns::{Columns, Merge};
pub use envelope::{Envelope, crest_db, kurtosis, rms, rms_db};
pub use error::AnalysisError;
pub use loudness::{Loudness, LoudnessMeter};
pub use measure::{Measurement, measure};
pub use pitch::{Pitch, pitch};
pub use repetition::{Repetition, repetition};
pub use spectrogram::{BANDS, Spectrogram};
pub use spectrum::{Band, Spectrum};
pub use track::{Track, TrackStep};
