//! Good files give their samples; bad ones give a message and nothing else.

use super::*;
use crate::output::{Bits, Format, Info, WavWriter};

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = name.to_vec();
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

fn wav(parts: &[Vec<u8>]) -> Vec<u8> {
    let body: Vec<u8> = [b"WAVE".to_vec()].into_iter().chain(parts.iter().cloned()).flatten().collect();
    chunk(b"RIFF", &body)
}

fn format(tag: u16, channels: u16, hz: u32, bytes: u16) -> Vec<u8> {
    let frame = channels * bytes;
    let mut body = Vec::new();
    for half in [tag, channels] {
        body.extend(half.to_le_bytes());
    }
    body.extend(hz.to_le_bytes());
    body.extend((hz.wrapping_mul(u32::from(frame))).to_le_bytes());
    for half in [frame, 8 * bytes] {
        body.extend(half.to_le_bytes());
    }
    chunk(b"fmt ", &body)
}

fn open(bytes: &[u8]) -> Result<WavReader, ReadError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    WavReader::open(file.path())
}

fn all(reader: &mut WavReader) -> Vec<Vec<f32>> {
    let (mut whole, mut block) = (vec![Vec::new(); reader.channels()], Vec::new());
    while reader.read(&mut block).unwrap() > 0 {
        for (all, part) in whole.iter_mut().zip(&block) {
            all.extend(part);
        }
    }
    whole
}

#[test]
fn our_own_files_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<f32> = (0..10_000).map(|n| (n as f32 * 0.01).sin() * 0.5).collect();
    for bits in [Bits::Sixteen, Bits::TwentyFour, Bits::Float] {
        let path = folder.path().join("x.wav");
        let format = Format { rate: SampleRate::DEFAULT, channels: 2, bits, speakers: 0 };
        let mut writer = WavWriter::create(&path, format, &Info::default(), 10_000, 1).unwrap();
        writer.write(&[&samples, &samples]).unwrap();
        writer.finish().unwrap();
        let mut reader = WavReader::open(&path).unwrap();
        assert_eq!((reader.frames(), reader.channels(), reader.rate().hz()), (10_000, 2, 48_000));
        let read = all(&mut reader);
        let step = 2.0 / (1 << (8 * bits.bytes() - 1).min(23)) as f32;
        assert!(read[1].iter().zip(&samples).all(|(a, b)| (a - b).abs() <= step), "{bits}");
        reader.seek(9_000).unwrap();
        assert_eq!(all(&mut reader)[0], read[0][9_000..]);
    }
}

#[test]
fn samples_of_every_kind_are_read() {
    let data = |bytes: &[u8]| chunk(b"data", bytes);
    let cases = [
        (format(1, 1, 8_000, 1), data(&[192, 64]), [0.5, -0.5]),
        (format(1, 1, 44_100, 4), data(&[0, 0, 0, 64, 0, 0, 0, 192]), [0.5, -0.5]),
        (
            format(3, 1, 48_000, 8),
            data(&[0.25f64.to_le_bytes(), f64::NAN.to_le_bytes()].concat()),
            [0.25, 0.0],
        ),
    ];
    for (format, data, wanted) in cases {
        assert_eq!(all(&mut open(&wav(&[format, data])).unwrap()), [wanted]);
    }
}

#[test]
fn files_cut_short_and_pipes_give_what_is_there() {
    let mut cut = wav(&[format(1, 2, 48_000, 2), chunk(b"data", &[1; 400])]);
    cut.truncate(cut.len() - 200);
    let reader = open(&cut).unwrap();
    assert_eq!((reader.frames(), reader.missing_frames()), (50, 50));
    for unknown in [0, u32::MAX] {
        let mut pipe = wav(&[format(1, 1, 48_000, 2), chunk(b"data", &[1; 400])]);
        let at = pipe.len() - 404;
        pipe[at..at + 4].copy_from_slice(&unknown.to_le_bytes());
        assert_eq!(open(&pipe).unwrap().frames(), 200);
    }
}

#[test]
fn bad_files_are_told_apart() {
    let data = chunk(b"data", &[0; 8]);
    let cases: [(Vec<u8>, &str); 10] = [
        (vec![], "is empty"),
        (b"fLaC-and-so-on".to_vec(), "not a WAV file but FLAC"),
        (b"hello".to_vec(), "does not begin with RIFF"),
        (wav(&[]), "no data chunk"),
        (wav(std::slice::from_ref(&data)), "before its format"),
        (wav(&[chunk(b"fmt ", &[1, 0]), data.clone()]), "cut short"),
        (wav(&[format(85, 2, 44_100, 2), data.clone()]), "compressed (format 85)"),
        (wav(&[format(1, 0, 44_100, 2), data.clone()]), "0 channels"),
        (wav(&[format(1, 2, 0, 2), data.clone()]), "0 frames per second"),
        (wav(&[format(1, 1, 44_100, 5), data]), "samples of 5 bytes"),
    ];
    for (bytes, words) in cases {
        let said = open(&bytes).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn markers_have_names_and_damaged_ones_do_no_harm() {
    let mut cue = 2u32.to_le_bytes().to_vec();
    for (id, at) in [(1u32, 10u32), (2, 3)] {
        cue.extend([id.to_le_bytes(), at.to_le_bytes(), *b"data", [0; 4], [0; 4], at.to_le_bytes()].concat());
    }
    let label = |id: u32, name: &[u8]| chunk(b"labl", &[&id.to_le_bytes()[..], name, &[0]].concat());
    let list = [b"adtl".to_vec(), label(1, b"hush"), label(2, b"roar")].concat();
    let (sound, cue, list) = (chunk(b"data", &[0; 40]), chunk(b"cue ", &cue), chunk(b"LIST", &list));
    let file = wav(&[format(1, 1, 48_000, 2), sound, cue, list]);
    assert_eq!(open(&file).unwrap().markers(), [(3, "roar".to_owned()), (10, "hush".to_owned())]);
    // Any byte may be wrong and any length may be cut: no panic, no hang.
    for at in 12..file.len() {
        for value in [0, 0xff] {
            let mut bad = file.clone();
            bad[at] = value;
            if let Ok(mut reader) = open(&bad) {
                let _ = all(&mut reader);
                let _ = reader.markers();
            }
        }
        if let Ok(mut reader) = open(&file[..at]) {
            let _ = reader.markers();
        }
    }
}
