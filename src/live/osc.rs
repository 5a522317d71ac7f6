//! Open Sound Control: what comes in as actions, what goes out as state and meters.
//!
//! Owns the addresses and the reading of packets, which come from anybody: whatever is wrong with one, it changes
//! nothing and stops nothing. Does not own sockets. Uses the `rosc` crate (OSC 1.0).

use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType};

use super::action::Action;
use super::desk::Desk;

/// The longest packet that is looked at, bytes. No message here needs more.
pub const LONGEST_PACKET: usize = 8192;

/// Bundles within bundles and lists within lists beyond these are an attack, not music.
const MOST_BUNDLES: usize = 16;
const MOST_LISTS: usize = 64;

/// Most messages of one packet.
const MOST_MESSAGES: usize = 64;

/// The longest text of an argument, bytes.
const LONGEST_TEXT: usize = 300;

/// What is understood: address with arguments, then what it does.
pub const ADDRESSES: &[(&str, &str)] = &[
    ("/uproar/intensity f", "how excited the crowd is, 0..1"),
    ("/uproar/swell [f seconds] [f to]", "intensity rises evenly"),
    ("/uproar/unison", "everybody chants"),
    ("/uproar/cue s", "hush, roar, cheer, gasp, release, call"),
    ("/uproar/clap i", "clapping along: 1 on, 0 off"),
    ("/uproar/doing s", "silent, murmur, answer, shout, chant, applaud"),
    ("/uproar/scene", "everything follows the scene again"),
    ("/uproar/next, /uproar/previous", "moves to another beat"),
    ("/uproar/beat s or i", "moves to a beat by name, or by number from 1"),
    ("/uproar/hold [i], /uproar/loop [i]", "1 on, 0 off, nothing: the other way"),
    ("/uproar/place s or i [f seconds]", "where it is heard from"),
    ("/uproar/phrase i", "chants phrase 1..9"),
    ("/uproar/phrase s", "learns new words and chants them"),
    ("/uproar/call [s]", "the leader calls"),
    ("/uproar/amp f, /uproar/spread f", "reach of the call 0..1; looseness 0..4"),
    ("/uproar/people i", "how many take part"),
    ("/uproar/tempo f", "beats per minute; 0: the scene's"),
    ("/uproar/gain f", "output gain, dB"),
    ("/uproar/mute [i], /uproar/panic", "silence; the end of every sound"),
    ("/uproar/record [i]", "recording on and off"),
    ("/uproar/quit [f seconds]", "fades out and ends"),
];

/// What is sent, ten times a second.
pub const SENT: &[(&str, &str)] = &[
    ("/uproar/state/time f f", "seconds on the scene's clock, and its length"),
    ("/uproar/state/beat i s", "number from 1, and name"),
    ("/uproar/state/place i s", "number from 1, and name"),
    ("/uproar/state/intensity f", "0..1"),
    ("/uproar/state/crowd i i i i", "people murmuring, chanting, roaring, silent"),
    ("/uproar/state/tempo f", "beats per minute, 0 without a chant"),
    ("/uproar/state/hands i i i i", "hold, loop, mute, record: 1 on, 0 off"),
    ("/uproar/meter/peak f f", "left and right, dB re full scale"),
    ("/uproar/meter/loudness f f", "momentary and integrated, LUFS"),
    ("/uproar/meter/load f i i", "share of the time there is, gaps, grains of far people left out"),
];

/// Reads a packet into actions. Whatever cannot be understood is left out; the second value counts it.
pub fn read(packet: &[u8]) -> (Vec<Action>, usize) {
    let lists = packet.iter().filter(|b| **b == b'[').count();
    let bundles = packet.windows(8).filter(|w| w == b"#bundle\0").count();
    if packet.len() > LONGEST_PACKET || lists > MOST_LISTS || bundles > MOST_BUNDLES {
        return (Vec::new(), 1);
    }
    let Ok((_, packet)) = rosc::decoder::decode_udp(packet) else { return (Vec::new(), 1) };
    let (mut actions, mut wrong) = (Vec::new(), 0);
    let mut waiting = vec![packet];
    while let Some(packet) = waiting.pop() {
        match packet {
            OscPacket::Message(message) => match action(&message) {
                Some(action) if actions.len() < MOST_MESSAGES => actions.push(action),
                _ => wrong += 1,
            },
            // In their order: the last one pushed is the first one popped.
            OscPacket::Bundle(bundle) => waiting.extend(bundle.content.into_iter().rev()),
        }
    }
    (actions, wrong)
}

/// Words that a switch follows.
const SWITCHES: [&str; 5] = ["hold", "loop", "mute", "record", "clap"];
const CUES: [&str; 6] = ["hush", "roar", "cheer", "gasp", "release", "call"];
const DOINGS: [&str; 6] = ["silent", "murmur", "answer", "shout", "chant", "applaud"];

/// A message as the line that somebody would type.
fn action(message: &OscMessage) -> Option<Action> {
    let word = message.addr.strip_prefix("/uproar/")?;
    let words: Vec<String> = message.args.iter().map(argument).collect::<Option<_>>()?;
    let first = words.first().map(String::as_str);
    match (word, first) {
        ("phrase", Some(text)) if matches!(message.args[0], OscType::String(_)) => {
            Some(Action::Phrase(text.to_owned())).filter(|_| words.len() == 1 && !text.trim().is_empty())
        }
        ("call", Some(text)) => Some(Action::Call(Some(text.to_owned()))).filter(|_| words.len() == 1),
        ("cue", Some(cue)) => CUES.contains(&cue).then(|| cue.parse().ok())?,
        ("doing", Some(doing)) => DOINGS.contains(&doing).then(|| doing.parse().ok())?,
        ("tempo", Some("0")) => Some(Action::Tempo(None)),
        ("cue" | "doing" | "state" | "help", _) => None,
        (word, Some("1")) if SWITCHES.contains(&word) => format!("{word} on").parse().ok(),
        (word, Some("0")) if SWITCHES.contains(&word) => format!("{word} off").parse().ok(),
        (word, _) if word.bytes().all(|b| b.is_ascii_lowercase()) => {
            format!("{word} {}", words.join(" ")).parse().ok()
        }
        _ => None,
    }
}

/// An argument as it would be typed; nothing for what no address takes.
fn argument(argument: &OscType) -> Option<String> {
    match argument {
        OscType::Int(n) => Some(n.to_string()),
        OscType::Long(n) => Some(n.to_string()),
        OscType::Float(x) if x.is_finite() => Some(x.to_string()),
        OscType::Double(x) if x.is_finite() => Some(x.to_string()),
        OscType::Bool(on) => Some(i32::from(*on).to_string()),
        OscType::String(text) if text.len() <= LONGEST_TEXT && !text.contains(char::is_control) => {
            Some(text.clone())
        }
        _ => None,
    }
}

/// The state and the meters as one packet.
///
/// * `load`: share of the time there is that was used; `gaps`: so far.
pub fn state(desk: &Desk, load: f64, gaps: u64) -> Vec<u8> {
    let (now, facts, meters) = (desk.now(), desk.facts(), desk.meters());
    let name = |list: Option<&String>| OscType::String(list.cloned().unwrap_or_default());
    let (int, float) = (|n: usize| OscType::Int(n as i32), |x: f64| OscType::Float(x as f32));
    let flag = |on: bool| OscType::Int(i32::from(on));
    let people = |n: u32| OscType::Int(n as i32);
    let db = |x: f32| OscType::Float(crate::units::db_from_gain(f64::from(x)).max(-200.0) as f32);
    let lufs = |x: f64| OscType::Float(x.max(-200.0) as f32);
    let (crowd, hands) = (&now.crowd, now.hands);
    let messages = [
        ("state/time", vec![float(now.scene_s), float(facts.seconds)]),
        ("state/beat", vec![int(now.beat + 1), name(facts.beats.get(now.beat).map(|b| &b.0))]),
        ("state/place", vec![int(now.place + 1), name(facts.places.get(now.place))]),
        ("state/intensity", vec![OscType::Float(now.intensity)]),
        ("state/crowd", [crowd.murmuring, crowd.chanting, crowd.roaring, crowd.silent].map(people).to_vec()),
        ("state/tempo", vec![OscType::Float(crowd.tempo_bpm)]),
        (
            "state/hands",
            [hands.hold, hands.looped, hands.mute, desk.recording().is_some()].map(flag).to_vec(),
        ),
        ("meter/peak", meters.peak.map(db).to_vec()),
        ("meter/loudness", vec![lufs(meters.momentary_lufs), lufs(meters.integrated_lufs)]),
        ("meter/load", vec![float(load), int(gaps as usize), int(now.thinned as usize)]),
    ];
    let message = |(addr, args)| OscPacket::Message(OscMessage { addr: format!("/uproar/{addr}"), args });
    let content = messages.into_iter().map(message).collect();
    // 0, 1: "immediately", as OSC has it.
    let bundle = OscBundle { timetag: OscTime { seconds: 0, fractional: 1 }, content };
    rosc::encoder::encode(&OscPacket::Bundle(bundle)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{Level, Switch, Target};
    use crate::rng::{self, Domain};
    use crate::scene::{Activity, CueAction};

    fn packet(addr: &str, args: Vec<OscType>) -> Vec<u8> {
        rosc::encoder::encode(&OscPacket::Message(OscMessage { addr: addr.into(), args })).unwrap()
    }

    fn one(addr: &str, args: Vec<OscType>) -> Option<Action> {
        let (mut actions, wrong) = read(&packet(addr, args));
        assert_eq!(actions.len() + wrong, 1);
        actions.pop()
    }

    fn text(text: &str) -> OscType {
        OscType::String(text.into())
    }

    #[test]
    fn messages_are_read_as_they_are_documented() {
        use OscType::{Float, Int};
        assert_eq!(one("/uproar/intensity", vec![Float(0.5)]), Some(Action::Intensity(Level::To(0.5))));
        assert_eq!(one("/uproar/intensity", vec![Int(1)]), Some(Action::Intensity(Level::To(1.0))));
        assert_eq!(one("/uproar/cue", vec![text("hush")]), Some(Action::Cue(CueAction::Hush)));
        assert_eq!(one("/uproar/doing", vec![text("chant")]), Some(Action::Activity(Activity::Chant)));
        assert_eq!(one("/uproar/phrase", vec![text("3 CHEERS")]), Some(Action::Phrase("3 CHEERS".into())));
        assert_eq!(one("/uproar/phrase", vec![Int(3)]), Some(Action::Line(3)));
        let roof = Action::Place { place: Target::Named("roof".into()), fade_s: 0.3 };
        assert_eq!(one("/uproar/place", vec![text("roof")]), Some(roof));
        assert_eq!(one("/uproar/hold", vec![Int(1)]), Some(Action::Hold(Switch::On)));
        assert_eq!(one("/uproar/mute", vec![OscType::Bool(false)]), Some(Action::Mute(Switch::Off)));
        assert_eq!(one("/uproar/loop", vec![]), Some(Action::Loop(Switch::Toggle)));
        assert_eq!(one("/uproar/people", vec![Int(500)]), Some(Action::People(500)));
        assert_eq!(one("/uproar/tempo", vec![Int(0)]), Some(Action::Tempo(None)));
        assert_eq!(one("/uproar/quit", vec![]), Some(Action::Quit(2.0)));
    }

    #[test]
    fn every_documented_address_is_understood() {
        for (line, _) in ADDRESSES {
            let has_text = line.contains(" s");
            for addr in line.split([',', ' ']).filter(|part| part.starts_with("/uproar/")) {
                let args = match addr.rsplit('/').next().unwrap() {
                    "cue" => vec![text("roar")],
                    "doing" => vec![text("murmur")],
                    "clap" | "people" => vec![OscType::Int(1)],
                    "tempo" => vec![OscType::Float(100.0)],
                    "intensity" | "amp" | "spread" | "gain" => vec![OscType::Float(0.5)],
                    _ if has_text && !line.contains('[') => vec![text("x")],
                    "place" => vec![text("x")],
                    _ if line.contains(" i") && !line.contains('[') => vec![OscType::Int(1)],
                    _ => vec![],
                };
                assert!(one(addr, args).is_some(), "{addr}");
            }
        }
    }

    #[test]
    fn wrong_messages_change_nothing() {
        for (addr, args) in [
            ("/uproar/intensity", vec![OscType::Float(f32::NAN)]),
            ("/uproar/intensity", vec![OscType::Float(7.0)]),
            ("/uproar/intensity", vec![]),
            ("/uproar/intensity", vec![OscType::Blob(vec![0; 4000])]),
            ("/uproar/cue", vec![text("phrase X")]),
            ("/uproar/doing", vec![text("quit")]),
            ("/uproar/phrase", vec![text("")]),
            ("/uproar/phrase", vec![text("a\nquit")]),
            ("/uproar/people", vec![OscType::Int(-3)]),
            ("/uproar/", vec![]),
            ("/uproar/intensity 1", vec![]),
            ("/other/intensity", vec![OscType::Float(0.5)]),
        ] {
            assert_eq!(one(addr, args.clone()), None, "{addr} {args:?}");
        }
    }

    #[test]
    fn hostile_packets_do_no_harm() {
        let mut dice = rng::stream(3, Domain::Test, 0, 0);
        let good = packet(
            "/uproar/phrase",
            vec![text("GO ON"), OscType::Float(0.1), OscType::Array(rosc::OscArray { content: vec![] })],
        );
        for round in 0..20_000 {
            let mut bytes = good.clone();
            for _ in 0..=dice.below(6) {
                let at = dice.below(bytes.len());
                bytes[at] = dice.range(0.0, 255.9) as u8;
            }
            bytes.truncate(dice.below(bytes.len()) + 1);
            if round % 4 == 0 {
                bytes = (0..dice.below(300)).map(|_| dice.range(0.0, 255.9) as u8).collect();
            }
            let _ = read(&bytes);
        }
        // Bundles within bundles, a thousand deep.
        let mut deep = packet("/uproar/panic", vec![]);
        while deep.len() < 20_000 {
            let mut outer = b"#bundle\0\0\0\0\0\0\0\0\x01".to_vec();
            outer.extend((deep.len() as u32).to_be_bytes());
            outer.extend(&deep);
            deep = outer;
            let (actions, wrong) = read(&deep);
            assert!(actions.len() + wrong <= 1);
        }
        let mut lists = b"/uproar/panic\0\0\0,".to_vec();
        lists.extend([b'['; 6000]);
        assert_eq!(read(&lists).0, []);
    }

    #[test]
    fn a_bundle_is_read_in_its_order() {
        let message = |addr: &str| OscPacket::Message(OscMessage { addr: addr.into(), args: vec![] });
        let content = vec![message("/uproar/unison"), message("/uproar/nothing"), message("/uproar/panic")];
        let bundle = OscBundle { timetag: OscTime { seconds: 0, fractional: 1 }, content };
        let bytes = rosc::encoder::encode(&OscPacket::Bundle(bundle)).unwrap();
        assert_eq!(read(&bytes), (vec![Action::Unison, Action::Panic], 1));
    }
}
