//! Any preset that is valid can be rendered: presets are drawn from the whole of what a file may say, every key now at
//! one of its limits, now in between.
//!
//! `UPROAR_CASES=50` tries fifty times as many; `scripts/properties` does.

mod small;

use proptest::prelude::*;
use small::{cases, play};
use uproar::engine::{Engine, PrepareOptions, TAIL_S};
use uproar::preset::{self, SourceKind};
use uproar::units::SampleRate;

/// A value as a file has it.
type Text = BoxedStrategy<String>;

/// A number, often one of its limits.
fn number(low: f64, high: f64) -> Text {
    let text = |x: f64| format!("{x:?}");
    prop_oneof![1 => Just(low).prop_map(text), 1 => Just(high).prop_map(text), 4 => (low..high).prop_map(text)].boxed()
}

/// Keys with their lowest and highest number, as in `"amp 0 1, bpm 40 240"`.
fn numbers(table: &'static str) -> Vec<(&'static str, Text)> {
    let row = |row: &'static str| {
        let parts: Vec<_> = row.split_whitespace().collect();
        let &[key, low, high] = parts.as_slice() else { panic!("{row} is no key with two numbers") };
        (key, number(low.parse().unwrap(), high.parse().unwrap()))
    };
    table.split(',').map(row).collect()
}

/// The same and others.
fn numbers_and(table: &'static str, others: Vec<(&'static str, Text)>) -> Vec<(&'static str, Text)> {
    [numbers(table), others].concat()
}

fn whole(low: i64, high: i64) -> Text {
    (low..=high).prop_map(|n| n.to_string()).boxed()
}

fn one_of(words: &'static [&'static str]) -> Text {
    prop::sample::select(words).prop_map(|word| format!("{word:?}")).boxed()
}

fn truth() -> Text {
    any::<bool>().prop_map(|b| b.to_string()).boxed()
}

fn list(parts: Vec<Text>) -> Text {
    parts.prop_map(|parts| format!("[{}]", parts.join(", "))).boxed()
}

/// A point within so many metres.
fn point(metres: f64) -> Text {
    list(vec![number(-metres, metres), number(-metres, metres), number(0.0, 50.0)])
}

/// Any of these keys, a line each.
fn some(keys: Vec<(&'static str, Text)>) -> Text {
    let lines: Vec<_> = keys
        .into_iter()
        .map(|(key, value)| {
            prop::option::weighted(0.35, value.prop_map(move |value| format!("{key} = {value}\n")))
        })
        .collect();
    lines.prop_map(|lines| lines.into_iter().flatten().collect()).boxed()
}

/// Any of these keys between braces.
fn braces(keys: Vec<(&'static str, Text)>) -> Text {
    some(keys).prop_map(|lines| format!("{{ {} }}", lines.trim_end().replace('\n', ", "))).boxed()
}

fn traits() -> Text {
    braces(numbers_and(
        "f0_hz 60 500, tract 0.85 1.15, trained 0 1, breath 0 1, rough 0 1, rate 0.6 1.6, \
        liveliness 0 2, zeal -0.3 0.3",
        vec![("kind", one_of(&["woman", "man", "girl", "boy"]))],
    ))
}

const WORDS: &[&str] = &[
    "COME ON, ALL MIGHT!",
    "GO!",
    "[clap] [clap] [stomp]",
    "no",
    "OLE | OLE OLE",
    "GOOOOOAL!",
    "/ɔːl maɪt/ [whistle]",
    "one hundred and twenty",
    "Let's go, Kyouka!",
];

fn chain() -> Text {
    let named = one_of(&[
        "none",
        "megaphone",
        "horn",
        "street-screen",
        "television",
        "television-set",
        "phone",
        "headset",
    ]);
    let own = braces(numbers_and(
        "low_hz 20 2000, high_hz 1000 20000, threshold_db -60 0, ratio 1 20, attack_ms 1 100, \
        release_ms 10 5000, drive_db -20 40, width 0 1, level_db -60 60, \
        full_scale_db_spl 80 150",
        vec![("hard", truth())],
    ));
    prop_oneof![3 => named, 1 => own].boxed()
}

fn crowd() -> Text {
    let keys = numbers_and(
        "rate_per_s 0.01 10, front_m_s 0.5 343, threshold 0 1, threshold_sd 0 0.5, reach_m 1 100, \
        lag -1 1, skip 0 1, tempo_jitter 0 0.3, tempo_creep 0 0.05, habit_db 0 12, \
        breathing_db 0 12, keen 0 1, talk 0 0.6, claps 0 1, residual 0 20",
        vec![("direct", truth()), ("spread_ms", list(vec![number(0.0, 500.0), number(0.0, 500.0)]))],
    );
    let bed = braces(numbers(
        "whoop_share 0 0.5, whoop_db -60 6, roar_share 0 0.5, roar_db -60 6, clap_db -60 6, \
        stray_share 0 0.5",
    ));
    let tune = braces(numbers("men_hz 60 600, share 0 1, pull 0 1, spread_cents 0 600, last_step_st -12 12"));
    let population = braces(numbers("women 0 1, men 0 1, girls 0 1, rowdy 0 1, tired 0 1, diversity 0 1"));
    let more = some(vec![("bed", bed), ("tune", tune), ("population", population)]);
    let section = some(numbers_and(
        "width_m 0.5 500, radius_m 0.5 2000, depth_m 0.5 300, rise_m 0 150, toward_deg -360 360, \
        arc_deg 1 360, share 0.001 100, offset_ms -2000 2000",
        vec![("size_m", list(vec![number(0.5, 2000.0), number(0.5, 2000.0)])), ("at", point(300.0))],
    ));
    let shape = one_of(&["street", "disc", "box", "ring"]);
    let sections = prop::collection::vec((shape, section), 0..3).prop_map(|sections| {
        sections
            .into_iter()
            .map(|(shape, keys)| format!("[[crowd.section]]\nshape = {shape}\n{keys}"))
            .collect()
    });
    (some(keys), more, whole(1, 40), whole(8, 12), whole(1, 2), sections)
        .prop_map(|(keys, more, people, speakers, takes, sections): (_, _, _, _, _, String)| {
            format!(
                "[crowd]\npeople = {people}\nspeakers = {speakers}\ntakes = {takes}\nbudget_s = 20\n{keys}{more}{sections}"
            )
        })
        .boxed()
}

fn space() -> Text {
    let seconds = || number(0.05, 20.0);
    let octaves = list((0..6).map(|_| seconds()).collect());
    let keys = some(numbers_and(
        "width_m 3 500, height_m 2 300, length_m 5 5000, axis_deg -360 360, packed 0 1, \
        wall_absorption 0.01 0.99, scattering 0 0.9, reverb_db -60 20, reverb_low_cut_hz 20 500, \
        echo_db -60 20, temperature_c -30 45, humidity_percent 5 100, turbulence_db 0 6, \
        wind_m_s 0 40",
        vec![
            ("kind", one_of(&["street", "stadium", "arena", "hall", "gym", "field", "city", "dry"])),
            ("center", list(vec![number(-1e5, 1e5), number(-1e5, 1e5)])),
            ("rt_s", prop_oneof![seconds(), octaves].boxed()),
        ],
    ));
    keys.prop_map(|keys| format!("[space]\n{keys}")).boxed()
}

fn place(name: &'static str) -> Text {
    let path = (point(100.0), point(100.0)).prop_map(|(a, b)| {
        let after = |at: f64, point: &str| format!("[{at}, {}", &point[1..]);
        format!("[{}, {}]", after(0.0, &a), after(1.5, &b))
    });
    let zoom = (point(100.0), number(1.0, 180.0), number(0.0, 40.0), number(-60.0, 0.0)).prop_map(
        |(at, width, gain, rest)| {
            format!("{{ at = {at}, width_deg = {width}, gain_db = {gain}, rest_db = {rest} }}")
        },
    );
    let keys = some(numbers_and(
        "facing_deg -360 360, level_db -60 40, falloff 0.5 3, nearest_m 0.3 50, occlusion_db 0 40, \
        reverb_db -100 20, wind_db_spl 0 120, floor_db_spl 0 90",
        vec![
            ("at", point(1e5)),
            ("path", path.boxed()),
            ("chain", chain()),
            ("delay", one_of(&["relative", "physical", "none"])),
            ("zoom", zoom.boxed()),
        ],
    ));
    keys.prop_map(move |keys| format!("[[place]]\nname = \"{name}\"\n{keys}")).boxed()
}

fn people_with_names() -> Text {
    let leader = some(vec![
        ("at", point(100.0)),
        ("amp", number(0.0, 1.0)),
        ("chants", truth()),
        ("effort", number(0.0, 1.0)),
        ("traits", traits()),
    ]);
    let solo = some(vec![
        ("at", point(100.0)),
        ("effort", number(0.0, 1.0)),
        ("chants", truth()),
        ("traits", traits()),
        ("through", Just("\"screen\"".to_owned()).boxed()),
    ]);
    let speaker = some(vec![
        ("chain", chain()),
        ("delay_ms", number(0.0, 6000.0)),
        ("level_db", number(-60.0, 60.0)),
        ("aligned", truth()),
    ]);
    let towers = prop::collection::vec(point(300.0), 1..4);
    (leader, solo, speaker, towers)
        .prop_map(|(leader, solo, speaker, towers)| {
            format!(
                "[leader]\n{leader}[[solo]]\nname = \"hero\"\n{solo}[[speaker]]\nname = \"screen\"\nat = [{}]\n{speaker}",
                towers.join(", ")
            )
        })
        .boxed()
}

fn lines() -> Text {
    let line = |role: &'static str, name: &'static str| {
        let keys = some(vec![
            ("weight", number(0.0, 60.0)),
            ("by", one_of(&["woman", "man", "girl", "boy", "child", "adult"])),
            ("delivery", one_of(&["plain", "call", "answer"])),
        ]);
        (one_of(WORDS), keys).prop_map(move |(text, keys)| {
            format!("[[line]]\nname = \"{name}\"\nas = \"{role}\"\ntext = {text}\n{keys}")
        })
    };
    (line("chant", "other"), line("murmur", "talk"), line("answer", "reply"), line("leader", "call"))
        .prop_map(|(a, b, c, d)| a + &b + &c + &d)
        .boxed()
}

fn beat(number_of: usize) -> Text {
    let cue = (
        number(0.0, 0.5),
        one_of(&["call", "solo", "hush", "gasp", "roar", "cheer", "clap-start", "clap-stop", "release"]),
        some(vec![("amp", number(0.0, 1.0))]),
    )
        .prop_map(|(at, action, amp)| {
            let amp = amp.trim_end();
            format!("{{ at = {at}, do = {action}{}{amp} }}", if amp.is_empty() { "" } else { ", " })
        });
    let curve =
        (number(0.0, 1.0), number(0.0, 1.0)).prop_map(|(a, b)| format!("[[0, {a}], [0.5, {b}, \"smooth\"]]"));
    let cues = prop::collection::vec(cue, 0..4).prop_map(|cues| format!("[{}]", cues.join(", ")));
    let keys = some(vec![
        ("doing", one_of(&["auto", "silent", "murmur", "answer", "shout", "chant", "roar", "applaud"])),
        ("intensity", prop_oneof![number(0.0, 1.0), curve.boxed()].boxed()),
        ("place", one_of(&["here", "there"])),
        ("fade_s", number(0.0, 2.0)),
        ("moves", Just("[{ at = 0.2, place = \"there\" }]".to_owned()).boxed()),
        ("phrase", Just("\"other\"".to_owned()).boxed()),
        ("bpm", number(40.0, 240.0)),
        ("cues", cues.boxed()),
    ]);
    (number(0.55, 1.2), keys)
        .prop_map(move |(seconds, keys)| {
            format!("[[beat]]\nname = \"beat-{number_of}\"\nseconds = {seconds}\n{keys}")
        })
        .boxed()
}

fn master() -> Text {
    some(numbers_and(
        "gain_db -60 60, ceiling_dbtp -24 0, look_ahead_s 0.0005 0.05, limiter_release_s 0.001 10, \
        levelling_attack_s 0.01 60, levelling_release_s 0.01 600, start_db_spl 0 140, \
        full_scale_db_spl 60 200",
        vec![("limiter", truth()), ("levelling", truth())],
    ))
    .prop_map(|keys| format!("[master]\n{keys}"))
    .boxed()
}

fn preset() -> Text {
    let rhythm = some(numbers("bpm 40 240, rest_beats 0 32, beats_per_syllable 0.25 8, last_stretch 0.5 8"));
    let top = (one_of(WORDS), any::<u32>()).prop_map(|(phrase, seed)| {
        format!("version = 1\ntitle = \"Any\"\nabout = \"Drawn\"\nphrase = {phrase}\nseed = {seed}\n")
    });
    let beats =
        (1usize..4).prop_flat_map(|n| (0..n).map(beat).collect::<Vec<_>>()).prop_map(|beats| beats.concat());
    (
        top,
        rhythm,
        crowd(),
        people_with_names(),
        lines(),
        space(),
        (place("here"), place("there"), beats, master()),
    )
        .prop_map(|(top, rhythm, crowd, named, lines, space, (here, there, beats, master))| {
            format!("{top}[rhythm]\n{rhythm}{crowd}{named}{lines}{space}{here}{there}{beats}{master}")
        })
        .boxed()
}

/// Seconds after which nothing may be heard any more.
const LONGEST_TAIL_S: u32 = 120;

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn any_valid_preset_is_rendered_to_its_end_within_the_ceiling(text in preset(), hz in prop::sample::select(vec![22_050u32, 44_100])) {
        let loaded = preset::load_text("any", &text, None, SourceKind::File, &[]);
        let preset = loaded.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?.preset;
        let rate = SampleRate::new(hz).unwrap();
        let options = PrepareOptions { threads: Some(2), ..PrepareOptions::default() };
        let engine = Engine::prepare(&preset, rate, &options);
        let mut engine = engine.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        let beats_s: f64 = engine.scene().beats().iter().map(|beat| beat.seconds).sum();
        prop_assert!((engine.seconds() - beats_s - TAIL_S).abs() < 1e-9);
        let heard = play(&mut engine, rate.frames(beats_s + TAIL_S) as usize, &[4096]);
        let ceiling = if preset.master.limiter { 10f32.powf(preset.master.ceiling_dbtp as f32 / 20.0) } else { 1.0 };
        for x in heard.iter().flatten() {
            prop_assert!(x.is_finite() && x.abs() <= ceiling * 1.000_001, "a sample of {x}, ceiling {ceiling}\n{text}");
        }
        // It ends, however long the tail: what goes on for ever is the air of a place alone.
        if preset.place.iter().all(|place| place.wind_db_spl.is_none() && place.floor_db_spl.is_none()) {
            let mut ended = false;
            for _ in 0..LONGEST_TAIL_S {
                let after = play(&mut engine, rate.hz() as usize, &[4096]);
                ended = after.iter().flatten().all(|x| *x == 0.0);
                if ended {
                    break;
                }
            }
            prop_assert!(ended, "still sound {LONGEST_TAIL_S} s after the end\n{text}");
        }
    }
}
