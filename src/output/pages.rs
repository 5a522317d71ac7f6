//! The pages of an Ogg stream (RFC 3533), as far as they tell what is in a file of Vorbis.
//!
//! Owns finding the comment (Vorbis I, 4.2.1 and 5) and the length. Does not own decoding. Files come from strangers:
//! no more than the limit is kept, and only the head and the end of a file are read.

use std::io::{Read, Seek, SeekFrom};

/// A page begins with this many bytes, and one for each segment.
const HEAD: usize = 27;

/// The longest page: a head, 255 segments and what is in them, bytes.
const LONGEST_PAGE: u64 = (HEAD + 255 + 255 * 255) as u64;

/// What the head of the comment packet is.
const COMMENT: &[u8] = b"\x03vorbis";

/// The comment of a stream, without its head, and its length in frames; or what is wrong with it.
///
/// # Errors
/// A text that says what and at which byte.
pub(crate) fn notes(
    file: &mut (impl Read + Seek),
    length: u64,
    limit: usize,
) -> Result<(Vec<u8>, Option<u64>), String> {
    let lost = |error: std::io::Error| error.to_string();
    file.seek(SeekFrom::Start(0)).map_err(lost)?;
    let (mut packet, mut packets, mut at) = (Vec::new(), 0, 0u64);
    // The second packet is the comment; the first fits on a page of its own.
    'pages: loop {
        if at >= length {
            return Err("its comment does not end".into());
        }
        let mut head = [0; HEAD];
        file.read_exact(&mut head).map_err(|_| format!("the page at byte {at} is cut off"))?;
        if !head.starts_with(b"OggS\0") {
            return Err(format!("there is no page of Ogg at byte {at}"));
        }
        let mut segments = vec![0; usize::from(head[HEAD - 1])];
        file.read_exact(&mut segments).map_err(|_| format!("the page at byte {at} is cut off"))?;
        at += (HEAD + segments.len()) as u64;
        for segment in segments {
            let from = packet.len();
            packet.resize(from + usize::from(segment), 0);
            file.read_exact(&mut packet[from..])
                .map_err(|_| format!("the page before byte {at} is cut off"))?;
            at += u64::from(segment);
            if packet.len() > limit {
                return Err(format!("its comment has more than {limit} bytes"));
            }
            if segment < 255 {
                packets += 1;
                if packets == 2 {
                    break 'pages;
                }
                packet.clear();
            }
        }
    }
    let Some(comment) = packet.strip_prefix(COMMENT) else { return Err("it holds no Vorbis".into()) };
    Ok((comment.to_vec(), frames(file, length).map_err(lost)?))
}

/// The position that the last whole page ends at.
fn frames(file: &mut (impl Read + Seek), length: u64) -> Result<Option<u64>, std::io::Error> {
    // Room for two: the last one may be cut off.
    file.seek(SeekFrom::Start(length.saturating_sub(2 * LONGEST_PAGE)))?;
    let mut end = Vec::new();
    file.take(2 * LONGEST_PAGE).read_to_end(&mut end)?;
    let mut starts = (0..end.len()).rev().filter(|at| end[*at..].starts_with(b"OggS\0"));
    Ok(starts.find_map(|at| position(&end[at..])))
}

/// The position that a page ends at; `None` if it is cut off.
fn position(page: &[u8]) -> Option<u64> {
    let segments = page.get(HEAD..HEAD + usize::from(*page.get(HEAD - 1)?))?;
    let content: usize = segments.iter().map(|segment| usize::from(*segment)).sum();
    page.get(HEAD + segments.len() + content..)?;
    Some(u64::from_le_bytes(page.get(6..14)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A page that ends at a position.
    fn page(position: u64, packets: &[&[u8]]) -> Vec<u8> {
        let mut segments = Vec::new();
        for packet in packets {
            segments.extend(std::iter::repeat_n(255u8, packet.len() / 255));
            segments.push((packet.len() % 255) as u8);
        }
        let mut bytes = b"OggS\0\0".to_vec();
        bytes.extend_from_slice(&position.to_le_bytes());
        bytes.extend_from_slice(&[0; 12]);
        bytes.push(segments.len() as u8);
        bytes.extend(segments);
        bytes.extend(packets.concat());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<(Vec<u8>, Option<u64>), String> {
        notes(&mut Cursor::new(bytes), bytes.len() as u64, 10_000)
    }

    #[test]
    fn the_comment_and_the_length_are_found() {
        let comment = [COMMENT, &[7; 600]].concat();
        let file =
            [page(0, &[b"\x01vorbis"]), page(0, &[&comment, b"\x05vorbis"]), page(4711, &[b"x"])].concat();
        assert_eq!(read(&file).unwrap(), (vec![7; 600], Some(4711)));
        for end in 0..file.len() - 30 {
            let _ = read(&file[..end]);
        }
    }

    #[test]
    fn broken_streams_say_where() {
        let told = |bytes: &[u8]| read(bytes).unwrap_err();
        assert!(told(b"OggS\0").contains("byte 0 is cut off"));
        assert!(
            told(&[page(0, &[b"x"]), b"rubbish that is long enough for a head".to_vec()].concat())
                .contains("no page of Ogg at byte 29")
        );
        assert!(told(&page(0, &[b"x", b"OpusTags"])).contains("no Vorbis"));
        let mut full = page(0, &[]);
        full[HEAD - 1] = 255;
        full.extend([255; 255]);
        full.extend(vec![1; 255 * 255]);
        assert!(told(&full.repeat(3)).contains("more than 10000 bytes"));
    }
}
