//! Ports to the outside: OSC over UDP and MIDI inputs.
//!
//! Owns sockets, MIDI connections and their threads. Does not own what messages mean.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant},
};

use midir::{Ignore, MidiInput, MidiInputConnection};

use crate::live::{midi::Message, osc};

use super::{failure::Failure, play::Input};

/// Where OSC is taken in when only a port is given: nobody else's machine.
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How often a MIDI port that has gone is looked for.
const SEARCH: Duration = Duration::from_secs(1);

/// The name under which other programs see us.
const CLIENT: &str = "uproar";

/// Reads `9000`, `9000` at an address, or `host:9000`.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::new(LOOPBACK, port));
    }
    let mut found = text
        .to_socket_addrs()
        .map_err(|_| format!("`{text}` is neither a port nor an address such as 127.0.0.1:9000"))?;
    found.next().ok_or_else(|| format!("`{text}` leads nowhere"))
}

/// A socket that hears OSC, and what was wrong with what it heard.
pub(crate) struct OscIn {
    /// Where it listens.
    pub at: SocketAddr,
    /// Packets and messages that meant nothing, or came faster than they could be taken.
    pub refused: Arc<AtomicU64>,
}

/// Takes OSC in. Packets that cannot be understood change nothing; a flood loses what is too much.
pub(crate) fn hear_osc(at: SocketAddr, inputs: SyncSender<Input>) -> Result<OscIn, Failure> {
    let refuse = |error: std::io::Error| {
        let failure = Failure::new(format!("cannot listen for OSC at {at}: {}", plain(&error)));
        failure.hint("another program may have this port; take another one")
    };
    let socket = UdpSocket::bind(at).map_err(refuse)?;
    let at = socket.local_addr().map_err(refuse)?;
    let refused = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&refused);
    let work = move || {
        // One byte more than is looked at: what fills it was longer.
        let mut packet = [0; osc::LONGEST_PACKET + 1];
        loop {
            let length = match socket.recv_from(&mut packet) {
                Ok((length, _)) => length,
                // An answer of "nobody is here" to something sent earlier.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => continue,
                Err(_) => {
                    thread::sleep(Duration::from_millis(100));
                    continue;
                }
            };
            let (actions, wrong) = osc::read(&packet[..length]);
            count.fetch_add(wrong as u64, Ordering::Relaxed);
            for action in actions {
                match inputs.try_send(Input::Act(action)) {
                    Ok(()) => {}
                    Err(TrySendError::Full(_)) => {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(TrySendError::Disconnected(_)) => return,
                }
            }
        }
    };
    // Reading is bounded in depth, but not in what a library does with a level of it.
    let spawned = thread::Builder::new().name("osc".into()).stack_size(8 << 20).spawn(work);
    spawned.map_err(|error| Failure::new(format!("no thread for OSC: {}", plain(&error))))?;
    Ok(OscIn { at, refused })
}

fn plain(error: &std::io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Sends OSC. Nobody may be listening.
pub(crate) struct OscOut {
    socket: UdpSocket,
    to: SocketAddr,
    last: Instant,
}

impl OscOut {
    /// How often the state is sent.
    const EVERY: Duration = Duration::from_millis(100);

    /// A socket that sends to `to`.
    pub fn new(to: SocketAddr) -> Result<Self, Failure> {
        let any: SocketAddr = if to.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
        let socket = UdpSocket::bind(any)
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .map_err(|error| Failure::new(format!("cannot send OSC to {to}: {}", plain(&error))))?;
        Ok(Self { socket, to, last: Instant::now() })
    }

    /// Sends a state, if it is time.
    pub fn tell(&mut self, state: impl FnOnce() -> Vec<u8>) {
        if self.last.elapsed() >= Self::EVERY {
            self.last = Instant::now();
            // Without a listener the packet is lost, as it should be.
            let _ = self.socket.send_to(&state(), self.to);
        }
    }
}

/// The names of the MIDI inputs that there are.
pub(crate) fn midi_ports() -> Vec<String> {
    let Ok(input) = MidiInput::new(CLIENT) else { return Vec::new() };
    input.ports().iter().filter_map(|port| input.port_name(port).ok()).collect()
}

/// Takes MIDI in from the port whose name contains `wanted`, and again whenever it comes back.
pub(crate) fn hear_midi(wanted: &str, inputs: SyncSender<Input>) -> Result<(), Failure> {
    let here = midi_ports();
    let wanted = wanted.to_lowercase();
    if !here.iter().any(|name| name.to_lowercase().contains(&wanted)) {
        let failure = Failure::new(format!("there is no MIDI input called `{wanted}`"));
        return Err(match here.is_empty() {
            true => failure.hint("there is no MIDI input at all"),
            false => failure.hint(format!("there are: {}", here.join(", "))),
        });
    }
    let work = move || {
        let mut open: Option<(String, MidiInputConnection<()>)> = None;
        let mut before = false;
        loop {
            let here = midi_ports();
            if open.as_ref().is_some_and(|(name, _)| !here.contains(name)) {
                open = None;
                let _ = inputs.try_send(Input::Say("the MIDI input has gone; it is looked for".into()));
            }
            if open.is_none() {
                open = connect(&wanted, &inputs);
                if let Some((name, _)) = open.as_ref().filter(|_| before) {
                    let _ = inputs.try_send(Input::Say(format!("MIDI from {name} again")));
                }
                before |= open.is_some();
            }
            thread::sleep(SEARCH);
        }
    };
    let spawned = thread::Builder::new().name("midi".into()).spawn(work);
    spawned.map(|_| ()).map_err(|error| Failure::new(format!("no thread for MIDI: {}", plain(&error))))
}

fn connect(wanted: &str, inputs: &SyncSender<Input>) -> Option<(String, MidiInputConnection<()>)> {
    let mut input = MidiInput::new(CLIENT).ok()?;
    // Clock is wanted; system exclusive and active sensing are not.
    input.ignore(Ignore::SysexAndActiveSense);
    let ports = input.ports();
    let named = ports.iter().filter_map(|port| Some((port, input.port_name(port).ok()?)));
    let (port, name) = named.into_iter().find(|(_, name)| name.to_lowercase().contains(wanted))?;
    let inputs = inputs.clone();
    let hear = move |at_us: u64, bytes: &[u8], (): &mut ()| {
        if let Some(message) = Message::read(bytes) {
            let _ = inputs.try_send(Input::Midi(message, at_us));
        }
    };
    let connection = input.connect(port, "in", hear, ()).ok()?;
    Some((name, connection))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_on_this_machine() {
        assert_eq!(address("9000").unwrap().to_string(), "127.0.0.1:9000");
        assert_eq!(address("0.0.0.0:9000").unwrap().to_string(), "0.0.0.0:9000");
        assert_eq!(address("[::1]:7").unwrap().to_string(), "[::1]:7");
        for wrong in ["", "70000", "nine", "1.2.3.4"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
