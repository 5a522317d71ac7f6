//! What a render writes into its file beside the samples.

use crate::{
    output::{Bits, Format, Info, Mark},
    preset::Loaded,
    scene::Scene,
    space::ChannelLayout,
    units::SampleRate,
};

use super::{arguments::Common, recipe::Recipe, stage::Span};

/// How samples are stored.
pub(crate) fn format(common: &Common, layout: &ChannelLayout, rate: SampleRate) -> Format {
    let channels = layout.channels.len() as u16;
    Format { rate, channels, bits: common.bits(), speakers: layout.speaker_mask() }
}

/// Title and making of anything that comes from a preset.
pub(crate) fn piece(loaded: &Loaded) -> Info {
    let preset = &loaded.preset;
    let clock = preset.clock();
    let start =
        clock.map(|clock| clock.rate.label(clock.start)).map_or(String::new(), |s| format!("; start {s}"));
    let performance = match preset.performance {
        0 => String::new(),
        n => format!("; performance {n}"),
    };
    Info {
        title: preset.title.clone(),
        comment: format!(
            "preset {}; phrase {}; seed {}{performance}{start}",
            loaded.name, preset.phrase, preset.seed
        ),
        preset: loaded.name.clone(),
        phrase: preset.phrase.clone(),
        seed: preset.seed,
        picture: clock.map(|clock| clock.rate),
        ..Info::default()
    }
}

/// Title, making, start time and marks of a render, and its recipe.
pub(crate) fn render(loaded: &Loaded, scene: &Scene, span: Span, rate: SampleRate, recipe: &Recipe) -> Info {
    let clock = loaded.preset.clock();
    let marks = scene.beats().iter().enumerate().filter_map(|(index, beat)| {
        let frame = rate.first_frame(beat.start_s);
        let name = if beat.name.is_empty() { format!("beat {}", index + 1) } else { beat.name.clone() };
        (span.from..span.to).contains(&frame).then(|| Mark { frame: frame - span.from, name })
    });
    Info {
        start_frame: clock.map_or(0, |clock| clock.rate.samples(clock.start, rate)) + span.from,
        marks: marks.collect(),
        recipe: recipe.text(),
        ..piece(loaded)
    }
}

/// What the file of one stem says of itself: as the mix, but for its title and its recipe.
pub(crate) fn stem(info: &Info, recipe: &Recipe, name: &str, bits: Bits) -> Info {
    Info {
        title: format!("{} - {name}", info.title),
        recipe: recipe.of_stem(name, bits).text(),
        ..info.clone()
    }
}
