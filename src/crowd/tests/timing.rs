use super::stage::*;
use crate::crowd::*;
use crate::grain::{GrainEvent, Stem};
use crate::units::{QUANTUM, Vec3};
use crate::voice::{Act, Sound};

fn deviation(x: &[f64]) -> f64 {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (x.len() - 1) as f64).sqrt()
}

#[test]
fn the_onset_scatter_tightens_from_90_to_30_ms_over_three_phrases() {
    // Without those who shout in their own time.
    let bed = BedConfig { stray_share: 0.0, ..Default::default() };
    let config = CrowdConfig { people: 1000, tempo_jitter: 0.0, bed, ..Default::default() };
    let mut s = stage(&config, None, &lines(), "[[beat]]\nseconds = 30\ndoing = \"chant\"\nintensity = 1.0");
    let mut reported = Vec::new();
    let events = s.play(29.0, |_, stats| {
        if reported.last() != Some(&stats.spread_ms) && stats.spread_ms > 0.0 {
            reported.push(stats.spread_ms);
        }
    });
    // Measured from the events themselves: onsets of each repetition around their common mean.
    let mut onsets: Vec<f64> = s
        .soundings(&events)
        .iter()
        .filter(|x| s.is_chant(x))
        .map(|x| (x.from + u64::from(s.infos[x.grain as usize].anchor_frames)) as f64 / 48_000.0)
        .collect();
    onsets.sort_by(f64::total_cmp);
    let mut cycles: Vec<Vec<f64>> = vec![Vec::new()];
    for t in onsets {
        let near = cycles.last().and_then(|c| c.last()).is_none_or(|last| t - last < 0.7);
        if !near {
            cycles.push(Vec::new());
        }
        cycles.last_mut().unwrap().push(t);
    }
    let spreads: Vec<f64> = cycles.iter().map(|c| 1000.0 * deviation(c)).collect();
    println!("measured {spreads:.0?}\nreported {reported:.0?}");
    assert!((75.0..105.0).contains(&spreads[0]), "{spreads:?}");
    assert!(spreads[3] < 48.0 && spreads[3] < spreads[1], "{spreads:?}");
    assert!((25.0..38.0).contains(&spreads[9]), "{spreads:?}");
    for (measured, said) in spreads.iter().zip(&reported) {
        assert!((measured - f64::from(*said)).abs() < 3.0, "reported {said}, measured {measured}");
    }
}

#[test]
fn some_shout_in_their_own_time_and_fill_the_rests_of_the_others() {
    let strays_at = |stray_share| {
        let bed = BedConfig { stray_share, whoop_share: 0.0, roar_share: 0.0, ..Default::default() };
        let config =
            CrowdConfig { people: 1000, tempo_jitter: 0.0, tempo_creep: 0.0, bed, ..Default::default() };
        let text = "[[beat]]\nseconds = 30\ndoing = \"chant\"\nintensity = 1.0";
        let mut s = stage(&config, None, &lines(), text);
        let events = s.play(29.0, |_, _| {});
        let cycle = 4.0 * 60.0 / 104.0;
        let chants: Vec<f64> = s
            .soundings(&events)
            .iter()
            .filter(|x| s.is_chant(x))
            .map(|x| (x.from + u64::from(s.infos[x.grain as usize].anchor_frames)) as f64 / 48_000.0 / cycle)
            .filter(|t| *t > 3.0)
            .collect();
        // Far from the beat that the others begin on, whatever its place in the cycle.
        let (x, y) = chants.iter().fold((0.0, 0.0), |(x, y), t| {
            (x + (std::f64::consts::TAU * t).cos(), y + (std::f64::consts::TAU * t).sin())
        });
        let beat = y.atan2(x) / std::f64::consts::TAU;
        let off = |t: &&f64| ((*t - beat + 0.5).rem_euclid(1.0) - 0.5).abs() > 0.15;
        chants.iter().filter(off).count() as f64 / chants.len() as f64
    };
    let (none, some) = (strays_at(0.0), strays_at(0.12));
    assert!(none < 0.01, "{none}");
    // Twelve in a hundred begin anywhere; seven tenths of the cycle are far from its beginning.
    assert!((0.06..0.12).contains(&some), "{some}");
}

#[test]
fn eight_of_a_hundred_skip_a_repetition_and_nobody_repeats_a_take() {
    let config = CrowdConfig { people: 500, ..Default::default() };
    let mut s = stage(&config, None, &lines(), "[[beat]]\nseconds = 40\ndoing = \"chant\"\nintensity = 1.0");
    let events = s.play(39.0, |_, _| {});
    let sounds = s.soundings(&events);
    let mut last = std::collections::HashMap::new();
    for x in &sounds {
        if let Some(before) = last.insert(x.person, x.grain) {
            assert_ne!(before, x.grain, "person {} repeats a take", x.person);
        }
    }
    let cycles = 39.0 / (4.0 * 60.0 / 104.0);
    let chants = sounds.iter().filter(|x| s.is_chant(x) && x.person < 500).count() as f64 / 500.0;
    let share = chants / (cycles - 0.5);
    // 8 % rest and 11 % whoop or roar.
    assert!((0.76..0.86).contains(&share), "{share}");
    let whoops =
        sounds.iter().filter(|x| matches!(s.acts[x.grain as usize], Act::Sound(Sound::Whoop))).count();
    let per_cycle = whoops as f64 / cycles / 500.0;
    assert!((0.035..0.065).contains(&per_cycle), "{per_cycle} whoop in each cycle");
}

#[test]
fn after_the_hush_95_in_100_are_silent_within_1500_ms_but_not_at_once() {
    let config = CrowdConfig { people: 2000, tempo_jitter: 0.0, tempo_creep: 0.0, ..Default::default() };
    // In the middle of the sixth repetition.
    let text = "[[beat]]\nseconds = 20\ndoing = \"chant\"\nintensity = 1.0\n\
                cues = [{ at = 13.0, do = \"hush\" }]";
    let mut s = stage(&config, None, &lines(), text);
    let events = s.play(20.0, |_, _| {});
    let sounds = s.soundings(&events);
    let voices: Vec<_> = sounds
        .iter()
        .filter(|x| !matches!(s.acts[x.grain as usize], Act::Sound(Sound::Gasp)))
        .copied()
        .collect();
    let at = |t: f64| sounding_at(&voices, RATE.frames(13.0 + t)) as f64;
    let before = (0..20).map(|k| at(-2.3 + 0.1 * f64::from(k))).fold(0.0, f64::max);
    let table: Vec<f64> = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 3.0].iter().map(|t| at(*t) / before).collect();
    println!("sounding after the hush, re {before}: {table:.3?}");
    assert!(at(0.2) > 0.3 * before, "not at once");
    assert!(at(1.5) <= 0.05 * 2000.0, "{} still sound", at(1.5));
    assert_eq!(at(3.2), 0.0);
    let gasps: Vec<f64> = sounds
        .iter()
        .filter(|x| matches!(s.acts[x.grain as usize], Act::Sound(Sound::Gasp)))
        .map(|x| x.from as f64 / 48_000.0 - 13.0)
        .collect();
    assert!((100..200).contains(&gasps.len()), "{} gasps", gasps.len());
    assert!(gasps.iter().all(|t| (0.29..0.82).contains(t)));
}

#[test]
fn a_roar_rises_from_a_tenth_to_nine_tenths_in_under_a_second() {
    let config = CrowdConfig { people: 2000, ..Default::default() };
    let text = "[[beat]]\nseconds = 3\ndoing = \"silent\"\nintensity = 0\n\
                [[beat]]\nseconds = 20\ndoing = \"silent\"\nintensity = 0\ncues = [{ at = 1, do = \"roar\" }]";
    let mut s = stage(&config, None, &lines(), text);
    let mut roaring = Vec::new();
    let events = s.play(23.0, |now, stats| roaring.push((now as f64 / 48_000.0, stats.roaring)));
    let sounds = s.soundings(&events);
    let reach = |n: usize| {
        (0..3000)
            .map(|k| 4.0 + f64::from(k) * 0.01)
            .find(|t| sounding_at(&sounds, RATE.frames(*t)) >= n)
            .unwrap()
    };
    let peak = (0..40).map(|k| sounding_at(&sounds, RATE.frames(5.0 + 0.1 * f64::from(k)))).max().unwrap();
    let (t10, t90) = (reach(peak / 10), reach(peak * 9 / 10));
    println!("roar: peak {peak}, 10 % at {t10:.2}, 90 % at {t90:.2}");
    assert!((0.6..1.1).contains(&(t90 - t10)), "{}", t90 - t10);
    let late = roaring.iter().find(|(t, _)| *t >= 21.0).unwrap().1;
    assert!(late < 1000 && late > 50, "it decays: {late} at 21 s");
    let count = |sound| {
        sounds.iter().filter(|x| matches!(s.acts[x.grain as usize], Act::Sound(y) if y == sound)).count()
            as f64
    };
    let all = sounds.iter().filter(|x| x.stem == Stem::Cheer).count() as f64;
    let (screams, whistles) = (count(Sound::Scream) / all, count(Sound::Whistle) / all);
    assert!((0.08..0.12).contains(&screams) && (0.001..0.012).contains(&whistles), "{screams} {whistles}");
    let claps = events.iter().filter(|e| matches!(e, GrainEvent::Start { stem: Stem::Body, .. })).count();
    assert!(claps > 2000, "{claps} claps");
}

#[test]
fn a_murmur_never_comes_together_and_pauses_when_the_leader_calls() {
    let config = CrowdConfig { people: 1000, ..Default::default() };
    let leader = LeaderConfig { at: Vec3::new(0.0, -3.0, 6.0), amp: 0.9, ..Default::default() };
    let text = "[[beat]]\nseconds = 30\ndoing = \"murmur\"\nintensity = 0.12\n\
                cues = [{ at = 15, do = \"call\" }]";
    let mut s = stage(&config, Some(&leader), &lines(), text);
    let events = s.play(30.0, |_, _| {});
    let sounds = s.soundings(&events);
    let at = |t: f64| sounding_at(&sounds, RATE.frames(t)) as f64 / 1000.0;
    let usual: Vec<f64> = (0..70).map(|k| at(8.0 + 0.1 * f64::from(k))).collect();
    let mean = usual.iter().sum::<f64>() / usual.len() as f64;
    println!("speaking: mean {mean:.3}, sd {:.3}; after the call {:.3}", deviation(&usual), at(16.3));
    assert!((0.15..0.30).contains(&mean), "{mean} speak at a time");
    assert!(deviation(&usual) < 0.03);
    assert!(at(16.3) < 0.65 * mean, "heads turn: {}", at(16.3));
    assert!(at(24.0) > 0.8 * mean, "and go on: {}", at(24.0));
    let calls = sounds.iter().filter(|x| x.stem == Stem::Leader).count();
    assert_eq!(calls, 1);
}

#[test]
fn answers_come_one_by_one_from_different_people() {
    let config = CrowdConfig { people: 800, ..Default::default() };
    let text = "[[beat]]\nseconds = 20\ndoing = \"answer\"\nintensity = [0.15, 0.3]";
    let mut s = stage(&config, None, &lines(), text);
    let events = s.play(20.0, |_, _| {});
    let sounds = s.soundings(&events);
    let mut answers: Vec<&Sounding> = sounds.iter().filter(|x| x.stem == Stem::Chant).collect();
    answers.sort_by_key(|x| x.from);
    let gaps: Vec<f64> = answers.windows(2).map(|w| (w[1].from - w[0].from) as f64 / 48_000.0).collect();
    println!("{} answers, gaps {gaps:.2?}", answers.len());
    assert!((8..24).contains(&answers.len()));
    assert!(gaps.iter().all(|g| (0.2..4.2).contains(g)));
    let mut people: Vec<u32> = answers.iter().map(|x| x.person).collect();
    people.sort_unstable();
    people.dedup();
    assert!(people.len() + 2 >= answers.len());
}

#[test]
fn written_claps_fall_on_their_beats() {
    let config = CrowdConfig { people: 300, tempo_jitter: 0.0, ..Default::default() };
    let mut all = lines();
    all[0] = line("main", Role::Chant, 2, &[2.0, 3.0]);
    let mut s = stage(&config, None, &all, "[[beat]]\nseconds = 20\ndoing = \"chant\"\nintensity = 1.0");
    let mut cycles = Vec::new();
    let events = s.play(19.0, |_, stats| {
        if cycles.last() != Some(&stats.cycle_at) {
            cycles.push(stats.cycle_at);
        }
    });
    let beat = 60.0 / 104.0;
    let mut off = Vec::new();
    for event in &events {
        if let GrainEvent::Start { at, stem: Stem::Body, grain, .. } = event {
            let hit = (at + u64::from(s.infos[grain.0 as usize].anchor_frames)) as f64 / 48_000.0;
            let nearest = cycles
                .iter()
                .flat_map(|c| [2.0, 3.0].map(|b| *c as f64 / 48_000.0 + b * beat))
                .map(|t| hit - t)
                .min_by(|a, b| a.abs().total_cmp(&b.abs()))
                .unwrap();
            off.push(nearest);
        }
    }
    let late: Vec<f64> = off[off.len() / 2..].to_vec();
    println!("{} claps, sd {:.1} ms", off.len(), 1000.0 * deviation(&late));
    assert!(off.len() > 300 * 7);
    assert!(deviation(&late) < 0.045 && late.iter().sum::<f64>().abs() / (late.len() as f64) < 0.025);
}

#[test]
fn events_per_quantum_are_bounded_even_when_all_start_at_once() {
    let config = CrowdConfig { people: 10_000, ..Default::default() };
    let text = "[[beat]]\nseconds = 4\ndoing = \"silent\"\nintensity = 0\n\
                [[beat]]\nseconds = 8\ndoing = \"roar\"\nintensity = 1.0";
    let mut s = stage(&config, None, &lines(), text);
    let limit = s.crowd.events_capacity() as u32;
    let (mut most, mut full) = (0, 0);
    s.play(10.0, |_, stats| {
        most = most.max(stats.events);
        full += u32::from(stats.full);
    });
    println!("most events in a quantum {most} of {limit}, full {full} times");
    assert!(most <= limit && full == 0);

    // With little room everybody still gets a turn.
    let config = CrowdConfig { people: 500, ..Default::default() };
    let mut s = stage(&config, None, &lines(), "[[beat]]\nseconds = 20\ndoing = \"roar\"\nintensity = 1.0");
    let mut events = Vec::with_capacity(8);
    let mut heard = vec![false; 500];
    let mut now = 0;
    while now < RATE.frames(12.0) {
        let control = s.crowd.control(&s.scene, now);
        s.crowd.step(&control, &mut events);
        assert!(events.len() <= 8 && events.capacity() == 8);
        for e in &events {
            if let GrainEvent::Start { person, .. } = e {
                heard[*person as usize] = true;
            }
        }
        now += QUANTUM as u64;
    }
    assert!(heard.iter().all(|h| *h), "{} were never heard", heard.iter().filter(|h| !**h).count());
}
