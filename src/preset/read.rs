//! Turns the tree of a preset into plain configs, and gathers every mistake on the way.
//!
//! Owns a serde deserializer over the tree that knows where each value stands. Unknown keys are
//! reported and passed over; a wrong value is reported, taken away, and the reading is tried again,
//! so that one run names all mistakes. Does not own ranges or meaning.

use std::{cell::RefCell, fmt, fmt::Display};

use serde::{
    Deserialize,
    de::{self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor},
};

use super::{
    path::Path,
    problem::{At, Problem, Source, nearest},
    tree::{Entry, Node, Value},
};

/// More mistakes than this are not listed.
pub(crate) const MOST_PROBLEMS: usize = 50;

/// What may stand where a value can have several forms, which serde cannot tell.
const CHOICES: &[(&str, &str)] = &[
    (
        "place[].chain",
        "none, megaphone, horn, street-screen, television, television-set, phone, headset, or a table of settings",
    ),
    (
        "speaker[].chain",
        "none, megaphone, horn, street-screen, television, television-set, phone, headset, or a table of settings",
    ),
    ("space.rt_s", "seconds, or a list of six times at 125, 250, 500, 1000, 2000 and 4000 Hz"),
    ("place[].facing", "listener, random, or { point = [x, y, z] }"),
    (
        "beat[].intensity",
        "a number 0 to 1, [from, to], [[seconds, value, \"shape\"], ...], or the name of a CSV file",
    ),
    ("intensity", "[[seconds, value, \"shape\"], ...], or the name of a CSV file"),
];

/// Reads `tree` as `T`, adding to `problems`. What was wrong is removed from `tree`. `None` only if the
/// whole cannot be read.
pub(crate) fn read<T: for<'n> Deserialize<'n>>(
    tree: &mut Node,
    sources: &[Source],
    problems: &mut Vec<Problem>,
) -> Option<T> {
    // Every round removes one value, so this ends; the cap is for hostile files.
    for _ in 0..10 * MOST_PROBLEMS {
        let unknown = RefCell::new(Vec::new());
        let root = Path::root();
        let outcome = T::deserialize(Reader { node: tree, path: &root, unknown: &unknown });
        for key in unknown.into_inner() {
            if problems.len() >= MOST_PROBLEMS {
                return outcome.ok();
            }
            push(problems, key.problem(sources));
        }
        match outcome {
            Ok(value) => return Some(value),
            Err(error) => {
                let path = error.path.clone().unwrap_or_default();
                let node = tree.find_near(&path);
                // What is wrong only because something in it was taken out is not news.
                if !node.is_harmed() {
                    let mut problem = error.problem(sources, &node.at, path.clone());
                    if let Some((_, allowed)) = CHOICES.iter().find(|(pattern, _)| path.fits(pattern)) {
                        problem.allowed = Some((*allowed).to_owned());
                    }
                    push(problems, problem);
                }
                if problems.len() >= MOST_PROBLEMS || !tree.remove(&path) {
                    return None;
                }
            }
        }
    }
    None
}

fn push(problems: &mut Vec<Problem>, problem: Problem) {
    if problems.len() < MOST_PROBLEMS && !problems.contains(&problem) {
        problems.push(problem);
    }
}

/// A key that a table does not have.
struct Unknown {
    key: String,
    at: At,
    path: Path,
    fields: &'static [&'static str],
}

impl Unknown {
    fn problem(self, sources: &[Source]) -> Problem {
        let message = format!("unknown key `{}`", self.key);
        let mut fields = self.fields.to_vec();
        fields.sort_unstable();
        let problem = Problem::new(sources, &self.at, self.path, message).allowed(fields.join(", "));
        match nearest(&self.key, fields.iter().copied()) {
            Some(name) => problem.hint(format!("did you mean `{name}`?")),
            None => problem,
        }
    }
}

/// A value that cannot be read.
#[derive(Debug)]
struct Error {
    message: String,
    allowed: Option<String>,
    hint: Option<String>,
    path: Option<Path>,
}

impl Error {
    fn new(message: String, allowed: Option<String>) -> Self {
        Self { message, allowed, hint: None, path: None }
    }

    fn at(mut self, path: &Path) -> Self {
        self.path.get_or_insert_with(|| path.clone());
        self
    }

    fn names(message: String, typed: &str, names: &[&str]) -> Self {
        let mut error = Self::new(message, Some(names.join(", ")));
        error.hint = nearest(typed, names.iter().copied()).map(|n| format!("did you mean `{n}`?"));
        error
    }

    fn problem(self, sources: &[Source], at: &At, path: Path) -> Problem {
        let mut problem = Problem::new(sources, at, path, self.message);
        problem.allowed = self.allowed;
        problem.hint = self.hint;
        problem
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string();
        if message.contains("did not match any variant") {
            return Self::new("this is not understood here".into(), None);
        }
        Self::new(message, None)
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = plain(&expected.to_string());
        Self::new(format!("expected {expected}, found {}", found_text(&found)), None)
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        let expected = plain(&expected.to_string());
        Self::new(format!("expected {expected}, found a list of {length}"), None)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::names(format!("unknown value `{variant}`"), variant, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::names(format!("unknown key `{field}`"), field, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` is missing"), None)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` stands twice"), None)
    }
}

fn found_text(found: &de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Bool(value) => value.to_string(),
        de::Unexpected::Unsigned(n) => n.to_string(),
        de::Unexpected::Signed(n) => n.to_string(),
        de::Unexpected::Float(x) => x.to_string(),
        de::Unexpected::Str(text) => format!("the text \"{text}\""),
        de::Unexpected::Seq => "a list".into(),
        de::Unexpected::Map => "a table".into(),
        other => other.to_string(),
    }
}

/// Says a Rust type in the words of a preset.
fn plain(expected: &str) -> String {
    match expected {
        "f32" | "f64" | "floating point number" => "a number".into(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "a boolean" => "true or false".into(),
        "a string" | "string" => "text in quotation marks".into(),
        "a sequence" => "a list".into(),
        "a map" => "a table".into(),
        other if other.starts_with("struct ") => "a table".into(),
        other => {
            let size = other.strip_prefix("a tuple of size ");
            let size = size.or_else(|| other.strip_prefix("an array of length "));
            size.map_or_else(|| other.to_owned(), |n| format!("a list of {n}"))
        }
    }
}

#[derive(Clone, Copy)]
struct Reader<'n, 'p> {
    node: &'n Node,
    path: &'p Path,
    unknown: &'p RefCell<Vec<Unknown>>,
}

impl<'n> Reader<'n, '_> {
    fn unexpected(&self) -> de::Unexpected<'n> {
        match &self.node.value {
            Value::String(text) => de::Unexpected::Str(text),
            Value::Integer(n) => de::Unexpected::Signed(*n),
            Value::Float(x) => de::Unexpected::Float(*x),
            Value::Boolean(value) => de::Unexpected::Bool(*value),
            Value::Datetime => de::Unexpected::Other("a date"),
            Value::List(_) => de::Unexpected::Seq,
            Value::Table(_) => de::Unexpected::Map,
            Value::Removed => de::Unexpected::Other("nothing"),
        }
    }

    fn wrong<T>(&self, expected: &dyn de::Expected) -> Result<T, Error> {
        Err(de::Error::invalid_type(self.unexpected(), expected))
    }

    fn any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Integer(n) => visitor.visit_i64(*n),
            Value::Float(x) => visitor.visit_f64(*x),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::List(items) => self.list(items, visitor),
            Value::Table(entries) => self.table(entries, None, visitor),
            Value::Datetime | Value::Removed => self.wrong(&visitor),
        }
    }

    fn string<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.bare {
            Some(bare) => visitor.visit_borrowed_str(bare),
            None => self.any(visitor),
        }
    }

    fn list<V: Visitor<'n>>(self, items: &'n [Node], visitor: V) -> Result<V::Value, Error> {
        let mut list = List { reader: self, items, next: 0 };
        let value = visitor.visit_seq(&mut list)?;
        let left = list.left();
        if left > 0 {
            let fits = items.len() - left;
            let error = Error::new(format!("a list of {} is too long", items.len()), None);
            return Err(Error { allowed: Some(format!("{fits} entries")), ..error });
        }
        Ok(value)
    }

    fn table<V: Visitor<'n>>(
        self,
        entries: &'n [Entry],
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let Some(fields) = fields {
            for entry in entries.iter().filter(|e| !fields.contains(&e.key.as_str())) {
                self.unknown.borrow_mut().push(Unknown {
                    key: entry.key.clone(),
                    at: entry.at.clone(),
                    path: self.path.clone(),
                    fields,
                });
            }
        }
        visitor.visit_map(Table { reader: self, entries: entries.iter(), fields, value: None })
    }
}

macro_rules! through {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
            self.any(visitor).map_err(|e| e.at(self.path))
        }
    )*};
}

macro_rules! text {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
            self.string(visitor).map_err(|e| e.at(self.path))
        }
    )*};
}

impl<'n> de::Deserializer<'n> for Reader<'n, '_> {
    type Error = Error;

    through! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_seq deserialize_map
    }

    text! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self).map_err(|e: Error| e.at(self.path))
    }

    fn deserialize_unit_struct<V: Visitor<'n>>(self, _: &'static str, v: V) -> Result<V::Value, Error> {
        self.any(v).map_err(|e| e.at(self.path))
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(self, _: &'static str, v: V) -> Result<V::Value, Error> {
        v.visit_newtype_struct(self).map_err(|e: Error| e.at(self.path))
    }

    fn deserialize_tuple<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.any(visitor).map_err(|e| e.at(self.path))
    }

    fn deserialize_tuple_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.any(visitor).map_err(|e| e.at(self.path))
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Table(entries) => self.table(entries, Some(fields), visitor),
            _ => self.any(visitor),
        }
        .map_err(|e| e.at(self.path))
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let choice = match (&self.node.value, &self.node.bare) {
            (_, Some(text)) | (Value::String(text), None) => Choice { name: text, reader: self, node: None },
            (Value::Table(entries), None) if entries.len() == 1 => {
                Choice { name: &entries[0].key, reader: self, node: Some(&entries[0].node) }
            }
            _ => {
                let message = format!("expected a name, found {}", found_text(&self.unexpected()));
                let error = Error::new(message, Some(variants.join(", ")));
                return Err(error.at(self.path));
            }
        };
        visitor.visit_enum(choice).map_err(|e| e.at(self.path))
    }
}

struct List<'n, 'p> {
    reader: Reader<'n, 'p>,
    items: &'n [Node],
    next: usize,
}

impl List<'_, '_> {
    fn left(&self) -> usize {
        self.items.iter().skip(self.next).filter(|n| n.value != Value::Removed).count()
    }
}

impl<'n> SeqAccess<'n> for &mut List<'n, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        while let Some(node) = self.items.get(self.next) {
            let path = self.reader.path.index(self.next);
            self.next += 1;
            if node.value != Value::Removed {
                let reader = Reader { node, path: &path, unknown: self.reader.unknown };
                return seed.deserialize(reader).map(Some).map_err(|e| e.at(&path));
            }
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        None
    }
}

struct Table<'n, 'p> {
    reader: Reader<'n, 'p>,
    entries: std::slice::Iter<'n, Entry>,
    fields: Option<&'static [&'static str]>,
    value: Option<&'n Entry>,
}

impl<'n> MapAccess<'n> for Table<'n, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'n>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        for entry in self.entries.by_ref() {
            let known = self.fields.is_none_or(|fields| fields.contains(&entry.key.as_str()));
            if known && entry.node.value != Value::Removed {
                self.value = Some(entry);
                let path = self.reader.path.key(&entry.key);
                let key = de::value::BorrowedStrDeserializer::new(&entry.key);
                return seed.deserialize(key).map(Some).map_err(|e: Error| e.at(&path));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'n>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some(entry) = self.value.take() else {
            return Err(de::Error::custom("a value is missing"));
        };
        let path = self.reader.path.key(&entry.key);
        let reader = Reader { node: &entry.node, path: &path, unknown: self.reader.unknown };
        seed.deserialize(reader).map_err(|e| e.at(&path))
    }
}

struct Choice<'n, 'p> {
    name: &'n str,
    reader: Reader<'n, 'p>,
    node: Option<&'n Node>,
}

impl<'n, 'p> EnumAccess<'n> for Choice<'n, 'p> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'n>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = de::value::BorrowedStrDeserializer::new(self.name);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'n> Choice<'n, '_> {
    fn content<T>(self, read: impl FnOnce(Reader<'n, '_>) -> Result<T, Error>) -> Result<T, Error> {
        let path = self.reader.path.key(self.name);
        match self.node {
            Some(node) => {
                read(Reader { node, path: &path, unknown: self.reader.unknown }).map_err(|e| e.at(&path))
            }
            None => Err(Error::new(format!("`{}` needs more than its name", self.name), None)),
        }
    }
}

impl<'n> VariantAccess<'n> for Choice<'n, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.node {
            None => Ok(()),
            Some(_) => Err(Error::new(format!("`{}` has nothing below it", self.name), None)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'n>>(self, seed: T) -> Result<T::Value, Error> {
        self.content(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.content(|reader| reader.any(visitor))
    }

    fn struct_variant<V: Visitor<'n>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.content(|reader| de::Deserializer::deserialize_struct(reader, "", fields, visitor))
    }
}
