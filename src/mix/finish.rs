//! Gain and limiter alone, over a programme that has been levelled already.
//!
//! Owns bringing a whole programme to a loudness after it is known: what the master does behind its levelling,
//! with another gain, without running the crowd again. Does not own the search for the gain.
//!
//! Units: linear, 1.0 = 0 dBFS.

use super::config::MasterConfig;
use super::limiter::Limiter;
use crate::units::{Block, QUANTUM, SampleRate, gain_from_db};

/// Takes frames, a slice per channel.
pub type Hear<'h, E> = dyn FnMut(&[&[f32]]) -> Result<(), E> + 'h;

/// A gain and the master's limiter, free of delay: what goes in first comes out first.
#[derive(Clone, Debug)]
pub struct Finish {
    limiter: Option<Limiter>,
    gain: f32,
    ceiling: f32,
    /// Frames still to be dropped: the limiter's look-ahead.
    skip: usize,
    pending: Vec<Block>,
    filled: usize,
}

impl Finish {
    /// The limiter of `config` behind `gain_db` instead of the configured gain.
    pub fn new(config: &MasterConfig, channels: usize, gain_db: f64, rate: SampleRate) -> Self {
        let ceiling = gain_from_db(config.ceiling_dbtp.min(0.0));
        let limiter = config.limiter.then(|| {
            Limiter::new(channels, ceiling, config.look_ahead_s.min(1.0), config.limiter_release_s, rate)
        });
        Self {
            gain: gain_from_db(gain_db) as f32,
            ceiling: if limiter.is_some() { ceiling as f32 } else { 1.0 },
            skip: limiter.as_ref().map_or(0, Limiter::latency_frames),
            limiter,
            pending: vec![[0.0; QUANTUM]; channels],
            filled: 0,
        }
    }

    /// Takes the next frames, a slice per channel of one length, and hands what is ready to `out`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn feed<E>(&mut self, channels: &[&[f32]], out: &mut Hear<'_, E>) -> Result<(), E> {
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        for frame in 0..frames {
            for (pending, channel) in self.pending.iter_mut().zip(channels) {
                pending[self.filled] = channel[frame] * self.gain;
            }
            self.filled += 1;
            if self.filled == QUANTUM {
                self.emit(QUANTUM, out)?;
            }
        }
        Ok(())
    }

    /// Hands over what is still inside, after the last frame has gone in.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end<E>(&mut self, out: &mut Hear<'_, E>) -> Result<(), E> {
        // As many frames of silence go in as frames of sound still have to come out.
        let mut inside = self.filled + self.limiter.as_ref().map_or(0, Limiter::latency_frames) - self.skip;
        while inside > 0 {
            for pending in &mut self.pending {
                pending[self.filled..].fill(0.0);
            }
            let skip = self.skip.min(QUANTUM);
            let take = (QUANTUM - skip).min(inside);
            self.emit(skip + take, out)?;
            inside -= take;
        }
        Ok(())
    }

    /// Sends one quantum through the limiter and the frames up to `to` of it on.
    fn emit<E>(&mut self, to: usize, out: &mut Hear<'_, E>) -> Result<(), E> {
        self.filled = 0;
        if let Some(limiter) = &mut self.limiter {
            limiter.process(&mut self.pending, 0);
        }
        for x in self.pending.iter_mut().flatten() {
            *x = if x.is_nan() { 0.0 } else { x.clamp(-self.ceiling, self.ceiling) };
        }
        let from = self.skip.min(QUANTUM);
        self.skip -= from;
        if from >= to {
            return Ok(());
        }
        let ready: Vec<&[f32]> = self.pending.iter().map(|block| &block[from..to]).collect();
        out(&ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    fn run(config: &MasterConfig, gain_db: f64, input: &[f32], part: usize) -> Vec<f32> {
        let mut finish = Finish::new(config, 2, gain_db, SampleRate::DEFAULT);
        let mut all = Vec::new();
        let mut hear = |channels: &[&[f32]]| {
            all.extend_from_slice(channels[0]);
            Ok::<(), ()>(())
        };
        for block in input.chunks(part) {
            finish.feed(&[block, block], &mut hear).unwrap();
        }
        finish.end(&mut hear).unwrap();
        all
    }

    fn tone(frames: usize) -> Vec<f32> {
        (0..frames).map(|n| 0.1 * math::sin(0.05 * n as f64) as f32).collect()
    }

    #[test]
    fn nothing_is_lost_or_late_whatever_the_blocks() {
        let config = MasterConfig::default();
        for frames in [1, 63, 64, 65, 1000, 5003] {
            let input = tone(frames);
            for part in [1, 64, 100, 6000] {
                assert_eq!(run(&config, 0.0, &input, part), input, "{frames} frames in {part}s");
            }
        }
        let off = MasterConfig { limiter: false, ..config };
        assert_eq!(run(&off, 0.0, &tone(100), 7), tone(100));
    }

    #[test]
    fn the_gain_is_applied_and_the_ceiling_held() {
        let config = MasterConfig::default();
        let input = tone(48_000);
        let louder = run(&config, 6.0, &input, 512);
        assert!((louder[31_000] / input[31_000] - 1.995).abs() < 0.01);
        let loudest = run(&config, 40.0, &input, 512);
        let peak = loudest.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        assert!(peak <= 0.8913 && peak > 0.8, "{peak}");
    }
}
