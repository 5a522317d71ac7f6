use super::*;

const KEY: Key = [7; 32];
const LIMIT: u64 = 1 << 30;

fn bank() -> Bank {
    let sounds: Vec<Vec<f32>> =
        (0..5).map(|n| (0..500 + n * 31).map(|i| ((i * 7 + n) % 13) as f32 - 6.0).collect()).collect();
    Bank::of_sounds(&sounds, SampleRate::DEFAULT)
}

fn stored() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), &KEY, &bank(), LIMIT);
    let path = path_of(folder.path(), &KEY);
    assert!(path.exists());
    (folder, path)
}

fn loaded(folder: &Path) -> Option<Bank> {
    load(folder, &KEY, SampleRate::DEFAULT, LIMIT)
}

#[test]
fn a_stored_bank_comes_back_the_same() {
    let (folder, path) = stored();
    assert_eq!(loaded(folder.path()), Some(bank()));
    assert!(path.exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something unfinished is left");
}

#[test]
fn any_flipped_byte_makes_the_file_worthless() {
    let (folder, path) = stored();
    let sound = fs::read(&path).unwrap();
    for at in (0..sound.len()).step_by(3) {
        let mut bad = sound.clone();
        bad[at] ^= 0x10;
        fs::write(&path, &bad).unwrap();
        assert_eq!(loaded(folder.path()), None, "byte {at} of {} was not missed", sound.len());
        assert!(!path.exists(), "a corrupt file is kept");
    }
}

#[test]
fn a_file_cut_or_grown_at_any_place_is_worthless() {
    let (folder, path) = stored();
    let sound = fs::read(&path).unwrap();
    for length in (0..sound.len()).step_by(5).chain([sound.len() - 1]) {
        fs::write(&path, &sound[..length]).unwrap();
        assert_eq!(loaded(folder.path()), None, "cut to {length}");
    }
    let mut longer = sound;
    longer.push(0);
    fs::write(&path, &longer).unwrap();
    assert_eq!(loaded(folder.path()), None);
}

#[test]
fn a_file_of_another_version_key_or_rate_is_not_used() {
    let (folder, path) = stored();
    let mut foreign = fs::read(&path).unwrap();
    foreign[8] += 1;
    fs::write(&path, &foreign).unwrap();
    assert_eq!(loaded(folder.path()), None, "version");

    store(folder.path(), &KEY, &bank(), LIMIT);
    let other = [9; 32];
    fs::copy(&path, path_of(folder.path(), &other)).unwrap();
    assert_eq!(load(folder.path(), &other, SampleRate::DEFAULT, LIMIT), None, "key");
    let rate = SampleRate::new(44_100).unwrap();
    assert_eq!(load(folder.path(), &KEY, rate, LIMIT), None, "rate");
}

#[test]
fn lengths_that_lie_are_refused_before_memory_is_taken() {
    let (folder, path) = stored();
    let sound = fs::read(&path).unwrap();
    for at in [72, 80, HEADER + 4, HEADER + 8] {
        let mut bad = sound.clone();
        bad[at..at + 4].copy_from_slice(&[0xff; 4]);
        fs::write(&path, &bad).unwrap();
        assert_eq!(loaded(folder.path()), None);
    }
}

#[test]
fn a_clock_that_was_set_back_loses_no_bank_and_lets_the_folder_not_grow() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = HEADER as u64 + 4000 + bank().bytes() as u64;
    for n in 0..5u8 {
        store(folder.path(), &[n; 32], &bank(), 3 * bytes);
        // Written before the clock was set back: all of it lies in the future.
        let file = File::options().write(true).open(path_of(folder.path(), &[n; 32])).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(u64::from(n + 1) << 20)).unwrap();
    }
    assert_eq!(load(folder.path(), &[4; 32], SampleRate::DEFAULT, LIMIT), Some(bank()));
    let kept = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    assert!((2 * bytes / 2..=3 * bytes).contains(&kept.sum()));
}

#[test]
fn a_bank_above_the_memory_limit_is_not_loaded() {
    let (folder, _) = stored();
    assert_eq!(load(folder.path(), &KEY, SampleRate::DEFAULT, 100), None);
}

#[test]
fn what_another_process_is_still_writing_is_left_alone() {
    let (folder, path) = stored();
    let theirs = path.with_extension("1-0.grains-part");
    let mut writing = File::create(&theirs).unwrap();
    writing.write_all(b"half a bank").unwrap();
    writing.try_lock().unwrap();
    store(folder.path(), &KEY, &bank(), LIMIT);
    assert_eq!(loaded(folder.path()), Some(bank()));
    assert!(theirs.exists());
    // It is killed: nobody will ever finish this, whatever the clock says.
    writing.set_modified(SystemTime::now() + Duration::from_secs(1 << 30)).unwrap();
    drop(writing);
    store(folder.path(), &KEY, &bank(), LIMIT);
    assert!(!theirs.exists());
    assert_eq!(loaded(folder.path()), Some(bank()));
}

#[test]
fn many_writers_of_one_bank_leave_a_sound_file() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    store(folder.path(), &KEY, &bank(), LIMIT);
                    // Seen half-written it would be removed and `None`; it is always whole or absent.
                    assert_eq!(loaded(folder.path()), Some(bank()));
                }
            });
        }
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_folder_keeps_its_cap_by_dropping_what_was_unused_longest() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = HEADER as u64 + 4000 + bank().bytes() as u64;
    for n in 0..6u8 {
        let key = [n; 32];
        store(folder.path(), &key, &bank(), 3 * bytes);
        let used = SystemTime::now() - Duration::from_secs(3600 - u64::from(n));
        if let Ok(file) = File::options().write(true).open(path_of(folder.path(), &key)) {
            file.set_modified(used).unwrap();
        }
        // The first is used again each time.
        load(folder.path(), &[0; 32], SampleRate::DEFAULT, LIMIT);
    }
    let left: Vec<u8> = (0..6).filter(|&n| path_of(folder.path(), &[n; 32]).exists()).collect();
    assert!(left.contains(&0) && left.contains(&5), "{left:?}");
    assert!(!left.contains(&1), "{left:?}");
    let total: u64 =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(total <= 3 * bytes);
}

#[test]
fn a_folder_that_cannot_be_written_is_gone_without() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, b"").unwrap();
    store(&file, &KEY, &bank(), LIMIT);
    assert_eq!(load(&file, &KEY, SampleRate::DEFAULT, LIMIT), None);
}
