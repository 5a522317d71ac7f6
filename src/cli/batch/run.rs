//! The work: which rows are finished already, which are to be rendered, on all cores.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    engine::{Engine, LoopLength, Looper},
    fault::{caught, on_demand},
    output::{OutputError, check_writable, write_file},
    preset::load_layout,
    scene::Scene,
    space::ChannelLayout,
};

use crate::cli::{
    arguments::Common,
    failure::Failure,
    mixdown::{Target, to_file},
    pieces::Studio,
    render::layout,
    replace::may_replace,
    run::broken,
    stage::{Purpose, memory_limit, with_options},
    terminal::{Progress, complain, interrupt, print, remark, share_progress},
};

use super::{
    budget::Budget,
    manifest::{Entry, Manifest, fingerprint},
    naming::Template,
    options::Batch,
    rows::{Job, Making, column_name, of_presets, of_table},
    summary::{Outcome, RowSummary, Summary},
    table::Table,
};

/// Wrong rows and colliding names that are told one by one.
const TOLD: usize = 20;
/// Parts of a row that its progress is counted in.
const PARTS: u64 = 1000;

/// Renders every row that is not finished yet.
pub(crate) fn batch(options: &Batch) -> Result<(), Failure> {
    let start = Instant::now();
    check(options)?;
    let (rows, columns) = read(options)?;
    let names = names(options, &rows, &columns)?;
    let folder = &options.output_dir;
    std::fs::create_dir_all(folder)
        .map_err(|source| OutputError::Create { name: folder.display().to_string(), source })?;
    if let Some(path) = &options.summary {
        check_writable(path)?;
    }
    let manifest = Manifest::open(folder);
    let mut summaries = Vec::new();
    let mut tasks = Vec::new();
    let mut told = 0;
    for (row, name) in rows.into_iter().zip(names) {
        match row {
            Ok(job) => {
                let file = name.unwrap_or_default();
                let layout = layout(None, &job.common)?;
                let mark = fingerprint(&job.loaded, &job.common, &layout, &job.shape)?;
                let whole = !job.shape.stems || stems_of(&folder.join(&file)).is_dir();
                let known = manifest.finished(&file, &mark).filter(|_| whole && !options.again).cloned();
                let mut summary = summary_of(&job, &file);
                if let Some(entry) = known {
                    (summary.outcome, summary.entry) = (Outcome::Unchanged, Some(entry));
                } else {
                    tasks.push(Task::new(summaries.len(), job, file, mark, layout));
                }
                summaries.push(summary);
            }
            Err((line, failure)) => {
                told += 1;
                if told <= TOLD {
                    complain(&failure);
                }
                summaries.push(RowSummary {
                    line: (line > 0).then_some(line),
                    file: None,
                    outcome: Outcome::Failed,
                    error: Some(failure.to_string()),
                    preset: None,
                    entry: None,
                });
            }
        }
    }
    if told > TOLD {
        remark(&format!("... and {} more rows that are wrong", told - TOLD));
    }
    let strangers: Vec<PathBuf> =
        tasks.iter().filter(|t| !manifest.knows(&t.file)).map(|t| folder.join(&t.file)).collect();
    may_replace(strangers.iter().map(PathBuf::as_path), options.force)?;
    let work = Work {
        options,
        budget: Budget::new(memory_limit(options.common.max_memory)),
        manifest: Mutex::new(manifest),
        summaries: Mutex::new(summaries),
        stop: interrupt(),
    };
    work.run(&tasks);
    let stopped = work.stop.load(Ordering::SeqCst);
    let rows = work.summaries.into_inner().unwrap_or_else(PoisonError::into_inner);
    finish(options, Summary::new(rows, start.elapsed().as_secs_f64()), stopped)
}

/// What cannot go together.
fn check(options: &Batch) -> Result<(), Failure> {
    if options.common.report.is_some() {
        let failure = Failure::usage("a batch has no single report");
        return Err(failure.hint("--summary FILE.json tells about every file"));
    }
    if options.sources.len() > 1 && options.sources.iter().any(|s| is_table(s)) {
        let failure = Failure::usage("one table at a time, and no presets beside it");
        return Err(failure.hint("name the presets in the table's column `preset`"));
    }
    Ok(())
}

fn is_table(source: &str) -> bool {
    let ending = Path::new(source).extension();
    ending.is_some_and(|e| ["csv", "tsv"].iter().any(|ending| e.eq_ignore_ascii_case(ending)))
}

type Rows = Vec<Result<Job, (u64, Failure)>>;

/// All rows, and the columns that templates may name beside the usual ones.
fn read(options: &Batch) -> Result<(Rows, Vec<String>), Failure> {
    let mut common = options.common.clone();
    common.layout = options.layout.as_deref().map(load_layout).transpose()?;
    match &options.sources[..] {
        [one] if is_table(one) => {
            let path = PathBuf::from(one);
            let table = Table::read(&path)?;
            let columns = table.heading.iter().map(|cell| column_name(&cell.text)).collect();
            Ok((of_table(table, &path, &common, options.filed.format)?, columns))
        }
        presets => Ok((of_presets(presets, &common, options.filed.format), Vec::new())),
    }
}

/// The file of every row that is right; two rows with one file are told before any work.
fn names(options: &Batch, rows: &Rows, columns: &[String]) -> Result<Vec<Option<String>>, Failure> {
    let usual = ["preset", "phrase", "people", "seed", "place", "seconds", "row", "line"].map(String::from);
    let mut known = usual.to_vec();
    known.extend(columns.iter().filter(|c| !usual.contains(c) && *c != "name").cloned());
    let standard = || {
        let varied = columns.iter().filter(|c| !["preset", "name"].contains(&c.as_str()));
        varied.fold("{preset}".to_owned(), |text, column| format!("{text}-{{{column}}}"))
    };
    let text = options.name.clone().unwrap_or_else(standard);
    let parse = |option: &str, text: &str| {
        Template::parse(text, &known).map_err(|message| Failure::usage(format!("{option} {text}: {message}")))
    };
    let template = parse("--name", &text)?;
    let digits = rows.len().to_string().len();
    let mut names = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let Ok(job) = row else {
            names.push(None);
            continue;
        };
        let mut values = job.values.clone();
        values.insert("row".into(), format!("{:0digits$}", number + 1));
        values.insert("line".into(), job.line.to_string());
        let name = match &job.name {
            Some(own) => parse(&format!("line {}: name", job.line), own)?.name(&values),
            None => template.name(&values),
        };
        let ending = job.shape.kind.ending();
        let stem = name.strip_suffix(&format!(".{ending}")).unwrap_or(&name);
        names.push(Some(format!("{stem}.{ending}")));
    }
    collisions(rows, &names)?;
    Ok(names)
}

fn collisions(rows: &Rows, names: &[Option<String>]) -> Result<(), Failure> {
    // Many file systems do not tell capitals apart.
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut told = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let Some(name) = name else { continue };
        if let Some(other) = first.insert(name.to_lowercase(), number) {
            let place = |n: usize| match &rows[n] {
                Ok(job) if job.line > 0 => format!("line {}", job.line),
                _ => format!("preset {}", n + 1),
            };
            told.push(format!("{} and {} would both be {name}", place(other), place(number)));
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    let mut message = told.join("\n  ");
    if more > 0 {
        message += &format!("\n  ... and {more} more");
    }
    Err(Failure::usage(message)
        .hint("tell them apart in --name, for example with {seed} or {row}, or by a column `name`"))
}

fn summary_of(job: &Job, file: &str) -> RowSummary {
    RowSummary {
        line: (job.line > 0).then_some(job.line),
        file: Some(file.to_owned()),
        outcome: Outcome::Missing,
        error: None,
        preset: Some(job.loaded.name.clone()),
        entry: None,
    }
}

/// A row to be rendered.
struct Task {
    /// Index among the summaries.
    index: usize,
    job: Job,
    file: String,
    fingerprint: String,
    layout: ChannelLayout,
    /// Rough amount of work, of no particular unit.
    weight: u64,
    /// How much of it is done, of [`PARTS`].
    done: Arc<AtomicU64>,
}

impl Task {
    fn new(index: usize, job: Job, file: String, fingerprint: String, layout: ChannelLayout) -> Self {
        let scene_s = Scene::build(&job.loaded.preset.scene()).map_or(1.0, |scene| scene.seconds());
        let seconds = job.common.seconds.map_or(scene_s, |s| s.min(scene_s));
        // Every scene has to be prepared; then sound costs by length and people.
        let weight = 5.0 + seconds * (0.2 + job.loaded.preset.crowd.people as f64 / 5000.0);
        let weight = (100.0 * weight) as u64 + 1;
        Self { index, job, file, fingerprint, layout, weight, done: Arc::default() }
    }
}

struct Work<'w> {
    options: &'w Batch,
    budget: Budget,
    manifest: Mutex<Manifest>,
    summaries: Mutex<Vec<RowSummary>>,
    stop: Arc<AtomicBool>,
}

/// What a thread that gave up left behind is still right: entries are replaced whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who works, until this is dropped, whatever the reason.
struct Here<'a>(&'a AtomicUsize);

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Work<'_> {
    /// Renders all tasks, several at once.
    fn run(&self, tasks: &[Task]) {
        if tasks.is_empty() {
            return;
        }
        let threads = self.options.common.threads.map(usize::from);
        let cores = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()));
        let jobs = self.options.jobs.map_or(cores, usize::from).clamp(1, tasks.len());
        let each = u16::try_from((cores / jobs).max(1)).unwrap_or(1);
        let (next, busy) = (AtomicUsize::new(0), AtomicUsize::new(jobs));
        std::thread::scope(|scope| {
            let work = || {
                let _here = Here(&busy);
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if self.stop.load(Ordering::SeqCst) {
                        break;
                    }
                    share_progress(&task.done, PARTS, || self.render(task, each));
                }
            };
            let mut begun = 0;
            for _ in 0..jobs {
                match std::thread::Builder::new().name("batch".into()).spawn_scoped(scope, work) {
                    Ok(_) => begun += 1,
                    // Those that there are do it; without any, this one.
                    Err(_) if begun > 0 => drop(busy.fetch_sub(1, Ordering::SeqCst)),
                    Err(_) => {
                        busy.store(1, Ordering::SeqCst);
                        work();
                        break;
                    }
                }
            }
            self.watch(tasks, &busy);
        });
    }

    /// Draws the bar while anybody works.
    fn watch(&self, tasks: &[Task], busy: &AtomicUsize) {
        let all: u64 = tasks.iter().map(|task| task.weight).sum();
        let bar = Progress::new("batch", all, self.options.common.quiet);
        while busy.load(Ordering::SeqCst) > 0 {
            let done = |task: &Task| task.done.load(Ordering::Relaxed).min(PARTS);
            bar.at(tasks.iter().map(|task| task.weight * done(task) / PARTS).sum());
            let whole = tasks.iter().filter(|task| done(task) == PARTS).count();
            bar.message(format!("{whole} of {} files, ", tasks.len()));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn render(&self, task: &Task, threads: u16) {
        let mut common = task.job.common.clone();
        (common.quiet, common.threads) = (true, Some(threads));
        let path = self.options.output_dir.join(&task.file);
        let shape = &task.job.shape;
        let loaded = &task.job.loaded;
        let studio =
            Studio { loaded, common: &common, layout: &task.layout, stored_s: shape.made.moment_s() };
        let make = || {
            // What cannot be estimated cannot be rendered either, and says so then.
            let bytes = bytes_of(task, &common).unwrap_or(0);
            let Some(_part) = self.budget.take(bytes, || self.stop.load(Ordering::SeqCst)) else {
                return Err(Failure::Interrupted { left: None });
            };
            on_demand(&task.file);
            match &shape.making {
                Making::Loop(length) => studio.looped(&path, *length),
                Making::OneShot(cue) => studio.one_shot(&path, cue),
                Making::Scene => {
                    let target = Target {
                        path: Some(&path),
                        layout: &task.layout,
                        stems: shape.stems.then(|| stems_of(&path)),
                        keep_partial: false,
                        follow: None,
                        made: Some(&shape.made),
                    };
                    to_file(loaded, &common, &target)
                }
            }
        };
        // A fault in one row leaves the others alone.
        let outcome = caught(make).unwrap_or_else(|reason| Err(broken(&reason)));
        let outcome = outcome.and_then(|rendered| {
            let bytes = path.metadata().map_or(0, |m| m.len());
            let entry = Entry::new(&task.fingerprint, bytes, &rendered.report);
            locked(&self.manifest).add(&task.file, entry.clone())?;
            Ok(entry)
        });
        task.done.store(PARTS, Ordering::Relaxed);
        let mut summaries = locked(&self.summaries);
        let summary = &mut summaries[task.index];
        match outcome {
            Ok(entry) => {
                (summary.outcome, summary.entry) = (Outcome::Done, Some(entry));
            }
            Err(Failure::Interrupted { .. }) => {}
            Err(failure) => {
                let line = summary.line.map_or(String::new(), |line| format!("line {line}, "));
                let text = format!("{line}{}: {failure}", task.file);
                (summary.outcome, summary.error) = (Outcome::Failed, Some(failure.to_string()));
                drop(summaries);
                complain(&Failure::new(text));
            }
        }
    }
}

/// What a task takes in memory, bytes.
fn bytes_of(task: &Task, common: &Common) -> Result<u64, Failure> {
    let (loaded, shape, layout) = (&task.job.loaded, &task.job.shape, &task.layout);
    let rate = common.rate.unwrap_or_default();
    let piece = match shape.making {
        Making::Scene => 0,
        Making::Loop(length) => Looper::loop_bytes(length, layout.channels.len(), rate),
        Making::OneShot(_) => Looper::loop_bytes(LoopLength::Auto, layout.channels.len(), rate),
    };
    // A moment may ask for more than its scene.
    let performed = shape.made.performance.is_some() || shape.making != Making::Scene;
    let purpose = Purpose::Files { layout, stems: shape.stems, performed };
    let memory =
        with_options(loaded, common, purpose, |options| Engine::estimate(&loaded.preset, rate, options))?;
    Ok(memory.bytes() + piece)
}

/// The folder of a file's stems, beside it.
fn stems_of(path: &Path) -> PathBuf {
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    path.with_file_name(format!("{name}-stems"))
}

fn finish(options: &Batch, summary: Summary, stopped: bool) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&summary).map_err(|error| Failure::from_error(&error))? + "\n";
    match &options.summary {
        Some(path) if path == Path::new("-") => print(&text)?,
        Some(path) => {
            write_file(path, text.as_bytes())?;
            print(&summary.table())?;
        }
        None if options.common.quiet => {}
        None => print(&summary.table())?,
    }
    if stopped {
        let left = format!("{}; the same command goes on from there", summary.line());
        return Err(Failure::Interrupted { left: Some(left) });
    }
    match summary.failed() {
        0 => Ok(()),
        1 => Err(Failure::new("a row failed")),
        n => Err(Failure::new(format!("{n} rows failed"))),
    }
}
