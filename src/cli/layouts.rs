//! `uproar layouts`.

use crate::{
    preset::load_layout,
    space::{ChannelLayout, LAYOUTS, Rendering, SPEAKER_BITS},
};

use super::{arguments::Layouts, failure::Failure, terminal::print};

/// Lists the layouts, or prints one.
pub(crate) fn layouts(options: &Layouts) -> Result<(), Failure> {
    match &options.layout {
        Some(name) => print(&describe(&load_layout(name)?)?),
        None => print(&LAYOUTS.map(|(name, about)| format!("{name:<10}{about}")).join("\n")),
    }
}

/// A layout of loudspeakers as a file; others have no directions to print.
pub(crate) fn describe(layout: &ChannelLayout) -> Result<String, Failure> {
    if layout.rendering != Rendering::Speakers {
        let failure = Failure::usage(format!("{} has no loudspeakers to describe", layout.name));
        return Err(failure.hint("5.1, 7.1 and 7.1.4 have, and so do files"));
    }
    let mut text = format!(
        "# Loudspeakers for --layout: azimuth clockwise from straight ahead (30 is right), elevation up.\n\
         # `speaker` is the place of a channel in a WAV file: name it for all channels or for none.\n\
         title = {:?}\n",
        layout.name
    );
    for channel in &layout.channels {
        text += &format!("\n[[channel]]\nname = {:?}\n", channel.name);
        match channel.direction_deg {
            Some([azimuth, elevation]) => {
                text += &format!("azimuth_deg = {azimuth}\nelevation_deg = {elevation}\n");
            }
            None => text += "lfe = true\n",
        }
        if let Some(distance_m) = channel.distance_m {
            text += &format!("distance_m = {distance_m}\n");
        }
        if let Some((name, _)) = SPEAKER_BITS.iter().find(|(_, bit)| *bit == channel.speaker_bit) {
            text += &format!("speaker = {name:?}\n");
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::read_layout;

    #[test]
    fn what_is_printed_can_be_read_back() {
        for name in ["5.1", "7.1", "7.1.4"] {
            let layout = ChannelLayout::named(name).unwrap();
            assert_eq!(read_layout("x.toml", &describe(&layout).unwrap()).unwrap(), layout);
            let mut far = layout;
            far.channels.iter_mut().filter(|c| !c.lfe).for_each(|c| c.distance_m = Some(1.0 / 0.3));
            assert_eq!(read_layout("x.toml", &describe(&far).unwrap()).unwrap(), far);
        }
    }
}
