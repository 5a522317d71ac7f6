//! Everything about a finished piece of sound at once.

use serde::Serialize;

use super::error::common_frames;
use super::{AnalysisError, Band, Envelope, Loudness, LoudnessMeter, Spectrum, crest_db, rms_db};
use crate::units::{SampleRate, db_from_gain};

/// What a piece of sound measures. Silence gives negative infinities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// Length, seconds.
    pub seconds: f64,
    /// Channels.
    pub channels: usize,
    /// Loudness and true peak.
    pub loudness: Loudness,
    /// RMS level over all channels (mean power), dBFS.
    pub rms_db: f64,
    /// Highest sample, dBFS.
    pub peak_db: f64,
    /// Highest crest factor of the channels, dB.
    pub crest_db: f64,
    /// Octave-band levels of the mean power of all channels, dBFS.
    pub octaves: Vec<Band>,
    /// Third-octave-band levels, likewise.
    pub third_octaves: Vec<Band>,
    /// Mean frequency of the power spectrum, hertz; `None` for silence.
    pub centroid_hz: Option<f64>,
    /// 95 % minus 10 % level of 50 ms windows, dB, levels more than 60 dB under the loudest counting as that.
    pub depth_db: f64,
    /// Steepest rise over 100 ms, dB.
    pub rise_db: f64,
    /// Steepest fall over 100 ms, dB.
    pub fall_db: f64,
}

/// Measures planar sound, one slice per channel.
///
/// # Errors
/// If there is no channel, or channels differ in length; see [`AnalysisError`].
///
/// ```
/// use uproar::{analysis::measure, units::SampleRate};
/// let tone: Vec<f32> = (0..96_000).map(|i| (i as f32 * 0.13).sin() * 0.1).collect();
/// let it = measure(&[&tone], SampleRate::DEFAULT)?;
/// assert!((it.rms_db + 23.0).abs() < 0.1 && (it.crest_db - 3.0).abs() < 0.1);
/// # Ok::<(), uproar::analysis::AnalysisError>(())
/// ```
pub fn measure(channels: &[&[f32]], rate: SampleRate) -> Result<Measurement, AnalysisError> {
    const FLOOR_DB: f64 = 60.0;
    let frames = common_frames(channels)?;
    let mut meter = LoudnessMeter::new(channels.len(), rate)?;
    meter.push(channels)?;

    let spectra: Vec<Spectrum> = channels.iter().map(|c| Spectrum::of_texture(c, rate)).collect();
    let spectrum = Spectrum::mean(&spectra);
    let envelope = Envelope::mean(channels, rate, 0.05);
    let (rise_db, fall_db) = envelope.steepest_db(0.1, FLOOR_DB);
    let top = envelope.quantile_db(1.0);
    let depth_db = if top.is_finite() {
        envelope.quantile_db(0.95).max(top - FLOOR_DB) - envelope.quantile_db(0.10).max(top - FLOOR_DB)
    } else {
        0.0
    };
    let power = channels.iter().map(|c| crate::units::gain_from_db(2.0 * rms_db(c))).sum::<f64>();
    let peak = channels.iter().flat_map(|c| c.iter()).fold(0.0f32, |m, x| m.max(x.abs()));
    Ok(Measurement {
        seconds: rate.seconds(frames as u64),
        channels: channels.len(),
        loudness: meter.loudness(),
        rms_db: crate::units::db_from_power(power / channels.len() as f64),
        peak_db: db_from_gain(f64::from(peak)),
        crest_db: channels.iter().map(|c| crest_db(c)).fold(0.0, f64::max),
        octaves: spectrum.octaves(),
        third_octaves: spectrum.third_octaves(),
        centroid_hz: spectrum.centroid_hz(),
        depth_db,
        rise_db,
        fall_db,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, stream};

    #[test]
    fn silence_measures_without_panic() {
        let it = measure(&[&[0.0; 48_000], &[0.0; 48_000]], SampleRate::DEFAULT).unwrap();
        assert_eq!(it.rms_db, f64::NEG_INFINITY);
        assert_eq!((it.depth_db, it.rise_db, it.centroid_hz), (0.0, 0.0, None));
        assert!(measure(&[&[]], SampleRate::DEFAULT).is_ok());
        assert_eq!(measure(&[], SampleRate::DEFAULT), Err(AnalysisError::NoChannel));
    }

    #[test]
    fn noise_in_one_of_two_channels_counts_half() {
        let mut random = stream(3, Domain::Test, 0, 0);
        let noise: Vec<f32> = (0..96_000).map(|_| random.noise()).collect();
        let silence = vec![0.0; noise.len()];
        let one = measure(&[&noise], SampleRate::DEFAULT).unwrap();
        let two = measure(&[&noise, &silence], SampleRate::DEFAULT).unwrap();
        assert!((one.rms_db - two.rms_db - 3.01).abs() < 0.01);
        assert!((one.octaves[4].level_db - two.octaves[4].level_db - 3.01).abs() < 0.01);
        assert!((one.loudness.integrated_lufs - two.loudness.integrated_lufs).abs() < 0.01);
        assert!(one.depth_db < 1.0, "{}", one.depth_db);
    }
}
