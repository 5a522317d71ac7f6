//! Files beyond 4 GiB, written whole. `cargo test --test long -- --ignored` needs 9 GB of disk and some minutes;
//! with `UPROAR_LONG=DIR` the files stay there, for other programs to open.

use std::{fs::File, io::Read, path::Path};

use uproar::output::{Bits, Format, Info, Mark, WavWriter};
use uproar::units::SampleRate;

/// 4.5 GB: 47 minutes of two channels of floats at 200,000 frames a second or so.
const FRAMES: u64 = 562_500_000;

fn write(mut writer: WavWriter) -> u64 {
    let silence = vec![0.0f32; 1 << 20];
    let mut last = silence.clone();
    let mut left = FRAMES;
    while left > 0 {
        let now = left.min(silence.len() as u64) as usize;
        left -= now as u64;
        if left == 0 {
            // So that a reader can tell whether it found the end.
            last[now - 1] = 0.5;
            writer.write(&[&last[..now], &silence[..now]]).unwrap();
        } else {
            writer.write(&[&silence[..now], &silence[..now]]).unwrap();
        }
    }
    writer.finish().unwrap()
}

#[test]
#[ignore = "writes 9 GB"]
fn files_and_streams_beyond_four_gibibytes_say_how_long_they_are() {
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("UPROAR_LONG");
    let folder = kept.as_deref().map_or(temporary.path(), Path::new);
    let format =
        Format { rate: SampleRate::new(192_000).unwrap(), channels: 2, bits: Bits::Float, speakers: 0 };
    let info = Info { marks: vec![Mark { frame: 192_000, name: "one".into() }], ..Info::default() };
    // A file may outgrow what was announced; a stream cannot go back.
    let (file, stream) = (folder.join("file.wav"), folder.join("stream.wav"));
    assert_eq!(write(WavWriter::create(&file, format, &info, 1000, 1).unwrap()), FRAMES);
    let sink = Box::new(File::create(&stream).unwrap());
    assert_eq!(write(WavWriter::stream(sink, "stream".into(), format, &info, FRAMES, 1).unwrap()), FRAMES);
    for path in [file, stream] {
        let mut head = [0; 44];
        let mut opened = File::open(&path).unwrap();
        opened.read_exact(&mut head).unwrap();
        let long = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
        assert_eq!((&head[..8], &head[12..16]), (&b"RF64\xff\xff\xff\xff"[..], &b"ds64"[..]));
        assert_eq!(long(20), opened.metadata().unwrap().len() - 8);
        assert_eq!((long(28), long(36)), (FRAMES * 8, FRAMES));
    }
}
