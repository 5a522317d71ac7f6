//! Banks found again on disk.
//!
//! Owns one file per bank in a folder of the user's choice. The file is named by the bank's key, written
//! beside and renamed, and read back only if magic, version, key, length and checksum agree; anything else
//! is treated as absent. Nothing here is an error to the caller: without a cache the bank is built again.
//!
//! A file that is being written is locked; one that a killed process has left behind is not, and goes.
//!
//! Layout, little-endian: magic (8 bytes), version (u32), reserved (u32), key (32), length of the body in
//! bytes (u64), checksum of the body (32, BLAKE3); the body: rate (u32), grains (u32), samples (u64), for
//! each grain start, end, scale (f32 bits), anchor, power (f32 bits), number of stops and the stops (u32
//! each), padding to a multiple of 8; then the samples (i16).

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::bank::{Bank, MARGIN, Span};
use super::event::GrainInfo;
use super::key::Key;
use super::store::Store;
use crate::claim::{claim, clear};
use crate::units::SampleRate;

/// How large the cache folder may grow unless told otherwise: 2 GB.
pub const DEFAULT_CACHE_BYTES: u64 = 2_000_000_000;

const MAGIC: [u8; 8] = *b"UPROARGB";
const VERSION: u32 = 2;
const HEADER: usize = 88;
const EXTENSION: &str = "grains";
const UNFINISHED: &str = "grains-part";

/// Clocks of machines that share a folder may differ by so much.
const FUTURE: Duration = Duration::from_secs(3600);

fn path_of(folder: &Path, key: &Key) -> PathBuf {
    folder.join(blake3::Hash::from_bytes(*key).to_hex().as_str()).with_extension(EXTENSION)
}

/// The bank of this key, if a sound file of it is there and it fits `limit_bytes`.
pub(super) fn load(folder: &Path, key: &Key, rate: SampleRate, limit_bytes: u64) -> Option<Bank> {
    let path = path_of(folder, key);
    let mut file = File::open(&path).ok()?;
    let bank = read(&mut file, key, rate, limit_bytes);
    match &bank {
        // Used again: the last to be evicted. A folder that may not be written to stays as it is.
        Some(_) => drop(file.set_modified(SystemTime::now())),
        None => drop(fs::remove_file(&path)),
    }
    bank
}

fn read(file: &mut File, key: &Key, rate: SampleRate, limit_bytes: u64) -> Option<Bank> {
    let mut header = [0u8; HEADER];
    file.read_exact(&mut header).ok()?;
    let mut fields = Fields(&header);
    let known = fields.take::<8>()? == MAGIC && fields.u32()? == VERSION;
    let reserved = fields.u32()?;
    let same = fields.take::<32>()? == *key;
    let body_bytes = fields.u64()?;
    let checksum = blake3::Hash::from_bytes(fields.take::<32>()?);
    let there = file.metadata().ok()?.len();
    // The length is checked against the file before anything of that size is allocated.
    if !known || reserved != 0 || !same || there != HEADER as u64 + body_bytes {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    let mut fixed = [0u8; 16];
    file.read_exact(&mut fixed).ok()?;
    hasher.update(&fixed);
    let mut fields = Fields(&fixed);
    let (hz, grains, samples) = (fields.u32()?, fields.u32()?, fields.u64()?);
    let table_bytes = body_bytes.checked_sub(16)?.checked_sub(samples.checked_mul(2)?)?;
    if hz != rate.hz() || samples > Bank::MAX_FRAMES || samples * 2 > limit_bytes {
        return None;
    }
    if table_bytes > limit_bytes {
        return None;
    }
    let mut table = vec![0u8; usize::try_from(table_bytes).ok()?];
    file.read_exact(&mut table).ok()?;
    hasher.update(&table);
    let mut data = vec![0i16; usize::try_from(samples).ok()?];
    // In pieces that stay in the processor's cache between reading and hashing.
    for piece in bytemuck::cast_slice_mut::<i16, u8>(&mut data).chunks_mut(1 << 18) {
        file.read_exact(piece).ok()?;
        hasher.update(piece);
    }
    if hasher.finalize() != checksum {
        return None;
    }
    if cfg!(target_endian = "big") {
        data.iter_mut().for_each(|x| *x = i16::from_le(*x));
    }
    let (spans, infos) = read_table(&table, grains, data.len())?;
    Some(Bank { rate, store: Store::of(data), spans, infos })
}

fn read_table(table: &[u8], grains: u32, samples: usize) -> Option<(Vec<Span>, Vec<GrainInfo>)> {
    // 24 bytes a grain at least: a wrong count cannot make the vectors larger than the file.
    if (table.len() as u64) < u64::from(grains) * 24 {
        return None;
    }
    let mut fields = Fields(table);
    let mut spans = Vec::with_capacity(grains as usize);
    let mut infos = Vec::with_capacity(grains as usize);
    for _ in 0..grains {
        let (start, end) = (fields.u32()?, fields.u32()?);
        let scale = f32::from_bits(fields.u32()?);
        let anchor_frames = fields.u32()?;
        let power_pa2 = f32::from_bits(fields.u32()?);
        let stops = fields.u32()? as usize;
        if stops > fields.0.len() / 4 {
            return None;
        }
        let stops_frames = (0..stops).map(|_| fields.u32()).collect::<Option<Vec<_>>>()?;
        let framed = start as usize >= MARGIN && start <= end && end as usize + MARGIN <= samples;
        if !framed || !scale.is_finite() || !power_pa2.is_finite() {
            return None;
        }
        spans.push(Span { start, end, scale });
        infos.push(GrainInfo { frames: end - start, anchor_frames, power_pa2, stops_frames });
    }
    Some((spans, infos))
}

/// Keeps a bank for the next time and removes the oldest ones beyond `folder_bytes`.
///
/// Failing (read-only folder, full disk) leaves nothing behind and is not reported: it costs only time.
pub(super) fn store(folder: &Path, key: &Key, bank: &Bank, folder_bytes: u64) {
    let stored = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let path = path_of(folder, key);
        let beside = unfinished_path(&path);
        let written = write(&beside, key, bank).and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written?;
        evict(folder, &path, folder_bytes)
    };
    if let Err(error) = stored() {
        log::debug!("no bank cached in {}: {error}", folder.display());
    }
}

/// A name that no other writer uses: process and count.
fn unfinished_path(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_extension(format!("{}-{count}.{UNFINISHED}", std::process::id()))
}

fn write(path: &Path, key: &Key, bank: &Bank) -> io::Result<()> {
    let mut table = Vec::with_capacity(16 + bank.len() * 40);
    table.extend(bank.rate.hz().to_le_bytes());
    table.extend((bank.spans.len() as u32).to_le_bytes());
    table.extend((bank.store.len() as u64).to_le_bytes());
    for (span, info) in bank.spans.iter().zip(&bank.infos) {
        let stops = info.stops_frames.len() as u32;
        let (scale, power) = (span.scale.to_bits(), info.power_pa2.to_bits());
        for field in [span.start, span.end, scale, info.anchor_frames, power, stops] {
            table.extend(field.to_le_bytes());
        }
        info.stops_frames.iter().for_each(|stop| table.extend(stop.to_le_bytes()));
    }
    table.resize(table.len().next_multiple_of(8), 0);
    let swapped: Vec<i16>;
    let data: &[u8] = if cfg!(target_endian = "big") {
        swapped = bank.store.first().iter().map(|x| x.to_le()).collect();
        bytemuck::cast_slice(&swapped)
    } else {
        bytemuck::cast_slice(bank.store.first())
    };
    let checksum = blake3::Hasher::new().update(&table).update(data).finalize();
    let mut header = Vec::with_capacity(HEADER);
    header.extend(MAGIC);
    header.extend(VERSION.to_le_bytes());
    header.extend(0u32.to_le_bytes());
    header.extend(key);
    header.extend(((table.len() + data.len()) as u64).to_le_bytes());
    header.extend(checksum.as_bytes());
    let mut file = File::create_new(path)?;
    if !claim(&file, path) {
        return Err(io::Error::other("somebody has cleared it away"));
    }
    file.write_all(&header)?;
    file.write_all(&table)?;
    file.write_all(data)?;
    file.flush()
}

/// Removes abandoned unfinished files, and the least recently used banks until the folder fits.
fn evict(folder: &Path, keep: &Path, folder_bytes: u64) -> io::Result<()> {
    let mut banks = Vec::new();
    // What was last used in the future was so before the clock was set back: nobody knows when.
    let latest = SystemTime::now() + FUTURE;
    for entry in fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        let Some(extension) = path.extension() else { continue };
        let Ok(facts) = entry.metadata() else { continue };
        let used = facts.modified().ok().filter(|used| *used < latest).unwrap_or(SystemTime::UNIX_EPOCH);
        if extension == UNFINISHED {
            clear(&path);
        } else if extension == EXTENSION && facts.is_file() {
            banks.push((used, path, facts.len()));
        }
    }
    let mut total: u64 = banks.iter().map(|bank| bank.2).sum();
    banks.sort();
    for (_, path, bytes) in banks {
        if total <= folder_bytes {
            break;
        }
        if path != keep && fs::remove_file(&path).is_ok() {
            total -= bytes;
        }
    }
    Ok(())
}

/// Reads little-endian numbers off the front of a slice.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*front)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
