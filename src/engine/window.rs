//! A stretch of time that alone is heard: how loops are cut out of a crowd that goes on and on.
//!
//! Owns which sounds belong to the stretch and how wind and city fade around it. Off by default.

use crate::crowd::Cycle;
use crate::math;
use crate::units::{QUANTUM, SampleRate};

use super::looper::AIR_FADE_S;
use super::rig::Rig;
use super::runner::Engine;

/// What is heard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Sounds that begin from this frame on, before the next.
    span: [u64; 2],
    /// Over which wind and city fade in before it is over and out after it, frames; 0: they do not.
    fade: u64,
    /// Neither wind nor city.
    airless: bool,
    /// No device, no levelling, no limiter: pascals come out.
    pub(crate) bare: bool,
}

impl Window {
    /// Everything, as usual.
    pub(crate) const ALL: Self = Self { span: [0, u64::MAX], fade: 0, airless: false, bare: false };

    /// True if a sound that begins at `at` is heard.
    pub(crate) fn holds(&self, at: u64) -> bool {
        (self.span[0]..self.span[1]).contains(&at)
    }

    /// Level of wind and city over the quantum that begins at `now`.
    pub(crate) fn air(&self, now: u64) -> [f32; 2] {
        if self.airless {
            return [0.0, 0.0];
        }
        if self.fade == 0 {
            return [1.0, 1.0];
        }
        [now, now + QUANTUM as u64].map(|at| {
            // The powers of what fades in and what fades out, laid over one another, add up to 1.
            let share = |frames: u64| (frames.min(self.fade) as f64 / self.fade as f64) * (math::PI / 2.0);
            let rise = math::sin(share(at.saturating_sub(self.span[0])));
            let fall = math::cos(share(at.saturating_sub(self.span[1])));
            (rise * fall) as f32
        })
    }
}

impl Engine {
    /// From now on gives pascals, without devices, levelling, limiter and the limiter's delay.
    pub(crate) fn bare(&mut self, rate: SampleRate) {
        self.window.bare = true;
        self.window.fade = rate.frames(AIR_FADE_S);
        self.parts.rigs.iter_mut().for_each(Rig::bare);
        self.skip = 0;
    }

    /// Lets only sounds be heard that begin in a span.
    pub(crate) fn open(&mut self, from: u64, to: u64) {
        self.window.span = [from, to];
        self.window.airless = false;
    }

    /// Silences wind and city until the window is opened anew.
    pub(crate) fn without_air(&mut self) {
        self.window.airless = true;
    }

    /// Moves the scene's clock; the crowd goes on from what it does.
    pub(crate) fn seek(&mut self, scene_s: f64) {
        self.parts.director.seek(scene_s);
    }

    /// The next frame that has not been mixed.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Has the chant go round so many times in so many frames, or as it likes.
    pub(crate) fn grid(&mut self, grid: Option<(u64, u32)>) {
        self.parts.crowd.set_grid(grid);
    }

    /// How far the share of active people is from what is asked for.
    pub(crate) fn unrest(&self) -> f32 {
        let crowd = &self.last;
        (crowd.asked - crowd.active).abs()
    }

    /// The chant's present round, or the one that comes next.
    pub(crate) fn cycle(&self) -> Option<Cycle> {
        self.parts.crowd.cycle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wind_keeps_its_power_where_a_loop_meets_itself() {
        let window = Window { span: [6400, 64_000], fade: 12_800, airless: false, bare: true };
        for ahead in (0..12_800).step_by(64) {
            let (rise, fall) = (window.air(6400 + ahead)[0], window.air(64_000 + ahead)[0]);
            assert!((rise * rise + fall * fall - 1.0).abs() < 1e-4, "{ahead}: {rise} {fall}");
        }
        assert_eq!((window.air(0)[0], window.air(30_016)), (0.0, [1.0, 1.0]));
        assert!(window.air(76_800)[0].abs() < 1e-6);
    }
}
