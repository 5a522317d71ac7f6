//! A preset as written: a tree of values that know where they stand.
//!
//! Owns parsing of TOML into the tree, changes by path, and the laying of one preset over another.
//! Does not own what keys mean.

use toml::de::{DeTable, DeValue};

use super::{
    path::{Path, Step},
    problem::{At, Problem, Source, nearest},
};

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub at: At,
    /// The bare text, when it was typed without quotation marks on the command line and may be meant
    /// as a string.
    pub bare: Option<String>,
    /// Something below it was wrong and has been taken away.
    pub harmed: bool,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// true or false.
    Boolean(bool),
    /// A date or time, which no key takes.
    Datetime,
    /// A list.
    List(Vec<Node>),
    /// A table, in the order written.
    Table(Vec<Entry>),
    /// Wrong, reported already, and passed over.
    Removed,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub at: At,
    /// The value.
    pub node: Node,
}

/// How deep lists and tables may nest.
const DEPTH: usize = 32;

impl Node {
    /// A value that stands at `at`.
    pub fn new(value: Value, at: At) -> Self {
        Self { value, at, bare: None, harmed: false }
    }

    /// Parses the text of `sources[source]`; returns what could be read and every mistake of syntax.
    pub fn parse(sources: &[Source], source: usize) -> (Self, Vec<Problem>) {
        let text = sources.get(source).map_or("", |s| s.text.as_str());
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut problems: Vec<Problem> = Vec::new();
        for error in errors {
            let at = At { source, span: error.span().unwrap_or(0..0) };
            let problem = Problem::new(sources, &at, Path::root(), error.message().replace('\n', ", "));
            // The parser speaks twice of some mistakes; a user wants to hear of each line once.
            if !problems.iter().any(|p| p.at.map(|a| a.0) == problem.at.map(|a| a.0)) {
                problems.push(problem);
            }
        }
        let mut reader = Reader { sources, source, problems };
        let at = At { source, span: table.span() };
        let entries = reader.table(table.get_ref(), &Path::root(), 0);
        (Self::new(Value::Table(entries), at), reader.problems)
    }

    /// Parses one value typed on the command line; what is not TOML is a string.
    pub fn parse_value(text: &str, source: usize) -> Self {
        let at = At { source, span: 0..text.len() };
        let sources = [];
        let mut reader = Reader { sources: &sources, source, problems: Vec::new() };
        let mut node = match DeValue::parse(text.trim()) {
            Ok(value) => reader.value(value.get_ref(), &at, &Path::root(), 0),
            Err(_) => Self::new(Value::String(text.to_owned()), at.clone()),
        };
        if !reader.problems.is_empty() {
            node = Self::new(Value::String(text.to_owned()), at.clone());
        }
        node.place(&at);
        let scalar = !matches!(node.value, Value::List(_) | Value::Table(_) | Value::String(_));
        node.bare = scalar.then(|| text.trim().to_owned());
        node
    }

    /// Gives the node and all below it one origin.
    fn place(&mut self, at: &At) {
        self.at = at.clone();
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|n| n.place(at)),
            Value::Table(entries) => entries.iter_mut().for_each(|e| {
                e.at = at.clone();
                e.node.place(at);
            }),
            _ => {}
        }
    }

    /// True if something in it, however deep, was wrong and has been taken away.
    pub fn is_harmed(&self) -> bool {
        self.harmed
            || match &self.value {
                Value::List(items) => items.iter().any(Self::is_harmed),
                Value::Table(entries) => entries.iter().any(|e| e.node.is_harmed()),
                _ => false,
            }
    }

    /// The value under a key of a table.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
            _ => None,
        }
    }

    /// The entries of a list; none if it is no list.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match (&self.value, &self.bare) {
            (Value::String(text), _) | (_, Some(text)) => Some(text),
            _ => None,
        }
    }

    /// A number of either kind.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(n) => Some(n as f64),
            Value::Float(x) => Some(x),
            _ => None,
        }
    }

    /// The node at a path.
    pub fn find(&self, path: &Path) -> Option<&Node> {
        let mut node = self;
        for step in path.steps() {
            node = match step {
                Step::Key(key) => node.get(key)?,
                Step::Index(index) => node.items().get(*index)?,
            };
        }
        Some(node)
    }

    /// The node at a path, or else the nearest one above it that exists.
    pub fn find_near(&self, path: &Path) -> &Node {
        let mut path = path.clone();
        loop {
            if let Some(node) = self.find(&path) {
                return node;
            }
            match path.parent() {
                Some(parent) => path = parent,
                None => return self,
            }
        }
    }

    fn find_mut(&mut self, steps: &[Step]) -> Option<&mut Node> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        match (step, &mut self.value) {
            (Step::Key(key), Value::Table(entries)) => {
                entries.iter_mut().find(|e| e.key == *key)?.node.find_mut(rest)
            }
            (Step::Index(index), Value::List(items)) => items.get_mut(*index)?.find_mut(rest),
            _ => None,
        }
    }

    /// Takes a wrong value away and marks what it was part of. False at the top or where nothing is.
    pub fn remove(&mut self, path: &Path) -> bool {
        let Some(parent) = path.parent() else { return false };
        let Some(node) = self.find_mut(path.steps()) else { return false };
        if node.value == Value::Removed {
            return false;
        }
        node.value = Value::Removed;
        if let Some(above) = self.find_mut(parent.steps()) {
            above.harmed = true;
        }
        true
    }

    /// Drops a key of a table, as if it had not been written.
    pub fn remove_key(&mut self, key: &str) {
        if let Value::Table(entries) = &mut self.value {
            entries.retain(|entry| entry.key != key);
        }
    }

    /// Puts `value` at a path, making tables on the way where there are none.
    ///
    /// # Errors
    /// What is wrong with the path, and what may stand there.
    pub fn set(&mut self, path: &Path, value: Node) -> Result<(), SetError> {
        self.set_from(path, 0, value)
    }

    fn set_from(&mut self, path: &Path, from: usize, value: Node) -> Result<(), SetError> {
        let steps = path.steps();
        let Some(step) = steps.get(from) else {
            *self = value;
            return Ok(());
        };
        let here = Path::from_steps(steps[..from].to_vec());
        match (&mut self.value, step) {
            (Value::List(items), step) => {
                let index = match step {
                    Step::Index(index) => *index,
                    Step::Key(key) => match named(items, key) {
                        Some(index) => index,
                        None => return Err(unknown_name(&here, key, items)),
                    },
                };
                match items.get_mut(index) {
                    Some(item) => item.set_from(path, from + 1, value),
                    None => Err(SetError {
                        path: here.index(index),
                        message: format!("there is no entry {index}"),
                        allowed: Some(match items.len() {
                            0 => "nothing: the list is empty".into(),
                            n => format!("[0] to [{}]", n - 1),
                        }),
                        hint: None,
                    }),
                }
            }
            (Value::Table(entries), Step::Key(key)) => {
                let index = match entries.iter().position(|e| e.key == *key) {
                    Some(index) => index,
                    None => {
                        let node = Node::new(Value::Table(Vec::new()), value.at.clone());
                        entries.push(Entry { key: key.clone(), at: value.at.clone(), node });
                        entries.len() - 1
                    }
                };
                let entry = &mut entries[index];
                if from + 1 == steps.len() {
                    entry.at = value.at.clone();
                }
                entry.node.set_from(path, from + 1, value)
            }
            (Value::Table(_), Step::Index(_)) => Err(SetError {
                path: here,
                message: "this is a table, not a list".into(),
                allowed: None,
                hint: Some("name a key of it".into()),
            }),
            _ => Err(SetError {
                path: here,
                message: "this is one value, with nothing below it".into(),
                allowed: None,
                hint: None,
            }),
        }
    }

    /// Lays `self` over `base`: tables are joined key by key, everything else is replaced.
    pub fn over(self, base: Node) -> Node {
        match (self.value, base.value) {
            (Value::Table(own), Value::Table(mut entries)) => {
                for entry in own {
                    match entries.iter().position(|e| e.key == entry.key) {
                        Some(index) => {
                            let below = std::mem::replace(&mut entries[index].node.value, Value::Removed);
                            let below = Node::new(below, entries[index].node.at.clone());
                            let node = entry.node.over(below);
                            entries[index] = Entry { key: entry.key, at: entry.at, node };
                        }
                        None => entries.push(entry),
                    }
                }
                Node { value: Value::Table(entries), at: self.at, bare: None, harmed: self.harmed }
            }
            (value, _) => Node { value, at: self.at, bare: self.bare, harmed: self.harmed },
        }
    }

    /// Calls `visit` for every node, parents first.
    pub fn walk(&self, visit: &mut dyn FnMut(&Path, &Node)) {
        self.walk_from(&Path::root(), visit);
    }

    fn walk_from(&self, path: &Path, visit: &mut dyn FnMut(&Path, &Node)) {
        visit(path, self);
        match &self.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.walk_from(&path.index(index), visit);
                }
            }
            Value::Table(entries) => {
                for entry in entries {
                    entry.node.walk_from(&path.key(&entry.key), visit);
                }
            }
            _ => {}
        }
    }
}

/// Why a value cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetError {
    /// How far the path leads.
    pub path: Path,
    /// What is wrong.
    pub message: String,
    /// What may stand there.
    pub allowed: Option<String>,
    /// What to try.
    pub hint: Option<String>,
}

/// The index of the entry whose `name` is `name`.
pub(crate) fn named(items: &[Node], name: &str) -> Option<usize> {
    items.iter().position(|item| item.get("name").and_then(Node::text) == Some(name))
}

fn unknown_name(here: &Path, key: &str, items: &[Node]) -> SetError {
    let names: Vec<&str> = items.iter().filter_map(|i| i.get("name").and_then(Node::text)).collect();
    let hint = nearest(key, names.iter().copied()).map(|name| format!("did you mean `{name}`?"));
    let mut allowed = match items.len() {
        0 => "nothing: the list is empty".to_owned(),
        n => format!("[0] to [{}]", n - 1),
    };
    if !names.is_empty() {
        allowed = format!("{allowed}, or by name: {}", names.join(", "));
    }
    SetError {
        path: here.clone(),
        message: format!("no entry is named `{key}`"),
        allowed: Some(allowed),
        hint,
    }
}

struct Reader<'s> {
    sources: &'s [Source],
    source: usize,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, path: &Path, depth: usize) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().to_string();
            let at = At { source: self.source, span: key.span() };
            let below = path.key(&name);
            let place = At { source: self.source, span: value.span() };
            let node = self.value(value.get_ref(), &place, &below, depth + 1);
            entries.push(Entry { key: name, at, node });
        }
        // The parser sorts keys; put them back into the order of the file.
        entries.sort_by_key(|e| e.at.span.start);
        entries
    }

    fn value(&mut self, value: &DeValue<'_>, at: &At, path: &Path, depth: usize) -> Node {
        if depth > DEPTH {
            self.wrong(at, path, "nested too deeply".into(), format!("up to {DEPTH} levels"));
            return Node::new(Value::Removed, at.clone());
        }
        let value = match value {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Datetime(_) => Value::Datetime,
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(n) => Value::Integer(n),
                Err(_) => {
                    let message = match number.as_str() {
                        // What a parser leaves of `0d`.
                        "" => "this is no number".to_owned(),
                        digits => format!("{digits} is too large"),
                    };
                    self.wrong(at, path, message, "whole numbers of up to 18 digits".into());
                    Value::Removed
                }
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(x) => Value::Float(x),
                Err(_) => {
                    let message = format!("{} is not a number", number.as_str());
                    self.wrong(at, path, message, "a finite number".into());
                    Value::Removed
                }
            },
            DeValue::Array(items) => {
                let mut list = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let place = At { source: self.source, span: item.span() };
                    list.push(self.value(item.get_ref(), &place, &path.index(index), depth + 1));
                }
                Value::List(list)
            }
            DeValue::Table(table) => Value::Table(self.table(table, path, depth)),
        };
        let mut node = Node::new(value, at.clone());
        node.harmed = match &node.value {
            Value::List(items) => items.iter().any(|n| n.value == Value::Removed),
            Value::Table(entries) => entries.iter().any(|e| e.node.value == Value::Removed),
            _ => false,
        };
        node
    }

    fn wrong(&mut self, at: &At, path: &Path, message: String, allowed: String) {
        self.problems.push(Problem::new(self.sources, at, path.clone(), message).allowed(allowed));
    }
}
