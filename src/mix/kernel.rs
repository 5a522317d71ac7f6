//! The innermost loops of the mixer: grains added to a bus, as they are stored or interpolated.
//!
//! Owns plain safe loops over slices of known length, written so that the compiler turns them into vectors
//! for the processor they run on (see [`super::pool`] for the dispatch). Every sum is made in the order
//! given and products are never fused, so SSE2, AVX2 and AVX-512 give the same bits; `reference` holds the
//! slow twins.
//!
//! Units: samples in steps of the grain, gains in pascals per step.

use crate::units::{Block, QUANTUM};

/// One quantum of a grain.
pub type Steps = [i16; QUANTUM];

/// How many grains are summed in registers before the bus is stored.
pub const BATCH: usize = 4;

/// From 1/64 to 1: where each frame stands between the gain before and the gain after the quantum.
pub const RISE: Block = {
    let mut rise = [0.0; QUANTUM];
    let mut i = 0;
    while i < QUANTUM {
        rise[i] = (i + 1) as f32 / QUANTUM as f32;
        i += 1;
    }
    rise
};

/// Adds a grain at a steady gain.
#[inline(always)]
pub fn add<T: Copy + Into<f32>>(bus: &mut Block, grain: &[T; QUANTUM], gain: f32) {
    for (out, &x) in bus.iter_mut().zip(grain) {
        *out += x.into() * gain;
    }
}

/// Adds four grains at steady gains: the same bits as [`add`] four times, with one pass over the bus.
#[inline(always)]
pub fn add_batch(bus: &mut Block, grains: [&Steps; BATCH], gains: [f32; BATCH]) {
    let [a, b, c, d] = grains;
    for i in 0..QUANTUM {
        let mut sum = bus[i];
        sum += f32::from(a[i]) * gains[0];
        sum += f32::from(b[i]) * gains[1];
        sum += f32::from(c[i]) * gains[2];
        sum += f32::from(d[i]) * gains[3];
        bus[i] = sum;
    }
}

/// Adds a grain whose gain runs straight from `gain` to `gain + step` over the quantum.
#[inline(always)]
pub fn add_ramp<T: Copy + Into<f32>>(bus: &mut Block, grain: &[T; QUANTUM], gain: f32, step: f32) {
    for i in 0..QUANTUM {
        bus[i] += grain[i].into() * (gain + step * RISE[i]);
    }
}

/// Adds a grain under a gain of its own for each frame.
#[inline(always)]
pub fn add_shaped<T: Copy + Into<f32>>(bus: &mut Block, grain: &[T; QUANTUM], gain: &Block) {
    for i in 0..QUANTUM {
        bus[i] += grain[i].into() * gain[i];
    }
}

/// The same sums, one frame after the other: what the fast loops are tested against.
pub mod reference {
    use super::{Block, QUANTUM, Steps};

    /// See [`super::add_ramp`]; a step of 0 is [`super::add`].
    pub fn add_ramp(bus: &mut Block, grain: &Steps, gain: f32, step: f32) {
        for i in 0..QUANTUM {
            let rise = (i + 1) as f32 / 64.0;
            let gain = std::hint::black_box(gain + std::hint::black_box(step * rise));
            let product = std::hint::black_box(f32::from(grain[i]) * gain);
            bus[i] = std::hint::black_box(bus[i] + product);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, stream};
    use pulp::{Arch, Simd, WithSimd};

    struct Case {
        grains: Vec<Steps>,
        gains: Vec<f32>,
        bus: Block,
    }

    fn case(seed: u64) -> Case {
        let mut random = stream(seed, Domain::Test, 0, 0);
        let mut step = || (random.range(-32_768.0, 32_768.0)) as i16;
        let grains = (0..BATCH).map(|_| std::array::from_fn(|_| step())).collect();
        let gains = (0..BATCH).map(|_| random.range(-1e-3, 1e-3) as f32).collect();
        Case { grains, gains, bus: std::array::from_fn(|_| random.range(-1.0, 1.0) as f32) }
    }

    /// All kernels one after the other.
    struct All<'a>(&'a mut Case);

    impl WithSimd for All<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            let Case { grains, gains, bus } = self.0;
            add_batch(bus, std::array::from_fn(|k| &grains[k]), std::array::from_fn(|k| gains[k]));
            add(bus, &grains[0], gains[1]);
            add_ramp(bus, &grains[1], gains[2], gains[3]);
            let shape: Block = std::array::from_fn(|i| gains[3] + gains[0] * RISE[i]);
            add_shaped(bus, &grains[2], &shape);
        }
    }

    fn bits(bus: &Block) -> Vec<u32> {
        bus.iter().map(|x| x.to_bits()).collect()
    }

    #[test]
    fn every_processor_level_and_the_slow_twin_give_the_same_bits() {
        for seed in 0..50 {
            let (mut fast, mut portable, mut slow) = (case(seed), case(seed), case(seed));
            Arch::new().dispatch(All(&mut fast));
            Arch::Scalar.dispatch(All(&mut portable));
            let Case { grains, gains, bus } = &mut slow;
            for k in 0..BATCH {
                reference::add_ramp(bus, &grains[k], gains[k], 0.0);
            }
            reference::add_ramp(bus, &grains[0], gains[1], 0.0);
            reference::add_ramp(bus, &grains[1], gains[2], gains[3]);
            reference::add_ramp(bus, &grains[2], gains[3], gains[0]);
            assert_eq!(bits(&fast.bus), bits(bus), "dispatched, seed {seed}");
            assert_eq!(bits(&portable.bus), bits(bus), "portable, seed {seed}");
        }
    }

    #[test]
    fn a_ramp_ends_exactly_on_the_next_gain() {
        let mut bus = [0.0; QUANTUM];
        add_ramp(&mut bus, &[1i16; QUANTUM], 0.25, 0.5);
        assert_eq!(bus[QUANTUM - 1], 0.75);
        assert!(bus.windows(2).all(|w| (w[1] - w[0] - 0.5 / 64.0).abs() < 1e-6));
    }
}
