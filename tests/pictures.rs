//! `uproar plot` and pages: pictures that are whole, readable and true, of our own sounds and of anybody's.

mod program;

use std::{fs, path::Path};

use program::{fails_with, names, path_in, stderr, stdout, succeeds, tiny, uproar};

/// Width, height and pixels of a PNG.
fn decode(bytes: &[u8]) -> (u32, u32, Vec<[u8; 3]>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    let pixels = pixels[..info.buffer_size()].chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
    (info.width, info.height, pixels)
}

/// One second of a tone at -12 dBFS and one of silence, mono, 16 bit.
fn tone(path: &str, hz: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..88_200 {
        let level = if n < 44_100 { 0.25 } else { 0.0 };
        let x = level * (std::f64::consts::TAU * hz * f64::from(n) / 44_100.0).sin();
        writer.write_sample((x * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

#[test]
fn a_picture_of_a_scene_names_its_beats_and_follows_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let file = path_in(&folder, "tiny.svg");
    succeeds(&["plot", &tiny(), "-o", &file]);
    let text = fs::read_to_string(&file).unwrap();
    let svg = roxmltree::Document::parse(&text).unwrap();
    let words: Vec<&str> =
        svg.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect();
    for word in ["first", "second", "Who does what", "Level, dB re full scale", "chanting", "0.0 s"] {
        assert!(words.contains(&word), "{word}: {words:?}");
    }
    assert!(words.iter().any(|w| w.contains("LUFS") && w.contains("seed 3")), "{words:?}");
    assert!(text.contains("prefers-color-scheme:dark") && text.contains("@media print"));
    let images = svg.descendants().filter(|n| n.has_tag_name("image"));
    assert_eq!(images.count(), 4, "spreading and spectrogram, light and dark");
    // Nothing is drawn outside.
    let [width, height] =
        ["width", "height"].map(|a| svg.root_element().attribute(a).unwrap().parse().unwrap());
    for line in svg.descendants().filter_map(|n| n.attribute("points")) {
        for point in line.split(' ') {
            let (x, y): (f64, f64) =
                point.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap();
            assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{x}, {y}");
        }
    }
    // One theme asked for: no choice is left.
    succeeds(&["plot", &tiny(), "-o", &file, "--force", "--theme", "dark", "--panels", "people"]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains("prefers-color-scheme") && text.contains("#11151b"));
}

#[test]
fn a_png_has_the_size_and_the_colours_asked_for_and_words_without_any_font() {
    let folder = tempfile::tempdir().unwrap();
    let file = path_in(&folder, "x.png");
    for (theme, paper) in [("light", [0xff; 3]), ("dark", [0x11, 0x15, 0x1b])] {
        let size = ["--width", "640", "--height", "500", "--scale", "2"];
        succeeds(&[&["plot", &tiny(), "-o", &file, "--force", "--theme", theme][..], &size].concat());
        let (width, height, pixels) = decode(&fs::read(&file).unwrap());
        assert_eq!((width, height), (1280, 1000));
        assert_eq!(pixels[0], paper);
        // The headline: ink where its letters are.
        let inked = (24..64).flat_map(|y| (116..400).map(move |x| y * 1280 + x));
        let inked =
            inked.filter(|at| pixels[*at].iter().zip(paper).any(|(a, b)| a.abs_diff(b) > 150)).count();
        assert!((300..6000).contains(&inked), "{theme}: {inked}");
    }
}

#[test]
fn a_foreign_sound_is_measured_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let (sound, file) = (path_in(&folder, "tone.wav"), path_in(&folder, "tone.svg"));
    tone(&sound, 997.0);
    succeeds(&["plot", &sound, "-o", &file, "--force"]);
    let text = fs::read_to_string(&file).unwrap();
    // A mono tone of -12 dBFS is -15.1 LUFS; blocks that reach into the silence take 0.7 dB, as ffmpeg's meter says too.
    assert!(text.contains("2.0 s, mono, 44100 Hz, 16 bit"), "{}", &text[..600]);
    assert!(text.contains("−15.8 LUFS · peak −12.0 dBTP"), "{}", &text[..600]);
    for heading in ["Level, dB re full scale", "Loudness, LUFS", "Spectrum, power per octave"] {
        assert!(text.contains(heading));
    }
    fails_with(
        &["plot", &sound, "-o", &file, "--force", "--panels", "people"],
        2,
        &["no panel `people`", "level, loudness"],
    );
    fails_with(&["plot", &sound, "-o", &file, "--force", "--seed", "3"], 2, &["--seed means nothing"]);
    fails_with(&["plot", &sound, "-o", &file, "--force", "--from", "3"], 2, &["2.0 s long"]);
}

#[test]
fn what_is_no_sound_or_no_picture_is_told_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = path_in(&folder, "x.svg");
    let sound = path_in(&folder, "x.wav");
    fs::write(&sound, "fLaC and more").unwrap();
    fails_with(
        &["plot", &sound, "-o", &file, "--force"],
        1,
        &["x.wav: is not a WAV file but FLAC (byte 0)", "ffmpeg"],
    );
    fs::write(&sound, "").unwrap();
    fails_with(&["plot", &sound, "-o", &file, "--force"], 1, &["x.wav: is empty"]);
    fails_with(&["plot", &tiny(), "-o", &path_in(&folder, "x.jpg")], 2, &[".svg or .png"]);
    fails_with(&["plot", &tiny(), "-o", &file, "--force", "--height", "320"], 2, &["too low", "--height"]);
    fails_with(&["plot", &tiny(), "-o", &file, "--force", "--width", "9"], 2, &["320 to 8000"]);
    fails_with(&["plot", &tiny(), "-o", &file, "--force", "--panels", "peple"], 2, &["possible values"]);
    assert_eq!(names(folder.path()), ["x.wav"]);
}

#[test]
fn a_page_holds_everything_and_needs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (sound, file) = (path_in(&folder, "x.wav"), path_in(&folder, "x.html"));
    succeeds(&[
        "render",
        &tiny(),
        "-o",
        &sound,
        "--report",
        &file,
        "--set",
        "title=<script>alert('x')</script>&",
    ]);
    let page = fs::read_to_string(&file).unwrap();
    for part in [
        "<!doctype html>",
        "<html lang=\"en\">",
        "<audio controls",
        "data:audio/wav;base64,",
        "<svg ",
        "<table>",
        "aria-label=\"Play second from",
        "True peak",
        "<details><summary>",
        "prefers-color-scheme:dark",
        "Content-Security-Policy",
        "--set title=&lt;script&gt;",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script>alert"), "a title is no markup");
    let addresses = page.matches("http://").count() - page.matches("http://www.w3.org/2000/svg").count();
    assert_eq!(addresses + page.matches("https://").count(), 0, "no network");
    assert!(!page.contains("<link") && !page.contains("src=\"//") && !page.contains("@import"));
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
    // The numbers of the page are those of the report.
    let json = path_in(&folder, "x.json");
    succeeds(&["render", &tiny(), "-o", &sound, "--report", &json, "--force"]);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let lufs = format!("{:.1} LUFS", report["integrated_lufs"].as_f64().unwrap()).replace('-', "−");
    assert!(page.contains(&lufs), "{lufs}");
}

#[test]
fn several_performances_share_a_page_and_a_played_one_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let (out, file) = (path_in(&folder, "out"), path_in(&folder, "all.html"));
    let copy = path_in(&folder, "copy.toml");
    fs::copy(tiny(), &copy).unwrap();
    succeeds(&["render", &tiny(), &copy, "-O", &out, "--seconds", "0.3", "--report", &file]);
    let page = fs::read_to_string(&file).unwrap();
    assert_eq!(page.matches("<section").count(), 2);
    assert_eq!(page.matches("data:audio/wav").count(), 2);
    fails_with(&["play", &tiny(), "--device", "null", "--report", &file], 2, &["leaves no sound"]);
}

#[test]
fn pictures_go_into_pipes_and_the_same_picture_is_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let sound = path_in(&folder, "tone.wav");
    tone(&sound, 440.0);
    let piped = succeeds(&["plot", &sound, "-o", "-"]);
    assert!(stderr(&piped).is_empty() && stdout(&piped).starts_with("<svg "));
    assert_eq!(piped.stdout, uproar(&["plot", &sound, "-o", "-"]).output().unwrap().stdout);
    assert!(Path::new(&sound).exists());
}
