//! The `iXML` chunk: what a recorder would tell of a take, and what this program needs to make it again.
//!
//! Owns writing it (iXML 2.10) and finding our own part in one that was read. Does not own the recipe.

use std::fmt::Write;

use super::{
    info::{DIGITS, Info, SOFTWARE, digest},
    wav::Format,
};

/// The whole document. Its length does not depend on what becomes known at the end.
pub(crate) fn ixml(format: Format, info: &Info) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BWFXML>\n");
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(xml, "<{name}>{}</{name}>", escaped(text));
    };
    line("IXML_VERSION", "2.10");
    line("PROJECT", &info.title);
    line("SCENE", &info.preset);
    line("NOTE", &info.comment);
    line("FILE_UID", &info.identity()[..32]);
    let rate = format.rate.hz();
    let (over, under, flag) = match info.picture {
        Some(picture) => {
            let (over, under) = picture.ratio();
            (over, under, if picture.drops() { "DF" } else { "NDF" })
        }
        None => (25, 1, "NDF"),
    };
    let bits = format.bits.bytes() * 8;
    let _ = write!(
        xml,
        "<SPEED>\n<MASTER_SPEED>{over}/{under}</MASTER_SPEED>\n<CURRENT_SPEED>{over}/{under}</CURRENT_SPEED>\n\
         <TIMECODE_RATE>{over}/{under}</TIMECODE_RATE>\n<TIMECODE_FLAG>{flag}</TIMECODE_FLAG>\n\
         <FILE_SAMPLE_RATE>{rate}</FILE_SAMPLE_RATE>\n<AUDIO_BIT_DEPTH>{bits}</AUDIO_BIT_DEPTH>\n\
         <DIGITIZER_SAMPLE_RATE>{rate}</DIGITIZER_SAMPLE_RATE>\n\
         <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>{}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>\n\
         <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>\n\
         <TIMESTAMP_SAMPLE_RATE>{rate}</TIMESTAMP_SAMPLE_RATE>\n</SPEED>\n",
        info.start_frame >> 32,
        info.start_frame & 0xffff_ffff,
    );
    if !info.marks.is_empty() {
        let _ = writeln!(xml, "<SYNC_POINT_LIST>\n<SYNC_POINT_COUNT>{}</SYNC_POINT_COUNT>", info.marks.len());
        for mark in &info.marks {
            let _ = writeln!(
                xml,
                "<SYNC_POINT><SYNC_POINT_TYPE>RELATIVE</SYNC_POINT_TYPE>\
                 <SYNC_POINT_FUNCTION>GENERIC</SYNC_POINT_FUNCTION><SYNC_POINT_COMMENT>{}</SYNC_POINT_COMMENT>\
                 <SYNC_POINT_LOW>{}</SYNC_POINT_LOW><SYNC_POINT_HIGH>{}</SYNC_POINT_HIGH></SYNC_POINT>",
                escaped(&mark.name),
                mark.frame & 0xffff_ffff,
                mark.frame >> 32,
            );
        }
        xml += "</SYNC_POINT_LIST>\n";
    }
    let _ = writeln!(xml, "<UPROAR>\n<MADE_BY>{SOFTWARE}</MADE_BY>");
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(xml, "<{name}>{}</{name}>", escaped(text));
    };
    line("PHRASE", &info.phrase);
    line("SEED", &info.seed.to_string());
    line("STATE", info.state());
    if let Some(recipe) = &info.recipe {
        line("RECIPE_DIGEST", &digest(recipe.as_bytes()));
        line("RECIPE", recipe);
        // The same length before the samples are known.
        line("SOUND_DIGEST", &format!("{:-<DIGITS$}", info.sound.as_deref().unwrap_or("")));
    }
    xml + "</UPROAR>\n</BWFXML>\n"
}

/// What stands between the first pair of a tag, with entities resolved; `None` if it is not there.
pub(crate) fn tagged(xml: &str, name: &str) -> Option<String> {
    let start = xml.find(&format!("<{name}>"))? + name.len() + 2;
    let end = start + xml.get(start..)?.find(&format!("</{name}>"))?;
    Some(plain(&xml[start..end]))
}

/// Text with the characters that XML keeps for itself as entities, and without those that it cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\r' => out += "&#13;",
            c if (c < ' ' && c != '\n' && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn plain(text: &str) -> String {
    const ENTITIES: [(&str, &str); 5] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#13;", "\r"), ("&amp;", "&")];
    // Ampersands last: they are what the others are made of.
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Bits, Mark};
    use crate::units::SampleRate;

    fn info() -> Info {
        Info {
            title: "<A & \"B\">".into(),
            recipe: Some("{\"phrase\": \"&lt; <ü>\\n\"}".into()),
            picture: "29.97df".parse().ok(),
            start_frame: 172_800_000,
            marks: vec![Mark { frame: 5, name: "one & two".into() }],
            ..Info::default()
        }
    }

    fn format() -> Format {
        Format { rate: SampleRate::DEFAULT, channels: 2, bits: Bits::Sixteen, speakers: 0 }
    }

    #[test]
    fn what_was_written_is_found_again() {
        let xml = ixml(format(), &info());
        assert_eq!(tagged(&xml, "PROJECT"), Some(info().title));
        assert_eq!(tagged(&xml, "RECIPE"), info().recipe);
        assert_eq!(tagged(&xml, "TIMECODE_RATE").as_deref(), Some("30000/1001"));
        assert_eq!(tagged(&xml, "TIMECODE_FLAG").as_deref(), Some("DF"));
        assert_eq!(tagged(&xml, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO").as_deref(), Some("172800000"));
        assert_eq!(tagged(&xml, "NOWHERE"), None);
        assert_eq!(tagged("<A>unclosed", "A"), None);
    }

    #[test]
    fn the_length_does_not_depend_on_what_becomes_known_last() {
        let known = Info { sound: Some(digest(b"samples")), ..info() };
        assert_eq!(ixml(format(), &known).len(), ixml(format(), &info()).len());
    }
}
