//! Vorbis comments: how FLAC and Ogg say what they hold.
//!
//! Owns the names of the tags and their block of bytes. Does not own the containers.

use super::{
    info::{DIGITS, Info, SOFTWARE, digest},
    wav::Format,
};

/// Names of our own tags.
pub(crate) const RECIPE: &str = "UPROAR_RECIPE";
pub(crate) const RECIPE_DIGEST: &str = "UPROAR_RECIPE_DIGEST";
pub(crate) const SOUND_DIGEST: &str = "UPROAR_SOUND_DIGEST";

/// All tags in order. Their lengths do not depend on what becomes known at the end.
pub(crate) fn tags(format: Format, info: &Info) -> Vec<(&'static str, String)> {
    let mut tags = vec![("TITLE", info.title.clone()), ("DESCRIPTION", info.comment.clone())];
    tags.push(("ENCODER", SOFTWARE.to_owned()));
    tags.push(("TIME_REFERENCE", info.start_frame.to_string()));
    tags.push(("SEED", info.seed.to_string()));
    for (number, mark) in info.marks.iter().take(999).enumerate() {
        let ms = (1000.0 * format.rate.seconds(mark.frame)).round() as u64;
        let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
        let time = format!("{hours:02}:{minutes:02}:{:02}.{:03}", ms / 1000 % 60, ms % 1000);
        tags.push(("BEAT", format!("{number:03} {time} {}", mark.name)));
    }
    if let Some(recipe) = &info.recipe {
        tags.push((RECIPE_DIGEST, digest(recipe.as_bytes())));
        tags.push((RECIPE, recipe.clone()));
    }
    tags
}

/// Tags that become known at the end, in fields of fixed length.
pub(crate) fn late_tags(info: &Info) -> Vec<(&'static str, String)> {
    let number = |pick: fn(&crate::analysis::Loudness) -> f64| {
        info.loudness
            .as_ref()
            .map(pick)
            .filter(|x| x.is_finite())
            .map_or("unknown".into(), |x| format!("{x:.2}"))
    };
    [
        ("LOUDNESS_INTEGRATED_LUFS", number(|l| l.integrated_lufs)),
        ("LOUDNESS_RANGE_LU", number(|l| l.range_lu)),
        ("LOUDNESS_MOMENTARY_MAX_LUFS", number(|l| l.momentary_max_lufs)),
        ("LOUDNESS_SHORT_TERM_MAX_LUFS", number(|l| l.short_term_max_lufs)),
        ("TRUE_PEAK_DBTP", number(|l| l.true_peak_dbtp)),
    ]
    .into_iter()
    .map(|(name, value)| (name, format!("{value:<8}")))
    .chain([("UPROAR_STATE", info.state().to_owned())])
    .chain([(SOUND_DIGEST, format!("{:-<DIGITS$}", info.sound.as_deref().unwrap_or("")))])
    .collect()
}

/// The bytes of a comment block.
pub(crate) fn block(tags: &[(&str, String)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    };
    text(&mut bytes, SOFTWARE);
    bytes.extend_from_slice(&(tags.len() as u32).to_le_bytes());
    for (name, value) in tags {
        text(&mut bytes, &format!("{name}={value}"));
    }
    bytes
}

/// The value of a tag in a comment block; `None` if it is not there or the block is broken.
pub(crate) fn value(block: &[u8], name: &str) -> Option<String> {
    let mut at = 0usize;
    let number = |at: &mut usize| {
        let bytes = block.get(*at..at.checked_add(4)?)?;
        *at += 4;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
    };
    let vendor = number(&mut at)?;
    at = at.checked_add(vendor)?;
    let count = number(&mut at)?;
    for _ in 0..count {
        let length = number(&mut at)?;
        let text = block.get(at..at.checked_add(length)?)?;
        at += length;
        let text = String::from_utf8_lossy(text);
        if let Some((key, value)) = text.split_once('=')
            && key.eq_ignore_ascii_case(name)
        {
            return Some(value.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_again_and_broken_blocks_are_nothing() {
        let block = block(&[("A", "1".into()), (RECIPE, "x=ü\n".into())]);
        assert_eq!(value(&block, RECIPE).as_deref(), Some("x=ü\n"));
        assert_eq!(value(&block, "B"), None);
        for end in 0..block.len() {
            assert_eq!(value(&block[..end], RECIPE), None, "{end}");
        }
        assert_eq!(value(&[0xff; 40], "A"), None);
    }

    #[test]
    fn late_tags_keep_their_length() {
        let known = Info { sound: Some("a".repeat(32)), ..Info::default() };
        assert_eq!(block(&late_tags(&known)).len(), block(&late_tags(&Info::default())).len());
    }
}
