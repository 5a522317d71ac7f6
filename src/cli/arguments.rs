//! Commands and options, as the user types them.
//!
//! Owns their names, their help texts and the reading of single values. Does not own what they do.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::{
    engine::LoopLength,
    output::Bits,
    preset::Change,
    scene::{FrameRate, PictureClock},
    space::ChannelLayout,
    units::SampleRate,
};

use super::stage::Span;

use super::{batch::Batch, names, plot::Plot};

/// Turns typed words into a crowd that shouts them.
#[derive(Debug, Parser)]
#[command(
    name = "uproar",
    version,
    about,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    long_about = "uproar turns typed words into a synthesized crowd that shouts them, live or into a WAV file.\n\n\
        Every person of the crowd has a voice and a place. A leader calls, single people answer, the crowd \
        catches fire, chants together, hushes and roars, as the scene's intensity curve directs. A scene is a \
        preset: a commented TOML file. Print one with `uproar presets show kamino`, copy it with `uproar presets \
        export kamino my.toml`, change its phrase, and render it.",
    after_long_help = "Examples:\n  \
        uproar chant \"COME ON, ALL MIGHT!\"            plays a crowd swelling into that chant\n  \
        uproar chant \"let's go\" --people 200 -o go.wav  writes it\n  \
        uproar render kamino -o kamino.wav            the flagship scene\n  \
        uproar play stadium --phrase \"OLE OLE\"        another crowd, your words\n  \
        uproar render kamino -o - | ffplay -          through a pipe\n\n\
        Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. Set NO_COLOR to switch colours off."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Plays a crowd swelling into a chant, or writes it with -o
    #[command(
        long_about = "Plays a crowd that swells into the words you type. With -o it writes a WAV file instead.\n\n\
            The words may carry marks: CAPS and `!` raise the effort, stretched letters (GOOOAL) lengthen, a comma \
            or `|` rests a beat, [clap], [stomp] and [whistle] are done by hands, feet and lips. {AO1 L} says \
            exactly how a word sounds; `uproar phonemes` shows how words are read.",
        after_long_help = "Examples:\n  uproar chant \"COME ON, ALL MIGHT!\"\n  \
            uproar chant \"we will [stomp] [stomp] [clap]\" --people 3000 --seconds 30 -o stomp.wav"
    )]
    Chant(Chant),
    /// Renders presets to WAV files
    #[command(
        long_about = "Renders presets to WAV files, faster than real time. A preset is the name of a built-in \
            (`uproar presets` lists them) or the path of a .toml file. Several at once go into a folder with -O. \
            `-o -` streams to the standard output. The ending of the name decides: .wav (RF64 beyond 4 GiB), .flac, \
            or .ogg.\n\nA file of uproar's is a preset as well: it holds everything it was made from, and `uproar \
            render file.wav -o again.wav` makes the same samples again.\n\nThe same preset, seed and rate give the same samples, whatever \
            the machine's number of cores. A file gets its name only when it is whole.",
        after_long_help = "Examples:\n  uproar render kamino -o kamino.wav\n  \
            uproar render murmur swell unison -O beats/ --bits 32f --rate 96000\n  \
            uproar render kamino --from hush --to above -o hush.wav --report hush.json\n  \
            uproar render kamino --loudness -23 --peak -1 --start 01:00:00:00 --fps 25 -o kamino.wav\n  \
            uproar render chant --srt lines.srt -o lines.wav\n  \
            uproar render my.toml --set crowd.people=200 --set beat.dread.seconds=5 -o - | ffplay -"
    )]
    Render(Render),
    /// Renders a table of variations, or many presets, to many files on all cores
    #[command(
        long_about = "Renders one WAV file for each row of a table. The table is CSV; its first line names the columns: \
            preset, phrase, people, seed, place, from, to, seconds, rate, bits, name, format, layout, loudness, peak, \
            start, fps, stems (yes or no), loop, one-shot, and any key of presets as for \
            --set, such as crowd.spread_ms or beat.swell.seconds. An empty cell leaves the preset as it is; a cell \
            goes before an option of the command line. Words with commas go in quotation marks. Instead of a table \
            several presets may be named.\n\nThe folder remembers how each file was made: run the same command again \
            and it renders only what is missing or has changed. A row that is wrong does not stop the others; it is \
            told with line and column, and the exit code is 1.",
        after_long_help = "Examples:\n  uproar batch variations.csv -O takes/\n  \
            uproar batch variations.csv -O takes/ --name \"{preset}-{phrase}-{seed}\" --summary takes.json\n  \
            uproar batch murmur swell unison -O beats/ --rate 96000\n\nA table:\n  \
            preset,phrase,people,seed,crowd.claps\n  \
            chant,\"COME ON, ALL MIGHT!\",300,1,0\n  \
            stadium,OLE OLE,20000,2,0.5"
    )]
    Batch(Batch),
    /// Plays a preset on the sound card
    #[command(
        long_about = "Plays a preset live: the same engine as `render`, on the sound card, and lets you play it like \
            an instrument: with keys on a terminal screen, with lines on the standard input, over OSC and with MIDI. \
            `uproar controls` prints all that can be done. Ctrl-C fades out and stops. `--device null` plays in real \
            time to nobody, which needs no sound card.\n\nWhat is done can be written down with --log-performance; \
            `uproar render PRESET --performance FILE.json` gives the very same samples.",
        after_long_help = "Examples:\n  uproar play kamino\n  uproar play kamino --from unison --place roof\n  \
            uproar play my.toml --device hw:1,0 --rate 44100 --latency 20ms\n  \
            uproar play chant --osc 9000 --midi nano --record show.wav --log-performance show.json\n  \
            echo 'swell 8' | uproar play chant --no-tui"
    )]
    Play(Play),
    /// Draws a performance or a sound file, as SVG or PNG
    #[command(
        long_about = "Draws what happens in a preset over time: intensity asked and reached, who murmurs, chants and \
            roars, how the chant spreads from the leader outwards, level and spectrum, with the beats named. The \
            preset is performed for it, without writing any sound. A WAV file, anybody's, is drawn as level, \
            loudness and spectrum.",
        after_long_help = "Examples:\n  uproar plot kamino -o kamino.svg\n  \
            uproar plot kamino --from swell --to unison --panels people,spreading -o swell.png --theme dark\n  \
            uproar plot recording.wav -o recording.png --width 1600\n\n\
            An SVG follows the reader's light or dark unless told otherwise; a PNG is light."
    )]
    Plot(Plot),
    /// Measures this machine: mixer, voices, a whole scene, people it can play live
    #[command(
        long_about = "Measures the mixer, the voices and a whole scene on this machine, and says how many people it \
            can play live. Takes about half a minute, or a few seconds with --quick."
    )]
    Bench(Bench),
    /// Speaks one dry voice into a WAV file
    #[command(
        long_about = "Lets one person say something, dry: no crowd, no street. Without --beat in the rhythm of speech, \
            with --beat chanted on a grid of that many seconds per beat.",
        after_long_help = "Examples:\n  \
            uproar say \"beat him\" --person girl --f0 320 --effort 0.9 --beat 0.4 --seed 7 -o one.wav\n  \
            uproar say \"he can't lose\" --person man --effort 0.15 -o murmur.wav"
    )]
    Say(Say),
    /// Shows how words will be pronounced, in the notation that can be typed back in
    Phonemes(Phonemes),
    /// Lists, prints and copies the built-in presets
    Presets(Presets),
    /// Names all that is wrong with a preset
    #[command(
        long_about = "Reads presets and names everything that is wrong, each with line, column and what may stand \
            there instead. Says nothing but `ok` when all is well. Exit code 1 if anything is wrong."
    )]
    Check(Check),
    /// Lists channel layouts, or prints one as a file to start from
    #[command(
        after_long_help = "Example:\n  uproar layouts 5.1 > mine.toml && uproar render kamino --layout mine.toml -o k.wav"
    )]
    Layouts(Layouts),
    /// Lists sound systems, devices, rates and channels, and MIDI inputs
    Devices(Devices),
    /// Prints all that can be done while a show plays: keys, lines, OSC addresses, MIDI
    Controls,
    /// Prints completions for a shell
    #[command(
        after_long_help = "Example:\n  uproar completions bash > ~/.local/share/bash-completion/completions/uproar"
    )]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Prints the manual as a man page
    #[command(
        long_about = "Prints the manual as a man page, in roff. With -O it writes one page per command into a folder.",
        after_long_help = "Example:\n  uproar man > uproar.1 && man ./uproar.1"
    )]
    Man {
        /// Writes uproar.1, uproar-render.1 ... into this folder
        #[arg(short = 'O', long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        output_dir: Option<PathBuf>,
    },
}

/// Options that chant, render and play share.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// What the crowd chants instead of the preset's phrase
    #[arg(long, value_name = "WORDS", help_heading = "Scene")]
    pub phrase: Option<String>,
    /// Number of people
    #[arg(long, value_name = "N", help_heading = "Scene", allow_hyphen_values = true)]
    pub people: Option<String>,
    /// Decides everything that is left to chance
    ///
    /// The same seed gives the same sound. A whole number from 0 to 9223372036854775807.
    #[arg(long, value_name = "N", help_heading = "Scene", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Hears everything from one place of the preset
    #[arg(long, value_name = "NAME", help_heading = "Scene", value_parser = names::place(), hide_possible_values = true)]
    pub place: Option<String>,
    /// Starts at a time or beat
    ///
    /// Seconds (12.5), minutes and seconds (1:30), frames (250f), a timecode (01:00:10:12) or the name of a beat.
    #[arg(long, value_name = "TIME|BEAT", help_heading = "Scene", allow_hyphen_values = true)]
    pub from: Option<Moment>,
    /// Ends at a time or with the beginning of a beat
    ///
    /// Seconds (12.5), minutes and seconds (1:30), frames (250f), a timecode (01:00:10:12) or the name of a beat.
    #[arg(long, value_name = "TIME|BEAT", help_heading = "Scene", allow_hyphen_values = true)]
    pub to: Option<Moment>,
    /// Ends after this many seconds
    #[arg(long, value_name = "S", help_heading = "Scene", conflicts_with = "to", value_parser = seconds, allow_hyphen_values = true)]
    pub seconds: Option<f64>,
    /// Timecode at which the scene begins, such as 01:00:00:00
    ///
    /// Needs --fps or a preset with `fps`. It goes into the file, and timecodes count from it.
    #[arg(long, value_name = "TIMECODE", help_heading = "Picture")]
    pub start: Option<String>,
    /// Frames per second of the picture: 23.976, 24, 25, 29.97df, 29.97ndf, 30, 50, 59.94df, 60 ...
    #[arg(long, value_name = "FPS", help_heading = "Picture", value_parser = fps)]
    pub fps: Option<FrameRate>,
    /// Lets the leader and the crowd say the lines of a subtitle file at their times
    ///
    /// The lines replace the beats of the preset. CROWD: before a line (or nothing) means everybody, LEADER: or a
    /// name the leader, the name of a soloist that soloist; a line that is only [hush], [gasp], [roar] or [cheer] is
    /// that cue.
    #[arg(long, value_name = "FILE.srt", help_heading = "Picture", value_hint = ValueHint::FilePath)]
    pub srt: Option<PathBuf>,
    /// Takes cues, beats and intensity at their times from a file of markers
    ///
    /// A CSV with the heading time,do,line,who,amp, the labels of Audacity, or the markers of Reaper as CSV. A marker
    /// is a cue (hush, roar, call LINE, solo WHO LINE ...), the name of a beat (which then begins there), `hit BEAT`
    /// (whose chant is then heard to begin there) or `intensity 0.8`.
    #[arg(long, value_name = "FILE", help_heading = "Picture", value_hint = ValueHint::FilePath)]
    pub cues: Option<PathBuf>,
    /// Replaces the drawn intensity by a curve: time,value[,shape] a line
    #[arg(long, value_name = "FILE.csv", help_heading = "Picture", value_hint = ValueHint::FilePath)]
    pub intensity: Option<PathBuf>,
    /// Sets any key of the preset by its path
    ///
    /// For example crowd.people=200, beat[2].intensity=0.5 (lists count from 0), beat.dread.seconds=5 (an entry
    /// of a list by its name), place.roof.at=[0,-8,22]. Values are TOML; text needs no quotation marks. May be
    /// given several times; later ones win.
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Scene", value_parser = change)]
    pub set: Vec<Change>,
    /// Frames per second: 44100, 48000, 96000 ...
    ///
    /// 22050 to 192000. Files have 48000 if not told otherwise, sound cards what suits them.
    #[arg(long, value_name = "HZ", help_heading = "Sound", value_parser = rate)]
    pub rate: Option<SampleRate>,
    /// How files store a sample: 16, 24 or 32f
    ///
    /// 16 and 24 bit are dithered; 32f is floating point.
    #[arg(long, value_name = "16|24|32f", help_heading = "Sound", value_parser = Bits::from_str)]
    pub bits: Option<Bits>,
    /// Brings the whole file to this integrated loudness (EBU R 128): -23, -16, -14 ... or none
    ///
    /// LUFS, -50 to -5. The gain in front of the limiter is searched until the file has it. A live performance is not
    /// known before it is over: `play` takes --set master.gain_db=3 instead.
    #[arg(long, value_name = "LUFS|none", help_heading = "Sound", value_parser = loudness, allow_hyphen_values = true)]
    pub loudness: Option<Target>,
    /// Highest true peak, dBTP, -24 to 0: -1 if neither this nor the preset says otherwise
    #[arg(long, value_name = "DBTP", help_heading = "Sound", value_parser = peak, allow_hyphen_values = true)]
    pub peak: Option<f64>,
    /// The channels that a file was rendered in.
    #[arg(skip)]
    pub layout: Option<ChannelLayout>,
    /// The part of the scene that a file was rendered from.
    #[arg(skip)]
    pub span: Option<Span>,
    /// Number of threads, for preparing and rendering
    ///
    /// As many as the machine has cores if not given. The sound does not depend on it.
    #[arg(long, value_name = "N", help_heading = "Machine", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,
    /// Writes what happened: a page with pictures and sound if it ends in .html, else JSON
    ///
    /// The page holds pictures, figures, the preset and a player (sounds up to 6 MiB inside, longer ones by a link).
    /// JSON tells per beat and per 100 ms: the intensity asked for; people murmuring, chanting, roaring, silent; spread of
    /// onsets in ms; level. Also the seed, peak, integrated loudness and time taken. `-` is the standard output.
    #[arg(long, value_name = "FILE.json|FILE.html", help_heading = "Machine", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// Performs all voices anew instead of looking for them in the cache
    #[arg(long, help_heading = "Machine")]
    pub no_cache: bool,
    /// Shows no progress and no summary
    #[arg(short, long, help_heading = "Machine")]
    pub quiet: bool,
}

impl Common {
    /// How files store a sample.
    pub fn bits(&self) -> Bits {
        self.bits.unwrap_or_default()
    }

    /// The integrated loudness that was asked for, LUFS.
    pub fn target_lufs(&self) -> Option<f64> {
        match self.loudness {
            Some(Target::Lufs(lufs)) => Some(lufs),
            _ => None,
        }
    }
}

/// A loudness that may be asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// As the preset makes it.
    None,
    /// Integrated, LUFS.
    Lufs(f64),
}

/// Options of the sound card.
#[derive(Args, Clone, Debug, Default)]
pub struct Sink {
    /// Sound device, as `uproar devices` lists it; `null` plays to nobody
    ///
    /// `null` keeps time as a sound card does, `null-free` plays as fast as the machine can.
    #[arg(long, value_name = "NAME", help_heading = "Sound card")]
    pub device: Option<String>,
    /// Sound system, as `uproar devices` lists it
    #[arg(long, value_name = "NAME", help_heading = "Sound card")]
    pub host: Option<String>,
    /// Channels to open; the crowd is heard on the first two
    #[arg(long, value_name = "N", help_heading = "Sound card", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub channels: Option<u16>,
    /// Length of the device's blocks, such as 20ms
    #[arg(long, value_name = "TIME", help_heading = "Sound card", value_parser = latency)]
    pub latency: Option<f64>,
}

/// Options of what is written into files: which channels, and what besides the mix.
#[derive(Args, Clone, Debug, Default)]
pub struct Shape {
    /// Channels: mono, stereo, binaural, 5.1, 7.1, 7.1.4, ambix1, ambix2, ambix3 or a file
    ///
    /// `uproar layouts` lists channels and directions; a .toml file describes loudspeakers of your own, and
    /// `uproar layouts 5.1` prints one to start from. Walls and reverberation come from where they are.
    #[arg(long, value_name = "NAME|FILE.toml", help_heading = "Sound", value_hint = ValueHint::FilePath)]
    pub layout: Option<String>,
    /// Writes the stems of the mix into a folder too
    ///
    /// Leader, near, mid, far, murmur, cheers, body (claps, stomps, whistles), loudspeaker, ambience and each
    /// place's reverb, and the mix before the limiter, which is their sum. All of one length and layout, in 32-bit
    /// float. Made if it is not there; several presets get a folder each.
    #[arg(long, value_name = "DIR", help_heading = "Sound", value_hint = ValueHint::DirPath)]
    pub stems: Option<PathBuf>,
}

/// `uproar chant`.
#[derive(Args, Debug)]
// The words are the phrase; the option is refused with a message of its own.
#[command(mut_arg("phrase", |arg| arg.hide(true)))]
pub struct Chant {
    /// The words
    #[arg(value_name = "WORDS")]
    pub words: String,
    /// Writes a file (.wav, .flac, .ogg) instead of playing; `-` is the standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Keeps a shorter, valid file when interrupted by Ctrl-C
    #[arg(long, requires = "output")]
    pub keep_partial: bool,
    /// What is written.
    #[command(flatten)]
    pub shape: Shape,
    /// What all share.
    #[command(flatten)]
    pub common: Common,
    /// Where it plays.
    #[command(flatten)]
    pub sink: Sink,
}

/// What differs between takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Vary {
    /// Other voices in other places
    #[default]
    People,
    /// The same voices in the same places do it once more
    Performance,
}

/// Kinds of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// WAV
    #[default]
    Wav,
    /// FLAC
    Flac,
    /// Ogg Vorbis
    Ogg,
}

impl Kind {
    /// How files of this kind end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
        }
    }
}

/// `uproar render`.
#[derive(Args, Debug)]
pub struct Render {
    /// Names of built-in presets, paths of .toml files, or sound files that uproar wrote
    #[arg(value_name = "PRESET", required = true, value_parser = names::preset(), hide_possible_values = true)]
    pub presets: Vec<String>,
    /// The file to write, .wav, .flac or .ogg; `-` is the standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present_any = ["output_dir", "stems", "layers"], conflicts_with = "output_dir")]
    pub output: Option<PathBuf>,
    /// A folder to write one WAV file per preset into; made if it is not there
    #[arg(short = 'O', long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output_dir: Option<PathBuf>,
    /// The kind of file that -O and --layers write: wav, flac or ogg
    #[arg(
        long,
        value_enum,
        value_name = "wav|flac|ogg",
        default_value = "wav",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub format: Kind,
    /// Keeps a shorter, valid file when interrupted by Ctrl-C
    #[arg(long)]
    pub keep_partial: bool,
    /// Renders from a sound file that another version made, or that was edited since
    #[arg(long)]
    pub force: bool,
    /// Writes a seamless loop of one moment, with loop points in the file
    ///
    /// The moment is --from, else where the longest beat is most intense. The length is exact: seconds (30, 12.5),
    /// bars of four beats (8bars), or nothing for as many rounds of the chant as last 20 s. Tails go over into the
    /// start.
    #[arg(long = "loop", value_name = "S|BARSbars", num_args = 0..=1, default_missing_value = "auto", value_parser = loop_length, help_heading = "Pieces", conflicts_with_all = ["to", "seconds", "stems", "one_shot"])]
    pub looped: Option<LoopLength>,
    /// Writes one sound of the crowd by itself: call, cheer, gasp or roar
    #[arg(long, value_name = "CUE", help_heading = "Pieces", conflicts_with_all = ["to", "seconds", "stems"])]
    pub one_shot: Option<String>,
    /// Writes a game's crowd into a folder: loops, transitions, single sounds and a manifest
    ///
    /// murmur, low, mid, high, unison and roar as loops of one length (--loop says which), the ways between them as
    /// long, a stinger per cue, and layers.json, which says how one parameter of intensity fades between them.
    #[arg(long, value_name = "DIR", help_heading = "Pieces", value_hint = ValueHint::DirPath, conflicts_with_all = ["to", "seconds", "stems", "one_shot", "output", "output_dir"])]
    pub layers: Option<PathBuf>,
    /// Makes so many takes: NAME-1.wav, NAME-2.wav ...
    #[arg(long, value_name = "N", help_heading = "Pieces", value_parser = clap::value_parser!(u32).range(1..=999))]
    pub takes: Option<u32>,
    /// What differs between takes: other people, or another performance by the same people
    #[arg(long, value_enum, default_value = "people", help_heading = "Pieces", requires = "takes")]
    pub vary: Vary,
    /// What is written.
    #[command(flatten)]
    pub shape: Shape,
    /// Gives a performance again that `play --log-performance` wrote down: the very same samples
    #[arg(long, value_name = "FILE.json", value_hint = ValueHint::FilePath)]
    pub performance: Option<PathBuf>,
    /// What it follows.
    #[command(flatten)]
    pub follow: Follow,
    /// What all share.
    #[command(flatten)]
    pub common: Common,
}

/// `uproar play`.
#[derive(Args, Debug)]
pub struct Play {
    /// Name of a built-in preset or path of a .toml file
    #[arg(value_name = "PRESET", value_parser = names::preset(), hide_possible_values = true)]
    pub preset: String,
    /// What all share.
    #[command(flatten)]
    pub common: Common,
    /// Where it plays.
    #[command(flatten)]
    pub sink: Sink,
    /// How it is performed.
    #[command(flatten)]
    pub live: Live,
}

/// How a show is performed.
#[derive(Args, Clone, Debug, Default)]
pub struct Live {
    /// Shows no screen; lines on the standard input are commands all the same
    #[arg(long, help_heading = "Performing")]
    pub no_tui: bool,
    /// Writes down everything that is done, for `render --performance`
    #[arg(long, value_name = "FILE.json", help_heading = "Performing", value_hint = ValueHint::FilePath)]
    pub log_performance: Option<PathBuf>,
    /// Records what is heard from the beginning; `record` turns it on and off
    #[arg(long, value_name = "FILE.wav", help_heading = "Performing", value_hint = ValueHint::FilePath)]
    pub record: Option<PathBuf>,
    /// Takes OSC in on this UDP port, on this machine alone unless an address stands before it
    #[arg(long, value_name = "PORT|ADDR:PORT", help_heading = "Performing", value_parser = super::ports::address)]
    pub osc: Option<std::net::SocketAddr>,
    /// Sends state and meters as OSC ten times a second
    #[arg(long, value_name = "PORT|ADDR:PORT", help_heading = "Performing", value_parser = super::ports::address)]
    pub osc_out: Option<std::net::SocketAddr>,
    /// Takes MIDI in from the input whose name contains this; `uproar devices` lists them
    #[arg(long, value_name = "NAME", help_heading = "Performing")]
    pub midi: Option<String>,
    /// Binds a note or controller, such as "note 36 = hush" or "cc 1 = intensity"
    ///
    /// May be given several times; comes before what the preset's `midi` list says, and that before the usual map,
    /// which `uproar controls` prints.
    #[arg(long, value_name = "BINDING", help_heading = "Performing")]
    pub midi_map: Vec<String>,
    /// What it follows.
    #[command(flatten)]
    pub follow: Follow,
}

/// What the intensity follows.
#[derive(Args, Clone, Debug, Default)]
pub struct Follow {
    /// Lets the loudness of a sound drive the intensity: a WAV file, or `input` for the microphone
    #[arg(long, value_name = "FILE.wav|input", help_heading = "Following", value_hint = ValueHint::FilePath)]
    pub follow: Option<PathBuf>,
    /// Time constant of a rise, such as 100ms (that is the default)
    #[arg(long, value_name = "TIME", help_heading = "Following", value_parser = time, requires = "follow")]
    pub follow_attack: Option<f64>,
    /// Time constant of a fall, such as 1500ms (that is the default)
    #[arg(long, value_name = "TIME", help_heading = "Following", value_parser = time, requires = "follow")]
    pub follow_release: Option<f64>,
    /// Level at which the crowd begins to react, dB re full scale; -45 if not given
    #[arg(long, value_name = "DB", help_heading = "Following", value_parser = threshold, requires = "follow", allow_hyphen_values = true)]
    pub follow_threshold: Option<f64>,
    /// Range above the threshold over which the intensity rises from 0 to 1, dB; 30 if not given
    #[arg(long, value_name = "DB", help_heading = "Following", value_parser = range, requires = "follow")]
    pub follow_range: Option<f64>,
    /// What a sudden sound cues
    #[arg(long, value_enum, value_name = "CUE", help_heading = "Following", requires = "follow")]
    pub follow_onset: Option<Onset>,
}

/// What a sudden sound may cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Onset {
    /// Many give a short cheer
    Cheer,
    /// Some gasp
    Gasp,
    /// Everybody roars
    Roar,
    /// Everybody falls silent
    Hush,
    /// The leader calls
    Call,
}

impl From<Onset> for crate::scene::CueAction {
    fn from(onset: Onset) -> Self {
        match onset {
            Onset::Cheer => Self::Cheer,
            Onset::Gasp => Self::Gasp,
            Onset::Roar => Self::Roar,
            Onset::Hush => Self::Hush,
            Onset::Call => Self::Call,
        }
    }
}

/// `uproar bench`.
#[derive(Args, Debug)]
pub struct Bench {
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
    /// Measures only a few seconds
    #[arg(long)]
    pub quick: bool,
    /// Number of threads for the scene
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Person {
    /// A woman
    Woman,
    /// A man
    Man,
    /// A girl
    Girl,
    /// A boy
    Boy,
    /// Anybody, as the seed says
    Random,
}

/// `uproar say`.
#[derive(Args, Debug)]
pub struct Say {
    /// The words
    #[arg(value_name = "WORDS")]
    pub words: String,
    /// Who says it
    #[arg(long, value_enum, default_value = "random")]
    pub person: Person,
    /// Pitch of the voice in hertz, 60 to 700; the person's own if not given
    #[arg(long, value_name = "HZ", value_parser = f0, allow_hyphen_values = true)]
    pub f0: Option<f64>,
    /// How hard: 0 whisper, 0.15 murmur, 0.35 normal, 0.65 loud, 0.8 shout, 1 scream
    #[arg(long, value_name = "0..1", default_value = "0.5", value_parser = unit, allow_hyphen_values = true)]
    pub effort: f64,
    /// Seconds per beat, 0.25 to 1.5: chants on a grid instead of speaking
    #[arg(long, value_name = "S", value_parser = beat, allow_hyphen_values = true)]
    pub beat: Option<f64>,
    /// Decides who the person is and how it comes out this time
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub seed: u64,
    /// The language of the words
    #[arg(long, default_value = "english")]
    pub language: Tongue,
    /// Frames per second
    #[arg(long, value_name = "HZ", default_value = "48000", value_parser = rate)]
    pub rate: SampleRate,
    /// How the file stores a sample: 16, 24 or 32f
    #[arg(long, value_name = "16|24|32f", default_value = "24", value_parser = Bits::from_str, hide_default_value = true)]
    pub bits: Bits,
    /// The file to write, .wav, .flac or .ogg; `-` is the standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// Languages that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tongue {
    /// English
    English,
    /// Japanese, in kana or Latin letters
    Japanese,
}

/// `uproar phonemes`.
#[derive(Args, Debug)]
pub struct Phonemes {
    /// The words
    #[arg(value_name = "WORDS")]
    pub words: String,
    /// The language of the words
    #[arg(long, default_value = "english")]
    pub language: Tongue,
    /// A dictionary of your own: one word and its phonemes per line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub dictionary: Option<PathBuf>,
    /// Beats per minute that the rhythm is shown for
    #[arg(long, value_name = "BPM", default_value = "104", value_parser = tempo, allow_hyphen_values = true)]
    pub bpm: f64,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// `uproar presets`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Presets {
    /// What to do; lists them if not given
    #[command(subcommand)]
    pub action: Option<PresetsAction>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// What to do with presets.
#[derive(Debug, Subcommand)]
pub enum PresetsAction {
    /// Lists them, one line each
    List,
    /// Prints one, with its comments
    Show {
        /// Name of a built-in preset
        #[arg(value_parser = names::preset(), hide_possible_values = true)]
        name: String,
    },
    /// Copies one into a file, as a starting point of your own
    Export {
        /// Name of a built-in preset
        #[arg(value_parser = names::preset(), hide_possible_values = true)]
        name: String,
        /// The file to write; `-` is the standard output
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Replaces a file that is there already
        #[arg(long)]
        force: bool,
    },
}

/// `uproar check`.
#[derive(Args, Debug)]
pub struct Check {
    /// Names of built-in presets or paths of .toml files
    #[arg(value_name = "PRESET", required = true, value_parser = names::preset(), hide_possible_values = true)]
    pub presets: Vec<String>,
    /// Sets a key before checking, as in `render`
    #[arg(long, value_name = "KEY=VALUE", value_parser = change)]
    pub set: Vec<Change>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// `uproar layouts`.
#[derive(Args, Debug)]
pub struct Layouts {
    /// A layout by name, or a .toml file: prints its channels as a file; lists all if not given
    #[arg(value_name = "NAME|FILE.toml")]
    pub layout: Option<String>,
}

/// `uproar devices`.
#[derive(Args, Debug)]
pub struct Devices {
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// A time in a scene.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// Seconds from the start.
    Seconds(f64),
    /// The beginning of a beat.
    Beat(String),
    /// A timecode or a number of frames.
    Picture(String),
}

impl FromStr for Moment {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("a time in seconds or the name of a beat is missing".into());
        }
        let frames = text.strip_suffix('f').is_some_and(|digits| digits.parse::<u32>().is_ok());
        if frames || text.matches([':', ';']).count() == 3 {
            // What it means depends on the picture's clock, which the preset may know.
            return Ok(Self::Picture(text.to_owned()));
        }
        if text.contains(':') {
            let read = PictureClock::read(None, text);
            return read.map(Self::Seconds).map_err(|_| "minutes and seconds are written like 1:30".into());
        }
        match text.parse::<f64>() {
            Ok(s) if s.is_finite() && s >= 0.0 => Ok(Self::Seconds(s)),
            Ok(_) => Err("a time is 0 seconds or more".into()),
            Err(_) => Ok(Self::Beat(text.to_owned())),
        }
    }
}

fn change(text: &str) -> Result<Change, String> {
    Change::parse(text)
}

pub(crate) fn between(text: &str, low: f64, high: f64, unit: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(x) if (low..=high).contains(&x) => Ok(x),
        _ => Err(format!("allowed: {low} to {high}{unit}")),
    }
}

pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    between(text, 0.05, crate::preset::LONGEST_S, " seconds")
}

pub(crate) fn loop_length(text: &str) -> Result<LoopLength, String> {
    if text == "auto" {
        return Ok(LoopLength::Auto);
    }
    let wrong = || {
        "allowed: seconds (30, at most 600), bars (8bars), or nothing when it stands behind the preset"
            .to_owned()
    };
    if let Some(bars) = text.strip_suffix("bars").or_else(|| text.strip_suffix("bar")) {
        let bars = bars.trim().parse::<u32>().ok().filter(|n| (1..=256).contains(n));
        return bars.map(LoopLength::Bars).ok_or_else(wrong);
    }
    let seconds = text.strip_suffix('s').unwrap_or(text).trim().parse::<f64>().ok();
    seconds.filter(|s| (0.5..=600.0).contains(s)).map(LoopLength::Seconds).ok_or_else(wrong)
}

pub(crate) fn loudness(text: &str) -> Result<Target, String> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(Target::None);
    }
    let lufs = between(text, -50.0, -5.0, " LUFS, or none")?;
    Ok(Target::Lufs(lufs))
}

pub(crate) fn peak(text: &str) -> Result<f64, String> {
    between(text, -24.0, 0.0, " dBTP")
}

pub(crate) fn fps(text: &str) -> Result<FrameRate, String> {
    FrameRate::from_str(text)
}

fn f0(text: &str) -> Result<f64, String> {
    between(text, 60.0, 700.0, " Hz")
}

fn unit(text: &str) -> Result<f64, String> {
    between(text, 0.0, 1.0, "")
}

fn beat(text: &str) -> Result<f64, String> {
    between(text, 0.25, 1.5, " seconds per beat")
}

fn tempo(text: &str) -> Result<f64, String> {
    between(text, 40.0, 240.0, " beats per minute")
}

pub(crate) fn rate(text: &str) -> Result<SampleRate, String> {
    let range = SampleRate::RANGE;
    let hz = text.trim().parse().ok().and_then(SampleRate::new);
    hz.ok_or_else(|| format!("allowed: {} to {} Hz", range.start(), range.end()))
}

fn time(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (number, scale) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.trim_end_matches('s'), 1.0),
    };
    match number.trim().parse::<f64>().map(|x| x * scale) {
        Ok(s) if (0.001..=60.0).contains(&s) => Ok(s),
        _ => Err("allowed: 1ms to 60s".into()),
    }
}

fn threshold(text: &str) -> Result<f64, String> {
    between(text.trim_end_matches("dB").trim(), -100.0, 0.0, " dB")
}

fn range(text: &str) -> Result<f64, String> {
    between(text.trim_end_matches("dB").trim(), 1.0, 100.0, " dB")
}

fn latency(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches("ms").trim();
    between(number, 1.0, 2000.0, "ms").map(|ms| ms / 1000.0)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn moments_are_seconds_minutes_or_beats() {
        assert_eq!("12.5".parse(), Ok(Moment::Seconds(12.5)));
        assert_eq!("1:30".parse(), Ok(Moment::Seconds(90.0)));
        assert_eq!("hush".parse(), Ok(Moment::Beat("hush".into())));
        assert_eq!("250f".parse(), Ok(Moment::Picture("250f".into())));
        assert_eq!("01:00:10;12".parse(), Ok(Moment::Picture("01:00:10;12".into())));
        for wrong in ["-1", "nan", "inf", "1:75", "x:3", ""] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_option_has_help() {
        fn check(command: &clap::Command) {
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{}: {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }
}
