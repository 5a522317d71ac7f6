//! `uproar devices`.

use serde_json::json;

use crate::output::{hosts, list};

use super::{
    arguments::Devices,
    failure::Failure,
    ports::midi_ports,
    terminal::{print, remark},
};

/// Lists sound systems and what can play.
pub(crate) fn devices(options: &Devices) -> Result<(), Failure> {
    let hosts = hosts();
    let devices = list();
    let midi = midi_ports();
    if options.json {
        return print(&json!({ "hosts": hosts, "devices": devices, "midi": midi }).to_string());
    }
    let mut text =
        format!("sound systems: {}\n", if hosts.is_empty() { "none".into() } else { hosts.join(", ") });
    for device in &devices {
        let channels: Vec<String> = device.channels.iter().map(u16::to_string).collect();
        let rates: Vec<String> = device.rates_hz.iter().map(u32::to_string).collect();
        let mark = if device.default { "  (default)" } else { "" };
        text += &format!("\n{}: {}{mark}\n  name      {}\n", device.host, device.id, device.name);
        text += &format!("  channels  {}\n  rates     {} Hz", channels.join(", "), rates.join(", "));
        text += &device.default_rate_hz.map_or(String::new(), |hz| format!(" (prefers {hz})"));
        text += "\n";
    }
    if !midi.is_empty() {
        text += &format!("\nMIDI inputs: {}\n", midi.join(", "));
    }
    print(&text)?;
    if devices.is_empty() {
        remark("no sound card was found: `uproar render PRESET -o FILE.wav` needs none");
    }
    Ok(())
}
