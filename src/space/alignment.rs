//! Loudspeakers at unlike distances: the nearer ones are made quieter and later, so that all are heard at the listener
//! as if they stood as far away as the farthest.
//!
//! Owns gains and delays of a layout's channels. Units: metres, linear, frames.
//!
//! Real-time: no allocation; a copy and a multiplication per channel.

use super::channels::ChannelLayout;
use super::delay::DelayLine;
use crate::units::{Block, SampleRate};

/// Gains and delays of the channels of one layout, running.
#[derive(Clone, Debug)]
pub(crate) struct Alignment {
    channels: Vec<(f32, usize, DelayLine)>,
}

impl Alignment {
    /// What a layout needs for `parts` programmes side by side; `None` if its loudspeakers have no distances.
    pub fn of(layout: &ChannelLayout, parts: usize, speed_m_s: f64, rate: SampleRate) -> Option<Self> {
        let farthest_m = layout.farthest_m()?;
        let of_channel = |(n, _): (usize, _)| {
            let distance_m = layout.channels[n].distance_m.unwrap_or(farthest_m);
            let frames = rate.frames((farthest_m - distance_m) / speed_m_s) as usize;
            ((distance_m / farthest_m) as f32, frames, DelayLine::build(frames))
        };
        let once: Vec<_> = layout.channels.iter().enumerate().map(of_channel).collect();
        Some(Self { channels: std::iter::repeat_n(once, parts).flatten().collect() })
    }

    /// Forgets all sound.
    pub fn reset(&mut self) {
        self.channels.iter_mut().for_each(|(_, _, line)| line.reset());
    }

    /// Applies them to a quantum of all channels of all programmes.
    pub fn process(&mut self, blocks: &mut [Block]) {
        for (block, (gain, frames, line)) in blocks.iter_mut().zip(&mut self.channels) {
            line.push(block);
            for (x, late) in block.iter_mut().zip(line.read(*frames)) {
                *x = *gain * late;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Channel;

    #[test]
    fn near_loudspeakers_are_quieter_and_later_by_their_distance() {
        let mut layout = ChannelLayout::named("5.1").unwrap();
        assert!(Alignment::of(&layout, 1, 343.0, SampleRate::DEFAULT).is_none());
        let distances = [2.0, 2.0, 1.0, 0.0, 2.0, 2.0];
        for (channel, distance_m) in layout.channels.iter_mut().zip(distances) {
            *channel = Channel { distance_m: (!channel.lfe).then_some(distance_m), ..channel.clone() };
        }
        let mut alignment = Alignment::of(&layout, 2, 343.0, SampleRate::DEFAULT).unwrap();
        let mut heard = vec![Vec::new(); 12];
        for quantum in 0..4 {
            let mut blocks = vec![[0.0; crate::units::QUANTUM]; 12];
            blocks.iter_mut().for_each(|block| block[0] = if quantum == 0 { 1.0 } else { 0.0 });
            alignment.process(&mut blocks);
            heard.iter_mut().zip(&blocks).for_each(|(heard, block)| heard.extend_from_slice(block));
        }
        for part in heard.chunks(6) {
            let first = |n: usize| part[n].iter().position(|x: &f32| *x != 0.0).map(|at| (at, part[n][at]));
            // A metre is 2.9 ms.
            assert_eq!((first(0), first(2), first(4)), (Some((0, 1.0)), Some((140, 0.5)), Some((0, 1.0))));
        }
    }
}
