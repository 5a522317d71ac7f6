use super::stage::*;
use crate::crowd::*;
use crate::units::Vec3;

fn leader(amp: f64) -> LeaderConfig {
    LeaderConfig { at: Vec3::new(0.0, -6.0, 21.0), amp, ..Default::default() }
}

#[test]
fn the_share_of_active_people_follows_the_drawn_curve_within_5_in_100() {
    for (people, doing) in
        [(300, "shout"), (2000, "shout"), (2000, "chant"), (2000, "roar"), (2000, "applaud")]
    {
        let config = CrowdConfig { people, ..Default::default() };
        let text = format!(
            "[[beat]]\nseconds = 30\ndoing = \"{doing}\"\nintensity = [[0, 0.05], [12, 0.9, \"smooth\"], [18, 0.9], [30, 0.1]]"
        );
        let mut s = stage(&config, Some(&leader(0.8)), &lines(), &text);
        let mut worst: f32 = 0.0;
        s.play(30.0, |now, stats| {
            if now > 48_000 {
                worst = worst.max((stats.active - stats.asked).abs());
            }
        });
        println!("{people} {doing}: at most {worst:.3} off");
        assert!(worst < 0.05, "{people} people, {doing}: {worst}");
    }
}

#[test]
fn as_many_take_part_in_each_repetition_as_the_curve_asks_for() {
    let config = CrowdConfig { people: 2000, skip: 0.0, ..Default::default() };
    let config = CrowdConfig {
        bed: BedConfig { whoop_share: 0.0, roar_share: 0.0, ..BedConfig::default() },
        ..config
    };
    let text = "[[beat]]\nseconds = 40\ndoing = \"chant\"\nintensity = [0.2, 0.9]";
    let mut s = stage(&config, None, &lines(), text);
    let mut cycles: Vec<(u64, f32)> = Vec::new();
    let events = s.play(39.0, |_, stats| {
        if cycles.last().is_none_or(|c| c.0 != stats.cycle_at) {
            cycles.push((stats.cycle_at, stats.asked));
        }
    });
    let sounds = s.soundings(&events);
    for window in cycles.windows(2).skip(2) {
        let (from, to) = (window[0].0 - 20_000, window[1].0 - 20_000);
        let took =
            sounds.iter().filter(|x| s.is_chant(x) && (from..to).contains(&x.from)).count() as f64 / 2000.0;
        let asked = s.scene.state(window[0].0 as f64 / 48_000.0).intensity;
        assert!((took - asked).abs() < 0.05, "{took:.3} chant, {asked:.3} asked");
    }
}

/// Where each person is and when first heard (shouts and chants), seconds.
fn first_heard(s: &Stage, events: &[crate::grain::GrainEvent], people: usize) -> Vec<(f64, f64)> {
    let mut first = vec![f64::INFINITY; people];
    for x in s.soundings(events).iter().filter(|x| x.stem != crate::grain::Stem::Murmur) {
        if let Some(t) = first.get_mut(x.person as usize) {
            *t = t.min(x.from as f64 / 48_000.0);
        }
    }
    let mouths = s.crowd.people();
    let from = *mouths.last().unwrap();
    first
        .iter()
        .enumerate()
        .map(|(i, t)| (mouths[i].distance_m(from), *t))
        .filter(|x| x.1.is_finite())
        .collect()
}

fn median(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    x[x.len() / 2]
}

/// Speed of the front, m/s: least squares through the median times of 20 m bins.
fn front_m_s(heard: &[(f64, f64)]) -> f64 {
    let bins: Vec<(f64, f64)> = (2..14)
        .map(|b| (20.0 * f64::from(b), 20.0 * f64::from(b + 1)))
        .map(|(low, high)| {
            let t = heard.iter().filter(|h| (low..high).contains(&h.0)).map(|h| h.1).collect();
            (0.5 * (low + high), median(t))
        })
        .collect();
    let n = bins.len() as f64;
    let (mx, mt) = (bins.iter().map(|b| b.0).sum::<f64>() / n, bins.iter().map(|b| b.1).sum::<f64>() / n);
    let slope = bins.iter().map(|b| (b.0 - mx) * (b.1 - mt)).sum::<f64>()
        / bins.iter().map(|b| (b.0 - mx) * (b.0 - mx)).sum::<f64>();
    1.0 / slope
}

#[test]
fn a_drawn_swell_reaches_the_near_before_the_far() {
    let config = CrowdConfig { people: 3000, ..Default::default() };
    let text = "[[beat]]\nseconds = 40\ndoing = \"shout\"\nintensity = [0.0, 1.0]";
    let mut s = stage(&config, Some(&leader(0.8)), &lines(), text);
    let events = s.play(40.0, |_, _| {});
    let heard = first_heard(&s, &events, 3000);
    let speed = front_m_s(&heard);
    println!("drawn swell of 40 s: front {speed:.1} m/s");
    // The curve sets the pace: 290 m and the scatter of hazards in 40 s.
    assert!((6.0..18.0).contains(&speed), "{speed}");
    if let Ok(path) = std::env::var("UPROAR_PICTURE") {
        let rows: String = heard.iter().map(|h| format!("{:.2},{:.3}\n", h.0, h.1)).collect();
        std::fs::write(path, rows).unwrap();
    }
}

fn free(threshold: f64, amp: f64) -> (f64, f64, Stage, Vec<crate::grain::GrainEvent>) {
    let config =
        CrowdConfig { people: 3000, direct: false, threshold, rate_per_s: 0.9, ..Default::default() };
    let text = "[[beat]]\nseconds = 90\ndoing = \"shout\"\nintensity = 0.7\n\
                cues = [{ at = 2, do = \"call\" }, { at = 5, do = \"call\" }]";
    let mut s = stage(&config, Some(&leader(amp)), &lines(), text);
    let mut active = Vec::new();
    let events = s.play(90.0, |now, stats| active.push((now as f64 / 48_000.0, f64::from(stats.active))));
    let peak = active.iter().map(|a| a.1).fold(0.0, f64::max);
    let reach = |share: f64| active.iter().find(|a| a.1 >= share * peak).map_or(0.0, |a| a.0);
    let rise = reach(0.9) - reach(0.1);
    println!(
        "free, threshold {threshold}, amp {amp}: peak {peak:.3}, end {:.3}, 10-90 % {rise:.1} s",
        active.last().unwrap().1
    );
    (peak, active.last().unwrap().1, s, events)
}

#[test]
fn one_call_tips_the_street_or_dies() {
    let (peak, end, s, events) = free(0.06, 0.9);
    assert!(peak > 0.8 && end > 0.7, "a loud call tips a willing street");
    let speed = front_m_s(&first_heard(&s, &events, 3000));
    println!("free front {speed:.1} m/s");
    assert!((7.0..16.0).contains(&speed), "front {speed}");
    let (peak, end, ..) = free(0.06, 0.05);
    assert!(peak < 0.1 && end < 0.05, "a faint call dies");
    let (peak, end, ..) = free(0.5, 0.9);
    assert!(peak < 0.1 && end < 0.05, "an unwilling street stays quiet");
}
