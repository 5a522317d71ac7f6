//! The loudspeaker or broadcast of a place by itself, for sound that has been recorded before it.
//!
//! Owns a chain and where its two channels are heard in a layout. Does not own places.

use crate::preset::Preset;
use crate::scene::Scene;
use crate::space::{Alignment, Chain, ChannelLayout, Gains, Panner, Rendering, Sphere, add_panned};
use crate::units::{Block, QUANTUM, SampleRate, Stereo};

use super::error::EngineError;
use super::hall::{is_device, spread};

/// The device that a moment of a scene is heard through.
#[derive(Clone)]
pub(crate) struct HeldDevice {
    pub(crate) chain: Chain,
    pub(crate) spread: Spread,
}

impl HeldDevice {
    /// The device of the place that is heard at `at_s`; `None` where there is none.
    pub(crate) fn at(
        preset: &Preset,
        at_s: f64,
        layout: &ChannelLayout,
        rate: SampleRate,
    ) -> Result<Option<Self>, EngineError> {
        let scene = Scene::build(&preset.scene())?;
        let name = scene.state(at_s).place.map(|n| &scene.places()[usize::from(n)]);
        let place = match name {
            Some(name) => preset.place.iter().find(|place| place.name == *name),
            None => preset.place.first(),
        };
        let Some(place) = place.filter(|place| is_device(place)) else { return Ok(None) };
        let spread = match Panner::new(layout) {
            None => Spread::Pair,
            Some(panner) => Spread::Field {
                gains: spread(place, &panner),
                blocks: vec![[0.0; QUANTUM]; panner.width()],
                head: (layout.rendering == Rendering::Binaural)
                    .then(|| Box::new(Sphere::build(preset.space.air().speed_m_s(), rate))),
                alignment: Alignment::of(layout, 1, preset.space.air().speed_m_s(), rate).map(Box::new),
            },
        };
        Ok(Some(Self { chain: Chain::new(&place.chain, rate), spread }))
    }
}

/// Where left and right of a device go.
#[derive(Clone)]
pub(crate) enum Spread {
    /// To both channels of a pair.
    Pair,
    /// Into the channels of a layout.
    Field {
        gains: [Gains; 2],
        blocks: Vec<Block>,
        head: Option<Box<Sphere>>,
        alignment: Option<Box<Alignment>>,
    },
}

impl Spread {
    /// Puts one quantum into the channels.
    pub(crate) fn process(&mut self, both: &Stereo, out: &mut [Block]) {
        match self {
            Self::Pair => {
                for (out, block) in out.iter_mut().zip([&both.left, &both.right]) {
                    *out = *block;
                }
            }
            Self::Field { gains, blocks, head, alignment } => {
                blocks.fill([0.0; QUANTUM]);
                for (gains, block) in gains.iter().zip([&both.left, &both.right]) {
                    add_panned(blocks, gains, block);
                }
                match (head, out) {
                    (Some(head), [left, right]) => {
                        let mut ears = [[0.0; QUANTUM]; 2];
                        head.process(blocks, &mut ears);
                        (*left, *right) = (ears[0], ears[1]);
                    }
                    (_, out) => {
                        out.copy_from_slice(blocks);
                        if let Some(alignment) = alignment {
                            alignment.process(out);
                        }
                    }
                }
            }
        }
    }
}
