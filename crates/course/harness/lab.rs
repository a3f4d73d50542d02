//! What a learner's file sees of the lab, [`Array`], and the loop that calls its functions.
//!
//! A frame is a little-endian u32, a JSON header of that many bytes, then the header's arrays, little-endian and
//! row-major. Frames go both ways over standard input, which is a socket; prints go elsewhere.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Mutex;

/// A row-major array.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub values: Vec<T>,
}

impl<T> Array<T> {
    /// An array of this shape with these numbers.
    pub fn new(shape: Vec<usize>, values: Vec<T>) -> Self {
        Array { shape, values }
    }
}

/// The arguments of one call.
pub struct Arguments(Vec<Argument>);

enum Argument {
    Int(usize),
    Floats(Array<f32>),
    Ints(Array<i32>),
}

impl Arguments {
    pub fn int(&self, i: usize) -> usize {
        match &self.0[i] {
            Argument::Int(value) => *value,
            _ => unreachable!(),
        }
    }
    pub fn floats(&self, i: usize) -> &Array<f32> {
        match &self.0[i] {
            Argument::Floats(array) => array,
            _ => unreachable!(),
        }
    }
    pub fn ints(&self, i: usize) -> &Array<i32> {
        match &self.0[i] {
            Argument::Ints(array) => array,
            _ => unreachable!(),
        }
    }
}

extern "C" {
    fn dup2(from: i32, to: i32) -> i32;
}

/// Message and line of the last panic.
static PANIC: Mutex<(String, u32)> = Mutex::new((String::new(), 0));

/// Answers calls until the other side closes; `call` is `None` for a function that the file does not have.
pub fn serve(entries: &str, file: &'static str, call: impl Fn(&str, &Arguments) -> Option<Array<f32>>) {
    let socket = || std::fs::File::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    let (mut requests, mut replies) = (socket(), socket());
    // Whoever reads standard input finds nothing there, and takes nothing from the requests.
    let nothing = std::fs::File::open("/dev/null").unwrap();
    // SAFETY: a system call on two open descriptors; standard input is only ever used by its number.
    unsafe { dup2(nothing.as_raw_fd(), 0) };
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload();
        let text = text.downcast_ref::<&str>().map(|s| s.to_string()).or(text.downcast_ref::<String>().cloned());
        let line = panic.location().filter(|place| place.file().ends_with(file)).map_or(0, |place| place.line());
        *PANIC.lock().unwrap() = (text.unwrap_or_default(), line);
    }));
    loop {
        let mut size = [0; 4];
        if requests.read_exact(&mut size).is_err() {
            return;
        }
        let mut header = vec![0; u32::from_le_bytes(size) as usize];
        requests.read_exact(&mut header).unwrap();
        let header = Json::parse(&String::from_utf8(header).unwrap());
        let Some(entry) = header.get("entry") else {
            reply(&mut replies, &format!("{{\"loaded\": [{entries}]}}"), &[]);
            continue;
        };
        let arguments = Arguments(header.get("arguments").unwrap().list().iter().map(|a| argument(a, &mut requests)).collect());
        let entry = entry.text();
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call(entry, &arguments))) {
            Ok(None) => reply(&mut replies, "{\"missing\": true}", &[]),
            Ok(Some(found)) if found.shape.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim)) != Some(found.values.len()) => {
                let (shape, holds) = (&found.shape, found.values.len());
                reply(&mut replies, &format!("{{\"dtype\": \"float32\", \"shape\": {shape:?}, \"holds\": {holds}}}"), &[]);
            }
            Ok(Some(found)) => {
                let fits = found.values.len() * 4 <= header.get("largest").unwrap().number();
                let answer = format!("{{\"dtype\": \"float32\", \"shape\": {:?}, \"sent\": {fits}}}", found.shape);
                let data: Vec<u8> = found.values.iter().flat_map(|x| x.to_le_bytes()).collect();
                reply(&mut replies, &answer, if fits { &data } else { &[] });
            }
            Err(_) => {
                let (message, line) = PANIC.lock().unwrap().clone();
                let message: String = message.chars().take(2000).flat_map(escape).collect();
                let trace = format!("[{{\"line\": {line}, \"function\": \"\", \"text\": \"\"}}]");
                let trace = if line == 0 { "[]".to_string() } else { trace };
                let raised = format!("{{\"kind\": \"panic\", \"message\": \"{message}\", \"trace\": {trace}}}");
                reply(&mut replies, &format!("{{\"raised\": {raised}}}"), &[]);
            }
        }
    }
}

fn argument(header: &Json, requests: &mut std::fs::File) -> Argument {
    if let Some(value) = header.get("int") {
        return Argument::Int(value.number());
    }
    let shape: Vec<usize> = header.get("shape").unwrap().list().iter().map(Json::number).collect();
    let mut bytes = vec![0; 4 * shape.iter().product::<usize>()];
    requests.read_exact(&mut bytes).unwrap();
    let words = bytes.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
    match header.get("dtype").unwrap().text() {
        "f32" => Argument::Floats(Array::new(shape, words.map(f32::from_le_bytes).collect())),
        _ => Argument::Ints(Array::new(shape, words.map(i32::from_le_bytes).collect())),
    }
}

fn reply(replies: &mut std::fs::File, header: &str, data: &[u8]) {
    let _ = std::io::stdout().flush(); // what was printed comes before the answer
    let frame = [&(header.len() as u32).to_le_bytes(), header.as_bytes(), data].concat();
    if replies.write_all(&frame).is_err() {
        std::process::exit(0);
    }
}

fn escape(c: char) -> Vec<char> {
    match c {
        '"' | '\\' => vec!['\\', c],
        c if (c as u32) < 0x20 => format!("\\u{:04x}", c as u32).chars().collect(),
        c => vec![c],
    }
}

/// As much of JSON as the headers use.
enum Json {
    Number(usize),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn parse(text: &str) -> Json {
        Json::value(&mut text.chars().peekable())
    }

    fn value(rest: &mut std::iter::Peekable<std::str::Chars>) -> Json {
        while rest.next_if(|c| c.is_whitespace() || *c == ',' || *c == ':').is_some() {}
        match *rest.peek().unwrap() {
            '"' => {
                rest.next();
                let mut text = String::new();
                loop {
                    match rest.next().unwrap() {
                        '"' => return Json::Text(text),
                        '\\' => text.push(rest.next().unwrap()),
                        c => text.push(c),
                    }
                }
            }
            '[' => Json::List(Json::items(rest, ']')),
            '{' => {
                let mut items = Json::items(rest, '}').into_iter();
                let mut entries = Vec::new();
                while let (Some(Json::Text(key)), Some(value)) = (items.next(), items.next()) {
                    entries.push((key, value));
                }
                Json::Object(entries)
            }
            _ => {
                let mut number = 0;
                while let Some(c) = rest.next_if(char::is_ascii_alphanumeric) {
                    number = number * 10 + c.to_digit(10).unwrap_or(0) as usize;
                }
                Json::Number(number)
            }
        }
    }

    fn items(rest: &mut std::iter::Peekable<std::str::Chars>, end: char) -> Vec<Json> {
        rest.next();
        let mut items = Vec::new();
        loop {
            while rest.next_if(|c| c.is_whitespace() || *c == ',' || *c == ':').is_some() {}
            if rest.next_if_eq(&end).is_some() {
                return items;
            }
            items.push(Json::value(rest));
        }
    }

    fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }
    fn number(&self) -> usize {
        match self {
            Json::Number(value) => *value,
            _ => unreachable!(),
        }
    }
    fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            _ => unreachable!(),
        }
    }
    fn list(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => unreachable!(),
        }
    }
}
