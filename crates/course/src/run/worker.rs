//! The child process: starting it, talking to it, and ending it whatever it does.
//!
//! Frames go both ways over a socket that is the child's standard input; its standard output and standard error are one
//! pipe, so that what learners print cannot be mistaken for an answer. Two threads read what the child answers and what it
//! prints. An answer may overtake what was printed before it, so whoever asks for the prints empties the pipe first. The
//! grader waits for an answer no longer than the step's time. That is processor time where the system tells it, so that a busy
//! machine makes nobody fail; a child that sleeps is waited for [`PATIENCE`] times as long, pauses of the whole machine and
//! waiting for a processor not counted. After a fault that ended the child every later call gets the same fault.

use super::prints::{Drained, Prints};
use super::waiting::Waiting;
use super::{Bounds, Fault, LOOK, Python, RunError, Rust, Source, TraceLine, kept_environment};
use crate::array::Values;
use crate::lab::{Code, Lab};
use crate::{Array, Value};
use serde::Deserialize;
use serde_json::json;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use sys::confine::{cpu_time, queue_time, shared_bytes};

/// A running harness.
pub struct Worker {
    child: Child,
    requests: UnixStream,
    events: Receiver<Event>,
    prints: Arc<Prints>,
    bounds: Bounds,
    waiting: Waiting,
    cpu_before: Duration,
    queue_before: Duration,
    looked: Instant,
    /// The lines that a panic cannot show, only name.
    compiled: String,
    ended: Option<Fault>,
}

/// A file loaded into a worker.
#[derive(Clone, Copy, Debug)]
pub struct Module(usize);

/// What the learner's code printed, as far as the limit goes.
pub type Printed = String;

enum Event {
    Reply(Box<Reply>, Vec<u8>),
    PrintedTooMuch,
    Closed,
}

#[derive(Deserialize)]
struct Reply {
    loaded: Option<Vec<String>>,
    forbidden: Option<Forbidden>,
    raised: Option<Raised>,
    #[serde(default)]
    missing: bool,
    returned: Option<String>,
    dtype: Option<String>,
    #[serde(default)]
    shape: Vec<usize>,
    #[serde(default)]
    sent: bool,
    /// How many numbers there are, where the shape takes another number of them.
    holds: Option<usize>,
    /// An argument that is no longer as it was.
    overwritten: Option<String>,
}

#[derive(Deserialize)]
struct Forbidden {
    name: String,
    line: usize,
}

#[derive(Deserialize)]
struct Raised {
    kind: String,
    message: String,
    trace: Vec<TraceLine>,
    limit: Option<String>,
}

/// The longest header of a reply; a traceback fits many times.
const HEADER_MAX: usize = 1 << 20;
/// The largest array of a reply; a lab's arrays have a thousand numbers.
pub const ARRAY_BYTES_MAX: usize = 1 << 20;
/// Of a line of the learner's as many characters are shown.
const LINE_MAX: usize = 300;
/// Requests that go ahead of their replies; a lab's are some kilobytes each, which a socket holds.
pub(crate) const AHEAD: usize = 32;
/// A step may take this many times its limit as long as it uses no more than that of a processor: files that come slowly, say.
const PATIENCE: u64 = 2;
/// After the child's end its last printed lines are waited for this long.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// One thread is enough for small arrays, and a machine with many cores keeps its memory.
const ONE_THREAD: [&str; 3] = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"];

impl Worker {
    /// Starts Python's harness.
    ///
    /// # Errors
    /// [`RunError::Start`].
    pub fn python(python: &Python, bounds: Bounds) -> Result<Worker, RunError> {
        Worker::start(python.harness(), bounds)
    }

    /// Compiles `source` and starts it; the inner error is the compiler's complaint.
    ///
    /// # Errors
    /// [`RunError`] if that cannot be tried.
    pub fn rust(rust: &Rust, lab: &Lab, source: &Source, bounds: Bounds) -> Result<Result<Worker, Fault>, RunError> {
        match rust.build(lab, source, &bounds)? {
            Ok(program) => Worker::start(Command::new(program), bounds).map(Ok),
            Err(fault) => Ok(Err(fault)),
        }
    }

    fn start(mut command: Command, bounds: Bounds) -> Result<Worker, RunError> {
        let failed = |program: &Command, cause: io::Error| RunError::Start {
            program: program.get_program().display().to_string(),
            cause: cause.to_string(),
        };
        command.env_clear().envs(kept_environment());
        command.envs(ONE_THREAD.map(|name| (name, "1"))).env("PYTHONIOENCODING", "utf-8");
        let channels = UnixStream::pair().and_then(|(ours, theirs)| {
            let (prints, printing) = io::pipe()?;
            command.stdin(OwnedFd::from(theirs)).stdout(printing.try_clone()?).stderr(printing);
            let prints = Arc::new(Prints::new(prints, bounds.limits.output_kb as usize * 1024)?);
            Ok((ours.try_clone()?, ours.try_clone()?, ours, prints))
        });
        let (socket, requests, replies, prints) = channels.map_err(|cause| failed(&command, cause))?;
        // A child that stopped reading must not hold up whoever writes a large array to it.
        requests.set_write_timeout(Some(LOOK)).map_err(|cause| failed(&command, cause))?;
        let limits = sys::confine::Limits {
            memory_bytes: bounds.limits.memory_mb << 20,
            hidden: bounds.hidden.clone(),
            ..sys::confine::Limits::default()
        };
        sys::confine::confine(&mut command, &limits).map_err(|cause| failed(&command, cause))?;
        let child = command.spawn().map_err(|cause| failed(&command, cause))?;
        // With the command go our copies of the child's ends, which would keep its pipe open.
        drop(command);
        // As many replies as there are requests ahead, and the end of each pipe: reading never waits, so a child that
        // replies never stops reading either.
        let (sender, events) = sync_channel(AHEAD + 4);
        let (followed, overflow) = (prints.clone(), sender.clone());
        std::thread::spawn(move || {
            if followed.follow() == Drained::TooMuch {
                // Waits until there is room: a child that forges answers may have left none. Nor does whoever writes to the child
                // wait any longer for one that waits to print.
                let _ = overflow.send(Event::PrintedTooMuch);
                let _ = socket.shutdown(Shutdown::Both);
            }
        });
        std::thread::spawn(move || read_replies(replies, &sender));
        Ok(Worker {
            child,
            requests,
            events,
            prints,
            bounds,
            waiting: Waiting::begin(),
            cpu_before: Duration::ZERO,
            queue_before: Duration::ZERO,
            looked: Instant::now(),
            compiled: String::new(),
            ended: None,
        })
    }

    /// Gives the next step its whole time.
    pub fn begin_step(&mut self) {
        self.waiting = Waiting::begin();
        self.cpu_before = cpu_time(&self.child).unwrap_or_default();
        self.queue_before = queue_time(&self.child).unwrap_or_default();
    }

    /// Time that may pass before the next look, or the limit that it is over.
    fn time_left(&mut self) -> Result<Duration, Fault> {
        let (seconds, waited) = (self.bounds.limits.seconds, self.waiting.look());
        let queued = queue_time(&self.child).unwrap_or_default().saturating_sub(self.queue_before);
        let waited = (waited.saturating_sub(queued), seconds * PATIENCE);
        let cpu = cpu_time(&self.child).map(|cpu| (cpu.saturating_sub(self.cpu_before), seconds));
        let mut least = Duration::MAX;
        for (used, most) in cpu.into_iter().chain([waited]) {
            match Duration::from_secs(most).saturating_sub(used) {
                Duration::ZERO => return Err(Fault::Time { seconds: most }),
                left => least = least.min(left),
            }
        }
        Ok(least)
    }

    /// How long may be waited until the next look at the child, or why it is over.
    fn look(&mut self) -> Result<Duration, Fault> {
        if self.holds_too_much() {
            return Err(Fault::Memory { mb: self.bounds.limits.memory_mb });
        }
        match self.time_left() {
            Ok(_) if self.bounds.cancel.is_cancelled() => Err(Fault::Cancelled),
            Ok(left) => Ok(left.min(LOOK)),
            Err(late) => Err(late),
        }
    }

    /// Loads a file; `number` tells files of one worker apart. A compiled file is there already.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub fn load(&mut self, number: usize, lab: &Lab, source: &Source) -> Result<Module, Fault> {
        let steps = &lab.sheet.steps;
        if source.code == Code::Rust {
            self.compiled.clone_from(&source.text);
        }
        let header = json!({
            "load": number,
            "name": source.name,
            "source": if source.code == Code::Python { source.text.as_str() } else { "" },
            "folder": source.folder.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default(),
            "entries": steps.iter().map(|step| step.entry.as_str()).collect::<Vec<_>>(),
            "forbid": lab.sheet.forbid.as_deref().unwrap_or_default(),
            "bridges": steps.iter().filter(|step| step.bridge.is_some()).map(|step| step.entry.as_str()).collect::<Vec<_>>(),
        });
        let (reply, _) = self.ask(&header, &[])?;
        match (reply.loaded, reply.forbidden) {
            (Some(_), _) => Ok(Module(number)),
            (None, Some(Forbidden { name, line })) => Err(Fault::Forbidden { name, line }),
            (None, None) => Err(self.refusal(reply.raised)),
        }
    }

    /// Calls `entry` of a loaded file; arguments carry the names of `inputs`.
    ///
    /// # Errors
    /// Why there is no f32 array.
    pub fn call(&mut self, module: Module, entry: &str, inputs: &[&str], arguments: &[Value]) -> Result<Array, Fault> {
        self.send_call(module, entry, inputs, arguments);
        self.receive_array(entry).map(|(found, _)| found)
    }

    /// Calls `entry` once for each of `calls`, in order; one that writes into its arguments is at fault. Requests go ahead of
    /// replies, so that the two processes need not take turns for each. Ends with the first call after which the child is gone,
    /// and a child that ran out of memory is ended: filling it once more takes a second or two for each call.
    pub fn call_all(
        &mut self,
        module: Module,
        entry: &str,
        inputs: &[&str],
        calls: &[&[Value]],
    ) -> Vec<Result<Array, Fault>> {
        let mut found = Vec::with_capacity(calls.len());
        let mut waiting = calls.iter();
        waiting.by_ref().take(AHEAD).for_each(|arguments| self.send_call(module, entry, inputs, arguments));
        while found.len() < calls.len() {
            let answer = match self.receive_array(entry) {
                Ok((_, Some(argument))) => Err(Fault::Overwritten { argument }),
                Ok((array, None)) => Ok(array),
                Err(fault @ Fault::Memory { .. }) if !self.has_ended() => {
                    self.end(fault.clone());
                    Err(fault)
                }
                Err(fault) => Err(fault),
            };
            found.push(answer);
            if self.has_ended() {
                break;
            }
            if let Some(arguments) = waiting.next() {
                self.send_call(module, entry, inputs, arguments);
            }
        }
        found
    }

    fn send_call(&mut self, module: Module, entry: &str, inputs: &[&str], arguments: &[Value]) {
        let mut data = Vec::new();
        let described: Vec<serde_json::Value> = inputs
            .iter()
            .zip(arguments)
            .map(|(name, argument)| match argument {
                Value::Int(value) => json!({ "name": name, "int": value }),
                Value::Array(array) => {
                    let dtype = match &array.values {
                        Values::F32(values) => {
                            data.extend(values.iter().flat_map(|x| x.to_le_bytes()));
                            "f32"
                        }
                        Values::I32(values) => {
                            data.extend(values.iter().flat_map(|x| x.to_le_bytes()));
                            "i32"
                        }
                    };
                    json!({ "name": name, "dtype": dtype, "shape": array.shape })
                }
            })
            .collect();
        let header = json!({ "module": module.0, "entry": entry, "arguments": described, "largest": ARRAY_BYTES_MAX });
        self.send(&header, &data);
    }

    /// An answer, and the argument that was written into.
    fn receive_array(&mut self, entry: &str) -> Result<(Array, Option<String>), Fault> {
        let (reply, data) = self.receive()?;
        if let Some(Forbidden { name, line }) = reply.forbidden {
            return Err(Fault::Forbidden { name, line });
        }
        if reply.missing {
            return Err(Fault::Missing { entry: entry.into() });
        }
        if let Some(found) = reply.returned {
            return Err(Fault::Returned { found });
        }
        if let Some(found) = reply.holds {
            return Err(Fault::Ragged { shape: reply.shape, found });
        }
        match reply.dtype {
            None => Err(self.refusal(reply.raised)),
            Some(dtype) if dtype != "float32" => Err(Fault::Dtype { found: dtype }),
            // Too large to be sent: the shape alone tells.
            Some(_) if !reply.sent => Err(Fault::Shape { expected: vec![], found: reply.shape }),
            Some(_) => {
                let values = data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
                Ok((Array::f32(reply.shape, values), reply.overwritten))
            }
        }
    }

    /// What was printed so far.
    pub fn printed(&self) -> Printed {
        String::from_utf8_lossy(&self.prints.emptied().0).into_owned()
    }

    /// What was printed since the last time; printing starts anew, as does its limit.
    pub fn take_printed(&mut self) -> Printed {
        String::from_utf8_lossy(&std::mem::take(&mut *self.prints.emptied().0)).into_owned()
    }

    /// Whether the child is gone, so that another file needs another worker.
    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    fn ask(&mut self, header: &serde_json::Value, data: &[u8]) -> Result<(Reply, Vec<u8>), Fault> {
        self.send(header, data);
        self.receive()
    }

    fn send(&mut self, header: &serde_json::Value, data: &[u8]) {
        if self.has_ended() {
            return;
        }
        let header = header.to_string();
        let frame = [&(header.len() as u32).to_le_bytes(), header.as_bytes(), data].concat();
        let mut rest = &frame[..];
        while !rest.is_empty() {
            match self.requests.write(rest) {
                Ok(0) => return,
                Ok(n) => rest = &rest[n..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if let Err(fault) = self.look() {
                        return self.end(fault);
                    }
                }
                // A child that is gone shows as a closed pipe on the other side too, with its exit status.
                Err(_) => return,
            }
        }
    }

    fn receive(&mut self) -> Result<(Reply, Vec<u8>), Fault> {
        if let Some(fault) = &self.ended {
            return Err(fault.clone());
        }
        let fault = loop {
            let wait = match self.look() {
                Ok(wait) => wait,
                Err(fault) => break fault,
            };
            match self.events.recv_timeout(wait) {
                Ok(Event::Reply(reply, data)) => return Ok((*reply, data)),
                Ok(Event::PrintedTooMuch) => break Fault::Output { kb: self.bounds.limits.output_kb },
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Event::Closed) | Err(RecvTimeoutError::Disconnected) => break self.last_fault(),
            }
        };
        self.end(fault.clone());
        Err(fault)
    }

    /// Whether shared memory, which the limit on private memory does not count, has outgrown that limit; looks now and then.
    fn holds_too_much(&mut self) -> bool {
        if self.looked.elapsed() < LOOK {
            return false;
        }
        self.looked = Instant::now();
        shared_bytes(&self.child).is_some_and(|bytes| bytes > self.bounds.limits.memory_mb << 20)
    }

    fn end(&mut self, fault: Fault) {
        sys::confine::kill(&mut self.child);
        self.ended = Some(fault);
    }

    /// Why the child ended by itself.
    fn last_fault(&mut self) -> Fault {
        // The end of its prints may be under way, too much of them among it.
        if let Ok(Event::PrintedTooMuch) = self.events.recv_timeout(LAST_WORDS) {
            return Fault::Output { kb: self.bounds.limits.output_kb };
        }
        let deadline = Instant::now() + LAST_WORDS;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status.code().unwrap_or_else(|| -status.signal().unwrap_or(0)),
                _ if Instant::now() > deadline => break 0, // alive, with its end of the pipe closed
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        // How Rust's allocator and Python's start report that there is no memory.
        let printed = self.printed();
        if printed.contains("memory allocation of") || printed.contains("MemoryError") {
            return Fault::Memory { mb: self.bounds.limits.memory_mb };
        }
        Fault::Exit { status }
    }

    fn refusal(&self, raised: Option<Raised>) -> Fault {
        // A reply of no known form comes from nobody but a learner's own frames.
        let Some(Raised { kind, message, mut trace, limit }) = raised else { return Fault::Exit { status: 0 } };
        for place in trace.iter_mut().filter(|place| place.text.is_empty()) {
            let line = self.compiled.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
            place.text = line.trim().chars().take(LINE_MAX).collect();
        }
        let line = trace.last().map(|place| place.line);
        match (limit.as_deref(), kind.as_str()) {
            (Some("memory"), _) => Fault::Memory { mb: self.bounds.limits.memory_mb },
            (Some("processes"), _) => Fault::Processes { line },
            (_, "NotImplementedError") => Fault::NotWritten { line },
            (_, "panic") if message.starts_with("not yet implemented") => Fault::NotWritten { line },
            // An unwrapped EPERM: files that it may not have are other errors.
            (_, "panic") if message.contains("Os { code: 1, ") => Fault::Processes { line },
            _ => Fault::Raised { kind, message, trace },
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        sys::confine::kill(&mut self.child);
    }
}

fn read_replies(mut replies: impl Read, events: &SyncSender<Event>) {
    while let Ok(event) = read_reply(&mut replies) {
        if events.send(event).is_err() {
            return;
        }
    }
    let _ = events.send(Event::Closed);
}

fn read_reply(replies: &mut impl Read) -> io::Result<Event> {
    let mut size = [0; 4];
    replies.read_exact(&mut size)?;
    let size = u32::from_le_bytes(size) as usize;
    if size > HEADER_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut header = vec![0; size];
    replies.read_exact(&mut header)?;
    let reply: Reply = serde_json::from_slice(&header)?;
    let bytes = reply.shape.iter().try_fold(4usize, |product, &dim| product.checked_mul(dim));
    let bytes = bytes.filter(|&bytes| bytes <= ARRAY_BYTES_MAX).ok_or(io::ErrorKind::InvalidData);
    let mut data = vec![0; if reply.sent { bytes? } else { 0 }];
    replies.read_exact(&mut data)?;
    Ok(Event::Reply(Box::new(reply), data))
}
