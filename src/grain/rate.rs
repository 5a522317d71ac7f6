//! How fast a performance is played.

/// A speed in steps of 1/512, 0.80 to 1.25: pitch, formants and length move with it.
///
/// The steps are 3.4 cents. Two performances that are one step apart do not line up for longer than a tenth of a
/// second; people are made different by their voices, not by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u16);

impl Rate {
    /// Steps of the speed as performed.
    pub const STEPS: u32 = 512;

    /// As performed.
    pub const ONE: Self = Self(512);

    const SLOWEST: u16 = 410;
    const FASTEST: u16 = 640;

    /// The nearest speed, frames of the performance per frame played. Not a number is [`Rate::ONE`].
    pub fn nearest(speed: f64) -> Self {
        if speed.is_nan() {
            return Self::ONE;
        }
        let steps = (speed * f64::from(Self::STEPS)).round();
        Self(steps.clamp(f64::from(Self::SLOWEST), f64::from(Self::FASTEST)) as u16)
    }

    /// All speeds, the slowest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (Self::SLOWEST..=Self::FASTEST).map(Self)
    }

    /// Its place in [`Rate::all`].
    pub fn index(self) -> usize {
        usize::from(self.0 - Self::SLOWEST)
    }

    /// In 512ths.
    pub fn steps(self) -> u32 {
        u32::from(self.0)
    }

    /// How long so many frames of a performance last when played, rounded up.
    pub fn played(self, frames: u32) -> u64 {
        (u64::from(frames) * u64::from(Self::STEPS)).div_ceil(u64::from(self.0))
    }

    /// How far one is in a performance after so many frames played, rounded down.
    pub fn performed(self, frames: u64) -> u64 {
        frames.saturating_mul(u64::from(self.0)) / u64::from(Self::STEPS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_rounded_and_clamped_and_times_follow() {
        assert_eq!(Rate::nearest(1.0), Rate::ONE);
        assert_eq!(Rate::nearest(f64::NAN), Rate::ONE);
        assert_eq!(Rate::nearest(9.0).steps(), 640);
        assert_eq!(Rate::nearest(-1.0).steps(), 410);
        let fast = Rate::nearest(1.25);
        assert_eq!((fast.played(1_000), fast.performed(800)), (800, 1_000));
        assert!(Rate::all().enumerate().all(|(at, rate)| rate.index() == at));
        assert!(Rate::all().all(|rate| rate.performed(rate.played(48_000)) >= 48_000));
    }
}
