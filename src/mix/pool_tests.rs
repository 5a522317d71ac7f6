use super::*;
use crate::grain::{GrainId, Rate};
use crate::math;
use crate::rng::{Domain, stream};
use crate::units::SampleRate;
use proptest::prelude::*;

const RATE: SampleRate = SampleRate::DEFAULT;
const BUSES: usize = 3;

/// Grain 0: a constant of 1 Pa for a second. Grain 1: a 200 Hz tone of 2 s. Grains 2..12: noise of some length.
fn bank() -> Arc<Bank> {
    let mut sounds = vec![vec![1.0; 48_000]];
    sounds.push((0..96_000).map(|i| math::sin(i as f64 * math::TAU * 200.0 / 48_000.0) as f32).collect());
    for n in 0..10u64 {
        let mut random = stream(3, Domain::Test, n, 0);
        sounds.push((0..300 + n * 777).map(|_| random.range(-1.0, 1.0) as f32).collect());
    }
    Arc::new(Bank::of_sounds(&sounds, RATE))
}

fn pool(capacity: usize) -> Pool {
    Pool::new(bank(), capacity, BUSES)
}

fn slot(person: u32, grain: u32, at: u64) -> Slot {
    Slot { at, grain: GrainId(grain), gain: 1.0, person, stem: Stem::Chant, ..Slot::SILENT }
}

/// Mixes some quanta from `now` on and returns each bus as one line.
fn mixed(pool: &mut Pool, now: u64, quanta: usize) -> [Vec<f32>; BUSES] {
    let mut lines: [Vec<f32>; BUSES] = Default::default();
    for q in 0..quanta {
        let mut blocks = [[0.0; QUANTUM]; BUSES];
        pool.process(now + (q * QUANTUM) as u64, &mut blocks);
        for (line, block) in lines.iter_mut().zip(&blocks) {
            line.extend(block);
        }
    }
    lines
}

fn largest_step(line: &[f32]) -> f32 {
    line.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn a_grain_begins_and_ends_on_its_frames() {
    for at in [0, 1, 63, 64, 100, 5_000, 300_000] {
        let mut pool = pool(4);
        assert_eq!(pool.start(0, slot(1, 0, at)), Started::Yes);
        let end = at as usize + 48_000;
        let [line, other, _] = mixed(&mut pool, 0, end / QUANTUM + 3);
        let sounding = |x: &f32| (x - 1.0).abs() < 1e-4;
        assert!(line[..at as usize].iter().all(|&x| x == 0.0), "early at {at}");
        assert!(line[at as usize..end].iter().all(sounding), "not whole at {at}");
        assert!(line[end..].iter().all(|&x| x == 0.0), "late at {at}");
        assert!(other.iter().all(|&x| x == 0.0));
        assert_eq!(pool.sounding(), 0);
    }
}

#[test]
fn gains_and_paths_multiply() {
    let mut pool = pool(4);
    let _ = pool.start(0, Slot { gain: 0.5, path: 0.2, ..slot(1, 0, 0) });
    let _ = pool.start(0, Slot { gain: 3.0, path: 0.1, ..slot(2, 0, 0) });
    let [line, ..] = mixed(&mut pool, 0, 1);
    assert!(line.iter().all(|x| (x - 0.4).abs() < 1e-4));
}

#[test]
fn a_grain_that_began_in_the_past_fades_in_where_it_would_be() {
    let mut pool = pool(4);
    assert_eq!(pool.start(6_400, slot(1, 1, 6_400 - 1_000)), Started::Yes);
    let [line, ..] = mixed(&mut pool, 6_400, 10);
    for (i, &x) in line.iter().enumerate() {
        let full = math::sin((1_000 + i) as f64 * math::TAU * 200.0 / 48_000.0);
        let expected = full * ((i + 1) as f64 / 96.0).min(1.0);
        assert!((f64::from(x) - expected).abs() < 1e-3, "frame {i}: {x} for {expected}");
    }
    assert_eq!(pool.start(96_064, slot(1, 1, 10)), Started::Over);
}

#[test]
fn a_stop_fades_over_the_frames_asked_for_and_2_ms_at_least() {
    for (asked, got) in [(4_800, 4_800), (200, 200), (0, 96)] {
        let mut pool = pool(4);
        let _ = pool.start(0, slot(7, 0, 0));
        pool.stop(7, 1_000, asked);
        let [line, ..] = mixed(&mut pool, 0, 100);
        assert!(line[..1_000].iter().all(|x| (x - 1.0).abs() < 1e-4));
        for (i, &x) in line[1_000..].iter().enumerate() {
            let expected = (1.0 - (i + 1) as f32 / got as f32).max(0.0);
            assert!((x - expected).abs() < 1e-4, "frame {i} of {got}: {x}");
        }
        assert_eq!(pool.sounding(), 0);
    }
}

#[test]
fn a_stop_touches_nobody_else_and_calls_off_what_would_begin_later() {
    let mut pool = pool(8);
    let _ = pool.start(0, slot(1, 0, 0));
    let _ = pool.start(0, slot(2, 0, 0));
    let _ = pool.start(0, Slot { bus: 1, ..slot(1, 0, 10_000) });
    let _ = pool.start(0, Slot { bus: 2, ..slot(1, 0, 500) });
    pool.stop(1, 1_000, 96);
    let [line, late, early] = mixed(&mut pool, 0, 300);
    assert!((line[600] - 2.0).abs() < 1e-3 && (line[2_000] - 1.0).abs() < 1e-3);
    assert!(late.iter().all(|&x| x == 0.0));
    assert!((early[700] - 1.0).abs() < 1e-3 && early[1_096] == 0.0);
    // The slot that was called off is free again.
    assert_eq!(pool.start(19_200, slot(3, 0, 19_200)), Started::Yes);
}

#[test]
fn the_earlier_of_two_stops_wins_and_a_running_fade_is_not_changed() {
    let mut pool = pool(8);
    let _ = pool.start(0, slot(1, 0, 0));
    pool.stop(1, 2_000, 96);
    pool.stop(1, 1_000, 960);
    let [line, ..] = mixed(&mut pool, 0, 20);
    pool.stop(1, 1_300, 96);
    let [rest, ..] = mixed(&mut pool, 1_280, 30);
    assert!(largest_step(&line) <= 1.1 / 960.0 && largest_step(&rest) <= 1.1 / 960.0);
    assert_eq!(rest[2_000 - 1_280], 0.0);
}

#[test]
fn a_change_of_path_runs_straight() {
    let mut pool = pool(8);
    let _ = pool.start(0, slot(1, 0, 0));
    mixed(&mut pool, 0, 2);
    pool.reroute(|_| (0, 0.1));
    let [line, ..] = mixed(&mut pool, 128, 20);
    assert!(largest_step(&line) < 1.0 / 500.0, "{}", largest_step(&line));
    assert!((line[line.len() - 1] - 0.1).abs() < 1e-4);
}

#[test]
fn a_change_of_bus_is_a_cross_fade_that_is_always_whole() {
    let mut pool = pool(8);
    let _ = pool.start(0, slot(1, 0, 0));
    mixed(&mut pool, 0, 2);
    pool.reroute(|_| (2, 1.0));
    let [old, _, new] = mixed(&mut pool, 128, 20);
    for i in 0..old.len() {
        assert!((old[i] + new[i] - 1.0).abs() < 1e-3, "frame {i}: {} + {}", old[i], new[i]);
    }
    assert!(largest_step(&old) < 1.0 / 500.0);
    assert_eq!(old[old.len() - 1], 0.0);
    assert_eq!(pool.sounding(), 1);
    // Whoever moved can still be stopped.
    pool.stop(1, 2_000, 96);
    let [_, _, end] = mixed(&mut pool, 128 + 1_280, 20);
    assert_eq!(end[end.len() - 1], 0.0);
    assert_eq!(pool.sounding(), 0);
}

#[test]
fn moves_in_quick_succession_do_not_click_or_leak() {
    let mut pool = pool(40);
    for person in 0..40 {
        let _ = pool.start(0, slot(person, 1, 0));
    }
    let mut sum = Vec::new();
    for q in 0..300u64 {
        if q < 200 {
            pool.reroute(|person| (((u64::from(person) + q / 3) % 3) as u16, 1.0));
        }
        let mut blocks = [[0.0; QUANTUM]; BUSES];
        pool.process(q * QUANTUM as u64, &mut blocks);
        sum.extend((0..QUANTUM).map(|i| blocks.iter().map(|b| b[i]).sum::<f32>() / 40.0));
    }
    // The tone itself steps by 2 pi 200 / 48000 = 0.026; cross-fades may overlap to 1.25 of it.
    assert!(largest_step(&sum) < 0.04, "{}", largest_step(&sum));
    assert_eq!(pool.sounding(), 40);
}

#[test]
fn waiting_grains_follow_their_person_to_another_bus() {
    let mut pool = pool(8);
    let _ = pool.start(0, slot(1, 0, 500));
    pool.reroute(|_| (1, 0.5));
    let [old, new, _] = mixed(&mut pool, 0, 20);
    assert!(old.iter().all(|&x| x == 0.0));
    assert!((new[600] - 0.5).abs() < 1e-4);
}

#[test]
fn full_pool_replaces_quietest_grain() {
    let mut pool = pool(4);
    for (person, gain) in [0.5, 0.05, 1.0, 2.0].into_iter().enumerate() {
        let _ = pool.start(0, Slot { gain, ..slot(person as u32, 0, 0) });
    }
    mixed(&mut pool, 0, 2);
    assert_eq!(pool.start(128, Slot { gain: 0.7, ..slot(9, 0, 128) }), Started::Replacing { person: 1 });
    assert_eq!(pool.start(128, Slot { gain: 0.001, ..slot(10, 0, 128) }), Started::Dropped);
    let mut blocks = [[0.0; QUANTUM]; BUSES];
    let stats = pool.process(128, &mut blocks);
    assert_eq!((stats.stolen, stats.dropped, stats.sounding), (1, 1, 5));
    mixed(&mut pool, 192, 10);
    assert_eq!(pool.sounding(), 4);
    let [line, ..] = mixed(&mut pool, 832, 1);
    assert!((line[0] - (0.5 + 1.0 + 2.0 + 0.7)).abs() < 1e-3);
}

#[test]
fn replacing_fades_over_at_least_2_ms() {
    let mut pool = pool(1);
    let _ = pool.start(0, slot(1, 0, 0));
    mixed(&mut pool, 0, 2);
    assert_eq!(pool.start(128, Slot { gain: 2.0, ..slot(2, 0, 500) }), Started::Replacing { person: 1 });
    let [line, ..] = mixed(&mut pool, 128, 7);
    assert!(largest_step(&line[..500 - 128]) < 1.0 / 96.0);
}

#[test]
fn a_flood_of_starts_stays_within_the_slots_and_all_come_free_again() {
    let mut pool = pool(50);
    let mut random = stream(1, Domain::Test, 0, 0);
    let mut q = 0;
    for n in 0..20_000u32 {
        let now = q * QUANTUM as u64;
        let grain = 2 + random.below(10) as u32;
        let gain = random.range(0.0, 2.0) as f32;
        let at = now + random.below(3_000) as u64;
        let _ = pool.start(now, Slot { gain, bus: (n % 3) as u16, ..slot(n % 200, grain, at) });
        if n % 7 == 0 {
            pool.stop(random.below(200) as u32, now + random.below(500) as u64, 100);
        }
        if n % 20 == 0 {
            let mut blocks = [[0.0; QUANTUM]; BUSES];
            pool.process(now, &mut blocks);
            assert!(pool.sounding() <= 100);
            q += 1;
        }
    }
    mixed(&mut pool, q * QUANTUM as u64, 400);
    assert_eq!((pool.sounding(), pool.ledger.live(), pool.stats.waiting), (0, 0, 0));
    for n in 0..50 {
        let now = (q + 400) * QUANTUM as u64;
        assert_eq!(pool.start(now, slot(n, 0, now)), Started::Yes);
    }
}

#[test]
fn what_does_not_exist_is_refused() {
    let mut pool = pool(4);
    for bad in [
        slot(1, 99, 0),
        Slot { bus: 3, ..slot(1, 0, 0) },
        Slot { gain: f32::NAN, ..slot(1, 0, 0) },
        Slot { path: f32::INFINITY, ..slot(1, 0, 0) },
    ] {
        assert_eq!(pool.start(0, bad), Started::Refused);
    }
    pool.stop(12, 0, 0);
    pool.reroute(|_| (77, 1.0));
    assert_eq!(pool.sounding(), 0);
}

#[derive(Clone, Debug)]
enum Order {
    Start(u32, u32, u64, u16, f32),
    Stop(u32, u64, u32),
    Reroute(u16),
}

fn orders() -> impl Strategy<Value = Vec<(u64, Order)>> {
    let start = (0u32..20, 0u32..12, 0u64..2_000, 0u16..3, 0.0f32..2.0)
        .prop_map(|(p, g, at, bus, gain)| Order::Start(p, g, at, bus, gain));
    let stop = (0u32..20, 0u64..2_000, 0u32..1_000).prop_map(|(p, at, fade)| Order::Stop(p, at, fade));
    let order = prop_oneof![6 => start, 2 => stop, 1 => (0u16..3).prop_map(Order::Reroute)];
    prop::collection::vec((0u64..40, order), 1..80).prop_map(|mut orders| {
        orders.sort_by_key(|order| order.0);
        orders
    })
}

fn played(pool: &mut Pool, orders: &[(u64, Order)]) -> Vec<u32> {
    let mut bits = Vec::new();
    let mut next = 0;
    for q in 0..80 {
        let now = q * QUANTUM as u64;
        while next < orders.len() && orders[next].0 == q {
            match orders[next].1 {
                Order::Start(p, g, at, bus, gain) => {
                    let _ = pool.start(now, Slot { bus, gain, ..slot(p, g, now + at) });
                }
                Order::Stop(p, at, fade) => pool.stop(p, now + at, fade),
                Order::Reroute(turn) => pool.reroute(|p| ((p as u16 + turn) % 3, 0.5 + f32::from(turn))),
            }
            next += 1;
        }
        let mut blocks = [[0.0; QUANTUM]; BUSES];
        pool.process(now, &mut blocks);
        bits.extend(blocks.iter().flatten().map(|x| x.to_bits()));
    }
    bits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn portable_and_dispatched_loops_and_a_reset_pool_give_the_same_bits(orders in orders()) {
        let mut fast = pool(12);
        let bits = played(&mut fast, &orders);
        prop_assert_eq!(&played(&mut pool(12).portable(), &orders), &bits);
        fast.reset();
        prop_assert_eq!(&played(&mut fast, &orders), &bits);
    }

    #[test]
    fn no_order_of_events_makes_a_click(orders in orders()) {
        // Only the constant grain: any step beyond its own start and end is a fault of the mixer. Those
        // are frames where a grain begins at its `at` or ends by itself: at most one grain each.
        let mut pool = pool(12);
        let orders: Vec<_> = orders.into_iter().map(|(q, order)| match order {
            Order::Start(p, _, at, bus, gain) => (q, Order::Start(p, 1, at, bus, gain)),
            other => (q, other),
        }).collect();
        let bits = played(&mut pool, &orders);
        let lines: Vec<Vec<f32>> = (0..BUSES).map(|bus| bits.chunks(QUANTUM).skip(bus).step_by(BUSES)
            .flatten().map(|&b| f32::from_bits(b)).collect()).collect();
        for line in lines {
            // 24 tones of gain 2 and path 2.5 at most, 0.026 a frame each, and fades of 1/96.
            prop_assert!(largest_step(&line) < 24.0 * 5.0 * (0.027 + 1.0 / 96.0));
        }
    }
}

#[test]
fn a_rate_changes_pitch_and_length_and_the_portable_loops_agree_to_the_bit() {
    for speed in [0.8, 0.99, 1.25] {
        let rate = Rate::nearest(speed);
        let played = |mut pool: Pool| {
            // Begins inside a quantum, as sounds do.
            let _ = pool.start(0, Slot { rate, ..slot(1, 1, 100) });
            mixed(&mut pool, 0, 2_000)[0].clone()
        };
        let tone = played(pool(4));
        assert_eq!(tone, played(pool(4).portable()), "at {speed}");
        let turns = tone[200..60_200].windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
        let expected = 60_000.0 / 48_000.0 * 200.0 * f64::from(rate.steps()) / 512.0;
        assert!((turns as f64 - expected).abs() <= 1.0, "{turns} turns at {speed}, expected {expected}");
        let end = tone.iter().rposition(|y| *y != 0.0).expect("a tone") as u64;
        assert!(end.abs_diff(100 + rate.played(96_000)) < 10, "ends at {end} at {speed}");
    }
}

#[test]
fn a_bent_grain_that_moves_to_another_bus_goes_on_where_it_was() {
    let run = |moves: bool| {
        let mut pool = pool(4);
        let _ = pool.start(0, Slot { rate: Rate::nearest(1.013), ..slot(1, 1, 0) });
        let before = mixed(&mut pool, 0, 20);
        if moves {
            pool.reroute(|_| (1, 1.0));
        }
        let after = mixed(&mut pool, 20 * QUANTUM as u64, 40);
        let sum = |lines: [Vec<f32>; BUSES]| {
            (0..lines[0].len()).map(|i| lines.iter().map(|line| line[i]).sum()).collect::<Vec<f32>>()
        };
        [sum(before), sum(after)].concat()
    };
    let (still, moved) = (run(false), run(true));
    let most = still.iter().zip(&moved).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(most < 1e-5, "differs by {most}");
}
