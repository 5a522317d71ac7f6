//! Every layout: sound comes from where it is, directly, from walls and in the tail, and nothing is lost.

mod small;

use small::{QUICK, RATE, corner};
use uproar::engine::{Engine, PrepareOptions};
use uproar::rng::{self, Domain};
use uproar::space::{
    ChannelLayout, FieldFilter, Kind, LAYOUTS, Layout, Panner, PlaceConfig, Resolution, Room, SENDS,
    SpaceConfig,
};
use uproar::units::{Block, QUANTUM, Vec3};

fn named(name: &str) -> ChannelLayout {
    ChannelLayout::named(name).unwrap()
}

fn place(facing_deg: f64) -> PlaceConfig {
    PlaceConfig { at: Vec3::new(0.0, 0.0, 1.6), facing_deg, ..PlaceConfig::default() }
}

fn space(kind: Kind) -> SpaceConfig {
    SpaceConfig { kind, turbulence_db: 0.0, ..SpaceConfig::default() }
}

/// Power of each channel, and its product with the first, of a click from one of `people`.
fn heard(layout: &Layout, panner: &Panner, facing_deg: f64, person: usize) -> (Vec<f64>, Vec<f64>) {
    let path = layout.paths[person];
    let spec = &layout.buses[usize::from(path.bus)];
    let mut filter = FieldFilter::new(spec, panner, facing_deg, 1, RATE);
    let mut sends = [[0.0; QUANTUM]; SENDS];
    let (mut power, mut product) = (vec![0.0; panner.width()], vec![0.0; panner.width()]);
    for quantum in 0..6 {
        let mut input: Block = [0.0; QUANTUM];
        if quantum == 0 {
            input[0] = path.gain;
        }
        let mut out = vec![[0.0; QUANTUM]; panner.width()];
        filter.process(&input, &mut out, &mut sends);
        for (n, channel) in out.iter().enumerate() {
            for (x, first) in channel.iter().zip(&out[0]) {
                power[n] += f64::from(x * x);
                product[n] += f64::from(x * first);
            }
        }
    }
    (power, product)
}

fn angle_deg(a: Vec3, b: Vec3) -> f64 {
    let dot = a.x * b.x + a.y * b.y + a.z * b.z;
    (dot / (a.length_m() * b.length_m())).clamp(-1.0, 1.0).acos().to_degrees()
}

/// People on the ground, on stands and on roofs, all around.
fn people() -> Vec<Vec3> {
    let mut draw = rng::stream(5, Domain::Test, 0, 0);
    (0..600)
        .map(|n| {
            let (r, a) = (draw.range(3.0, 180.0), draw.range(0.0, std::f64::consts::TAU));
            let z = if n % 3 == 0 { draw.range(1.6, 0.8 * r) } else { 1.6 };
            Vec3::new(r * a.sin(), r * a.cos(), z)
        })
        .collect()
}

#[test]
fn ambisonics_of_each_order_point_within_5_degrees_on_average() {
    let people = people();
    for facing_deg in [0.0, 70.0] {
        let place = place(facing_deg);
        let layout = Layout::resolved(&space(Kind::Dry), &place, &people, Resolution::FIELD, RATE);
        for name in ["ambix1", "ambix2", "ambix3"] {
            let panner = Panner::new(&named(name)).unwrap();
            let mut sum = 0.0;
            for person in 0..people.len() {
                let (_, product) = heard(&layout, &panner, facing_deg, person);
                // AmbiX: Y is left, Z up, X ahead of the nose, which looks to `facing_deg`.
                let (ahead, left) = (product[3], product[1]);
                let facing = f64::to_radians(facing_deg);
                let (sin, cos) = facing.sin_cos();
                let found = Vec3::new(ahead * sin - left * cos, ahead * cos + left * sin, product[2]);
                sum += angle_deg(found, people[person] - place.at);
            }
            let mean = sum / people.len() as f64;
            assert!(mean < 5.0, "{name}, facing {facing_deg}: {mean:.2} degrees on average");
        }
    }
}

#[test]
fn each_loudspeaker_is_loudest_for_what_stands_in_its_direction() {
    for name in ["5.1", "7.1", "7.1.4"] {
        let layout = named(name);
        let panner = Panner::new(&layout).unwrap();
        for facing_deg in [0.0, -120.0] {
            for (number, channel) in layout.channels.iter().enumerate() {
                let Some([azimuth, elevation]) = channel.direction_deg else { continue };
                let (a, e) = ((azimuth + facing_deg).to_radians(), elevation.to_radians());
                let ears = Vec3::new(0.0, 0.0, 1.6);
                let source = ears + Vec3::new(a.sin() * e.cos(), a.cos() * e.cos(), e.sin()) * 12.0;
                let place = place(facing_deg);
                let buses = Layout::resolved(&space(Kind::Dry), &place, &[source], Resolution::FIELD, RATE);
                let (power, _) = heard(&buses, &panner, facing_deg, 0);
                let others: f64 =
                    power.iter().enumerate().filter(|(n, _)| *n != number).map(|(_, p)| p).sum();
                assert!(power[number] > 0.9 * (power[number] + others), "{name} {}: {power:?}", channel.name);
            }
        }
    }
}

#[test]
fn a_wall_on_the_right_answers_from_the_right() {
    // In a street of 20 m, 8 m from the right front: its reflection of somebody ahead is the strongest sound
    // from that side.
    let place = PlaceConfig { at: Vec3::new(8.0, 0.0, 1.6), ..PlaceConfig::default() };
    let source = Vec3::new(8.0, 3.0, 1.6);
    let mut street = space(Kind::Street);
    street.packed = 1.0;
    let layout = Layout::resolved(&street, &place, &[source], Resolution::FIELD, RATE);
    let panner = Panner::new(&named("ambix1")).unwrap();
    let mut filter = FieldFilter::new(&layout.buses[0], &panner, 0.0, 1, RATE);
    let mut sends = [[0.0; QUANTUM]; SENDS];
    let (mut left, mut right) = (0.0, 0.0);
    for quantum in 0..40 {
        let input: Block = std::array::from_fn(|n| if quantum == 0 && n == 0 { 1.0 } else { 0.0 });
        let mut out = vec![[0.0; QUANTUM]; 4];
        filter.process(&input, &mut out, &mut sends);
        // Cardioids to both sides.
        for n in 0..QUANTUM {
            left += f64::from(out[0][n] + out[1][n]).powi(2);
            right += f64::from(out[0][n] - out[1][n]).powi(2);
        }
    }
    assert!(right > 1.05 * left, "left {left}, right {right}");
}

#[test]
fn the_tail_comes_from_all_around_and_its_channels_are_strangers() {
    for (kind, name) in [(Kind::Street, "5.1"), (Kind::Hall, "7.1.4"), (Kind::Gym, "7.1")] {
        let layout = named(name);
        let panner = Panner::new(&layout).unwrap();
        let mut room = Room::surround(&space(kind), &panner, RATE);
        let mut draw = rng::stream(3, Domain::Test, 1, 0);
        let count = layout.channels.len();
        let mut products = vec![vec![0.0; count]; count];
        for quantum in 0..1500 {
            let mut sends = [[0.0; QUANTUM]; SENDS];
            if quantum < 2 {
                sends.iter_mut().flatten().for_each(|x| *x = draw.range(-1.0, 1.0) as f32);
            }
            let mut out = vec![[0.0; QUANTUM]; count];
            room.process_into(&sends, &mut out);
            for a in 0..count {
                for b in 0..count {
                    products[a][b] += out[a].iter().zip(&out[b]).map(|(x, y)| f64::from(x * y)).sum::<f64>();
                }
            }
        }
        let ring: Vec<usize> = (0..count).filter(|n| !layout.channels[*n].lfe).collect();
        let total: f64 = ring.iter().map(|n| products[*n][*n]).sum();
        for &a in &ring {
            let share = products[a][a] / total * ring.len() as f64;
            assert!(share > 0.1, "{name} {}: {share:.2} of an equal share", layout.channels[a].name);
            for &b in ring.iter().filter(|b| **b > a) {
                let correlation = products[a][b] / (products[a][a] * products[b][b]).sqrt();
                assert!(correlation.abs() < 0.75, "{name} {a} {b}: {correlation:.2}");
            }
        }
    }
}

#[test]
fn a_scene_is_as_loud_in_every_layout_and_nothing_is_in_the_effects_channel() {
    let preset = corner(QUICK);
    let mut levels = Vec::new();
    for (name, _) in LAYOUTS {
        let layout = named(name);
        let options = PrepareOptions { layout: Some(&layout), ..PrepareOptions::default() };
        let mut engine = Engine::prepare(&preset, RATE, &options).unwrap();
        let frames = RATE.frames(4.0) as usize;
        let mut channels = vec![vec![0.0f32; frames]; layout.channels.len()];
        let mut out: Vec<&mut [f32]> = channels.iter_mut().map(Vec::as_mut_slice).collect();
        engine.process_channels(&mut out);
        let mut power = 0.0;
        for ((channel, share), spec) in channels.iter().zip(layout.level_shares()).zip(&layout.channels) {
            assert!(channel.iter().all(|x| x.is_finite() && x.abs() <= 1.0), "{name} {}", spec.name);
            let sum: f64 = channel.iter().map(|x| f64::from(*x).powi(2)).sum();
            assert_eq!(sum == 0.0, spec.lfe, "{name} {}", spec.name);
            power += share * sum / frames as f64;
        }
        // As loud a programme: two channels count twice.
        levels.push((name, 10.0 * power.log10() + layout.programme_db()));
    }
    let stereo = levels.iter().find(|(name, _)| *name == "stereo").unwrap().1;
    for (name, level) in &levels {
        assert!((level - stereo).abs() < 4.0, "{levels:?}: {name}");
    }
}

#[test]
fn headphones_hear_the_right_with_the_right_ear_first_and_louder() {
    let layout = named("binaural");
    let panner = Panner::new(&layout).unwrap();
    let mut head = uproar::space::Sphere::build(343.2, RATE);
    let mut input = vec![[0.0; QUANTUM]; panner.width()];
    let gains = panner.gains(Vec3::new(1.0, 0.2, 0.0));
    gains.iter().for_each(|(n, g)| input[usize::from(*n)][0] = *g);
    let mut first = [usize::MAX; 2];
    let mut power = [0.0; 2];
    for quantum in 0..4 {
        let mut out = [[0.0; QUANTUM]; 2];
        head.process(&input, &mut out);
        input.iter_mut().for_each(|block| *block = [0.0; QUANTUM]);
        for ear in 0..2 {
            for (n, x) in out[ear].iter().enumerate() {
                power[ear] += f64::from(x * x);
                if x.abs() > 0.1 && first[ear] == usize::MAX {
                    first[ear] = quantum * QUANTUM + n;
                }
            }
        }
    }
    let late_ms = 1e3 * (first[0] as f64 - first[1] as f64) / RATE.hz_f64();
    assert!((0.4..0.9).contains(&late_ms), "{late_ms} ms");
    assert!(power[1] > 4.0 * power[0], "{power:?}");
}
