//! What air takes away: absorption after ISO 9613-1 and filters that follow it.
//!
//! Owns the formula, the speed of sound and the fit of a filter cascade to a loss curve. Does not own
//! geometry. Units: hertz, metres, decibels, degrees Celsius, per cent relative humidity.
//!
//! Sources: ISO 9613-1:1993; classical Gaussian filter approximation (truncated exponential series) for
//! the part that grows with the square of frequency, shelves for the rest.

use super::filter::{SECTIONS, Section, fit_shelves};
use crate::math;
use crate::units::SampleRate;

/// Air on the way from a mouth to an ear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Air {
    /// Temperature, degrees Celsius.
    pub temperature_c: f64,
    /// Relative humidity, per cent.
    pub humidity_percent: f64,
}

impl Air {
    /// Speed of sound, metres per second.
    pub fn speed_m_s(&self) -> f64 {
        331.3 * (1.0 + self.temperature_c / 273.15).sqrt()
    }

    /// Absorption of a pure tone, decibels per metre, at 101.325 kPa (ISO 9613-1).
    pub fn absorption_db_per_m(&self, hz: f64) -> f64 {
        let t = self.temperature_c + 273.15;
        let relative = t / 293.15;
        // Saturation pressure over reference pressure; 273.16 K is the triple point of water.
        let saturation = math::pow(10.0, -6.8346 * math::pow(273.16 / t, 1.261) + 4.6151);
        let h = self.humidity_percent * saturation;
        let oxygen_hz = 24.0 + 4.04e4 * h * (0.02 + h) / (0.391 + h);
        let nitrogen_hz = math::pow(relative, -0.5)
            * (9.0 + 280.0 * h * math::exp(-4.170 * (math::pow(relative, -1.0 / 3.0) - 1.0)));
        let f2 = hz * hz;
        let classical = 1.84e-11 * relative.sqrt();
        let oxygen = 0.01275 * math::exp(-2239.1 / t) / (oxygen_hz + f2 / oxygen_hz);
        let nitrogen = 0.1068 * math::exp(-3352.0 / t) / (nitrogen_hz + f2 / nitrogen_hz);
        8.686 * f2 * (classical + math::pow(relative, -2.5) * (oxygen + nitrogen))
    }
}

/// Upper-half-plane poles of the tenth-order Gaussian filter `|H|^2 = 1 / sum_{i<=10} w^(2i) / i!`.
const GAUSS_POLES: [(f64, f64); 5] = [
    (-1.8966250895533334, 0.20811231677867012),
    (-1.8479113712057036, 0.6318549401606173),
    (-1.7436842639282673, 1.0810988862502768),
    (-1.5655540425711394, 1.5865563357512165),
    (-1.2620932441870967, 2.228844899380586),
];

/// Loss in decibels of the Gaussian filter at its unit frequency: 10 log10 e.
const GAUSS_UNIT_DB: f64 = 4.342_944_819_032_518;

/// Points at which curves are followed, hertz: third octaves from 63 Hz to 12.7 kHz.
const POINTS: usize = 24;

/// Corners of the shelves, hertz.
const CORNERS_HZ: [f64; 4] = [220.0, 900.0, 2600.0, 7000.0];

/// Filters whose gain follows `-loss_db(hz)`, within 1.5 dB from 125 Hz to 4 kHz while the loss is
/// below 40 dB, and at least about 40 dB down where it is more.
///
/// The last of the eight sections is left free ([`Section::THROUGH`]) for the caller. The returned
/// factor is the linear flat gain that belongs to the filters.
///
/// Cost: about 0.1 ms. Not for the audio thread.
pub(crate) fn fit_loss(loss_db: impl Fn(f64) -> f64, rate: SampleRate) -> ([Section; SECTIONS], f64) {
    let top_hz = 0.4 * rate.hz_f64();
    let mut at = [0.0; POINTS];
    let mut target = [0.0; POINTS];
    let mut weights = [0.0; POINTS];
    for i in 0..POINTS {
        at[i] = (63.0 * math::pow(2.0, i as f64 / 3.0)).min(top_hz);
        target[i] = -loss_db(at[i]);
        // Beyond 40 dB nobody hears whether it is 40 or 60; above 5 kHz a rough fit is enough.
        let heard = 1.0 / (1.0 + math::pow((-target[i]).max(0.0) / 28.0, 6.0));
        weights[i] = heard * if at[i] > 5200.0 { 0.01 } else { 1.0 };
    }
    // The Gaussian's share is searched: it meets the curve at the frequency where 20 dB are lost (or
    // at 8 kHz), times a factor.
    let reference = (0..POINTS).find(|&i| -target[i] > 20.0 || at[i] >= 8000.0).unwrap_or(POINTS - 1);
    let full = (-target[reference]).max(0.0) / GAUSS_UNIT_DB;
    let mut best = (f64::INFINITY, [Section::THROUGH; SECTIONS], 1.0);
    for step in 0..9 {
        let share = 0.14 * f64::from(step);
        let gauss = gaussian(at[reference], full * share, rate);
        let mut rest = target;
        for i in 0..POINTS {
            rest[i] -= gauss.iter().map(|s| s.gain_db(at[i], rate)).sum::<f64>();
        }
        let (gains, flat) = fit_shelves(CORNERS_HZ, &at, &rest, &weights, 18.0, rate);
        let shelf = |k: usize| Section::high_shelf(CORNERS_HZ[k], gains[k], rate);
        let mut sections = [Section::THROUGH; SECTIONS];
        sections[..5].copy_from_slice(&gauss);
        sections[5] = shelf(0).times(shelf(1));
        sections[6] = shelf(2).times(shelf(3));
        let mut error = 0.0f64;
        for i in 0..POINTS {
            let have = sections.iter().map(|s| s.gain_db(at[i], rate)).sum::<f64>() + flat;
            error = error.max(weights[i] * (have - target[i]).abs());
        }
        if error < best.0 {
            best = (error, sections, crate::units::gain_from_db(flat));
        }
    }
    (best.1, best.2)
}

/// Five pole pairs that lose `nepers * 4.34` dB at `hz`, growing with the square of frequency.
fn gaussian(hz: f64, nepers: f64, rate: SampleRate) -> [Section; 5] {
    if nepers < 1e-4 {
        return [Section::THROUGH; 5];
    }
    // Unit frequency in radians per second: w^2 k = nepers at hz. The warp of the bilinear transform
    // is undone at that frequency or at 4 kHz, whichever is lower.
    let unit = math::TAU * hz / nepers.sqrt();
    let pin = (hz.min(4000.0)).min(0.3 * rate.hz_f64());
    let warp = 2.0 * rate.hz_f64() * math::tan(math::PI * pin / rate.hz_f64()) / (math::TAU * pin);
    GAUSS_POLES.map(|(re, im)| Section::pole_pair(re * unit * warp, im * unit * warp, rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SampleRate;

    const CLIMATES: [(f64, f64); 4] = [(20.0, 50.0), (10.0, 70.0), (0.0, 50.0), (30.0, 30.0)];

    #[test]
    fn absorption_agrees_with_the_standards_table() {
        // dB per 100 m at exact midbands, 63 Hz to 8 kHz.
        let table = [
            [0.012, 0.045, 0.132, 0.273, 0.466, 0.986, 2.94, 10.39],
            [0.012, 0.041, 0.104, 0.193, 0.366, 0.966, 3.28, 11.69],
            [0.018, 0.041, 0.082, 0.208, 0.683, 2.38, 7.10, 14.69],
            [0.015, 0.054, 0.168, 0.367, 0.615, 1.19, 3.27, 11.25],
        ];
        for ((temperature_c, humidity_percent), row) in CLIMATES.into_iter().zip(table) {
            let air = Air { temperature_c, humidity_percent };
            for (band, want) in row.into_iter().enumerate() {
                let hz = 1000.0 * math::pow(2.0, band as f64 - 4.0);
                let have = 100.0 * air.absorption_db_per_m(hz);
                assert!((have / want - 1.0).abs() < 0.05, "{temperature_c} C {hz} Hz: {have} for {want}");
            }
        }
    }

    #[test]
    fn the_speed_of_sound_is_343_at_20_degrees() {
        let air = Air { temperature_c: 20.0, humidity_percent: 50.0 };
        assert!((air.speed_m_s() - 343.2).abs() < 0.1);
    }

    #[test]
    fn the_filter_follows_the_air_within_1_5_db() {
        let mut worst = 0.0f64;
        for (temperature_c, humidity_percent) in CLIMATES {
            let air = Air { temperature_c, humidity_percent };
            for distance_m in [10.0, 20.0, 50.0, 100.0, 200.0, 300.0, 500.0, 700.0, 1000.0, 1500.0, 2000.0] {
                for hz in [44_100, 48_000, 96_000] {
                    let rate = SampleRate::new(hz).unwrap();
                    let (sections, gain) = fit_loss(|f| air.absorption_db_per_m(f) * distance_m, rate);
                    for third in 0..=15 {
                        let f = 125.0 * math::pow(2.0, f64::from(third) / 3.0);
                        let want = -air.absorption_db_per_m(f) * distance_m;
                        let have = sections.iter().map(|s| s.gain_db(f, rate)).sum::<f64>()
                            + crate::units::db_from_gain(gain);
                        if want > -40.0 {
                            worst = worst.max((have - want).abs());
                            assert!(
                                (have - want).abs() < 1.5,
                                "{temperature_c} C {distance_m} m {f:.0} Hz: {have:.2} for {want:.2}"
                            );
                        } else {
                            assert!(have < -38.0, "{temperature_c} C {distance_m} m {f:.0} Hz: {have:.2}");
                        }
                    }
                }
            }
        }
        println!("worst air error {worst:.2} dB");
    }
}
