//! The program, its commands, and what they share.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use crate::{output::Bits, preset::Change, scene::FrameRate, space::ChannelLayout, units::SampleRate};

use super::{play::*, render::*, tools::*, values::*};
use crate::cli::{batch::Batch, names, plot::Plot, stage::Span};

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
        Limits: 1,000,000 people, 32 places, 1000 beats of at most 4 hours, a day in all, 1000 lines of 500 words; presets \
        and layouts of 1 MiB, curves, markers, subtitles and dictionaries of 8 MiB, tables of 32 MiB, performances of \
        64 MiB; memory as --max-memory says. What a preset may name is said under --allow-files of `render`.\n\n\
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
    /// The most memory that a scene may take, such as 512M or 2G
    ///
    /// Its performances, people and places are estimated before any work, and a scene that needs more is refused. 4G, or
    /// half of the machine's memory where that is less, if not given. A batch counts all that it renders at once.
    #[arg(long, value_name = "SIZE", help_heading = "Machine", value_parser = memory)]
    pub max_memory: Option<u64>,
    /// Lets presets and tables name files in this folder and below too
    ///
    /// A preset names its base, curves and dictionary only beside itself or below, without `..` or `/` at the start,
    /// and no link may lead elsewhere; a preset inside the program names none. May be given several times. Files that
    /// options name lie anywhere.
    #[arg(long, value_name = "DIR", help_heading = "Machine", value_hint = ValueHint::DirPath, value_parser = folder)]
    pub allow_files: Vec<PathBuf>,
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
