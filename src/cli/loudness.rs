//! Brings a whole performance to a loudness: kept aside once, then only its gain and limiter are tried.
//!
//! Owns the search for the gain. Does not own the meter (`analysis`) or the limiter (`mix`).

use crate::{
    analysis::LoudnessMeter,
    mix::{Finish, MasterConfig},
    output::Spill,
    units::SampleRate,
};

use super::failure::Failure;

/// A whole performance is kept aside this much quieter, dB: without its limiter it must not reach full scale.
pub(crate) const ROOM_DB: f64 = 60.0;

/// The search ends this near to what was asked for, LU.
const NEAR_LU: f64 = 0.01;

/// What counts as reached, LU.
const REACHED_LU: f64 = 0.05;

/// Most gains that are tried.
const MOST_TRIES: usize = 16;

/// The preset's last stage for the pass that is kept aside: levelled, not limited, far from full scale.
pub(crate) fn aside(master: &MasterConfig) -> MasterConfig {
    MasterConfig { limiter: false, gain_db: -ROOM_DB, ..master.clone() }
}

/// The gain behind which a performance has the loudness asked for; its first channels, as many as there are weights,
/// are measured.
///
/// # Errors
/// As [`search`].
pub(crate) fn find_gain_db(
    spill: &mut Spill,
    master: &MasterConfig,
    target_lufs: f64,
    weights: &[f64],
    rate: SampleRate,
) -> Result<f64, Failure> {
    search(master, target_lufs, ROOM_DB, &mut |master, gain_db| {
        measure(spill, master, gain_db, weights, rate)
    })
}

/// The gain behind which something has the loudness asked for. `measure` tells the loudness behind a last stage and a
/// gain; it is asked first about `first_db` without a limiter.
///
/// # Errors
/// Silence has no loudness; beyond some loudness the limiter takes away what the gain adds.
pub(crate) fn search(
    master: &MasterConfig,
    target_lufs: f64,
    first_db: f64,
    measure: &mut dyn FnMut(&MasterConfig, f64) -> Result<f64, Failure>,
) -> Result<f64, Failure> {
    let bare = MasterConfig { limiter: false, gain_db: 0.0, ..master.clone() };
    // Without the limiter, loudness and gain go hand in hand.
    let quiet = measure(&bare, first_db)?;
    if !quiet.is_finite() {
        let failure =
            Failure::new("silence, or less than 0.4 s, has no loudness that --loudness could change");
        return Err(failure.hint("without --loudness the file can be written"));
    }
    let mut gain_db = first_db + target_lufs - quiet;
    let (mut low, mut high) = (None, None);
    let mut loudest = f64::NEG_INFINITY;
    for _ in 0..MOST_TRIES {
        let lufs = measure(master, gain_db)?;
        let missing = target_lufs - lufs;
        if missing.abs() <= NEAR_LU {
            return Ok(gain_db);
        }
        // More gain that makes nothing louder: the limiter has it all.
        let stuck = lufs <= loudest + 0.02 && missing > REACHED_LU && high.is_none();
        loudest = loudest.max(lufs);
        // Gains beyond this drive everything into the limiter.
        if stuck || gain_db > first_db + 60.0 - quiet {
            let ceiling = master.ceiling_dbtp;
            let message = format!("{target_lufs} LUFS cannot be reached under a peak of {ceiling} dBTP");
            let hint = format!("the loudest that this becomes is {loudest:.1} LUFS");
            return Err(Failure::new(message).hint(hint));
        }
        let here = Some((gain_db, lufs));
        if missing > 0.0 {
            low = here
        } else {
            high = here
        }
        gain_db = match (low, high) {
            (Some((a, x)), Some((b, y))) if y - x > 1e-6 => {
                // Between two tries: on the line through them, but never quite at either.
                let at = ((target_lufs - x) / (y - x)).clamp(0.05, 0.95);
                a + (b - a) * at
            }
            // The limiter eats a growing share of what is added.
            (Some(_), None) => gain_db + (1.5 * missing).max(0.05),
            _ => gain_db + missing,
        };
    }
    match measure(master, gain_db)? {
        lufs if (lufs - target_lufs).abs() <= REACHED_LU => Ok(gain_db),
        lufs => Err(Failure::new(format!("{target_lufs} LUFS was not reached, only {lufs:.1} LUFS"))),
    }
}

/// Loudness of what is kept aside behind a gain and the limiter, LUFS.
fn measure(
    spill: &mut Spill,
    master: &MasterConfig,
    gain_db: f64,
    weights: &[f64],
    rate: SampleRate,
) -> Result<f64, Failure> {
    let count = weights.len();
    let mut meter = LoudnessMeter::integrated(weights, rate).map_err(|error| Failure::from_error(&error))?;
    let mut finish = Finish::new(master, count, gain_db, rate);
    let mut hear = |channels: &[&[f32]]| meter.push(channels).map_err(|error| Failure::from_error(&error));
    spill.read(&mut |channels: &[&[f32]]| finish.feed(&channels[..count], &mut hear))?;
    finish.end(&mut hear)?;
    Ok(meter.integrated_lufs())
}

/// Loudness of a piece in memory, LUFS.
pub(crate) fn of_piece(channels: &[Vec<f32>], weights: &[f64], rate: SampleRate) -> Result<f64, Failure> {
    let mut meter = LoudnessMeter::integrated(weights, rate).map_err(|error| Failure::from_error(&error))?;
    let all: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
    meter.push(&all).map_err(|error| Failure::from_error(&error))?;
    Ok(meter.integrated_lufs())
}

/// A finished piece behind a gain and a last stage.
pub(crate) fn finished(
    channels: &[Vec<f32>],
    master: &MasterConfig,
    gain_db: f64,
    rate: SampleRate,
) -> Vec<Vec<f32>> {
    let mut done: Vec<Vec<f32>> = vec![Vec::new(); channels.len()];
    let mut finish = Finish::new(master, channels.len(), gain_db, rate);
    let all: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
    let mut hear = |block: &[&[f32]]| {
        done.iter_mut().zip(block).for_each(|(done, x)| done.extend_from_slice(x));
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(()) = finish.feed(&all, &mut hear);
    let Ok(()) = finish.end(&mut hear);
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    /// Bursts of a tone with rests, so that gates and limiter have something to do.
    fn bursts(level: f64) -> (tempfile::TempDir, Spill) {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::create(&folder.path().join("x.wav"), 2).unwrap();
        let sound: Vec<f32> = (0..48_000 * 6)
            .map(|n| {
                let loud = if n / 4800 % 3 == 0 { 1.0 } else { 0.05 };
                (1e-3 * level * loud * math::sin(0.07 * f64::from(n))) as f32
            })
            .collect();
        spill.write(&[&sound, &sound]).unwrap();
        (folder, spill)
    }

    #[test]
    fn every_loudness_that_can_be_reached_is_reached() {
        let (rate, master) = (SampleRate::DEFAULT, MasterConfig::default());
        for target in [-40.0, -23.0, -16.0, -10.0] {
            let (_folder, mut spill) = bursts(0.3);
            let gain_db = find_gain_db(&mut spill, &master, target, &[1.0; 2], rate).unwrap();
            let lufs = measure(&mut spill, &master, gain_db, &[1.0; 2], rate).unwrap();
            assert!((lufs - target).abs() <= 0.05, "{target}: {lufs} with {gain_db} dB");
        }
    }

    #[test]
    fn what_cannot_be_reached_says_how_far_it_goes() {
        let (rate, master) =
            (SampleRate::DEFAULT, MasterConfig { ceiling_dbtp: -20.0, ..MasterConfig::default() });
        let (_folder, mut spill) = bursts(0.3);
        let failure = find_gain_db(&mut spill, &master, -8.0, &[1.0; 2], rate).unwrap_err().to_string();
        assert!(failure.contains("cannot be reached") && failure.contains("the loudest"), "{failure}");
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::create(&folder.path().join("x.wav"), 2).unwrap();
        spill.write(&[&[0.0; 48_000], &[0.0; 48_000]]).unwrap();
        let failure = find_gain_db(&mut spill, &master, -23.0, &[1.0; 2], rate).unwrap_err().to_string();
        assert!(failure.contains("silence"), "{failure}");
    }
}
