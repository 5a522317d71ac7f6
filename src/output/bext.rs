//! The chunks that sound editors read: broadcast extension, cue points and their labels.
//!
//! Owns `bext` version 2 (EBU Tech 3285, with the loudness of EBU R 128), `cue ` and `LIST adtl` (Microsoft 1991).
//! Does not own where they stand in a file.

use super::{
    info::{Info, SOFTWARE},
    wav::Format,
};

/// Writes a chunk: name, length, contents, and a byte to make the length even.
pub(crate) fn chunk(bytes: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
    bytes.extend_from_slice(content);
    if content.len() % 2 == 1 {
        bytes.push(0);
    }
}

/// Makes a length even within the contents: some readers do not know of the byte that fills a chunk up.
pub(crate) fn even(bytes: &mut Vec<u8>, fill: u8) {
    if bytes.len() % 2 == 1 {
        bytes.push(fill);
    }
}

/// A loudness or level that is not known (Tech 3285 v2, 2.4).
const UNKNOWN: i16 = 0x7fff;

/// The contents of `bext`.
///
/// The date is left out: the same render makes the same file on any day.
pub(crate) fn bext(format: Format, info: &Info) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(700);
    let first = if info.interrupted { "INTERRUPTED, a part | " } else { "" };
    let description = format!("{first}{} | {}", info.title, info.comment);
    field(&mut bytes, description.trim_matches([' ', '|']), 256);
    field(&mut bytes, SOFTWARE, 32);
    field(&mut bytes, &info.identity()[..32], 32);
    field(&mut bytes, "", 10);
    field(&mut bytes, "", 8);
    bytes.extend_from_slice(&info.start_frame.to_le_bytes());
    bytes.extend_from_slice(&2u16.to_le_bytes());
    // No UMID: it asks for a registered maker.
    field(&mut bytes, "", 64);
    let loudness = info.loudness;
    for value in [
        loudness.map(|l| l.integrated_lufs),
        loudness.map(|l| l.range_lu),
        loudness.map(|l| l.true_peak_dbtp),
        loudness.map(|l| l.momentary_max_lufs),
        loudness.map(|l| l.short_term_max_lufs),
    ] {
        bytes.extend_from_slice(&hundredths(value).to_le_bytes());
    }
    field(&mut bytes, "", 180);
    let mode = match format.channels {
        1 => "mono",
        2 => "stereo",
        _ => "multi",
    };
    let (rate, bits) = (format.rate.hz(), format.bits.bytes() * 8);
    bytes.extend_from_slice(format!("A=PCM,F={rate},W={bits},M={mode},T={SOFTWARE}\r\n").as_bytes());
    even(&mut bytes, 0);
    bytes
}

/// A text in a field of fixed length, cut between characters, filled with zeros.
fn field(bytes: &mut Vec<u8>, text: &str, length: usize) {
    let mut end = text.len().min(length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    bytes.extend_from_slice(&text.as_bytes()[..end]);
    bytes.resize(bytes.len() + length - end, 0);
}

fn hundredths(value: Option<f64>) -> i16 {
    match value {
        // The largest number stands for "unknown"; silence has no loudness.
        Some(value) if value.is_finite() => (100.0 * value).round().clamp(-32_768.0, 32_766.0) as i16,
        _ => UNKNOWN,
    }
}

/// The contents of `cue ` and of `LIST adtl`; nothing without marks. Marks that a 32-bit frame number cannot reach
/// are left out.
pub(crate) fn cues(info: &Info) -> Option<(Vec<u8>, Vec<u8>)> {
    let marks: Vec<(u32, &str)> =
        info.marks.iter().filter_map(|m| Some((u32::try_from(m.frame).ok()?, m.name.as_str()))).collect();
    if marks.is_empty() {
        return None;
    }
    let mut cue = (marks.len() as u32).to_le_bytes().to_vec();
    let mut list = b"adtl".to_vec();
    for (number, (frame, name)) in (1u32..).zip(marks) {
        for value in [number, frame] {
            cue.extend_from_slice(&value.to_le_bytes());
        }
        cue.extend_from_slice(b"data");
        for value in [0, 0, frame] {
            cue.extend_from_slice(&u32::to_le_bytes(value));
        }
        let mut label = number.to_le_bytes().to_vec();
        label.extend(name.chars().take(200).collect::<String>().bytes());
        label.push(0);
        chunk(&mut list, b"labl", &label);
    }
    Some((cue, list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Loudness;
    use crate::output::{Bits, Mark};
    use crate::units::SampleRate;

    fn format() -> Format {
        Format { rate: SampleRate::DEFAULT, channels: 2, bits: Bits::TwentyFour, speakers: 0 }
    }

    #[test]
    fn fields_stand_where_tech_3285_puts_them() {
        let loudness = Loudness {
            integrated_lufs: -23.004,
            momentary_max_lufs: -15.5,
            short_term_max_lufs: -17.25,
            range_lu: 8.1,
            true_peak_dbtp: -1.0,
        };
        let info = Info {
            title: "ü".repeat(200),
            start_frame: 0x1_2345_6789,
            loudness: Some(loudness),
            ..Info::default()
        };
        let bytes = bext(format(), &info);
        assert_eq!(bytes[338..346], 0x1_2345_6789u64.to_le_bytes());
        assert_eq!(bytes[346..348], [2, 0], "version");
        let value = |at: usize| i16::from_le_bytes([bytes[at], bytes[at + 1]]);
        assert_eq!([412, 414, 416, 418, 420].map(value), [-2300, 810, -100, -1550, -1725]);
        assert_eq!(&bytes[602..614], b"A=PCM,F=4800");
        assert!(std::str::from_utf8(&bytes[..256]).is_ok(), "cut between characters");
        let unknown = bext(format(), &Info::default());
        assert_eq!(unknown[412..414], [0xff, 0x7f]);
        assert_eq!(unknown.len(), bytes.len());
    }

    #[test]
    fn every_mark_has_a_point_and_a_label() {
        let mark = |frame, name: &str| Mark { frame, name: name.into() };
        let info =
            Info { marks: vec![mark(0, "a"), mark(96_000, "bc"), mark(1 << 40, "far")], ..Info::default() };
        let (cue, list) = cues(&info).unwrap();
        assert_eq!(cue.len(), 4 + 2 * 24);
        assert_eq!(cue[..4], [2, 0, 0, 0]);
        assert_eq!(cue[28..36], [2, 0, 0, 0, 0x00, 0x77, 0x01, 0x00], "number and place of the second");
        assert_eq!(cue[36..40], *b"data");
        assert_eq!(&list[..8], b"adtllabl");
        assert_eq!(list.len() % 2, 0);
        assert!(list.ends_with(b"labl\x07\x00\x00\x00\x02\x00\x00\x00bc\x00\x00"));
    }
}
