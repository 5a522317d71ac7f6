use super::*;

fn panner(name: &str) -> Panner {
    Panner::new(&ChannelLayout::named(name).unwrap()).unwrap()
}

fn dense(panner: &Panner, d: Vec3) -> Vec<f64> {
    let mut all = vec![0.0; panner.width()];
    panner.gains(d).iter().for_each(|(n, g)| all[usize::from(*n)] = f64::from(*g));
    all
}

/// Directions all around, 5 degrees apart.
fn around() -> impl Iterator<Item = (f64, f64)> {
    (-35..=36).flat_map(|a| (-17..=18).map(move |e| (5.0 * f64::from(a), 5.0 * f64::from(e))))
}

fn angle_deg(a: Vec3, b: Vec3) -> f64 {
    math::acos((dot(a, b) / (a.length_m() * b.length_m())).clamp(-1.0, 1.0)).to_degrees()
}

#[test]
fn power_is_one_in_every_direction() {
    for name in ["5.1", "7.1", "7.1.4", "binaural"] {
        let panner = panner(name);
        for (a, e) in around() {
            let power: f64 = dense(&panner, direction(a, e)).iter().map(|g| g * g).sum();
            assert!((power - 1.0).abs() < 1e-4, "{name} {a} {e}: {power}");
        }
    }
}

#[test]
fn a_source_at_30_degrees_is_in_the_right_loudspeaker_alone_and_one_between_in_both() {
    for name in ["5.1", "7.1", "7.1.4"] {
        let panner = panner(name);
        assert_eq!(panner.gains(direction(30.0, 0.0)), [(1, 1.0)], "{name}");
        let between = panner.gains(direction(15.0, 0.0));
        assert_eq!(between.iter().map(|g| g.0).collect::<Vec<_>>(), [1, 2], "{name}");
        assert!((between[0].1 - between[1].1).abs() < 1e-4, "{name}: {between:?}");
    }
}

#[test]
fn gains_move_without_jumps() {
    for name in ["5.1", "7.1", "7.1.4"] {
        let panner = panner(name);
        for (a, e) in around().filter(|(_, e)| *e >= 0.0 && *e < 85.0) {
            let (here, there) = (dense(&panner, direction(a, e)), dense(&panner, direction(a + 0.5, e)));
            let step = here.iter().zip(&there).map(|(a, b)| (a * a - b * b).abs()).fold(0.0, f64::max);
            assert!(step < 0.1, "{name} {a} {e}: {step}");
        }
    }
}

#[test]
fn the_energy_of_seven_one_four_points_where_the_source_is() {
    let layout = ChannelLayout::named("7.1.4").unwrap();
    let panner = panner("7.1.4");
    let mut sum = 0.0;
    let mut count = 0.0;
    for (a, e) in around().filter(|(_, e)| (0.0..=45.0).contains(e)) {
        let gains = panner.gains(direction(a, e));
        let mut pointing = Vec3::default();
        for (n, g) in gains {
            let [azimuth, elevation] = layout.channels[usize::from(n)].direction_deg.unwrap();
            pointing = pointing + direction(azimuth, elevation) * f64::from(g * g);
        }
        sum += angle_deg(pointing, direction(a, e));
        count += 1.0;
    }
    // Between loudspeakers 45 degrees apart and more, energy leans to the nearer one.
    assert!(sum / count < 8.0, "{:.2} degrees on average", sum / count);
}

#[test]
fn straight_above_all_four_heights_are_alike_and_the_ring_is_silent() {
    let gains = dense(&panner("7.1.4"), direction(0.0, 90.0));
    assert!(gains[..8].iter().all(|g| *g < 1e-4), "{gains:?}");
    assert!(gains[8..].iter().all(|g| (g - 0.5).abs() < 1e-3), "{gains:?}");
    let flat = dense(&panner("5.1"), direction(0.0, 90.0));
    assert_eq!(flat[3], 0.0, "nothing in the effects channel");
    assert!(flat.iter().enumerate().all(|(n, g)| n == 3 || (g * g - 0.2).abs() < 1e-4), "{flat:?}");
}

#[test]
fn harmonics_are_orthogonal_with_sn3d_weights() {
    // Means over the sphere of Y_a Y_b: 1 / (2 l + 1) for a = b, else 0.
    let panner = panner("ambix3");
    let mut means = [[0.0; 16]; 16];
    let mut area = 0.0;
    for a in 0..72 {
        for e in 0..180 {
            let (azimuth, elevation) = (5.0 * f64::from(a), f64::from(e) - 89.5);
            let weight = math::cos(elevation.to_radians());
            let gains = dense(&panner, direction(azimuth, elevation));
            area += weight;
            for (row, x) in means.iter_mut().zip(&gains) {
                row.iter_mut().zip(&gains).for_each(|(mean, y)| *mean += weight * x * y);
            }
        }
    }
    for (i, row) in means.iter().enumerate() {
        let order = f64::from(i as u32).sqrt().floor();
        for (j, mean) in row.iter().enumerate() {
            let want = if i == j { 1.0 / (2.0 * order + 1.0) } else { 0.0 };
            assert!((mean / area - want).abs() < 1e-3, "{i} {j}: {}", mean / area);
        }
    }
}

#[test]
fn first_order_is_left_up_ahead() {
    let panner = panner("ambix1");
    assert_eq!(panner.gains(direction(-90.0, 0.0)), [(0, 1.0), (1, 1.0)]);
    assert_eq!(panner.gains(direction(0.0, 90.0)), [(0, 1.0), (2, 1.0)]);
    assert_eq!(panner.gains(direction(0.0, 0.0)), [(0, 1.0), (3, 1.0)]);
    assert_eq!(panner.gains(direction(180.0, 0.0)), [(0, 1.0), (3, -1.0)]);
}

#[test]
fn layouts_with_wide_gaps_still_play_everything() {
    let front = ChannelLayout {
        name: "front".into(),
        rendering: Rendering::Speakers,
        channels: ChannelLayout::named("5.1").unwrap().channels[..2].to_vec(),
    };
    let panner = Panner::new(&front).unwrap();
    for a in -180..180 {
        let gains = dense(&panner, direction(f64::from(a), 0.0));
        let power: f64 = gains.iter().map(|g| g * g).sum();
        assert!((power - 1.0).abs() < 1e-4, "{a}: {gains:?}");
    }
    let behind = dense(&panner, direction(180.0, 0.0));
    assert!((behind[0] - behind[1]).abs() < 1e-4, "{behind:?}");
}
